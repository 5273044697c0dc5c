// Package gitearepos proves the task gitea-repos on a Gitea: the simulator and
// the real server run the very same tests. What the task wrote is read back, and
// drift is made, through Gitea's own SDK, which shares no code with it.
package gitearepos

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/run"
)

// Server is a Gitea that the suite may do with as it likes: each test empties
// it before it begins.
type Server struct {
	URL, Username, Password string
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
	// Branch puts a branch with a commit into a repository; nil is the SDK's way,
	// for which a server needs Git.
	Branch func(owner, repository, branch string) error
	// Faults break requests on their way to a simulator.
	Faults *sim.Faults
	// Look is the address of a simulator past its faults.
	Look string
	// Log holds the requests that arrived at a simulator.
	Log *sim.Log
}

// Run runs the whole suite.
func Run(t *testing.T, s Server) {
	t.Run("Converge", func(t *testing.T) { converge(t, s) })
	t.Run("Drift", func(t *testing.T) { drifts(t, s) })
	t.Run("Foreign", func(t *testing.T) { foreign(t, s) })
	t.Run("Policy", func(t *testing.T) { policies(t, s) })
	t.Run("Kept", func(t *testing.T) { kept(t, s) })
	t.Run("Pending", func(t *testing.T) { pending(t, s) })
	t.Run("Adopt", func(t *testing.T) { adopt(t, s) })
	t.Run("Application", func(t *testing.T) { applications(t, s) })
	t.Run("Token", func(t *testing.T) { tokens(t, s) })
	t.Run("Losses", func(t *testing.T) { losses(t, s) })
	t.Run("Forgets", func(t *testing.T) { forgets(t, s) })
	t.Run("Shards", func(t *testing.T) { shards(t, s) })
	t.Run("Trust", func(t *testing.T) { trust(t, s) })
	t.Run("Neighbours", func(t *testing.T) { neighbours(t, s) })
	t.Run("OldState", func(t *testing.T) { oldState(t, s) })
	t.Run("Renamed", func(t *testing.T) { renamed(t, s) })
	t.Run("NotEmpty", func(t *testing.T) { notEmpty(t, s) })
	t.Run("Accounts", func(t *testing.T) { accounts(t, s) })
	t.Run("RefusedKey", func(t *testing.T) { refusedKey(t, s) })
	t.Run("Writers", func(t *testing.T) { writers(t, s) })
	t.Run("SlackHook", func(t *testing.T) { slackHook(t, s) })
	t.Run("Generations", func(t *testing.T) { generations(t, s) })
	t.Run("Leavers", func(t *testing.T) { leavers(t, s) })
	t.Run("TakenOut", func(t *testing.T) { takenOut(t, s) })
	t.Run("Refusal", func(t *testing.T) { refusals(t, s) })
}

// FirstRun makes everything and looks at it, on a server with settings of its own.
func FirstRun(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

// Unsupported shows that a version that is too old ends the run before it writes,
// and that a newer one than was tried is named.
func Unsupported(t *testing.T, start func(version string) Server) {
	r := newEnv(t, start("1"), Platform).run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0)
	if want := "Gitea 1 is too old: supported are 1.19 to 1.26"; !strings.Contains(r.Outcome.Error, want) {
		t.Errorf("the range is not named: %s", r.Outcome.Error)
	}
	r = newEnv(t, start("99"), Platform).run(t, "plan").Want(t, run.ExitOK, "planned", 0)
	if want := "Gitea 99 is newer than the versions that were tried: 1.19 to 1.26"; !strings.Contains(r.Stdout+r.Stderr, want) {
		t.Errorf("no warning of an unknown version: %s", r.Stderr)
	}
}

// Once applies Platform to whatever answers for Gitea.
func Once(t *testing.T, s Server) runner.Result {
	t.Helper()
	return Often(t, s)()
}

// Often applies Platform again and again, with one memory.
func Often(t *testing.T, s Server) func() runner.Result {
	t.Helper()
	b := &env{Server: s, cluster: newCluster(t), values: runner.Sources(t, Platform)}
	return func() runner.Result { return b.run(t, "apply", "--wait", "100ms", "--page-size", "1").Result }
}

// env is a Gitea and a Kubernetes under test with the values that they should
// equal.
type env struct {
	Server
	values  runner.Values
	vars    map[string]string // environment variables
	cluster *cluster
}

