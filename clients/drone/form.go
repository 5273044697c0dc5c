package drone

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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
	action, err := url.Parse(attribute(node, "action"))
	return err == nil && strings.HasSuffix(action.Path, path)
}

func readForm(root *html.Node) form {
	f := form{fields: url.Values{}}
	for node := range root.Descendants() {
		name := attribute(node, "name")
		switch {
		case attribute(node, "data-sitekey") != "", name == "img-captcha-response":
			f.captcha = true
		case node.DataAtom == atom.Input && attribute(node, "type") == "hidden" && name != "":
			f.fields.Set(name, attribute(node, "value"))
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
		if node.DataAtom == atom.H3 && strings.Contains(attribute(node, "class"), "segment") {
			return strings.TrimSpace(text(node))
		}
	}
	return ""
}

func text(root *html.Node) string {
	var all strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode {
			all.WriteString(node.Data)
		}
	}
	return all.String()
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
