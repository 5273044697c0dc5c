package drone_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/internal/sim"
	dronesim "otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/giteaweb"
)

const password = `p&ss w"rd<1>`

// world is a Drone and the Gitea that it builds from, changed by a case.
type world struct {
	pages giteaweb.Options
	drone dronesim.Options
	ann   string // what Gitea's administrators set of a user ann, who then logs in; "" is root
	// factor gives ann a second factor.
	factor   bool
	upper    bool   // the name is given in capitals
	unknown  bool   // there is no such user
	wrong    bool   // the password is a wrong one
	redirect string // where the OAuth2 application leads back to; "" is Drone's login
	clientID string // that Drone has; "" is the right one
	secret   string // the same
}

// visited is a world in which requests are written down.
type visited struct {
	gitea, drone sim.Log
	options      drone.LoginOptions
}

func (w world) start(t *testing.T) *visited {
	t.Helper()
	v := &visited{options: drone.LoginOptions{Transport: http.DefaultTransport, Account: drone.Account{Username: "root", Password: password}}}
	git := gitea.New(gitea.Options{Username: "root", Password: password, Pages: w.pages})
	v.options.Gitea = serveLogged(t, &v.gitea, git)
	w.drone.Gitea = v.options.Gitea
	simulated := dronesim.New(w.drone)
	v.options.Drone = serveLogged(t, &v.drone, simulated)
	clientID, secret := w.application(t, git, v.options.Drone)
	simulated.SetApplication(cmp.Or(w.clientID, clientID), cmp.Or(w.secret, secret))
	if w.ann != "" {
		ask(t, git, "POST", "/admin/users", `{"username":"ann","email":"ann@example.com","must_change_password":false,"password":`+strconv.Quote(password)+`}`)
		ask(t, git, "PATCH", "/admin/users/ann", `{"login_name":"ann","source_id":0,`+w.ann+`}`)
		v.options.Account.Username = "ann"
	}
	if w.factor {
		if err := git.EnrollSecondFactor("ann"); err != nil {
			t.Fatal(err)
		}
	}
	if w.upper {
		v.options.Account.Username = strings.ToUpper(v.options.Account.Username)
	}
	if w.unknown {
		v.options.Account.Username = "nobody"
	}
	if w.wrong {
		v.options.Account.Password = "another " + password
	}
	return v
}

func serveLogged(t *testing.T, log *sim.Log, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(log.Wrap(h))
	t.Cleanup(server.Close)
	return server.URL
}

// application makes what gitea-repos would have made.
func (w world) application(t *testing.T, git http.Handler, drone string) (clientID, secret string) {
	t.Helper()
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	body := `{"name":"otomi-drone","confidential_client":true,"redirect_uris":["` + cmp.Or(w.redirect, drone+"/login") + `"]}`
	if err := json.Unmarshal(ask(t, git, "POST", "/user/applications/oauth2", body), &made); err != nil {
		t.Fatal(err)
	}
	return made.ClientID, made.ClientSecret
}

// ask asks Gitea's API as its administrator, without a network.
func ask(t *testing.T, git http.Handler, method, path, body string) []byte {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("root", password)
	var answer sim.Answer
	git.ServeHTTP(&answer, req)
	if answer.Status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %d %s", method, path, answer.Status, &answer.Body)
	}
	return answer.Body.Bytes()
}

