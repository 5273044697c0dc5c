package traps

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// userPassword is that of every user that a trap makes.
const userPassword = "Trap-password-1"

// newSession makes a token for everything and the organisation of a chapter.
func newSession(t *testing.T, baseURL, username, password string) *session {
	t.Helper()
	tag := "sim-traps-" + strings.ToLower(rand.Text()[:8])
	s := &session{base: strings.TrimSuffix(baseURL, "/"), password: password, kept: map[string]string{
		"tag": tag, "org": tag, "admin": username, "base": strings.TrimSuffix(baseURL, "/"), "password": userPassword,
	}}
	s.mustDo(t, step{by: "password", do: "POST users/{admin}/tokens", body: `{"name":"{tag}","scopes":["all"]}`, as: "all=sha1"})
	t.Cleanup(func() { s.cleanUp(t) })
	s.mustDo(t, step{do: "GET user", as: "adminid"})
	s.mustDo(t, step{do: "POST orgs", body: `{"username":"{org}"}`, as: "orgid"})
	return s
}

// session talks to one server.
type session struct {
	base, password string
	kept           map[string]string
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// shown is as much of the body as helps a reader.
func (a answer) shown() string { return fmt.Sprintf("%.900s", a.body) }

func (s *session) fill(text string) string {
	for name, v := range s.kept {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}

// send sends one request without a look at the answer.
func (s *session) send(t *testing.T, st step) answer {
	t.Helper()
	method, address, _ := strings.Cut(s.fill(st.do), " ")
	body := s.fill(st.body)
	if !strings.HasPrefix(address, "/") {
		address = "/api/v1/" + address
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.base+address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("preparing %s %s: %v", method, address, err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	s.authorize(req, s.fill(st.by))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", method, address, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s %s: %v", method, address, err)
	}
	return answer{resp.StatusCode, resp.Header, got}
}

// authorize says who asks: nobody; the administrator by "password"; a "user" of
// the traps by name; somebody with the "bearer" or the "token" that follows, or
// with "name:password" as "basic" and the header Sudo as "sudo".
func (s *session) authorize(req *http.Request, by string) {
	kind, rest, _ := strings.Cut(by, " ")
	switch kind {
	case "":
		req.Header.Set("Authorization", "token "+s.kept["all"])
	case "password":
		req.SetBasicAuth(s.kept["admin"], s.password)
	case "user":
		req.SetBasicAuth(rest, userPassword)
	case "basic":
		name, password, _ := strings.Cut(rest, ":")
		req.SetBasicAuth(name, password)
	case "bearer":
		req.Header.Set("Authorization", "Bearer "+rest)
	case "token":
		req.Header.Set("Authorization", "token "+rest)
	case "sudo":
		req.SetBasicAuth(s.kept["admin"], s.password)
		req.Header.Set("Sudo", rest)
	}
}

// mustDo is a step that is no trap; status -1 takes any answer.
func (s *session) mustDo(t *testing.T, st step) answer {
	t.Helper()
	got := s.send(t, st)
	if want := st.wanted(); want > 0 && got.status != want {
		t.Fatalf("%s: got %d %s, want %d", s.fill(st.do), got.status, got.body, want)
	}
	s.keep(t, st, got)
	return got
}

func (st step) wanted() int {
	if st.status != 0 {
		return st.status
	}
	switch method, _, _ := strings.Cut(st.do, " "); method {
	case http.MethodGet, http.MethodPatch:
		return http.StatusOK
	case http.MethodPost:
		return http.StatusCreated
	default:
		return http.StatusNoContent
	}
}

// keep remembers a field of the answer for later steps.
func (s *session) keep(t *testing.T, st step, got answer) {
	t.Helper()
	if st.as == "" {
		return
	}
	name, field, named := strings.Cut(st.as, "=")
	if !named {
		field = "id"
	}
	found := decode(t, got.body)
	for _, part := range strings.Split(field, ".") {
		found = inside(found, part)
	}
	if found == nil {
		t.Fatalf("%s: no %s in %s", st.do, field, got.body)
	}
	s.kept[name] = fmt.Sprint(found)
}

// inside is a field of an object, or an element of a list by its number.
func inside(v any, part string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[part]
	case []any:
		if i, err := strconv.Atoi(part); err == nil && i < len(v) {
			return v[i]
		}
	}
	return nil
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	if len(data) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("parsing %s: %v", data, err)
	}
	return v
}
