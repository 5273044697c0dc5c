// Package quirks is the list of what surprises a client of Drone, and one that logs
// in at Drone by way of Gitea, as requests and the answers to them. The
// simulator's tests run it against the simulator and the end-to-end tests against
// a real Drone with a real Gitea: where the two differ, the simulator is wrong.
// docs/quirks/drone.md is made from it.
package quirks

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/internal/sim/apitest"
)

// Pair is a Drone and the Gitea that it builds from.
type Pair struct {
	Drone, Token string // address, and token of an administrator who is Username at Gitea and may log in
	Gitea        string // address, and administrator
	Username     string
	Password     string
	Version      string // of Drone
}

// quirk is one behaviour of the servers, shown by requests in their order.
type quirk struct {
	name   string
	reason string // what the servers do
	major  string // the version that it holds for, 1 or 2; "" is both
	steps  []step
}

// step is one request: to Drone as its administrator unless by says otherwise.
// Names in braces stand for what earlier steps kept; {org}/{repo} is a private
// repository, {tag} a unique text.
type step struct {
	by     string      // who asks; "" is Drone's administrator
	do     string      // method and path; a path without a slash in front is inside the repository
	body   string      // JSON
	status int         // 0 is 200, or 201 for a POST to Gitea; -1 any
	want   string      // JSON that the answer must hold: see match.JSON
	exact  string      // the whole answer, where it is not JSON
	as     string      // keeps a part of the answer: see apitest.Want
	login  drone.Cause // of a login: the cause of its failure; "" is success
}

// The callers, beside Drone's administrator.
const (
	anonymous = "anonymous" // at Drone, without a token
	plain     = "plain"     // at Drone, a user who is not an administrator
	robot     = "robot"     // at Drone, a machine
	gitea     = "gitea"     // at Gitea, its administrator
)

// A step that is not a request names what is done and to whom.
const (
	logIn  = "LOGIN"  // through Gitea's pages, as LOGIN plain; the password is {password}
	revoke = "REVOKE" // on Gitea's page of applications
)

// chapter is the quirks of one kind of object; later ones build on earlier ones.
type chapter struct {
	name   string
	quirks []quirk
}

func chapters() []chapter {
	return []chapter{
		{"Access", accessQuirks()},
		{"Login", loginQuirks()},
		{"Sync", syncQuirks()},
		{"Repos", repoQuirks()},
		{"Hooks", hookQuirks()},
		{"Secrets", secretQuirks()},
		{"Crons", cronQuirks()},
	}
}

// Run runs every quirk as a subtest of its chapter. Drone must not have had a
// login yet, and the OAuth2 application must exist. What it makes at Gitea is
// called quirks-… and stays.
func Run(t *testing.T, p Pair) {
	tag := strings.ToLower(rand.Text()[:8])
	s := &session{pair: p, kept: apitest.Captures{
		"tag": tag, "org": "quirks-" + tag, "repo": "one", "root": p.Username, "password": p.Password,
		"plain": "plain-" + tag, "robot": "robot-" + tag, "drone": p.Drone, "version": p.Version,
		"plain-token": "plain-" + tag + "-token", "robot-token": "robot-" + tag + "-token",
	}}
	s.prepare(t)
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			for _, quirk := range c.quirks {
				if quirk.major != "" && !strings.HasPrefix(p.Version, quirk.major+".") {
					continue
				}
				t.Run(quirk.name, func(t *testing.T) {
					for _, step := range quirk.steps {
						s.check(t, quirk, step)
					}
				})
			}
		})
	}
}

// head is what stands above the table.
const head = `# Quirks of Drone

What Drone, and the login at Drone by way of Gitea, do beside what their documents say. Each row is a subtest of
TestQuirks in internal/sim/drone, which runs on the simulator, and of TestDrone in test/e2e, which runs on a real
Drone with a real Gitea. This file is made from the list in internal/sim/drone/quirks:
go test ./internal/sim/drone -run Table -update

| what the servers do | Drone | shown by |
|---|---|---|
`

// Table is the list as a document: one row a quirk, with the subtest that shows it.
func Table() string {
	var b strings.Builder
	b.WriteString(head)
	for _, c := range chapters() {
		for _, q := range c.quirks {
			versions := map[string]string{"": "1.10, 2", "1": "1.10", "2": "2"}[q.major]
			fmt.Fprintf(&b, "| %s | %s | `%s/%s` |\n", q.reason, versions, c.name, q.name)
		}
	}
	return b.String()
}
