package gitea

import (
	"net/url"
	"strconv"
	"strings"
)

// withoutNonsense drops invalid numbers; an invalid flag is false.
func withoutNonsense(query url.Values) url.Values {
	for name := range query {
		switch {
		case isNumber(name):
			if _, err := strconv.Atoi(query.Get(name)); err != nil {
				query.Del(name)
			}
		case isFlag(name):
			if _, err := strconv.ParseBool(query.Get(name)); err != nil && query.Get(name) != "" {
				query.Set(name, "false")
			}
		}
	}
	return query
}

func isNumber(parameter string) bool {
	switch parameter {
	case "page", "limit", "key_id", "source_id":
		return true
	}
	return false
}

func isFlag(parameter string) bool {
	return strings.HasPrefix(parameter, "is_") || parameter == "include_desc" || parameter == "purge"
}

func unescaped(path string) string {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return path
	}
	return plain
}

// pages is the part of a list that was asked for, with the headers that tell of
// the rest.
type pages[T any] struct {
	part  []T
	link  *string
	count *int64
}

const pageDefault = 30

// window cuts a list. A page is no longer than the limit, without a
// hint; by default it has 30 elements, even where the limit is lower.
func window[T any](c *call, list []T, page, limit *int) pages[T] {
	size := value(limit)
	if size <= 0 {
		size = pageDefault
	} else {
		size = min(size, c.memory.pageLimit)
	}
	number := max(value(page), 1)
	from := min((number-1)*size, len(list))
	total := int64(len(list))
	return pages[T]{list[from:min(from+size, len(list))], orNone(c.links(len(list), size, number)), &total}
}

// links is the header Link, which some lists have.
func (c *call) links(total, size, number int) string {
	last := max((total+size-1)/size, 1)
	number = min(number, last)
	var links []string
	add := func(page int, relation string) {
		query := c.url.Query()
		query.Set("page", strconv.Itoa(page))
		links = append(links, "<"+c.base+c.url.Path+"?"+query.Encode()+`>; rel="`+relation+`"`)
	}
	if number < last {
		add(number+1, "next")
		add(last, "last")
	}
	if number > 1 {
		add(1, "first")
		add(number-1, "prev")
	}
	return strings.Join(links, ",")
}

// each converts a list; an empty one is [] and never null.
func each[T, U any](list []T, convert func(T) U) []U {
	converted := make([]U, 0, len(list))
	for _, o := range list {
		converted = append(converted, convert(o))
	}
	return converted
}

// filtered gives a new list.
func filtered[T any](list []T, wanted func(T) bool) []T {
	kept := make([]T, 0, len(list))
	for _, o := range list {
		if wanted(o) {
			kept = append(kept, o)
		}
	}
	return kept
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

// set takes over a field that was given.
func set[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}

// orNone leaves a field out when there is nothing in it.
func orNone[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
