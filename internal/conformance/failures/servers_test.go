package failures_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/tasks/run"
)

// The places where the remedies lead.
const (
	noAnswer    = "operations.md#the-server-does-not-answer"
	other       = "operations.md#another-application-answers"
	certificate = "operations.md#certificates-and-proxies"
	login       = "operations.md#login"
	right       = "operations.md#missing-rights"
	rule        = "operations.md#what-the-server-refuses"
	versions    = "operations.md#server-versions"
	away        = "operations.md#the-server-became-unreachable"
)

// env sets a variable.
func env(name, value string) func(*scene) {
	return func(s *scene) { s.env[name] = value }
}

// front answers in the place of the application.
func front(status int, kind, body string) func(*scene) {
	return func(s *scene) {
		s.front = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

// hang never answers.
func hang(s *scene) {
	s.front = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// faults break requests of the application.
func faults(all ...sim.Fault) func(*scene) {
	return func(s *scene) { s.faults.Inject(all...) }
}

// after is a run that goes well before the seed breaks something.
func after(seed func(*scene)) func(*scene) {
	return func(s *scene) {
		s.well()
		seed(s)
	}
}

// verb is another one than apply, with its flags.
func verb(args ...string) func(*scene) {
	return func(s *scene) { s.args = append(args, s.args[1:]...) }
}

// flags are further arguments.
func flags(args ...string) func(*scene) {
	return func(s *scene) { s.args = append(s.args, args...) }
}

// laid puts values over the examples'.
func laid(yaml string) func(*scene) {
	return func(s *scene) { s.values.Add(s, yaml) }
}

// seeds are several.
func seeds(all ...func(*scene)) func(*scene) {
	return func(s *scene) {
		for _, seed := range all {
			seed(s)
		}
	}
}

// soon gives up waiting early.
func soon(all []failure) []failure {
	for i, f := range all {
		all[i].seed = seeds(f.seed, flags("--wait", "1s"))
	}
	return all
}

func connections() []failure {
	page := "<html><title>Upgrade in progress</title></html>"
	return []failure{
		{"the name is unknown", roles, run.ExitFailed, noAnswer, true, env("KEYCLOAK_ADDRESS_INTERNAL", "http://1.2.3.4.5")},
		{"nothing listens", roles, run.ExitFailed, noAnswer, true, env("KEYCLOAK_ADDRESS_INTERNAL", "http://127.0.0.1:1")},
		{"nothing listens", projects, run.ExitFailed, noAnswer, false, env("HARBOR_BASE_URL", "http://127.0.0.1:1")},
		{"nothing listens", repos, run.ExitFailed, noAnswer, false, env("GITEA_URL", "http://127.0.0.1:1")},
		{"nothing listens", builds, run.ExitFailed, noAnswer, false, env("DRONE_URL", "http://127.0.0.1:1")},
		{"the server takes the request and says nothing", projects, run.ExitFailed, noAnswer, true, hang},
		{"a proxy whose server is away (503, a page)", repos, run.ExitFailed, noAnswer, true, front(503, "text/html", page)},
		{"a proxy whose server is away (502)", builds, run.ExitFailed, noAnswer, false, front(502, "text/plain", "Bad Gateway")},
		{"the server has a fault (500)", roles, run.ExitFailed, noAnswer, false, front(500, "application/json", `{"error":"unknown_error"}`)},
		{"the server suffers (429)", projects, run.ExitFailed, noAnswer, false, front(429, "application/json", `{}`)},
		{"the connection is reset", repos, run.ExitFailed, noAnswer, false, faults(sim.Fault{Effect: sim.ResetBefore, Times: -1})},
		{"half of an answer is missing", roles, run.ExitFailed, noAnswer, false, faults(sim.Fault{Effect: sim.CutBody, Times: -1})},
		{"http to an https port", roles, run.ExitInvalid, noAnswer, true, secure(trusted, "http")},
		{"https to an http port", roles, run.ExitInvalid, noAnswer, true, func(s *scene) {
			s.env["KEYCLOAK_ADDRESS_INTERNAL"] = strings.Replace(s.server.URL, "http:", "https:", 1)
		}},
		{"the certificate is signed by an unknown authority", roles, run.ExitInvalid, certificate, true, secure(unknown, "https")},
		{"the certificate is another host's", roles, run.ExitInvalid, certificate, false, secure(elsewhere, "https")},
		{"the certificate is not yet valid", roles, run.ExitFailed, certificate, true, secure(tomorrow, "https")},
		{"the certificate has expired", projects, run.ExitFailed, certificate, false, secure(yesterday, "https")},
		{"NODE_EXTRA_CA_CERTS names no file", roles, run.ExitInvalid, certificate, false, env("NODE_EXTRA_CA_CERTS", "/nowhere/ca.crt")},
		{"the server goes away in the middle of a run", roles, run.ExitFailed, away, true, seeds(after(laid("teamConfig: {a1: {}, a2: {}, a3: {}, a4: {}, a5: {}, a6: {}, a7: {}, a8: {}, a9: {}, b1: {}, b2: {}}\n")), faults(sim.Fault{Effect: sim.Refuse, WritesOnly: true, Path: "/admin/", Times: -1}))},
		{"one write hangs until the run's time is over", roles, run.ExitFailed, noAnswer, true, seeds(flags("--timeout", "2s"), faults(sim.Fault{Effect: sim.Hang, WritesOnly: true, Path: "/users", Times: -1}))},
	}
}

func answers() []failure {
	return []failure{
		{"a wrong path in the address", roles, run.ExitFailed, other, true, func(s *scene) { s.env["KEYCLOAK_ADDRESS_INTERNAL"] = s.server.URL + "/keycloak" }},
		{"the address of another application", projects, run.ExitFailed, other, true, func(s *scene) { s.front = gitea.New(gitea.Options{}) }},
		{"the address of another application", repos, run.ExitFailed, other, false, func(s *scene) { s.front = keycloak.New(keycloak.Options{}) }},
		{"the address of another application", builds, run.ExitFailed, other, false, func(s *scene) { s.front = harbor.New(harbor.Options{}) }},
		{"a maintenance page that says 200", roles, run.ExitFailed, other, true, front(200, "text/html", "<html><title>We are back soon</title></html>")},
		{"a page that says it is JSON", projects, run.ExitFailed, other, false, front(200, "application/json", "<!DOCTYPE html><title>Sign in</title>")},
		{"JSON of something else", roles, run.ExitFailed, other, false, front(200, "application/json", `["hello"]`)},
		{"a redirect to another host", roles, run.ExitFailed, other, false, func(s *scene) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<html><title>Sign in</title></html>")
			}))
			s.Cleanup(elsewhere.Close)
			s.front = http.RedirectHandler(elsewhere.URL+"/signin", http.StatusFound)
		}},
		{"a Keycloak that is too old", roles, run.ExitInvalid, versions, false, replaced(keycloak.New(keycloak.Options{Username: "admin", Password: password, Version: 19}), "KEYCLOAK_ADDRESS_INTERNAL")},
		{"a Harbor that is too old", projects, run.ExitInvalid, versions, false, replaced(harbor.New(harbor.Options{Username: "admin", Password: password, Minor: 5}), "HARBOR_BASE_URL")},
		{"a Gitea that is too old", repos, run.ExitInvalid, versions, false, replaced(gitea.New(gitea.Options{Username: "otomi-admin", Password: password, Version: "1.18.5"}), "GITEA_URL")},
		{"a Drone that is too old", builds, run.ExitInvalid, versions, false, replaced(drone.New(drone.Options{Gitea: "http://gitea.example.com", Version: "0.8.0", Users: []drone.User{{Login: "otomi-admin", Token: password, Admin: true}}}), "DRONE_URL")},
	}
}

