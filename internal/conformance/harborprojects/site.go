package harborprojects

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	suitekube "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
)

// site is an env whose Kubernetes is reached as in a pod and can fail as
// Harbor does, whose time passes when a test says so, and where a guard
// watches the credentials.
type site struct {
	*env
	clock  *clock
	memory *suitekube.Memory
	guard  *guard
	teams  []string // their namespaces, which are watched
}

// newSite is for Platform.
func newSite(t testing.TB, start Start, values ...string) *site {
	t.Helper()
	return buildSite(t, start, []string{"team-a", "team-b", "team-c"}, append([]string{Platform}, values...)...)
}

// Small is a platform of one team, for what is done very often.
const Small = `
cluster: {domainSuffix: example.com}
apps:
  keycloak: {idp: {clientSecret: client-secret-1}}
  harbor: {robotNamePrefix: otomi-}
teamConfig: {a: {}}
`

func buildSite(t testing.TB, start Start, teams []string, values ...string) *site {
	t.Helper()
	at := newClock()
	s := start(t, harbor.Options{Now: at.Now})
	s.Clock = at
	w := newCluster(t, s, at, teams, values...)
	s.Faults.Watch(func(int, sim.Request) { w.guard.look() })
	return w
}

// newCluster is a Kubernetes with empty namespaces for these teams.
func newCluster(t testing.TB, s Server, at *clock, teams []string, values ...string) *site {
	t.Helper()
	b := &env{Server: s, values: runner.Sources(t, values...), secrets: &sim.Log{}, locker: unlocked{}}
	memory := suitekube.NewMemory()
	server, err := sim.Listen("127.0.0.1:0", b.secrets.Wrap(s.Faults.Wrap(memory)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	if b.cluster, err = kubernetes.NewForConfig(memory.Config()); err != nil {
		t.Fatal(err)
	}
	b.flags = []string{"--kubeconfig", writeKubeconfig(t, server.URL)}
	w := &site{env: b, clock: at, memory: memory, teams: teams}
	w.guard = &guard{t: t, site: w, alive: map[string]bool{}}
	w.addNamespace(t, "otomi")
	for _, team := range teams {
		w.addNamespace(t, team)
	}
	return w
}

func writeKubeconfig(t testing.TB, url string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me, namespace: otomi}}]
clusters: [{name: here, cluster: {server: %q}}]
users: [{name: me, user: {token: some}}]
`, url)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// addNamespace also makes the ServiceAccount that Kubernetes puts there, with a
// foreign pull secret.
func (s *site) addNamespace(t testing.TB, name string) {
	t.Helper()
	_, err := s.cluster.CoreV1().Namespaces().Create(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}, ImagePullSecrets: []corev1.LocalObjectReference{{Name: "theirs"}}}
	if _, err := s.cluster.CoreV1().ServiceAccounts(name).Create(context.Background(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// unlocked is a lock that is always granted.
type unlocked struct{}

func (unlocked) Lock(context.Context, string) (func(), error) { return func() {}, nil }

// clock moves on when a test says so, and by a moment at each look, so that no
// two events have the same time. Every wait is over at once.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock begins now: a real server's clock stays there.
func newClock() *clock { return &clock{now: time.Now().UTC()} }

// Now is the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// After is over at once.
func (c *clock) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time, 1)
	over <- c.Now()
	return over
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
