package quirks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
)

const apiBase = "/api/v2.0"

const (
	asAdmin   = "admin:Harbor12345"
	anonymous = ""
	goodOne   = "Abcdefgh1234567890" // a secret that Harbor takes
)

// exchange is one request and what must be in its answer.
type exchange struct {
	as      string // name:secret, or anonymous
	request string // method and path below /api/v2.0
	header  map[string]string
	body    string
	status  int
	code    string            // of the error
	want    string            // JSON that must be in the body, "absent" and "present" for any value; lists have as many elements
	headers map[string]string // "-" means absent
}

// scenario is a story of exchanges with one server.
type scenario struct {
	reason    string
	since     int // the first minor version of Harbor 2 that it holds for, 0 for all
	before    int // the first one that it no longer holds for, 0 for none
	options   harbor.Options
	exchanges []exchange
}

func (s scenario) holds(minor int) bool {
	return minor >= s.since && (s.before == 0 || minor < s.before)
}

func (s scenario) play(t *testing.T, server http.Handler) {
	t.Helper()
	for i, e := range s.exchanges {
		for _, difference := range e.send(t, server) {
			t.Errorf("exchange %d, %s as %q: %s\nreason: %s", i+1, e.request, e.as, difference, s.reason)
		}
	}
}

func (e exchange) send(t *testing.T, server http.Handler) (differences []string) {
	t.Helper()
	answer := serve(server, e)
	if answer.Code != e.status {
		return []string{fmt.Sprintf("status %d, want %d: %s", answer.Code, e.status, answer.Body)}
	}
	for name, want := range e.headers {
		got := answer.Header().Get(name)
		if got != want && (want != "-" || got != "") {
			differences = append(differences, fmt.Sprintf("%s %q, want %q", name, got, want))
		}
	}
	want := e.want
	if e.code != "" {
		want = fmt.Sprintf(`{"errors":[{"code":%q}]}`, e.code)
	}
	if want == "" {
		return differences
	}
	var got any
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		return append(differences, fmt.Sprintf("%v: %q", err, answer.Body))
	}
	return append(differences, contains(parse(t, want), got, "body")...)
}

func serve(server http.Handler, e exchange) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(e.request, " ")
	if !strings.HasPrefix(path, "/v2/") && !strings.HasPrefix(path, "/service/") {
		path = apiBase + path
	}
	request := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(e.body))
	request.Header.Set("Content-Type", "application/json")
	if name, secret, given := strings.Cut(e.as, ":"); given {
		request.SetBasicAuth(name, secret)
	}
	for name, v := range e.header {
		request.Header.Set(name, v)
	}
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	return answer
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var parsed any
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return parsed
}

// contains says what of want is not in got.
func contains(want, got any, at string) (differences []string) {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for key, v := range w {
			inGot, exists := g[key]
			if !exists && v != "absent" {
				differences = append(differences, at+"."+key+" is missing")
			} else if v != "absent" || exists {
				differences = append(differences, contains(v, inGot, at+"."+key)...)
			}
		}
		return differences
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return []string{fmt.Sprintf("%s has %d elements, want %d", at, len(g), len(w))}
		}
		for i := range w {
			differences = append(differences, contains(w[i], g[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return differences
	}
	if want != got && (want != "present" || got == nil) {
		return []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
	}
	return nil
}

// do are exchanges that the stories of a test begin with.
func do(exchanges ...[]exchange) []exchange { return slices.Concat(exchanges...) }

func withProjects(names ...string) (made []exchange) {
	for _, name := range names {
		made = append(made, exchange{as: asAdmin, request: "POST /projects", body: fmt.Sprintf(`{"project_name":%q}`, name), status: 201})
	}
	return made
}

func withOIDC() []exchange {
	return []exchange{{as: asAdmin, request: "PUT /configurations", body: `{"auth_mode":"oidc_auth","oidc_name":"keycloak"}`, status: 200}}
}

// withRobot makes robot number id with a secret that is known.
func withRobot(id int, name, permissions string) []exchange {
	return []exchange{
		{as: asAdmin, request: "POST /robots", body: fmt.Sprintf(`{"name":%q,"level":"system","duration":-1,"permissions":[%s]}`, name, permissions), status: 201},
		{as: asAdmin, request: fmt.Sprintf("PATCH /robots/%d", id), body: fmt.Sprintf(`{"secret":%q}`, goodOne), status: 200},
	}
}

// permission is one entry of a robot's permissions; rights are resource:action.
func permission(kind, namespace string, rights ...string) string {
	var list []string
	for _, r := range rights {
		resource, action, _ := strings.Cut(r, ":")
		list = append(list, fmt.Sprintf(`{"resource":%q,"action":%q}`, resource, action))
	}
	return fmt.Sprintf(`{"kind":%q,"namespace":%q,"access":[%s]}`, kind, namespace, strings.Join(list, ","))
}

func robotBody(name, permissions string) string {
	return fmt.Sprintf(`{"name":%q,"level":"system","duration":-1,"permissions":[%s]}`, name, permissions)
}
