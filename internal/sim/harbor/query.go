package harbor

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is what the parameters q, sort, page and page_size ask for.
type query struct {
	keywords map[string]pattern
	sorts    []string // fields; with "-" before it downwards
	paging   paging
}

// pattern is the wanted value of a field.
type pattern struct {
	fuzzy bool     // a part of it, whatever the case
	any   []string // one of these
}

func (p pattern) matches(text string) bool {
	if p.fuzzy {
		return strings.Contains(strings.ToLower(text), strings.ToLower(p.any[0]))
	}
	return slices.Contains(p.any, text)
}

func newQuery(q, sort *string, page, size *int64) (query, error) {
	p, err := newPaging(page, size)
	if err != nil {
		return query{}, err
	}
	keywords, err := parseKeywords(value(q))
	if err != nil {
		return query{}, err
	}
	return query{keywords, strings.FieldsFunc(value(sort), func(r rune) bool { return r == ',' }), p}, nil
}

// parseKeywords reads k=v, k=~v and k={v1 v2}; the parameter may be escaped twice.
func parseKeywords(q string) (map[string]pattern, error) {
	keywords := map[string]pattern{}
	if q == "" {
		return keywords, nil
	}
	if plain, err := url.QueryUnescape(q); err == nil {
		q = plain
	}
	for part := range strings.SplitSeq(q, ",") {
		key, text, _ := strings.Cut(part, "=")
		if key == "" || text == "" {
			return nil, badRequest(`the query string must contain "=" and the key/value cannot be empty`)
		}
		wanted, err := parsePattern(text)
		if err != nil {
			return nil, err
		}
		keywords[key] = wanted
	}
	return keywords, nil
}

func parsePattern(text string) (pattern, error) {
	switch text[0] {
	case '~':
		if len(text) == 1 {
			return pattern{}, badRequest("invalid query string value: %s", text)
		}
		return pattern{fuzzy: true, any: []string{text[1:]}}, nil
	case '{':
		list, closed := strings.CutSuffix(text[1:], "}")
		if !closed {
			return pattern{}, badRequest("invalid query string value: %s", text)
		}
		return pattern{any: each(strings.Fields(list), func(s string) string { return strings.Trim(s, `"'`) })}, nil
	case '[', '(':
		return pattern{}, refusal{http.StatusNotImplemented, "UNKNOWN", "simulator: ranges and lists of all are not simulated"}
	}
	return pattern{any: []string{strings.TrimPrefix(text, `\`)}}, nil
}

// search filters and sorts a list that is in its default order. Fields that
// field does not know are ignored, as the real server does.
func search[T any](list []T, q query, field func(o T, name string) (text string, known bool)) []T {
	for key, wanted := range q.keywords {
		list = filtered(list, func(o T) bool {
			text, known := field(o, key)
			return !known || wanted.matches(text)
		})
	}
	if len(list) == 0 {
		return list
	}
	var sorts []string
	for _, sort := range q.sorts {
		if _, known := field(list[0], strings.TrimPrefix(sort, "-")); known {
			sorts = append(sorts, sort)
		}
	}
	return sorted(list, sorts, field)
}

// compareText compares numbers as numbers.
func compareText(a, b string) int {
	numberA, errA := strconv.ParseInt(a, 10, 64)
	numberB, errB := strconv.ParseInt(b, 10, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(numberA, numberB)
	}
	return cmp.Compare(a, b)
}

func sorted[T any](list []T, sorts []string, field func(o T, name string) (text string, known bool)) []T {
	if len(sorts) == 0 {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		for _, sort := range sorts {
			name, down := strings.CutPrefix(sort, "-")
			textA, _ := field(a, name)
			textB, _ := field(b, name)
			order := compareText(textA, textB)
			if down {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return list
}