func TestLogin(t *testing.T) {
	pages := func(o giteaweb.Options) world { return world{pages: o} }
	account := func(u dronesim.User) world {
		u.Login = "root"
		return world{drone: dronesim.Options{Users: []dronesim.User{u}}}
	}
	cases := map[string]struct {
		reason       string
		world        world
		step         drone.Step
		cause        drone.Cause // "" is success
		unauthorized bool
	}{
		"First":        {reason: "an account is made at the first login"},
		"Known":        {reason: "an existing account is used", world: account(dronesim.User{Admin: true})},
		"CSRF":         {reason: "older versions want a field back", world: pages(giteaweb.Options{CSRF: true})},
		"Secure":       {reason: "cookies of a server behind TLS come back to the address that was given", world: pages(giteaweb.Options{SecureCookies: true})},
		"Case":         {reason: "Gitea's names fold case", world: world{upper: true}},
		"Password":     {"a wrong password is final", world{wrong: true}, drone.StepSignIn, drone.WrongPassword, true},
		"Unknown":      {"an unknown user looks like a wrong password", world{unknown: true}, drone.StepSignIn, drone.WrongPassword, true},
		"NoForm":       {"a Gitea without a form for passwords", pages(giteaweb.Options{NoPasswordForm: true}), drone.StepSignIn, drone.NoPasswordForm, true},
		"Captcha":      {"a captcha is for persons", pages(giteaweb.Options{Captcha: true}), drone.StepSignIn, drone.Captcha, true},
		"Prohibited":   {"an account that may not log in", world{ann: `"prohibit_login":true`}, drone.StepSignIn, drone.Prohibited, true},
		"TwoFactor":    {"a second factor is for persons", world{ann: `"admin":false`, factor: true}, drone.StepSignIn, drone.TwoFactor, true},
		"MustChange":   {"a password that must be changed", world{ann: `"must_change_password":true`}, drone.StepAuthorize, drone.MustChangePassword, true},
		"Client":       {"an application that Gitea does not know is made by another task", world{clientID: "other"}, drone.StepAuthorize, drone.UnknownClient, false},
		"Redirect":     {"an application that leads elsewhere is repaired by another task", world{redirect: "http://elsewhere.example/login"}, drone.StepAuthorize, drone.WrongRedirect, false},
		"ClientSecret": {"a secret that is too old is repaired by a restart", world{secret: "old"}, drone.StepEnd, drone.WrongClientSecret, false},
		"Machine":      {"machines do not log in", account(dronesim.User{Machine: true}), drone.StepEnd, drone.MachineAccount, true},
		"Inactive":     {"nor do switched-off accounts", account(dronesim.User{Inactive: true}), drone.StepEnd, drone.Inactive, true},
		"Closed":       {"nor strangers where registration is closed", world{drone: dronesim.Options{Closed: true}}, drone.StepEnd, drone.Refused, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := tc.world.start(t)
			err := drone.Login(t.Context(), v.options)
			refused, ok := errors.AsType[*drone.LoginError](err)
			switch {
			case tc.cause == "" && err != nil, tc.cause != "" && !ok:
				t.Fatalf("%s: %v", tc.reason, err)
			case ok && (refused.Step != tc.step || refused.Cause != tc.cause || refused.Unauthorized() != tc.unauthorized):
				t.Errorf("%s: got %q at %q, final %v", tc.reason, refused.Cause, refused.Step, refused.Unauthorized())
			}
			checkWords(t, refused, v.options.Account.Password)
			if sent := count(v.gitea.Requests(), "POST /user/login"); sent > 1 {
				t.Errorf("%s: the password was sent %d times", tc.reason, sent)
			}
		})
	}
}

// checkWords demands that a refusal names its step and, where there is one, its
// remedy, and no secret.
func checkWords(t *testing.T, e *drone.LoginError, password string) {
	t.Helper()
	if e == nil {
		return
	}
	words := e.Error()
	if !strings.HasPrefix(words, string(e.Step)+": ") || !strings.HasSuffix(words, e.Cause.Remedy()) || strings.Contains(words, "\n") {
		t.Errorf("got %q", words)
	}
	for _, secret := range []string{password, url.QueryEscape(password), "gto_"} {
		if strings.Contains(words, secret) {
			t.Errorf("%q shows a secret", words)
		}
	}
}

