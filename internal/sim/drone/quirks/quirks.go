// Package traps is the list of what surprises a client of Drone, and one who logs
// in at Drone by way of Gitea, as requests and the answers to them. The
// simulator's tests run it against the simulator and the end-to-end tests against
// a real Drone 1.10.1 with a real Gitea: where the two differ, the simulator is
// wrong. The numbers D1 to D14 are those of the project's notes on Drone.
package quirks

import (
	"crypto/rand"
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
}

// trap is one behaviour of the servers, shown by requests in their order.
type trap struct {
	name   string
	reason string
	steps  []step
}

// step is one request: to Drone as its administrator unless by says otherwise.
// Names in braces stand for what earlier steps kept; {org}/{repo} is a private
// repository, {tag} a text that nobody else has.
type step struct {
	by     string      // who asks; "" is Drone's administrator
	do     string      // method and path; a path without a slash in front is inside the repository
	body   string      // JSON
	status int         // 0 is 200, or 201 for a POST to Gitea; -1 any
	want   string      // JSON that the answer must hold: see match.JSON
	exact  string      // the whole answer, where it is no JSON
	as     string      // keeps a part of the answer: see apitest.Want
	login  drone.Cause // of a login: the cause of its failure; "" is success
}

// Who asks, beside Drone's administrator.
const (
	nobody = "nobody" // at Drone, without a token
	plain  = "plain"  // at Drone, a user who is no administrator
	robot  = "robot"  // at Drone, a machine
	gitea  = "gitea"  // at Gitea, its administrator
)

// A step that is no request names what is done and to whom.
const (
	logIn  = "LOGIN"  // through Gitea's pages, as LOGIN plain; the password is {password}
	revoke = "REVOKE" // on Gitea's page of applications
)

// chapter is the traps of one kind of object; later ones build on earlier ones.
type chapter struct {
	name  string
	traps []trap
}

func chapters() []chapter {
	return []chapter{
		{"Access", accessTraps()},
		{"Login", loginTraps()},
		{"Sync", syncTraps()},
		{"Repos", repoTraps()},
		{"Hooks", hookTraps()},
		{"Secrets", secretTraps()},
		{"Crons", cronTraps()},
	}
}

// Traps runs every trap as a subtest of its chapter. Nobody may have logged in at
// Drone yet, and the OAuth2 application must be there. What it makes at Gitea is
// called traps-… and stays.
func Traps(t *testing.T, p Pair) {
	tag := strings.ToLower(rand.Text()[:8])
	s := &session{pair: p, kept: apitest.Kept{
		"tag": tag, "org": "traps-" + tag, "repo": "one", "root": p.Username, "password": p.Password,
		"plain": "plain-" + tag, "robot": "robot-" + tag, "drone": p.Drone,
		"plain-token": "plain-" + tag + "-token", "robot-token": "robot-" + tag + "-token",
	}}
	s.prepare(t)
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			for _, trap := range c.traps {
				t.Run(trap.name, func(t *testing.T) {
					for _, step := range trap.steps {
						s.check(t, trap, step)
					}
				})
			}
		})
	}
}
