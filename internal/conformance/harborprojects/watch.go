package harborprojects

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// place names a Secret of a team and the key of its login.
type place struct{ namespace, secret, key string }

func (p place) String() string { return p.namespace + "/" + p.secret }

// places are those of the teams.
func places(teams ...string) []place {
	var all []place
	for _, team := range teams {
		all = append(all, place{team, "harbor-pullsecret", ".dockerconfigjson"},
			place{team, "harbor-pushsecret", ".dockerconfigjson"}, place{team, "harbor-pushsecret-builds", "config.json"})
	}
	return all
}

// secret is the stored Secret, nil for none. It is read after every write.
func (s *site) secret(p place) *corev1.Secret {
	path := "/api/v1/namespaces/" + p.namespace + "/secrets/" + p.secret
	answer := httptest.NewRecorder()
	s.memory.ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil))
	var found corev1.Secret
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &found) != nil {
		return nil
	}
	return &found
}

// entry is a login as Docker reads it.
type entry struct{ Username, Password, Auth string }

// entry reads the login of a Secret as a container runtime does.
func (s *site) entry(p place) (host string, e entry) {
	found := s.secret(p)
	if found == nil {
		return "", entry{}
	}
	var config struct{ Auths map[string]entry }
	if json.Unmarshal(found.Data[p.key], &config) != nil || len(config.Auths) == 0 {
		return "", entry{}
	}
	for host, e = range config.Auths {
		if host != "harbor.example.com" && len(config.Auths) > 1 {
			continue // a team's own
		}
		if text, err := base64.StdEncoding.DecodeString(e.Auth); err == nil {
			e.Username, e.Password, _ = strings.Cut(string(text), ":")
		}
		return host, e
	}
	return "", entry{}
}

// logsIn tells whether a container runtime can log in with the Secret.
func (s *site) logsIn(p place) bool {
	_, e := s.entry(p)
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/service/token?service=harbor-registry", nil)
	request.SetBasicAuth(e.Username, e.Password)
	answer := httptest.NewRecorder()
	s.Harbor.ServeHTTP(answer, request)
	return e.Username != "" && answer.Code == http.StatusOK
}

// actions are what the registry allows the credential in the Secret.
func (s *site) actions(p place, project string) []string {
	_, e := s.entry(p)
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/service/token?service=harbor-registry&scope=repository:"+project+"/web:pull,push", nil)
	request.SetBasicAuth(e.Username, e.Password)
	answer := httptest.NewRecorder()
	s.Harbor.ServeHTTP(answer, request)
	var token struct{ Token string }
	var claims struct{ Access []struct{ Actions []string } }
	_ = json.Unmarshal(answer.Body.Bytes(), &token)
	if parts := strings.Split(token.Token, "."); len(parts) == 3 {
		text, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(text, &claims)
	}
	if len(claims.Access) == 0 {
		return nil
	}
	return claims.Access[0].Actions
}

// guard logs in with all that the Secrets hold after each write, the tests'
// own writes included.
type guard struct {
	t     testing.TB
	site  *site
	mu    sync.Mutex
	alive map[string]bool
	off   bool
}

// look fails the test when a login that once worked no longer does, unless off.
func (g *guard) look() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.off {
		return
	}
	for _, p := range places(g.site.teams...) {
		works := g.site.logsIn(p)
		if g.alive[p.String()] && !works {
			_, e := g.site.entry(p)
			g.t.Errorf("%s worked, and what it holds now does not: %q", p, e.Username)
		}
		g.alive[p.String()] = works
	}
}

// away makes a change that the guard would report.
func (g *guard) away(do func()) {
	g.watch(false)
	do()
	g.watch(true)
}

// watch restarts, or ends.
func (g *guard) watch(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.off, g.alive = !on, map[string]bool{}
}

// allLogIn demands that every team has what it needs.
func (s *site) allLogIn(t testing.TB) {
	t.Helper()
	for _, p := range places(s.teams...) {
		if !s.logsIn(p) {
			_, e := s.entry(p)
			t.Errorf("%s does not log in, as %q", p, e.Username)
		}
	}
}

// pullSecrets are those of the pods of a namespace.
func (s *site) pullSecrets(t testing.TB, namespace string) []string {
	t.Helper()
	account, err := s.cluster.CoreV1().ServiceAccounts(namespace).Get(context.Background(), "default", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range account.ImagePullSecrets {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names
}