// replaced serves another server.
func replaced(app http.Handler, variable string) func(*scene) {
	return func(s *scene) {
		s.serve(app)
		s.env[variable] = s.server.URL
	}
}

// The kinds of certificates that a server can have.
const (
	trusted = iota
	unknown
	elsewhere
	tomorrow
	yesterday
)

// secure serves TLS with such a certificate; the address begins with the scheme.
func secure(kind int, scheme string) func(*scene) {
	return func(s *scene) {
		app := s.server.Config.Handler
		s.server = httptest.NewUnstartedServer(app)
		s.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		made, authority := issue(s, kind)
		s.server.TLS = &tls.Config{Certificates: []tls.Certificate{made}, MinVersion: tls.VersionTLS12}
		s.server.StartTLS()
		s.Cleanup(s.server.Close)
		if kind != unknown {
			s.env["NODE_EXTRA_CA_CERTS"] = s.file("ca.crt", string(authority))
		}
		for _, variable := range []string{"KEYCLOAK_ADDRESS_INTERNAL", "HARBOR_BASE_URL"} {
			s.env[variable] = scheme + strings.TrimPrefix(s.server.URL, "https")
		}
		s.server.URL = strings.Replace(s.server.URL, "https://", "http://", 1) // names takes it so
	}
}

// issue makes a certificate that signs itself.
func issue(s *scene, kind int) (made tls.Certificate, authority []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	template.DNSNames = []string{"app.example.com"}
	if kind != elsewhere {
		template.IPAddresses = append(template.IPAddresses, []byte{127, 0, 0, 1})
	}
	switch kind {
	case tomorrow:
		template.NotBefore, template.NotAfter = now.Add(24*time.Hour), now.Add(48*time.Hour)
	case yesterday:
		template.NotBefore, template.NotAfter = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
