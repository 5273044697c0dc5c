package harborprojects

import (
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Names that the platform's other parts rely on.
const (
	teamPrefix     = "team-"
	groupTeamAdmin = "team-admin"
	groupAdmin     = "admin" // whose members administer Harbor
	groupsClaim    = "groups"
	oidcAuth       = "oidc_auth"
	oidcName       = "otomi"
	oidcScope      = "openid"
	adminOnly      = "adminonly"
	platformPrefix = "otomi-" // of robot accounts
)

// The two parts of the configuration, each with its own danger.
const (
	settings   = "harbor"
	robotNames = "robot-names"
)

// The roles of members.
const (
	roleProjectAdmin = "project-admin"
	roleDeveloper    = "developer"
)

// oidcGroup is Harbor's number for groups of an identity provider.
const oidcGroup = 3

func projectName(team string) string { return teamPrefix + team }

// teamOf is the team that a project belongs to by its name, empty for others.
func teamOf(project string) string {
	team, found := strings.CutPrefix(project, teamPrefix)
	if !found || project == groupTeamAdmin {
		return ""
	}
	return team
}

// Desired is what the values ask for; nothing where Harbor is switched off.
func Desired(v values.Values) State {
	if !v.Apps.Harbor.Enabled {
		return State{}
	}
	s := State{
		Configurations: desiredConfigurations(v.Apps.Harbor),
		Runners:        desiredRunners(),
		Groups:         map[string]Group{groupTeamAdmin: {Type: oidcGroup}},
		Projects:       map[string]Project{},
		Quotas:         map[string]Quota{},
		Members:        map[string]Member{},
		Retentions:     map[string]Retention{},
		Immutables:     map[string]Immutable{},
		Credentials:    desiredCredentials(v),
	}
	for id, team := range v.Teams {
		s.addTeam(id, team.Harbor)
	}
	return s
}

func desiredConfigurations(h values.Harbor) map[string]Configuration {
	all := map[string]Configuration{settings: {
		AuthMode: new(oidcAuth), OIDCName: new(oidcName), OIDCEndpoint: &h.OIDC.Endpoint,
		OIDCClientID: &h.OIDC.ClientID, OIDCClientSecret: h.OIDC.ClientSecret,
		OIDCGroupsClaim: new(groupsClaim), OIDCAdminGroup: new(groupAdmin), OIDCScope: new(oidcScope),
		OIDCVerifyCert: &h.OIDC.VerifyCert, OIDCAutoOnboard: &h.OIDC.AutoOnboard, OIDCUserClaim: &h.OIDC.UserClaim,
		ProjectCreation: new(adminOnly), SelfRegistration: new(false),
	}}
	if h.RobotNamePrefix != nil {
		all[robotNames] = Configuration{RobotNamePrefix: h.RobotNamePrefix}
	}
	return all
}

func (s State) addTeam(id string, h values.TeamHarbor) {
	name, meta := projectName(id), plan.Meta{Team: id}
	s.Groups[name] = Group{Meta: meta, Type: oidcGroup}
	owned := meta
	owned.Ownership = plan.Ours
	s.Projects[name] = Project{
		Meta: owned, Public: &h.Public, AutoScan: h.AutoScan, AutoSBOM: h.AutoSBOM,
		PreventVulnerable: h.PreventVulnerable, Severity: h.Severity,
	}
	for group, role := range map[string]string{name: roleDeveloper, groupTeamAdmin: roleProjectAdmin} {
		s.Members[memberName(name, group)] = Member{Meta: meta, Role: role}
	}
	if h.StorageQuota != nil {
		s.Quotas[name] = Quota{Meta: meta, Storage: *h.StorageQuota}
	}
	if h.Retention != nil {
		s.Retentions[name] = Retention{Meta: meta, Schedule: h.Retention.Schedule, Rules: desiredRules(h.Retention.Rules)}
	}
	for _, tags := range h.ImmutableTags {
		i := Immutable{Meta: owned, Project: name, Repositories: tags.Repositories, Tags: tags.Tags, Disabled: tags.Disabled}
		s.Immutables[i.name()] = i
	}
}

func memberName(project, group string) string { return project + "/" + group }

// memberOf is the reverse of memberName: no project has a slash in its name.
func memberOf(name string) (project, group string) {
	project, group, _ = strings.Cut(name, "/")
	return project, group
}

func (i Immutable) name() string { return i.Project + "/" + i.Repositories + " " + i.Tags }

// The templates of retention rules, as Harbor calls them. All but always have a
// parameter of their own name.
const (
	latestPushed    = "latestPushedK"
	latestPulled    = "latestPulledN"
	pushedSinceDays = "nDaysSinceLastPush"
	pulledSinceDays = "nDaysSinceLastPull"
	always          = "always"
)

func desiredRules(rules []values.HarborRetentionRule) []RetentionRule {
	templates := map[string]string{
		values.KeepLatestPushed: latestPushed, values.KeepLatestPulled: latestPulled,
		values.KeepPushedWithinDays: pushedSinceDays, values.KeepPulledWithinDays: pulledSinceDays, values.KeepAlways: always,
	}
	desired := make([]RetentionRule, 0, len(rules))
	for _, r := range rules {
		desired = append(desired, RetentionRule{
			Repositories: r.Repositories, Tags: r.Tags, Untagged: r.Untagged, Keep: templates[r.Keep], Count: r.Count, Disabled: r.Disabled})
	}
	return desired
}
