// Package quirks is the list of what surprises a client of Keycloak 26.4, as
// requests and the answers to them. The simulator's tests run it against the
// simulator and the end-to-end tests against a real server: where the two
// differ, the simulator is wrong.
package quirks

import (
	"slices"
	"testing"
)

// quirk is one behaviour of the server, shown by requests in their order.
type quirk struct {
	name   string
	reason string
	steps  []step
}

// step is one request. Names in braces stand for what earlier steps kept, {realm}
// for the realm of the chapter, {tag} for a text that is used nowhere else, {any}
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

// chapter is the quirks of one kind of object. They share a realm, and later ones
// build on earlier ones.
type chapter struct {
	name   string
	quirks []quirk
}

func chapters() []chapter {
	return []chapter{
		{"Realms", slices.Concat(realmCreateQuirks(), realmUpdateQuirks())},
		{"Scopes", slices.Concat(scopeQuirks(), mapperQuirks(), innerMapperQuirks())},
		{"Clients", slices.Concat(clientCreateQuirks(), clientUpdateQuirks(), clientKindQuirks(), clientPartQuirks(), assignmentQuirks())},
		{"Roles", roleQuirks()},
		{"Groups", slices.Concat(groupQuirks(), grantQuirks(), subgroupQuirks())},
		{"Imports", importQuirks()},
		{"Users", slices.Concat(userCreateQuirks(), userUpdateQuirks(), searchQuirks())},
		{"Providers", slices.Concat(providerQuirks(), providerMapperQuirks())},
		{"Errors", errorQuirks()},
	}
}

// Quirks runs every quirk as a subtest of its chapter. The server must be a Keycloak
// at baseURL, without a path, whose administrator may do everything. Realms made
// for it are called sim-quirks-… and are gone afterwards; TokenOlderThanRealm
// also makes and removes a client in realm master.
func Quirks(t *testing.T, baseURL, username, password string, version int) {
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, baseURL, username, password, c.name)
			for _, q := range c.quirks {
				if !q.runs(version) {
					continue
				}
				t.Run(q.name, func(t *testing.T) {
					s.logIn(t)
					for _, step := range q.steps {
						s.check(t, q, step)
					}
				})
			}
		})
	}
	if version != newest {
		return
	}
	t.Run("Tokens", func(t *testing.T) { runTokenQuirks(t, newSession(t, baseURL, username, password, "Tokens")) })
	t.Run("Pages", func(t *testing.T) { runPageQuirks(t, newSession(t, baseURL, username, password, "Pages")) })
}
