package drone

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"otomi.io/tasks/clients/internal/markup"
)

// form is what a page asks to be sent back.
type form struct {
	fields  url.Values // the hidden ones, with the values they came with
	captcha bool       // it wants to see a person
}

// findForm finds the form of a page that is sent to an address ending in path.
func findForm(body []byte, path string) (form, bool) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return form{}, false
	}
	for node := range root.Descendants() {
		if node.DataAtom == atom.Form && sendsTo(node, path) {
			return readForm(node), true
		}
	}
	return form{}, false
}

func sendsTo(node *html.Node, path string) bool {
	action, err := url.Parse(markup.Attribute(node, "action"))
	return err == nil && strings.HasSuffix(action.Path, path)
}

func readForm(root *html.Node) form {
	f := form{fields: url.Values{}}
	for node := range root.Descendants() {
		name := markup.Attribute(node, "name")
		switch {
		case markup.Attribute(node, "data-sitekey") != "", name == "img-captcha-response":
			f.captcha = true
		case node.DataAtom == atom.Input && markup.Attribute(node, "type") == "hidden" && name != "":
			f.fields.Set(name, markup.Attribute(node, "value"))
		}
	}
	return f
}

// heading is the text in which Gitea's page for failed authorizations says why.
func heading(body []byte) string {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	for node := range root.Descendants() {
		if node.DataAtom == atom.H3 && strings.Contains(markup.Attribute(node, "class"), "segment") {
			return strings.TrimSpace(markup.Text(node))
		}
	}
	return ""
}
