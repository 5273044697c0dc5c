package quirks

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/apitest"
)

// userPassword is that of every user that a trap makes.
const userPassword = "Trap-password-1"

// newSession makes a token for everything and the organisation of a chapter.
func newSession(t *testing.T, baseURL, username, password string) *session {
	t.Helper()
	tag := "sim-traps-" + strings.ToLower(rand.Text()[:8])
	s := &session{base: strings.TrimSuffix(baseURL, "/"), password: password, kept: apitest.Kept{
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
	kept           apitest.Kept
}

// send sends one request without a look at the answer.
func (s *session) send(t *testing.T, st step) apitest.Answer {
	t.Helper()
	method, address, _ := strings.Cut(s.kept.Fill(st.do), " ")
	if !strings.HasPrefix(address, "/") {
		address = "/api/v1/" + address
	}
	req := apitest.Request(t, method, s.base+address, s.kept.Fill(st.body))
	s.authorize(req, s.kept.Fill(st.by))
	return apitest.Send(t, http.DefaultClient, req)
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
func (s *session) mustDo(t *testing.T, st step) apitest.Answer {
	t.Helper()
	return s.check(t, trap{reason: "no trap"}, st)
}
