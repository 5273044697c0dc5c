package gitea

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"otomi.io/tasks/clients/internal/markup"
)

// formOf collects what a browser would send for the form of a page that is sent to a path.
func formOf(body []byte, target string) (url.Values, bool) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	for node := range root.Descendants() {
		action, err := url.Parse(markup.Attribute(node, "action"))
		if node.DataAtom != atom.Form || err != nil || !strings.HasSuffix(action.Path, target) {
			continue
		}
		fields := url.Values{}
		for field := range node.Descendants() {
			if name, value, sent := control(field); sent {
				fields.Add(name, value)
			}
		}
		return fields, true
	}
	return nil, false
}

// control is one field of a form. A box that is not ticked is not sent, nor are the fields that keep browsers from filling in.
func control(node *html.Node) (name, value string, sent bool) {
	name = markup.Attribute(node, "name")
	if name == "" || strings.HasPrefix(name, "_autofill") {
		return "", "", false
	}
	if node.DataAtom == atom.Textarea {
		return name, markup.Text(node), true
	}
	if node.DataAtom != atom.Input {
		return "", "", false
	}
	value = markup.Attribute(node, "value")
	if markup.Attribute(node, "type") != "checkbox" {
		return name, value, true
	}
	if value == "" {
		value = "on"
	}
	return name, value, ticked(node)
}

func ticked(node *html.Node) bool {
	for _, a := range node.Attr {
		if a.Key == "checked" {
			return true
		}
	}
	return false
}
