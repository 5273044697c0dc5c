// Package markup reads what the clients need of a web page.
package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// Text is all text below a node.
func Text(root *html.Node) string {
	var all strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode {
			all.WriteString(node.Data)
		}
	}
	return all.String()
}

// Attribute is the value of a node's attribute, "" where it has none.
func Attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
