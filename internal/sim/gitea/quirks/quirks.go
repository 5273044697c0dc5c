// Package traps is the list of what surprises a client of Gitea 1.26, as
// requests and the answers to them. The simulator's tests run it against the
// simulator and the end-to-end tests against a real server: where the two
// differ, the simulator is wrong. The numbers G1 to G30 are those of the
// project's notes on Gitea.
package quirks

import (
	"slices"
	"testing"
)

// trap is one behaviour of the server, shown by requests in their order.
type trap struct {
	name   string
	reason string
	steps  []step
}

// step is one request. Names in braces stand for what earlier steps kept, {tag}
// for a text that nobody else has and {org} for the chapter's organisation.
type step struct {
	do     string // method and path; one without a slash in front is below /api/v1
	by     string // who asks: see session.authorize; "" is the administrator with a token for all
	body   string // JSON; "" sends none
	status int    // 0: see ask.Status; -1: any
	want   string // JSON that the answer must hold: see package match
	not    string // JSON that the answer must not hold
	exact  string // the elements of a list by their name, in their order
	count  string // the header X-Total-Count; "none" is no such header
	as     string // keeps a part of the answer: see ask.Want
}

// chapter is the traps of one kind of object. They share an organisation, and
// later ones build on earlier ones.
type chapter struct {
	name  string
	traps []trap
}

func chapters() []chapter {
	return []chapter{
		{"LogIn", slices.Concat(logInTraps(), lockedOutTraps())},
		{"Tokens", slices.Concat(tokenTraps(), scopeTraps())},
		{"Organizations", slices.Concat(organizationTraps(), organizationRightTraps())},
		{"Teams", slices.Concat(teamCreateTraps(), teamUpdateTraps(), teamRightTraps())},
		{"Members", memberTraps()},
		{"Repositories", slices.Concat(repositoryTraps(), repositoryUpdateTraps())},
		{"Access", slices.Concat(teamRepositoryTraps(), permissionTraps(), collaboratorTraps())},
		{"Hooks", slices.Concat(hookTraps(), hookUpdateTraps())},
		{"Protections", slices.Concat(protectionTraps(), protectionListTraps())},
		{"Keys", keyTraps()},
		{"Users", slices.Concat(userTraps(), userUpdateTraps())},
		{"Applications", applicationTraps()},
		{"Errors", errorTraps()},
	}
}

// Traps runs every trap as a subtest of its chapter. The server must be a Gitea
// at baseURL, without a path, whose pages hold 50 objects and whose administrator
// has a password. All that is made for it begins with sim-traps- and is gone
// afterwards.
func Traps(t *testing.T, baseURL, username, password string) {
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, baseURL, username, password)
			for _, trap := range c.traps {
				t.Run(trap.name, func(t *testing.T) {
					for _, step := range trap.steps {
						s.check(t, trap, step)
					}
				})
			}
		})
	}
	t.Run("Pages", func(t *testing.T) { runPageTraps(t, newSession(t, baseURL, username, password)) })
}
