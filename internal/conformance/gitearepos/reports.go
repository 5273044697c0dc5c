package gitearepos

import "testing"

// takenOut takes a repository and a person out of a team by hand: both come back
// (Lerentis/terraform-provider-gitea#57).
func takenOut(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, "apps: {gitea: {repos: [{name: tools, teams: [a, b]}]}}\nteamConfig: {b: {gitea: {members: [ada]}}}")
	b.apply(t)
	h := b.operator(t)
	team := h.team("team-b").ID
	h.done(h.gt.RemoveTeamRepository(team, org, "tools"))
	h.done(h.gt.RemoveTeamMember(team, "ada"))
	b.apply(t)
	if got := h.teamsOf("tools"); got != "otomi-viewer team-a team-b" && got != "team-a team-b" {
		t.Errorf("the repository is seen by %q", got)
	}
	if got := h.membersOf("team-b"); got != "ada" {
		t.Errorf("members are %q", got)
	}
	b.settled(t, "--policy", "sync")
}