func count(requests []sim.Request, start string) int {
	n := 0
	for _, r := range requests {
		if strings.HasPrefix(r.Method+" "+r.Path, start) {
			n++
		}
	}
	return n
}

// TestLoginAgain: consent that is on record is not asked for again.
func TestLoginAgain(t *testing.T) {
	v := world{}.start(t)
	for range 2 {
		if err := drone.Login(t.Context(), v.options); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	for _, r := range v.gitea.Requests() {
		path, _, _ := strings.Cut(r.Path, "?")
		got[r.Method+" "+path]++
	}
	want := map[string]int{
		"GET /user/login": 2, "POST /user/login": 2, "GET /login/oauth/authorize": 2, "POST /login/oauth/grant": 1,
		"POST /login/oauth/access_token": 2, "GET /api/v1/user": 2, "GET /api/v1/user/repos": 1,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("requests to Gitea (-want +got):\n%s", diff)
	}
	if n := len(v.drone.Requests()); n != 4 {
		t.Errorf("%d requests to Drone, want two for each login", n)
	}
}

// TestPublicAddress: where people reach Drone is what it has Gitea send them back to.
func TestPublicAddress(t *testing.T) {
	v := world{drone: dronesim.Options{Address: "https://drone.example/ci"}}.start(t)
	got, err := drone.PublicAddress(t.Context(), v.options.Drone, http.DefaultTransport)
	if err != nil || got != "https://drone.example/ci" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := len(v.gitea.Requests()); n != 0 {
		t.Errorf("%d requests to Gitea, want none", n)
	}
	_, err = drone.PublicAddress(t.Context(), v.options.Gitea, http.DefaultTransport)
	if refused, ok := errors.AsType[*drone.LoginError](err); !ok || refused.Cause != drone.NotByGitea {
		t.Errorf("a server that is not Drone: %v", err)
	}
}

// TestLoginElsewhere: where Drone sends people by a name of its own, the error
// says so, and the password goes to the Gitea that was named here.
func TestLoginElsewhere(t *testing.T) {
	v := world{clientID: "other"}.start(t)
	outside, err := url.Parse(v.options.Drone)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Redirect(w, &http.Request{URL: outside}, "https://gitea.example/login/oauth/authorize?client_id=other&redirect_uri=x", http.StatusSeeOther)
	}))
	t.Cleanup(front.Close)
	v.options.Drone = front.URL
	err = drone.Login(t.Context(), v.options)
	if refused, ok := errors.AsType[*drone.LoginError](err); !ok || refused.Cause != drone.UnknownClient || !strings.Contains(refused.Detail, "https://gitea.example") {
		t.Errorf("got %v", err)
	}
}

