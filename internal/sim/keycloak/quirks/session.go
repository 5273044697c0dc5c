package quirks

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/apitest"
)

// newSession logs in and makes the realm of a chapter.
func newSession(t *testing.T, baseURL, username, password, chapter string) *session {
	t.Helper()
	baseURL = strings.TrimSuffix(baseURL, "/")
	realm := "sim-quirks-" + suffix(baseURL) + "-" + strings.ToLower(chapter)
	s := &session{base: baseURL, username: username, password: password, kept: apitest.Captures{"realm": realm, "tag": "x" + strings.ToLower(rand.Text()[:12])}}
	s.logIn(t)
	s.mustDo(t, step{do: "DELETE /admin/realms/{realm}", status: -1})
	s.mustDo(t, step{do: "POST /admin/realms", body: `{"realm":"{realm}","enabled":true}`})
	t.Cleanup(func() { s.logIn(t); s.mustDo(t, step{do: "DELETE /admin/realms/{realm}"}) })
	return s
}

// suffix makes the name of the realm tell runs against two servers apart.
func suffix(baseURL string) string {
	_, host, _ := strings.Cut(baseURL, "://")
	return strings.NewReplacer(":", "-", "/", "", ".", "-").Replace(host)
}

// session talks to one server.
type session struct {
	base, username, password string
	token                    string
	kept                     apitest.Captures
}

// send sends one request without a look at the answer.
func (s *session) send(t *testing.T, st step) apitest.Answer {
	t.Helper()
	method, address, _ := strings.Cut(s.kept.Fill(st.do), " ")
	if !strings.HasPrefix(address, "/") {
		address = "/admin/realms/" + s.kept["realm"] + "/" + address
	}
	kind := "application/json"
	if st.raw {
		kind = "text/plain"
	}
	return s.request(t, method, address, kind, s.kept.Fill(st.body), s.token)
}

func (s *session) request(t *testing.T, method, address, kind, body, token string) apitest.Answer {
	t.Helper()
	req := apitest.Request(t, method, s.base+address, body)
	if body != "" || method == http.MethodPost || method == http.MethodPut {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return apitest.Send(t, http.DefaultClient, req)
}

// form sends a form without a token.
func (s *session) form(t *testing.T, address string, fields map[string]string) apitest.Answer {
	t.Helper()
	form := url.Values{}
	for key, v := range fields {
		form.Set(key, v)
	}
	return s.request(t, http.MethodPost, address, "application/x-www-form-urlencoded", form.Encode(), "")
}

const tokenPath = "/realms/master/protocol/openid-connect/token"

// logIn takes a new token: the old one may have ended.
func (s *session) logIn(t *testing.T) {
	t.Helper()
	got := s.form(t, tokenPath, map[string]string{"grant_type": "password", "client_id": "admin-cli", "username": s.username, "password": s.password})
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(got.Body, &tokens); err != nil || got.Status != http.StatusOK {
		t.Fatalf("logging in: %s", got)
	}
	s.token = tokens.AccessToken
}

// mustDo is a step that shows no quirk; status -1 takes any answer.
func (s *session) mustDo(t *testing.T, st step) {
	t.Helper()
	s.check(t, quirk{reason: "preparation"}, st)
}

// check runs a step and compares what it says.
func (s *session) check(t *testing.T, q quirk, st step) {
	t.Helper()
	got := s.send(t, st)
	at := fmt.Sprintf("%s\n%s %s", q.reason, s.kept.Fill(st.do), s.kept.Fill(st.body))
	s.kept.Check(t, at, got, apitest.Want{Status: apitest.Status(st.do, st.status), JSON: st.want, As: st.as})
	if st.exact != "" {
		if names := got.Names(t, "clientId", "username", "alias", "name"); names != s.kept.Fill(st.exact) {
			t.Errorf("%s\ngot %s, want %s", at, names, s.kept.Fill(st.exact))
		}
	}
}
