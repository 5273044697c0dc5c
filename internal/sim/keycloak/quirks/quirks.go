// Package traps is the list of what surprises a client of Keycloak 26.4, as
// requests and the answers to them. The simulator's tests run it against the
// simulator and the end-to-end tests against a real server: where the two
// differ, the simulator is wrong. The numbers K1 to K35 are those of the
// project's notes on Keycloak.
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

// step is one request. Names in braces stand for what earlier steps kept, {realm}
// for the realm of the chapter, {tag} for a text that nobody else has, {any}
// matches every text of an answer.
type step struct {
	do     string // method and path; a path without a slash in front is inside the realm
	body   string // JSON
	raw    bool   // body is sent as it is and called text/plain
	status int    // 0: see ask.Status; -1: any
	want   string // JSON that the answer must hold: see package match
	exact  string // the elements of a list by their name, in their order
	as     string // keeps a part of the answer: see ask.Want
}

// chapter is the traps of one kind of object. They share a realm, and later ones
// build on earlier ones.
type chapter struct {
	name  string
	traps []trap
}

func chapters() []chapter {
	return []chapter{
		{"Realms", slices.Concat(realmCreateTraps(), realmUpdateTraps())},
		{"Scopes", slices.Concat(scopeTraps(), mapperTraps(), innerMapperTraps())},
		{"Clients", slices.Concat(clientCreateTraps(), clientUpdateTraps(), clientKindTraps(), clientPartTraps(), assignmentTraps())},
		{"Roles", roleTraps()},
		{"Groups", slices.Concat(groupTraps(), grantTraps(), subgroupTraps())},
		{"Imports", importTraps()},
		{"Users", slices.Concat(userCreateTraps(), userUpdateTraps(), searchTraps())},
		{"Providers", slices.Concat(providerTraps(), providerMapperTraps())},
		{"Errors", errorTraps()},
	}
}

// Traps runs every trap as a subtest of its chapter. The server must be a Keycloak
// at baseURL, without a path, whose administrator may do everything. Realms made
// for it are called sim-traps-… and are gone afterwards; K25TokenOlderThanRealm
// also makes and removes a client in realm master.
func Traps(t *testing.T, baseURL, username, password string) {
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, baseURL, username, password, c.name)
			for _, trap := range c.traps {
				t.Run(trap.name, func(t *testing.T) {
					s.logIn(t)
					for _, step := range trap.steps {
						s.check(t, trap, step)
					}
				})
			}
		})
	}
	t.Run("Tokens", func(t *testing.T) { runTokenTraps(t, newSession(t, baseURL, username, password, "Tokens")) })
	t.Run("Pages", func(t *testing.T) { runPageTraps(t, newSession(t, baseURL, username, password, "Pages")) })
}
