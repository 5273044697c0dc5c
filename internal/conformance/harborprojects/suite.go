// Package harborprojects proves the task harbor-projects on a Harbor and a
// Kubernetes API server. What the task wrote is read back, and drift is made,
// with plain HTTP requests, which share no code with it.
package harborprojects

import (
	"context"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"otomi.io/tasks/clients/transport"
	suitekube "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Server is a Harbor that one test may do with as it likes. Harbor has one
// configuration for all, so each test gets a fresh one.
type Server struct {
	URL, Username, Password string
	// Harbor is the server itself.
	Harbor Inside
	// Faults break requests on their way.
	Faults *sim.Faults
	// Log holds the requests that arrived.
	Log *sim.Log
	// Clock paces retries and dates rotations; nil is the system's.
	Clock transport.Clock
	// Minor is the version, 2.minor; 0 is the newest.
	Minor int
}

// membersByAdmin are the requests that the administrator sends for members:
// before 2.10 robot accounts are refused them.
func (s Server) membersByAdmin(teams int) int {
	if s.Minor == 0 || s.Minor >= 10 {
		return 0
	}
	return teams
}

// Inside is Harbor past its API, and past the faults: people who log in and
// images that are pushed come through no API.
type Inside interface {
	http.Handler
	Logins(name string) harbor.Logins
	AddUser(name string) int64
	AddRepository(project, repository string) error
	RemoveRepository(project, repository string) error
}

// Start makes a fresh Harbor.
type Start func(testing.TB, harbor.Options) Server

// Run runs the whole suite but for the faults and what needs time to pass.
func Run(t *testing.T, start Start) {
	t.Run("Converge", func(t *testing.T) { converge(t, start) })
	t.Run("Drift", func(t *testing.T) { drifts(t, start) })
	t.Run("Foreign", func(t *testing.T) { foreign(t, start) })
	t.Run("Policy", func(t *testing.T) { policies(t, start) })
	t.Run("Adopt", func(t *testing.T) { adopt(t, start) })
	t.Run("Danger", func(t *testing.T) { dangers(t, start) })
	t.Run("Prefix", func(t *testing.T) { prefixes(t, start) })
	t.Run("Refusal", func(t *testing.T) { refusals(t, start) })
	t.Run("Credential", func(t *testing.T) { credentials(t, start) })
	t.Run("Doctor", func(t *testing.T) { doctor(t, start) })
}

// env is one Harbor and one Kubernetes with the values that they should equal.
type env struct {
	Server
	values  runner.Values
	cluster *kubernetes.Clientset
	place   kube.SecretStore // nil where flags lead to Kubernetes
	flags   []string
	locker  run.Locker
	release string   // of the platform, "" leaves it to the values
	secrets *sim.Log // the requests for Secrets
}

func newEnv(t testing.TB, s Server, values ...string) *env {
	t.Helper()
	b := &env{Server: s, secrets: &sim.Log{}, values: runner.Sources(t, values...)}
	memory := suitekube.NewMemory()
	config := memory.Config()
	config.QPS = -1 // without a limit: memory is quick
	var err error
	if b.cluster, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	config.Transport = counted{config.Transport, b.secrets}
	if b.place, err = kube.New(config); err != nil {
		t.Fatal(err)
	}
	b.addNamespaces(t, "default", "team-a", "team-b", "team-c")
	return b
}

// counted notes the requests for Secrets in a log.
type counted struct {
	next http.RoundTripper
	log  *sim.Log
}

func (c counted) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	pass := func(http.ResponseWriter, *http.Request) { resp, err = c.next.RoundTrip(r) } //nolint:bodyclose // the caller's
	c.log.Wrap(http.HandlerFunc(pass)).ServeHTTP(nil, r)
	return resp, err
}

// addNamespaces makes namespaces with their default ServiceAccounts; those of
// teams are named team-<id>.
func (b *env) addNamespaces(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := b.cluster.CoreV1().Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{}); err != nil {
			t.Fatalf("making namespace %s: %v", name, err)
		}
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
		if _, err := b.cluster.CoreV1().ServiceAccounts(name).Create(context.Background(), account, metav1.CreateOptions{}); err != nil {
			t.Fatalf("making the account of namespace %s: %v", name, err)
		}
	}
}

// result is what one run of the task left behind.
type result struct {
	runner.Result
	admin   int // requests of the administrator
	secrets int // writes to Kubernetes
}

// run runs the task in this process.
func (b *env) run(t testing.TB, args ...string) result {
	t.Helper()
	b.secrets.Reset()
	before := b.Harbor.Logins(b.Username)
	r := b.process(t, args...).Read(t)
	after := b.Harbor.Logins(b.Username)
	_, secrets := b.secrets.Counts()
	return result{r, after.Succeeded + after.Failed - before.Succeeded - before.Failed, secrets}
}

func (b *env) process(t testing.TB, args ...string) runner.Raw {
	t.Helper()
	return runner.Run(b.task(t), run.Process{
		Args: append(b.values.Args(args...), b.flags...), Clock: b.Clock, Secrets: b.place, Locker: b.locker,
		Env: map[string]string{"HARBOR_BASE_URL": b.URL, "HARBOR_USER": b.Username, "HARBOR_PASSWORD": b.Password},
	})
}

// diagnose runs doctor.
func (b *env) diagnose(t testing.TB) (code int, out string) {
	t.Helper()
	r := b.process(t, "doctor")
	return r.Code, r.String()
}

// task is ours, on a release of the platform where the env names one.
func (b *env) task(t testing.TB) task.Task {
	t.Helper()
	ours := harborprojects.Task()
	if b.release == "" {
		return ours
	}
	generation, err := platform.ByName(b.release)
	if err != nil {
		t.Fatal(err)
	}
	connect := ours.Connect
	ours.Connect = func(v values.Values, c *transport.Chain, s task.Setting) (task.Application, error) {
		v.Platform, v.AdminTeam = generation, &values.Team{}
		return connect(v, c, s)
	}
	return ours
}

// want fails the test unless the run ended in this way. The writes are those to
// Harbor.
func (r result) want(t testing.TB, code int, word string, writes int) result {
	t.Helper()
	r.Want(t, code, word, writes)
	return r
}

// apply converges, whatever that takes.
func (b *env) apply(t testing.TB, args ...string) result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "converged", runner.AnyWrites)
}

// settled demands a run that finds nothing to do, in Harbor and in Kubernetes.
func (b *env) settled(t testing.TB, args ...string) result {
	t.Helper()
	r := b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "unchanged", 0)
	if r.secrets != 0 {
		t.Errorf("%d writes to Kubernetes in a run that finds nothing to do: %v", r.secrets, b.secrets.Writes())
	}
	return r
}