func newEnv(t *testing.T, s Server, values ...string) *env {
	t.Helper()
	b := &env{Server: s, cluster: newCluster(t), vars: map[string]string{}, values: runner.Sources(t, values...)}
	b.operator(t).sweep()
	return b
}

// result is what one run of the task left behind.
type result struct {
	runner.Result
	kubernetes int // writes there
}

// run runs the task in this process.
func (b *env) run(t *testing.T, args ...string) result {
	t.Helper()
	before := b.cluster.writes()
	r := b.read(t, b.start(args...))
	return result{r, b.cluster.writes() - before}
}

// start runs the task; several may run at once.
func (b *env) start(args ...string) runner.Raw {
	env := map[string]string{"GITEA_URL": b.URL, "GITEA_PASSWORD": b.Password, "OTOMI_TASKS_ACCEPT": gitearepos.AcceptPublic}
	maps.Copy(env, b.vars)
	return runner.Run(gitearepos.Task(), run.Process{Args: b.values.Args(args...), Clock: b.Clock, Secrets: b.cluster, Env: env})
}

// read also demands that no secret is in what a run prints.
func (b *env) read(t *testing.T, r runner.Raw) runner.Result {
	t.Helper()
	secrets := append(b.cluster.secrets(t), b.Password, "hook-secret-1", "hook-secret-2", "Bearer of-hook", "Bot-pass-1", b.vars["GITEA_TOKEN"])
	for _, secret := range secrets {
		if secret != "" && strings.Contains(r.String(), secret) {
			t.Errorf("a secret of %d characters was printed", len(secret))
		}
	}
	return r.Read(t)
}

// apply converges, whatever that takes.
func (b *env) apply(t *testing.T, args ...string) runner.Result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).Converged(t)
}

// settled demands a run that finds nothing to do, neither in Gitea nor in
// Kubernetes.
func (b *env) settled(t *testing.T, args ...string) runner.Result {
	t.Helper()
	r := b.run(t, append([]string{"apply"}, args...)...)
	if r.kubernetes != 0 {
		t.Errorf("%d writes to Kubernetes in a run that finds nothing to do", r.kubernetes)
	}
	return r.Unchanged(t)
}

// Platform is a small platform with everything that the task knows. The tests
// make the accounts alice and ada before.
const Platform = `
cluster: {domainSuffix: example.com}
apps:
  argocd: {enabled: true}
  gitea:
    owners: [ada]
    hooks: [{url: "https://audit.example.com/otomi", events: [repository, push], secret: hook-secret-2}]
    repos:
      - name: values
        hooks: [{url: "https://ci.example.com/values", secret: hook-secret-1}]
      - {name: Handbook, description: How we work, private: false, autoInit: true, teams: [b]}
teamConfig:
  a:
    gitea:
      description: Sells things
      members: [alice]
      users: [{username: a-bot, email: a-bot@example.com, fullName: Bot of a, initialPassword: Bot-pass-1, mustChangePassword: false}]
      repos:
        - name: shop
          description: The shop
          autoInit: true
          defaultBranch: main
          hooks:
            - {url: "https://ci.example.com/shop", events: [push, pull_request], branchFilter: main, authorization: Bearer of-hook}
          branchProtections:
            - {branch: main, push: {teams: [a], users: [a-bot]}, requiredApprovals: 1, statusChecks: [build]}
            - {branch: "release/*"}
          deployKeys:
            - {title: argo, key: "` + KeyA + ` argo@example.com"}
  b:
    selfService: {apps: [gitea]}
  c: {}
`

// Two public keys without their private keys.
const (
	KeyA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqj0dxREBF+9YUXW+sZ+W2kGsUkGJ9KHjp6lq0g0hDq"
	KeyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFQmyMubqIMU0eOEPZMckQOHIS+R751XG+hjTuxyPgH"
)

// Teams is values with n teams, one repository each.
func Teams(n int) string {
	var b strings.Builder
	b.WriteString("cluster: {domainSuffix: example.com}\napps: {argocd: {enabled: true}}\nteamConfig:\n")
	for i := range n {
		fmt.Fprintf(&b, "  t%04d: {}\n", i)
	}
	return b.String()
}
