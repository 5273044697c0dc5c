package quirks

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/apitest"
)

// userPassword is that of every user that a quirk makes.
const userPassword = "Quirk-password-1"

// newSession makes a token for everything and the organisation of a chapter.
func newSession(t *testing.T, baseURL, username, password string) *session {
	t.Helper()
	tag := "sim-quirks-" + strings.ToLower(rand.Text()[:8])
	s := &session{base: strings.TrimSuffix(baseURL, "/"), password: password, kept: apitest.Captures{
		"tag": tag, "org": tag, "admin": username, "base": strings.TrimSuffix(baseURL, "/"), "password": userPassword,
	}}
	s.mustDo(t, step{by: "password", do: "GET version", as: "version=version"})
	if _, err := fmt.Sscanf(s.kept["version"], "1.%d", &s.minor); err != nil {
		t.Fatalf("reading version %q: %v", s.kept["version"], err)
	}
	s.mustDo(t, step{by: "password", do: "POST users/{admin}/tokens", body: `{"name":"{tag}","scopes":` + s.allScopes() + `}`, as: "all=sha1"})
	t.Cleanup(func() { s.cleanUp(t) })
	s.mustDo(t, step{do: "GET user", as: "adminid"})
	s.mustDo(t, step{do: "POST orgs", body: `{"username":"{org}"}`, as: "orgid"})
	return s
}

// session talks to one server.
type session struct {
	base, password string
	minor          int // version of Gitea 1
	kept           apitest.Captures
}

// allScopes are those of a token that may do everything.
func (s *session) allScopes() string {
	if s.minor < limitedScopes {
		return `["all","sudo"]`
	}
	return `["all"]`
}

// send sends one request without a look at the answer.
func (s *session) send(t *testing.T, st step) apitest.Answer {
	t.Helper()
	method, address, _ := strings.Cut(s.kept.Fill(st.do), " ")
	if !strings.HasPrefix(address, "/") {
		address = "/api/v1/" + address
	}
	req := apitest.Request(t, method, s.base+address, s.kept.Fill(st.body))
	if st.form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	s.authorize(req, s.kept.Fill(st.by))
	return apitest.Send(t, http.DefaultClient, req)
}

// authorize says who asks: "anonymous"; the administrator by "password"; a "user" of
// the quirks by name; the owner of the "bearer" or the "token" that follows, or
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

// mustDo is a step that is not a quirk; status -1 takes any answer.
func (s *session) mustDo(t *testing.T, st step) apitest.Answer {
	t.Helper()
	return s.check(t, quirk{reason: "no quirk"}, st)
}
