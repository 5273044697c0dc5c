package harbor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is what the handlers need of a request besides its parameters.
type call struct {
	caller         caller
	arrived        int64 // by memory.clock
	url            *url.URL
	host           string // as the client wrote it
	named          bool   // what looks like the id of a project is its name
	nameInLocation bool
}

type callKey struct{}

func newCall(r *http.Request, arrived int64, c caller) call {
	return call{
		caller: c, arrived: arrived, url: r.URL, host: r.Host,
		named: isTrue(r.Header.Get("X-Is-Resource-Name")), nameInLocation: isTrue(r.Header.Get("X-Resource-Name-In-Location")),
	}
}

func withCall(ctx context.Context, c call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// isTrue is Harbor's idea of a true value in text.
func isTrue(s string) bool {
	s = strings.ToLower(s)
	return s == "true" || s == "1"
}

func isSafe(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// created is the address of the object that a POST to a list has made.
func (c call) created(object any) string {
	return fmt.Sprintf("%s/%v", strings.TrimSuffix(c.url.Path, "/"), object)
}

// reference is how a path names a project.
type reference struct {
	id   int64 // 0: by name
	name string
}

func (c call) reference(nameOrID string) reference {
	if id, err := strconv.ParseInt(nameOrID, 10, 64); err == nil && !c.named {
		return reference{id: id}
	}
	return reference{name: nameOrID}
}

func (r reference) String() string {
	if r.name == "" {
		return strconv.FormatInt(r.id, 10)
	}
	return r.name
}

// paging is the part of a list that is asked for.
type paging struct{ number, size int64 }

const (
	defaultPage = 10
	maxPage     = 100
)

func newPaging(number, size *int64) (paging, error) {
	p := paging{1, defaultPage}
	if number != nil {
		p.number = *number
	}
	if size != nil {
		p.size = *size
	}
	if p.size > maxPage {
		return p, invalid(fmt.Sprintf("page_size in query should be less than or equal to %d", maxPage))
	}
	return p, nil
}

// cut gives the page; one past the end is empty, and a size of 0 or less is all.
func cut[T any](list []T, p paging) []T {
	if p.size <= 0 {
		return list
	}
	from := min(max(p.number-1, 0)*p.size, int64(len(list)))
	return list[from:min(from+p.size, int64(len(list)))]
}

// listed are the headers of every list, under the generated names.
type listed struct {
	Link        *string
	XTotalCount *int
}

// listed names the pages beside the one that was asked for.
func (c call) listed(total int, p paging) listed {
	headers := listed{XTotalCount: &total}
	var links []string
	if p.number > 1 && (p.number-1)*p.size < int64(total) {
		links = append(links, c.link(p, -1, "prev"))
	}
	if p.size != 0 && p.number*p.size < int64(total) {
		links = append(links, c.link(p, 1, "next"))
	}
	if len(links) > 0 {
		headers.Link = new(strings.Join(links, " , "))
	}
	return headers
}

// link is not escaped, as the real one is not.
func (c call) link(p paging, step int64, relation string) string {
	query := c.url.Query()
	query.Set("page", strconv.FormatInt(p.number+step, 10))
	query.Set("page_size", strconv.FormatInt(p.size, 10))
	text := query.Encode()
	if plain, err := url.QueryUnescape(text); err == nil {
		text = plain
	}
	return fmt.Sprintf("<%s?%s>; rel=%q", c.url.Path, text, relation)
}
