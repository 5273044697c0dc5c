package runner

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim"
)

// Deletion is a kind of DELETE that a task sends, and where it reads the object
// once more before it does.
type Deletion struct {
	Path string // a pattern of the whole path
	Read string // what the pattern is replaced with; "" is the same path
}

// ReadBeforeDelete demands that an apply read each object between its plan and the
// DELETE, and that it sent a DELETE of each kind and of no other. The requests of
// a plan alone come first.
func ReadBeforeDelete(t testing.TB, log *sim.Log, plan, apply func(), kinds []Deletion) {
	t.Helper()
	log.Reset()
	plan()
	reads := map[string]int{}
	for _, r := range log.Requests() {
		reads[readOf(r)]--
	}
	log.Reset()
	apply()
	left := map[string]bool{}
	for _, kind := range kinds {
		left[kind.Path] = true
	}
	for _, r := range log.Requests() {
		if r.Method == http.MethodGet {
			reads[readOf(r)]++
		}
		if r.Method != http.MethodDelete {
			continue
		}
		kind, read := deletionOf(r, kinds)
		delete(left, kind)
		if reads[read] < 1 {
			t.Errorf("%s %s: GET %s was not sent between the plan and this request", r.Method, r.Path, read)
		}
	}
	for kind := range left {
		t.Errorf("no DELETE %s was sent", kind)
	}
}

// readOf is the path of a request without the query.
func readOf(r sim.Request) string {
	path, _, _ := strings.Cut(r.Path, "?")
	return path
}

func deletionOf(r sim.Request, kinds []Deletion) (kind, read string) {
	path := readOf(r)
	for _, k := range kinds {
		pattern := regexp.MustCompile("^" + k.Path + "$")
		if !pattern.MatchString(path) {
			continue
		}
		if k.Read == "" {
			return k.Path, path
		}
		return k.Path, pattern.ReplaceAllString(path, k.Read)
	}
	return "", path
}
