package tree

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

var (
	yamlLine    = regexp.MustCompile(`^line (\d+): (.*)$`)
	tabIndent   = regexp.MustCompile(`(?m)^ *\t`)
	staredValue = regexp.MustCompile(`(?m)[:,\[{-]\s+\*+\s*(?:[,\]}#]|$)`)
	lostAnchor  = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// syntaxProblem makes one clear message of the YAML library's error. The
// library counts lines from 0 or 1, so the line is that of the fault or the
// one before it where it cannot be found again.
func syntaxProblem(file string, data []byte, err error) *Problem {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	Line := 0
	if match := yamlLine.FindStringSubmatch(detail); match != nil {
		// The pattern lets only digits through; a number too long stays 0.
		Line, _ = strconv.Atoi(match[1])
		detail = match[2]
	}
	advice, exact := explain(detail, data)
	if exact > 0 {
		Line = exact
	}
	p := Problem{File: file, Line: Line, Message: "is not valid YAML: " + advice}
	if Line > 0 {
		p.Column = 1
	}
	return &p
}

// explain returns what to say for an error and, where it can be found again,
// its line. A value never becomes part of the text: it may be a secret.
func explain(detail string, data []byte) (advice string, Line int) {
	const quoteStar = "a value that begins with * stands for an alias, put it in quotes"
	tab := lineOf(data, tabIndent.FindIndex(data))
	switch {
	case strings.Contains(detail, "tab character"), strings.Contains(detail, "cannot start any token") && tab > 0:
		return "a line is indented with a tab, use spaces", tab
	case strings.Contains(detail, "cannot start any token"):
		return "a value that begins with @, ` or % must be in quotes", 0
	case strings.Contains(detail, "alphabetic or numeric"):
		return quoteStar, lineOf(data, staredValue.FindIndex(data))
	case strings.Contains(detail, "anchor"):
		return quoteStar, lineOf(data, aliasIndex(detail, data))
	case strings.Contains(detail, "unexpected end of stream"):
		return "a quote is not closed", 0
	case strings.Contains(detail, "mapping values are not allowed"):
		return "a text that holds \": \" must be in quotes, or the indentation is wrong", 0
	}
	return detail, 0
}

func aliasIndex(detail string, data []byte) []int {
	match := lostAnchor.FindStringSubmatch(detail)
	if match == nil {
		return nil
	}
	start := bytes.Index(data, []byte("*"+match[1]))
	if start < 0 {
		return nil
	}
	return []int{start, start}
}

// lineOf returns the line in which a match ends, 0 for no match.
func lineOf(data []byte, match []int) int {
	if match == nil {
		return 0
	}
	text := bytes.TrimRight(data[:match[1]], "\r\n")
	return 1 + bytes.Count(text, []byte("\n"))
}
