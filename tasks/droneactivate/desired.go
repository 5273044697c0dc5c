package droneactivate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// platformRepo holds the platform's values; Drone always builds it.
const platformRepo = "otomi/values"

// works is an access that needs no login.
const works = "works"

// events are those that Drone needs.
func events() []string { return []string{"create", "delete", "pull_request", "push"} }

// Desired is what the values ask for; nothing where Drone is switched off.
func Desired(v values.Values) State {
	if !v.Apps.Drone.Enabled {
		return State{}
	}
	s := State{
		Logins: map[string]Login{v.Apps.Drone.AdminUser: {Access: works}},
		Repos:  map[string]Repo{}, Hooks: map[string]Hook{}, Secrets: map[string]Secret{},
		OrgSecrets: map[string]Secret{}, Crons: map[string]Cron{}, Templates: map[string]Template{},
	}
	hooked := canReadHooks(v)
	s.addRepo(values.DroneRepo{Name: platformRepo}, "", hooked)
	for _, r := range v.Apps.Drone.Repos {
		s.addRepo(r, "", hooked)
	}
	for _, id := range v.TeamIDs() {
		for _, r := range v.Teams[id].Drone.Repos {
			s.addRepo(r, id, hooked)
		}
	}
	for _, d := range v.Apps.Drone.OrgSecrets {
		s.OrgSecrets[d.Organisation+"/"+d.Name] = secretOf(d.DroneSecret, d.Organisation, plan.Meta{})
	}
	for _, t := range v.Apps.Drone.Templates {
		s.Templates[t.Organisation+"/"+t.Name] = Template{Parent: t.Organisation, Name: t.Name, Data: t.Data, SHA256: digest(t.Data)}
	}
	return s
}

// canReadHooks says whether the values hold what reading Gitea's hooks takes.
func canReadHooks(v values.Values) bool {
	g := v.Apps.Gitea
	return g.Enabled && g.Address != "" && (!g.AdminPassword.IsZero() || !g.AdminToken.IsZero())
}

// addRepo adds a repository with what belongs to it.
func (s *State) addRepo(r values.DroneRepo, team string, hooked bool) {
	if strings.EqualFold(r.Name, platformRepo) {
		r.Name = platformRepo // there is only one
	}
	meta := plan.Meta{Team: team}
	s.Repos[r.Name] = Repo{
		Meta: meta, Active: true, Config: r.ConfigPath, Visibility: r.Visibility, Timeout: wide(r.Timeout), Throttle: wide(r.Throttle),
		Trusted: r.Trusted, Protected: r.Protected, IgnoreForks: r.IgnoreForks, IgnorePulls: r.IgnorePulls,
		CancelPulls: r.CancelPulls, CancelPush: r.CancelPushes, CancelRunning: r.CancelRunning,
	}
	if hooked {
		s.Hooks[r.Name] = Hook{Meta: meta, Copies: 1, Active: true, Events: events()}
	}
	for _, d := range r.Secrets {
		s.Secrets[r.Name+"/"+d.Name] = secretOf(d, r.Name, meta)
	}
	for _, c := range r.Crons {
		s.Crons[r.Name+"/"+c.Name] = Cron{
			Meta: meta, Parent: r.Name, Name: c.Name, Expr: c.Expression, Branch: c.Branch, Target: c.Target, Disabled: c.Disabled}
	}
}

// secretOf is always ours: Drone shows no secret's value, so that one that we did
// not write may be its owner's only copy.
func secretOf(d values.DroneSecret, parent string, meta plan.Meta) Secret {
	meta.Ownership = plan.Ours
	return Secret{Meta: meta, Parent: parent, Name: d.Name, Data: d.Value, PullRequest: d.PullRequests, PullPush: d.PullRequestPushes}
}

func wide(n *int) *int64 {
	if n == nil {
		return nil
	}
	return new(int64(*n))
}

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}
