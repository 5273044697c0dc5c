// Package apitest is how tests, and the lists of quirks above all, talk to a server,
// simulated or real: it sends requests, and keeps what later ones need of the
// answers.
package apitest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/jsonmatch"
)

// Request is one with a body of JSON, where there is one. It outlives the test,
// so that what was made can be removed.
func Request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("preparing %s %s: %v", method, address, err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// Status is what a request (method and path) should be answered with: given, or
// where that is 0, 200 for GET and PATCH, 201 for POST, 204 for PUT and DELETE.
func Status(do string, given int) int {
	if given != 0 {
		return given
	}
	switch method, _, _ := strings.Cut(do, " "); method {
	case http.MethodGet, http.MethodPatch:
		return http.StatusOK
	case http.MethodPost:
		return http.StatusCreated
	default:
		return http.StatusNoContent
	}
}

// Answer is what a server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send sends a request without a look at the answer.
func Send(t *testing.T, client *http.Client, req *http.Request) Answer {
	t.Helper()
	resp, err := client.Do(req) //nolint:gosec // the test says which server it asks
	if err != nil {
		t.Fatalf("sending %s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s %s: %v", req.Method, req.URL, err)
	}
	return Answer{resp.StatusCode, resp.Header, body}
}

// String is as much of the answer as helps a reader.
func (a Answer) String() string { return fmt.Sprintf("%d %.900s", a.Status, a.Body) }

// JSON is the body; nil where there is none.
func (a Answer) JSON(t *testing.T) any {
	t.Helper()
	if len(a.Body) == 0 {
		return nil
	}
	return decode(t, a.Body)
}

// Lacks says what of some JSON is not in the body, or nothing; see [jsonmatch.JSON].
func (a Answer) Lacks(t *testing.T, want string) string {
	t.Helper()
	if want == "" {
		return ""
	}
	return jsonmatch.JSON(decode(t, []byte(want)), a.JSON(t))
}

// Names are those of a list's objects, which are called by the first of the
// fields that they have.
func (a Answer) Names(t *testing.T, fields ...string) string {
	t.Helper()
	elements, _ := a.JSON(t).([]any)
	names := make([]string, 0, len(elements))
	for _, e := range elements {
		for _, field := range fields {
			if name := inside(e, field); name != nil {
				names = append(names, fmt.Sprint(name))
				break
			}
		}
	}
	return strings.Join(names, " ")
}

func decode(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("parsing %s: %v", data, err)
	}
	return v
}

// Captures are parts of earlier answers by their names.
type Captures map[string]string

// Fill puts them in the place of their names in braces.
func (c Captures) Fill(text string) string {
	for name, v := range c {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}

// Want is the expected answer.
type Want struct {
	Status int    // below 0 any
	JSON   string // is in the body, filled with what is kept
	As     string // keeps a part of it: name=field.field, or name, which means the id in Location or body
}

// Check compares an answer with what is wanted of it. After another status the
// test ends.
func (c Captures) Check(t *testing.T, at string, got Answer, want Want) {
	t.Helper()
	if want.Status > 0 && got.Status != want.Status {
		t.Fatalf("%s\ngot %s, want %d", at, got, want.Status)
	}
	if want.As != "" {
		c.keep(t, at, got, want.As)
	}
	if problem := got.Lacks(t, c.Fill(want.JSON)); problem != "" {
		t.Errorf("%s\n%s\nin %s", at, problem, got)
	}
}

func (c Captures) keep(t *testing.T, at string, got Answer, as string) {
	t.Helper()
	name, field, named := strings.Cut(as, "=")
	if location := got.Header.Get("Location"); location != "" && !named {
		c[name] = path.Base(location)
		return
	}
	if !named {
		field = "id"
	}
	found := got.JSON(t)
	for part := range strings.SplitSeq(field, ".") {
		found = inside(found, part)
	}
	if found == nil {
		t.Fatalf("%s\nno %s in %s", at, field, got)
	}
	c[name] = fmt.Sprint(found)
}

// inside is a field of an object, or of a list an element by its number, else
// the field of its first one.
func inside(v any, part string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[part]
	case []any:
		if i, err := strconv.Atoi(part); err == nil && i < len(v) {
			return v[i]
		} else if err != nil && len(v) > 0 {
			return inside(v[0], part)
		}
	}
	return nil
}
