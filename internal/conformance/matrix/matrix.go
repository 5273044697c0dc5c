// Package matrix proves that each documented setting does something: two values of it
// differ in what a server holds, or in how a run ends. The simulators and real
// servers run the same rows.
package matrix

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// Servers are fresh applications, all with the same password. The account is
// otomi-admin at Gitea and Drone, admin at Keycloak and Harbor.
type Servers struct {
	Keycloak, Harbor, Gitea, Drone string
	Password, DroneToken           string
	// Issuers are the addresses of two external identity providers.
	Issuers [2]string
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
}

// base is what every row begins with.
const base = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: PASSWORD}
apps:
  keycloak: {address: KEYCLOAK, idp: {clientSecret: client-secret-1}}
  harbor: {address: HARBOR, robotNamePrefix: otomi-}
  gitea: {address: GITEA}
  drone: {address: DRONE, adminToken: TOKEN}
teamConfig: {a: {}}
`

// row is one setting.
type row struct {
	task string // keycloak, harbor, gitea or drone
	// also is what both values need beside base, first and second are the values.
	also, first, second string
	// ends is how the run with the second value ends; "" is a run that
	// changes the server or Kubernetes.
	ends string
	// forgets lets the second value begin without an inventory, which holds a token.
	forgets bool
	// effect says what a person sees of it.
	effect string
}

func (r row) commands() task.Task {
	return map[string]func() task.Task{
		"keycloak": keycloakroles.Task, "harbor": harborprojects.Task, "gitea": gitearepos.Task, "drone": droneactivate.Task,
	}[r.task]()
}

// Run goes through all rows; start gives fresh servers for each.
func Run(t *testing.T, start func(*testing.T) Servers) {
	all := rows()
	for _, path := range slices.Sorted(maps.Keys(all)) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			all[path].check(t, start(t))
		})
	}
}

func (r row) check(t *testing.T, s Servers) {
	t.Helper()
	dir := t.TempDir()
	with := func(value string) runner.Result {
		var sources runner.Values
		for _, yaml := range []string{base, r.also, value} {
			sources.Add(t, s.filled(yaml))
		}
		args := sources.Args("apply", "--policy", "sync", "--removal-cap", "1", "--leavers", "remove", "--accept", strings.Join(accepted(), ","))
		if r.task != "keycloak" {
			args = append(args, "--secrets-dir", dir)
		}
		if value == r.second && r.ends == failed {
			args = append(args, "--wait", "50ms")
		}
		return runner.Run(r.commands(), run.Process{Args: args, Clock: s.Clock}).Read(t)
	}
	first := with(r.first)
	if first.Code != run.ExitOK {
		t.Fatalf("the first value ends with %d\n%s", first.Code, first)
	}
	if r.forgets {
		dir = t.TempDir()
	}
	second := with(r.second)
	switch {
	case r.ends != "":
		if second.Outcome.Result != r.ends {
			t.Errorf("%s: the second value ends with %s, want %s\n%s", r.effect, second.Outcome.Result, r.ends, second)
		}
	case second.Outcome.Result != "converged" || len(second.Lines) == 0:
		t.Errorf("%s: the second value ends with %s and changes nothing\n%s", r.effect, second.Outcome.Result, second)
	default:
		with(r.second).Want(t, run.ExitOK, "unchanged", 0)
	}
}

func (s Servers) filled(yaml string) string {
	return strings.NewReplacer("PASSWORD", s.Password, "KEYCLOAK", s.Keycloak, "HARBOR", s.Harbor, "GITEA", s.Gitea, "DRONE", s.Drone,
		"TOKEN", s.DroneToken, "ISSUER1", s.Issuers[0], "ISSUER2", s.Issuers[1]).Replace(yaml)
}

// accepted is every --accept: the rows are about effects.
func accepted() []string {
	return []string{
		plan.AcceptOwner, plan.NoTeams,
		keycloakroles.AcceptAlias, keycloakroles.AcceptDisabled, keycloakroles.AcceptRealm, keycloakroles.AcceptAdministrators,
		keycloakroles.AcceptRedirects, keycloakroles.AcceptEmail, gitearepos.AcceptPublic, gitearepos.AcceptAdminGroup,
		harborprojects.AcceptPrefix, harborprojects.AcceptMode, harborprojects.AcceptPublic, droneactivate.AcceptVisibility,
	}
}

// Complete demands a row for each setting in the table of a package comment.
func Complete(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "//\tpath ")
	table, _, _ = strings.Cut(table, "//\n")
	all, found := rows(), 0
	for _, line := range strings.Split(table, "\n")[1:] {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "//\t"), " ")
		if path == "" {
			continue
		}
		found++
		if _, exists := all[path]; !exists {
			t.Errorf("setting %s has no row: give it two values and what a person sees of them", path)
		}
		delete(all, path)
	}
	for path := range all {
		t.Errorf("%s is not documented as a setting", path)
	}
	if found < 50 {
		t.Errorf("the table has %d settings", found)
	}
}
