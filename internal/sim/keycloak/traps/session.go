package traps

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/match"
)

// newSession logs in and makes the realm of a chapter.
func newSession(t *testing.T, baseURL, username, password, chapter string) *session {
	t.Helper()
	baseURL = strings.TrimSuffix(baseURL, "/")
	realm := "sim-traps-" + suffix(baseURL) + "-" + strings.ToLower(chapter)
	s := &session{base: baseURL, username: username, password: password, kept: map[string]string{"realm": realm, "tag": "x" + strings.ToLower(rand.Text()[:12])}}
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
	kept                     map[string]string
}

type answer struct {
	status   int
	location string
	header   http.Header
	body     []byte
}

// shown is as much of the body as helps a reader.
func (a answer) shown() string { return fmt.Sprintf("%.700s", a.body) }

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
	if !strings.HasPrefix(address, "/") {
		address = "/admin/realms/" + s.kept["realm"] + "/" + address
	}
	kind := "application/json"
	if st.raw {
		kind = "text/plain"
	}
	return s.request(t, method, address, kind, s.fill(st.body), s.token)
}

func (s *session) request(t *testing.T, method, address, kind, body, token string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.base+address, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatalf("preparing %s %s: %v", method, address, err)
	}
	if body != "" || method == http.MethodPost || method == http.MethodPut {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", method, address, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s %s: %v", method, address, err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), resp.Header, got}
}

// form sends a form without a token.
func (s *session) form(t *testing.T, address string, fields map[string]string) answer {
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
	if err := json.Unmarshal(got.body, &tokens); err != nil || got.status != http.StatusOK {
		t.Fatalf("logging in: %d %s", got.status, got.body)
	}
	s.token = tokens.AccessToken
}

// mustDo is a step that is no trap; status -1 takes any answer.
func (s *session) mustDo(t *testing.T, st step) {
	t.Helper()
	got := s.send(t, st)
	if want := st.wanted(); want > 0 && got.status != want {
		t.Fatalf("%s: got %d %s, want %d", s.fill(st.do), got.status, got.body, want)
	}
	s.keep(t, st, got)
}

func (st step) wanted() int {
	if st.status != 0 {
		return st.status
	}
	switch method, _, _ := strings.Cut(st.do, " "); method {
	case http.MethodGet:
		return http.StatusOK
	case http.MethodPost:
		return http.StatusCreated
	default:
		return http.StatusNoContent
	}
}

// check runs a step and compares what it says.
func (s *session) check(t *testing.T, tr trap, st step) {
	t.Helper()
	got := s.send(t, st)
	at := s.fill(st.do) + " " + s.fill(st.body)
	if want := st.wanted(); want > 0 && got.status != want {
		t.Fatalf("%s\n%s\ngot %d %s, want %d", tr.reason, at, got.status, got.shown(), want)
	}
	s.keep(t, st, got)
	if st.want != "" {
		if problem := match.JSON(decode(t, []byte(s.fill(st.want))), decode(t, got.body)); problem != "" {
			t.Errorf("%s\n%s\n%s\nin %s", tr.reason, at, problem, got.shown())
		}
	}
	if st.exact != "" {
		if names := namesOf(decode(t, got.body)); names != s.fill(st.exact) {
			t.Errorf("%s\n%s\ngot %s, want %s", tr.reason, at, names, s.fill(st.exact))
		}
	}
}

// keep remembers an id for later steps.
func (s *session) keep(t *testing.T, st step, got answer) {
	t.Helper()
	if st.as == "" {
		return
	}
	if got.location != "" {
		s.kept[st.as] = path.Base(got.location)
		return
	}
	id := ""
	switch body := decode(t, got.body).(type) {
	case map[string]any:
		id, _ = body["id"].(string)
	case []any:
		if len(body) > 0 {
			first, _ := body[0].(map[string]any)
			id, _ = first["id"].(string)
		}
	}
	if id == "" {
		t.Fatalf("%s: no id in %s", st.do, got.body)
	}
	s.kept[st.as] = id
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

// namesOf are the names in a list, whatever the objects are called by.
func namesOf(list any) string {
	elements, _ := list.([]any)
	names := make([]string, 0, len(elements))
	for _, e := range elements {
		object, _ := e.(map[string]any)
		for _, key := range []string{"clientId", "username", "alias", "name"} {
			if name, found := object[key]; found {
				names = append(names, fmt.Sprint(name))
				break
			}
		}
	}
	return strings.Join(names, " ")
}
