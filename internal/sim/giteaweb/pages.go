package giteaweb

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed pages.html
var pagesHTML string

// page shows one of the pages of pages.html.
func (p *Pages) page(w http.ResponseWriter, status int, name string, data any) {
	all, err := template.New("").Parse(pagesHTML)
	if err != nil {
		http.Error(w, "simulator: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = all.ExecuteTemplate(w, name, data) // a client that left does not matter to the server
}
