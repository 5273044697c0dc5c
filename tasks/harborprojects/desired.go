package harborprojects

import (
	"strings"

	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Names that the platform's other parts rely on.
const (
	teamPrefix     = "team-"
	groupsClaim    = "groups"
	oidcAuth       = "oidc_auth"
	oidcName       = "otomi"
	adminOnly      = "adminonly"
	platformPrefix = "otomi-" // of robot accounts
)

// The two parts of the configuration, each with its own danger.
const (
	settings   = "harbor"
	robotNames = "robot-names"
)

// The roles of members, from the most to the least.
const (
	roleProjectAdmin = "project-admin"
	roleMaintainer   = "maintainer"
	roleDeveloper    = "developer"
	roleGuest        = "guest"
	roleLimitedGuest = "limited-guest"
)

// oidcGroup is Harbor's number for groups of an identity provider.
const oidcGroup = 3

// teamOf is the team that a project belongs to by its name, empty for others.
func teamOf(project string) string {
	team, found := strings.CutPrefix(project, teamPrefix)
	if !found {
		return ""
	}
	return team
}

// Desired is what the values ask for of a scope; nothing where Harbor is switched off.
func Desired(v values.Values, scope task.Scope) State {
	if !v.Apps.Harbor.Enabled {
		return State{}
	}
	s := State{
		Configurations: desiredConfigurations(v),
		ServiceRobots:  desiredServiceRobots(),
		Groups:         map[string]Group{v.Platform.Harbor.MemberGroup: {Type: oidcGroup}},
		Projects:       map[string]Project{},
		Quotas:         map[string]Quota{},
		Members:        map[string]Member{},
		Retentions:     map[string]Retention{},
		Immutables:     map[string]Immutable{},
		Credentials:    desiredCredentials(v, scope),

		withoutPlatform: !scope.Reads(),
	}
	for id, team := range v.HarborTeams() {
		if scope.Lists(id) {
			s.addProject(id, v.Platform.Harbor.MemberGroup, team.Harbor)
		}
		if scope.Reads(id) {
			s.addInside(id, v.Platform.Harbor.MemberGroup, team.Harbor)
		}
	}
	return s
}

func desiredConfigurations(v values.Values) map[string]Configuration {
	h := v.Apps.Harbor
	all := map[string]Configuration{settings: {
		AuthMode: new(oidcAuth), PrimaryAuthMode: v.Platform.Harbor.PrimaryAuthMode, OIDCName: new(oidcName), OIDCEndpoint: &h.OIDC.Endpoint,
		OIDCClientID: &h.OIDC.ClientID, OIDCClientSecret: h.OIDC.ClientSecret,
		OIDCGroupsClaim: new(groupsClaim), OIDCAdminGroup: &v.Platform.Harbor.AdminGroup, OIDCScope: &v.Platform.Harbor.Scope,
		OIDCVerifyCert: &h.OIDC.VerifyCert, OIDCAutoOnboard: &h.OIDC.AutoOnboard, OIDCUserClaim: &h.OIDC.UserClaim,
		ProjectCreation: new(adminOnly), SelfRegistration: new(false),
	}}
	if h.RobotNamePrefix != nil {
		all[robotNames] = Configuration{RobotNamePrefix: h.RobotNamePrefix}
	}
	return all
}

// addProject adds what lists of Harbor's show.
func (s State) addProject(id, memberGroup string, h values.TeamHarbor) {
	name, meta := values.TeamName(id), plan.Meta{Team: id}
	if name != memberGroup {
		s.Groups[name] = Group{Meta: meta, Type: oidcGroup}
	}
	s.Projects[name] = Project{
		Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Public: &h.Public, AutoScan: h.AutoScan, AutoSBOM: h.AutoSBOM,
		PreventVulnerable: h.PreventVulnerable, Severity: h.Severity,
	}
	if h.StorageQuota != nil {
		s.Quotas[name] = Quota{Meta: meta, Storage: *h.StorageQuota}
	}
}

// addInside adds what is read of each project.
func (s State) addInside(id, memberGroup string, h values.TeamHarbor) {
	name, meta := values.TeamName(id), plan.Meta{Team: id}
	if name != memberGroup {
		s.Members[memberName(name, name)] = Member{Meta: meta, Role: roleDeveloper}
	}
	s.Members[memberName(name, memberGroup)] = Member{Meta: meta, Role: roleProjectAdmin}
	if h.Retention != nil {
		s.Retentions[name] = Retention{Meta: meta, Schedule: h.Retention.Schedule, Rules: desiredRules(h.Retention.Rules)}
	}
	for _, tags := range h.ImmutableTags {
		i := Immutable{Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Project: name, Repositories: tags.Repositories, Tags: tags.Tags, Disabled: tags.Disabled}
		s.Immutables[i.name()] = i
	}
}

func memberName(project, group string) string { return project + "/" + group }

// memberOf is the reverse of memberName: no project has a slash in its name.
func memberOf(name string) (project, group string) {
	project, group, _ = strings.Cut(name, "/")
	return project, group
}

// desiredCredentials are three for each team.
func desiredCredentials(v values.Values, scope task.Scope) map[string]Credential {
	teams, kinds := v.HarborTeams(), credential.Kinds()
	all := map[string]Credential{}
	specs := map[string]*secretSpec{}
	for _, k := range kinds {
		specs[k.Name] = &secretSpec{v.Apps.Harbor.BaseRepoURL, k.Type, kube.Manager}
	}
	for id := range teams {
		if !scope.Reads(id) {
			continue
		}
		var rights []string // the longest list of all begins with the others
		for _, k := range kinds {
			key := credential.Key{Project: values.TeamName(id), Kind: k}
			if len(rights) < len(k.Actions) {
				rights = rightsOf(key)
			}
			all[key.String()] = Credential{
				Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Login: credential.Proved,
				Permissions: rights[:len(k.Actions):len(k.Actions)], Duration: int64(v.Apps.Harbor.RobotDuration),
				Secret: specs[k.Name], Attached: attached(k, true),
			}
		}
	}
	return all
}

// attached is nil where a kind has nothing to do with ServiceAccounts.
func attached(k credential.Kind, is bool) *bool {
	if !k.Attached {
		return nil
	}
	return &is
}
