// Package platforms plays the platform's own tools: what those of each
// generation make in an application, and what APL's operators do at each of their
// rounds. It shares no code with the product; the names are those of the
// platform's contract.
package platforms

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// object is a JSON object, list several of them.
type (
	object = map[string]any
	list   = []object
)

// client sends JSON as one account.
type client struct {
	t         testing.TB
	address   string
	authorize func(*http.Request)
}

// do sends a request, demands one of the statuses, and returns the answer.
func (c client) do(method, path string, body any, statuses ...int) []byte {
	c.t.Helper()
	status, answer := c.try(method, path, body)
	for _, s := range append(statuses, http.StatusOK, http.StatusCreated, http.StatusNoContent) {
		if s == status {
			return answer
		}
	}
	c.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	return nil
}

func (c client) try(method, path string, body any) (int, []byte) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	c.authorize(request)
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func (c client) get(path string) object { return decoded[object](c.t, c.do(http.MethodGet, path, nil)) }

func (c client) list(path string) list { return decoded[list](c.t, c.do(http.MethodGet, path, nil)) }

func decoded[T any](t testing.TB, answer []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(answer, &v); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return v
}

// find finds the object whose field has the value; nil where there is none.
func find(objects list, field string, value any) object {
	for _, o := range objects {
		if o[field] == value {
			return o
		}
	}
	return nil
}

func id(o object) string {
	text, _ := o["id"].(string)
	return text
}
