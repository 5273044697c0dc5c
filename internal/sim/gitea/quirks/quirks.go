// Package quirks is the list of what surprises a client of Gitea, as requests and
// the answers to them. The simulator's tests run it against the simulator and the
// end-to-end tests against a real server: where the two differ, the simulator is
// wrong. docs/quirks/gitea.md is written from it.
package quirks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// quirk is one behaviour of the server, shown by requests in their order.
type quirk struct {
	name   string
	reason string
	steps  []step
	// versions are those that it was seen with; the zero value is the newest only.
	versions versions
}

// versions are minor versions of Gitea 1, from the first to the last; 0 is open.
type versions struct{ first, last int }

const (
	oldest = 19
	newest = 26
)

func (v versions) hold(minor int) bool {
	if v == (versions{}) {
		return minor >= newest
	}
	return minor >= v.first && (v.last == 0 || minor <= v.last)
}

func (v versions) String() string {
	switch {
	case v == versions{}:
		return fmt.Sprintf("1.%d", newest)
	case v.last == 0:
		return fmt.Sprintf("from 1.%d on", v.first)
	}
	return fmt.Sprintf("1.%d to 1.%d", v.first, v.last)
}

// step is one request. Names in braces stand for what earlier steps kept, {tag}
// for a unique text and {org} for the chapter's organisation.
type step struct {
	do     string // method and path; one without a slash in front is below /api/v1
	by     string // who asks: see session.authorize; "" is the administrator with a token for all
	body   string // JSON; "" sends none
	form   bool   // the body is a form instead
	status int    // 0: see ask.Status; -1: any
	want   string // JSON that the answer must hold: see package match
	not    string // JSON that the answer must not hold
	exact  string // the elements of a list by their name, in their order
	count  string // the header X-Total-Count; "none" demands its absence
	as     string // keeps a part of the answer: see ask.Want
}

// chapter is the quirks of one kind of object. They share an organisation, and
// later ones build on earlier ones.
type chapter struct {
	name   string
	quirks []quirk
}

func chapters() []chapter {
	return []chapter{
		{"LogIn", slices.Concat(logInQuirks(), lockedOutQuirks())},
		{"Tokens", slices.Concat(tokenQuirks(), scopeQuirks())},
		{"Organizations", slices.Concat(organizationQuirks(), organizationRightQuirks())},
		{"Teams", slices.Concat(teamCreateQuirks(), teamUpdateQuirks(), teamRightQuirks())},
		{"Members", memberQuirks()},
		{"Repositories", slices.Concat(repositoryQuirks(), repositoryUpdateQuirks())},
		{"Access", slices.Concat(teamRepositoryQuirks(), permissionQuirks(), collaboratorQuirks())},
		{"Hooks", slices.Concat(hookQuirks(), hookUpdateQuirks())},
		{"Protections", slices.Concat(protectionQuirks(), protectionListQuirks())},
		{"Keys", keyQuirks()},
		{"Users", slices.Concat(userQuirks(), userUpdateQuirks())},
		{"Applications", applicationQuirks()},
		{"Versions", versionQuirks()},
		{"Errors", errorQuirks()},
	}
}

// Run runs every quirk as a subtest of its chapter. The server must be a Gitea
// at baseURL, without a path, whose pages hold 50 objects and whose administrator
// has a password. All that is made for it begins with sim-quirks- and is gone
// afterwards.
func Run(t *testing.T, baseURL, username, password string) {
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, baseURL, username, password)
			for _, quirk := range c.quirks {
				if !quirk.versions.hold(s.minor) {
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
	t.Run("Pages", func(t *testing.T) {
		if s := newSession(t, baseURL, username, password); (versions{}).hold(s.minor) {
			runPageQuirks(t, s)
		}
	})
}

// Document is the table of docs/quirks/gitea.md.
func Document() string {
	var b strings.Builder
	b.WriteString("| what the server does | versions | test |\n|---|---|---|\n")
	for _, c := range chapters() {
		for _, q := range c.quirks {
			fmt.Fprintf(&b, "| %s: %s | %s | `TestQuirks/%s/%s` |\n", words(q.name), q.reason, q.versions, c.name, strings.ReplaceAll(q.name, " ", "_"))
		}
	}
	b.WriteString("| lists are cut silently: 30 objects unless asked for more, 50 at most | " + versions{}.String() + " | `TestQuirks/Pages` |\n")
	return b.String()
}

// words parts the words of a name.
func words(name string) string {
	return strings.TrimSpace(regexp.MustCompile(`[A-Z][a-z0-9]*`).ReplaceAllStringFunc(name, func(word string) string { return " " + strings.ToLower(word) }))
}
