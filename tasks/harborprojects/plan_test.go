package harborprojects

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// alter changes one object of a state.
func alter[T any](objects map[string]T, name string, do func(*T)) {
	o := objects[name]
	do(&o)
	objects[name] = o
}

func project(do func(*Project)) func(*State) {
	return func(s *State) { alter(s.Projects, "team-a", do) }
}

func setting(name string, do func(*Configuration)) func(*State) {
	return func(s *State) { alter(s.Configurations, name, do) }
}

// TestDiff shows what of the other side counts, what needs --accept, and
// what Harbor will not do.
func TestDiff(t *testing.T) {
	cases := map[string]struct {
		reason  string
		current func(*State)
		want    []string
		danger  string
		blocked string
	}{
		"Same": {reason: "nothing differs", current: func(*State) {}},
		"UndeclaredFlag": {reason: "team b says nothing of scans", current: func(s *State) {
			alter(s.Projects, "team-b", func(p *Project) { p.AutoScan, p.Severity = new(true), new("low") })
		}},
		"UndeclaredQuota": {reason: "what is not declared is not read", current: func(s *State) {
			s.Quotas["team-x"] = Quota{Storage: 5}
		}},
		"Scan": {reason: "a flag that we declare", want: []string{"~ update project team-a", "    autoScan: true -> false"},
			current: project(func(p *Project) { p.AutoScan = new(true) })},
		"Close": {reason: "a project that was made public", want: []string{"~ update project team-a (takes away pulls without a login)", "    public: true -> false"},
			current: project(func(p *Project) { p.Public = new(true) })},
		"Nonsense": {reason: "an invalid flag", want: []string{"~ update project team-a", "    public: (absent) -> false"},
			current: project(func(p *Project) { p.Public = nil })},
		"Adopted": {reason: "an existing project", want: []string{"= adopt project team-a"},
			current: project(func(p *Project) { p.Ownership = plan.Predecessor })},
		"Open": {
			reason: "a private project becomes public", danger: AcceptPublic,
			want: []string{"~ update project team-c (danger: everyone who reaches Harbor could pull its images)", "    public: false -> true"},
			current: func(s *State) {
				alter(s.Projects, "team-c", func(p *Project) { p.Public = new(false) })
			}},
		"OpenNonsense": {
			reason: "the same for one that Harbor takes for private", danger: AcceptPublic,
			want: []string{"~ update project team-c (danger: everyone who reaches Harbor could pull its images)", "    public: (absent) -> true"},
			current: func(s *State) {
				alter(s.Projects, "team-c", func(p *Project) { p.Public = nil })
			}},
		"OpenNew": {reason: "a new one is open from its first image on", danger: AcceptPublic, want: []string{"+ create project team-c (danger: everyone who reaches Harbor could pull its images)", "    public: true"},
			current: func(s *State) { delete(s.Projects, "team-c") }},
		"FreshMode": {reason: "the way to log in is not chosen yet", want: []string{"~ update configuration harbor", `    auth_mode: "db_auth" -> "oidc_auth"`},
			current: setting(settings, func(c *Configuration) { c.AuthMode = new("db_auth") })},
		"ChosenMode": {
			reason: "it is chosen", danger: AcceptMode,
			want:    []string{"~ update configuration harbor (danger: people would have to log in another way than today)", `    auth_mode: "ldap_auth" -> "oidc_auth"`},
			current: setting(settings, func(c *Configuration) { c.AuthMode = new("ldap_auth") })},
		"Secret": {reason: "a secret shows that it changed and nothing more", want: []string{"~ update configuration harbor", "    oidc_client_secret: changed"},
			current: setting(settings, func(c *Configuration) { c.OIDCClientSecret = values.Secret{} })},
		"FreshPrefix": {reason: "there is no robot account to rename", want: []string{"~ update configuration robot-names", `    robot_name_prefix: "robot$" -> "otomi-"`},
			current: setting(robotNames, func(c *Configuration) { c.RobotNamePrefix = new("robot$") })},
		"Prefix": {
			reason: "every robot account gets another name", danger: AcceptPrefix,
			want:    []string{"~ update configuration robot-names (danger: logins with the present names of robot accounts would fail)", `    robot_name_prefix: "robot$" -> "otomi-"`},
			current: setting(robotNames, func(c *Configuration) { c.RobotNamePrefix, c.Robots = new("robot$"), true })},
		"Managed": {
			reason: "the server's environment holds the configuration", blocked: "elsewhere",
			want: []string{"! update configuration harbor (blocked: elsewhere)", `    oidc_scope: "x" -> "openid,offline_access"`},
			current: setting(settings, func(c *Configuration) {
				c.Managed, c.OIDCScope = "elsewhere", new("x")
			})},
		"Left": {reason: "a team that left the values", want: []string{"- delete project team-x"}, current: func(s *State) {
			s.Projects["team-x"] = Project{Meta: plan.Meta{Team: "x", Ownership: plan.Ours}}
		}},
		"LeftImages": {
			reason: "its images stay", blocked: "holds 3 repositories",
			want: []string{"! delete project team-x (blocked: holds 3 repositories)"},
			current: func(s *State) {
				s.Projects["team-x"] = Project{Meta: plan.Meta{Team: "x", Ownership: plan.Ours, Extra: &plan.Extra{DeletionBlockedBy: "holds 3 repositories"}}}
			}},
		"Foreign": {reason: "a foreign project", current: func(s *State) {
			s.Projects["team-x"] = Project{Meta: plan.Meta{Team: "x"}}
		}},
		"ForeignMember": {reason: "a foreign member", current: func(s *State) {
			s.Members["team-a/guests"] = Member{Role: "guest"}
		}},
		"Role": {reason: "another role", want: []string{"~ update member team-a/team-a", `    role: "guest" -> "developer"`}, current: func(s *State) {
			alter(s.Members, "team-a/team-a", func(m *Member) { m.Role = "guest" })
		}},
		"LowerRole": {reason: "a lower role is a loss", want: []string{"~ update member team-a/team-a (takes away role maintainer)", `    role: "maintainer" -> "developer"`}, current: func(s *State) {
			alter(s.Members, "team-a/team-a", func(m *Member) { m.Role = "maintainer" })
		}},
		"Administrators": {reason: "people lose the administration of Harbor",
			want:    []string{"~ update configuration harbor (takes away administration by group ops)", `    oidc_admin_group: "ops" -> "admin"`},
			current: setting(settings, func(c *Configuration) { c.OIDCAdminGroup = new("ops") })},
		"Claim": {reason: "people get other accounts",
			want:    []string{"~ update configuration harbor (takes away accounts that are known by their claim sub)", `    oidc_user_claim: "sub" -> "email"`},
			current: setting(settings, func(c *Configuration) { c.OIDCUserClaim = new("sub") })},
		"Group": {
			reason: "Harbor cannot change the type of a group, nor make it a member", blocked: "group team-a is of type 1, which Harbor cannot change: delete it there",
			want: []string{
				"! update group team-a (blocked: group team-a is of type 1, which Harbor cannot change: delete it there)", "    type: 1 -> 3",
				"! create member team-a/team-a (blocked: group team-a is of type 1, which Harbor cannot change: delete it there)", `    role: "developer"`},
			current: func(s *State) {
				s.Groups["team-a"] = Group{Type: 1}
				delete(s.Members, "team-a/team-a")
			}},
		"Quota": {reason: "another limit", want: []string{"~ update quota team-b", "    storage: 7 B -> 1 KiB"}, current: func(s *State) {
			s.Quotas["team-b"] = Quota{Storage: 7}
		}},
		"NoQuota": {
			reason: "Harbor made the project without one", blocked: noQuota,
			want:    []string{"! create quota team-b (blocked: " + noQuota + ")", "    storage: 1 KiB"},
			current: func(s *State) { delete(s.Quotas, "team-b") }},
		"Rules": {
			reason: "a rule less",
			want: []string{"~ update retention team-b",
				`    rules: [] -> [{"repositories":"**","tags":"v*","untagged":true,"keep":"latestPushedK","count":3}]`},
			current: func(s *State) {
				alter(s.Retentions, "team-b", func(r *Retention) { r.Rules = []RetentionRule{} })
			}},
		"Switched": {reason: "a rule that is off", want: []string{"~ update immutable-tags team-b/** v*", "    disabled: true -> false"}, current: func(s *State) {
			alter(s.Immutables, "team-b/** v*", func(i *Immutable) { i.Disabled = true })
		}},
		"RuleLeft": {reason: "a rule of ours that the values dropped", want: []string{"- delete immutable-tags team-b/** old-*"}, current: func(s *State) {
			s.Immutables["team-b/** old-*"] = Immutable{Meta: plan.Meta{Ownership: plan.Ours}}
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := load(t, platformValues, `
apps: {harbor: {robotNamePrefix: otomi-}}
teamConfig:
  a: {harbor: {autoScan: false}}
  b: {harbor: {storageQuota: 1Ki, retention: {rules: [{tags: v*, keep: {latestPushed: 3}}]}, immutableTags: [{tags: v*}]}}
  c: {harbor: {public: true}}
`)
			desired, current := Desired(v, task.Scope{}), Desired(v, task.Scope{})
			desired.Credentials, current.Credentials = nil, nil
			tc.current(&current)
			p := Diff(desired, current)
			rows := strings.Split(strings.TrimSpace(text(t, p)), "\n")
			if diff := cmp.Diff(strings.Join(tc.want, "\n"), strings.Join(rows[:len(rows)-1], "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			for line := range plan.Lines(p) {
				if line.Danger != tc.danger || line.Blocked != tc.blocked {
					t.Errorf("%s: %s %s has danger %q, block %q", tc.reason, line.Kind, line.Name, line.Danger, line.Blocked)
				}
			}
		})
	}
}