// TestLoginOfStrangeServers: whatever a server answers, the error names the step.
func TestLoginOfStrangeServers(t *testing.T) {
	form := `<form action="/user/login"><input name="user_name"></form>`
	toGitea := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/login/oauth/authorize?client_id=x", http.StatusSeeOther)
	}
	cases := map[string]struct {
		reason    string
		answers   map[string]http.HandlerFunc // by method and path; both servers are one here
		step      drone.Step
		cause     drone.Cause // "" is an error of another kind
		temporary bool
	}{
		"DroneError":    {"a Drone that is not well is asked again later", map[string]http.HandlerFunc{"GET /login": answers(500, "")}, drone.StepBegin, "", true},
		"DroneAway":     {"a proxy without a Drone", map[string]http.HandlerFunc{"GET /login": answers(404, "")}, drone.StepBegin, drone.NotByGitea, false},
		"AnotherSource": {"a Drone that builds from somewhere else", map[string]http.HandlerFunc{"GET /login": to("https://github.example/authorize")}, drone.StepBegin, drone.NotByGitea, false},
		"NoGitea":       {"an address without a Gitea", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(404, "")}, drone.StepSignIn, drone.Unexpected, false},
		"GiteaBusy":     {"a Gitea that is not well is asked again later", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(503, "")}, drone.StepSignIn, "", true},
		"Forbidden":     {"a form that is refused", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(200, form), "POST /user/login": answers(403, "")}, drone.StepSignIn, drone.NoPasswordForm, false},
		"Lost":          {"a session that is not kept", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(200, form), "POST /user/login": to("/"), "GET /login/oauth/authorize": to("/user/login?redirect_to=x")}, drone.StepAuthorize, drone.SessionLost, false},
		"Denied":        {"an error in the redirect", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(200, form), "POST /user/login": to("/"), "GET /login/oauth/authorize": to("/login?error=access_denied&error_description=no")}, drone.StepAuthorize, drone.Refused, false},
		"NoConsent":     {"a page that asks for something else", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(200, form), "POST /user/login": to("/"), "GET /login/oauth/authorize": answers(200, form)}, drone.StepAuthorize, drone.Unexpected, false},
		"GrantRefused": {"a consent that is not taken", map[string]http.HandlerFunc{"GET /login": toGitea, "GET /user/login": answers(200, form), "POST /user/login": to("/"),
			"GET /login/oauth/authorize": answers(200, `<form action="/login/oauth/grant">`), "POST /login/oauth/grant": answers(400, "Bad Request")}, drone.StepGrant, drone.Unexpected, false},
		"NoSession": {"a Drone that starts no session", map[string]http.HandlerFunc{"GET /user/login": answers(200, form), "POST /user/login": to("/"), "GET /login/oauth/authorize": to("/login?code=c&state=s"),
			"GET /login": func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("code") != "" {
					to("/")(w, r)
					return
				}
				toGitea(w, r)
			}}, drone.StepEnd, drone.Unexpected, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			for pattern, handle := range tc.answers {
				mux.HandleFunc(pattern, handle)
			}
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			err := drone.Login(t.Context(), drone.LoginOptions{
				Drone: server.URL, Gitea: server.URL, Account: drone.Account{Username: "root", Password: password}, Transport: http.DefaultTransport})
			refused, _ := errors.AsType[*drone.LoginError](err)
			if err == nil || !strings.HasPrefix(err.Error(), string(tc.step)+": ") || transport.Temporary(err) != tc.temporary {
				t.Fatalf("%s: got %v at the wrong step, temporary %v", tc.reason, err, transport.Temporary(err))
			}
			if (refused != nil) != (tc.cause != "") || refused != nil && refused.Cause != tc.cause {
				t.Errorf("%s: got %v, want %q", tc.reason, err, tc.cause)
			}
			checkWords(t, refused, password)
		})
	}
}

func answers(status int, page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, page)
	}
}

func to(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusSeeOther) }
}

// TestLoginInAPlan: a run that only reads does not log in.
func TestLoginInAPlan(t *testing.T) {
	v := world{}.start(t)
	v.options.Transport = transport.New(http.DefaultTransport, transport.Options{}).PassThrough.Transport
	err := drone.Login(t.Context(), v.options)
	if _, refused := errors.AsType[*transport.RefusedError](err); !refused || count(v.gitea.Requests(), "POST") > 0 {
		t.Errorf("got %v and %v", err, v.gitea.Requests())
	}
}

// TestLoginUnreachable: the error names the step and shows no secret.
func TestLoginUnreachable(t *testing.T) {
	v := world{}.start(t)
	v.options.Gitea = "http://127.0.0.1:1"
	err := drone.Login(t.Context(), v.options)
	if err == nil || !strings.HasPrefix(err.Error(), string(drone.StepSignIn)) || !transport.Temporary(err) {
		t.Errorf("got %v", err)
	}
	for _, broken := range []drone.LoginOptions{{Drone: "http://h:port"}, {Drone: "http://h", Gitea: "http://h:port"}} {
		if drone.Login(t.Context(), broken) == nil {
			t.Errorf("%+v: a broken address must be an error", broken)
		}
	}
}
