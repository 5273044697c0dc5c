package transport

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode"
)

const (
	maxMessage  = 500            // characters shown
	maxSearched = 8 * maxMessage // characters searched by pattern, which is slow
)

var (
	titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tagPattern   = regexp.MustCompile(`(?is)^<(!doctype|html|head|body|\?xml|!--)`)
)

// message reads out of an error's body what a person needs to know, in an order that leaves no
// secret: those of the request are hidden before the text becomes one line, which may change the
// white space in them, and again after it, for what is left out may have parted one; only then is
// the text cut.
func message(body []byte, m mask) string {
	return Printable(m.known(oneLine(m.known(decode(body)))))
}

// Printable makes a server's words fit to print: one line of at most 500 characters, and what looks like a secret masked.
func Printable(words string) string {
	return shorten(likely(shorten(oneLine(words), maxSearched)), maxMessage)
}

func decode(body []byte) string {
	body = bytes.TrimSpace(body)
	if tagPattern.Match(body) {
		return pageTitle(body)
	}
	var answer any
	if json.Unmarshal(body, &answer) == nil {
		if s := explain(answer); s != "" {
			return s
		}
	}
	if s := string(body); s != "{}" && s != "[]" && s != "null" {
		return s
	}
	return ""
}

// pageTitle stands for a whole page, as a gateway or a login form sends it.
func pageTitle(page []byte) string {
	if match := titlePattern.FindSubmatch(page); match != nil {
		return html.UnescapeString(string(match[1]))
	}
	return "a web page without a title"
}

// explain finds the words for people in an error object:
//
//	Keycloak  {"errorMessage": W}, {"error": CODE, "error_description": W}, {"error": W},
//	          {"errors": [{"field": NAME, "errorMessage": W}]}
//	Harbor    {"errors": [{"code": CODE, "message": W}]}
//	Gitea     {"message": W, "url": …}, {"errors": [W]}
//	Drone     {"message": W}
func explain(answer any) string {
	switch a := answer.(type) {
	case string:
		return a
	case []any:
		return explainAll(a)
	case map[string]any:
		for _, key := range []string{"errorMessage", "error_description", "message", "error", "errors"} {
			if words := explain(a[key]); words != "" {
				return about(a["field"], words)
			}
		}
	}
	return ""
}

func explainAll(list []any) string {
	var all []string
	for _, item := range list {
		if words := explain(item); words != "" {
			all = append(all, words)
		}
	}
	return strings.Join(all, "; ")
}

func about(field any, words string) string {
	if name, ok := field.(string); ok && name != "" {
		return name + ": " + words
	}
	return words
}

// oneLine makes foreign text safe to print: valid UTF-8, no control or invisible formatting
// characters (they could rewrite a terminal's line), every run of white space one space.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

func shorten(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}
