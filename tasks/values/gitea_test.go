package values_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

const forgeValues = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: correct-horse}
apps:
  gitea:
    owners: [Ada]
    hooks: [{url: "https://audit.example.com", events: [repository, push]}]
    repos:
      - name: values
        hooks: [{url: "https://ci.example.com/hook", secret: hook-secret}]
      - {name: Shared, private: false, teams: [a], description: For all}
teamConfig:
  a:
    gitea:
      description: Sells things
      members: [Grace, alan]
      users:
        - {username: a-bot, email: A-Bot@example.com, initialPassword: first-password, mustChangePassword: false}
        - {username: ghosted, email: ghosted@example.com}
      repos:
        - name: shop
          autoInit: true
          defaultBranch: main
          hooks:
            - {url: "https://x.example.com", events: [pull_request, push], active: false, contentType: form, branchFilter: "*", authorization: token}
          branchProtections:
            - branch: main
              push: {teams: [a], users: [a-bot]}
              merge: {teams: [a]}
              requiredApprovals: 2
              statusChecks: [build]
            - {branch: "**", push: {all: true}}
          deployKeys:
            - {title: argo, key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqj0dxREBF+9YUXW+sZ+W2kGsUkGJ9KHjp6lq0g0hDq argo@example"}
  b: {}
`

func TestForge(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "values.yaml", []byte(forgeValues))
	v := load(t, values.Request{Sources: []string{"values.yaml"}, App: values.AppGitea})
	wantRepos := []values.GiteaRepo{
		{Name: "values", Private: true, Hooks: []values.GiteaHook{{
			URL: "https://ci.example.com/hook", ContentType: "json", Events: []string{"push"}, Active: true, Secret: values.NewSecret("hook-secret")}}},
		{Name: "Shared", Description: new("For all"), Teams: []string{"a"}},
	}
	if diff := cmp.Diff(wantRepos, v.Apps.Gitea.Repos); diff != "" {
		t.Errorf("the platform's repositories (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Ada"}, v.Apps.Gitea.Owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	wantHooks := []values.GiteaHook{{URL: "https://audit.example.com", ContentType: "json", Events: []string{"repository", "push"}, Active: true}}
	if diff := cmp.Diff(wantHooks, v.Apps.Gitea.Hooks); diff != "" {
		t.Errorf("the organisation's hooks (-want +got):\n%s", diff)
	}
	wantTeam := values.TeamGitea{
		Description: new("Sells things"),
		Members:     []string{"Grace", "alan"},
		Users: []values.GiteaUser{
			{Username: "a-bot", Email: "a-bot@example.com", InitialPassword: values.NewSecret("first-password")},
			{Username: "ghosted", Email: "ghosted@example.com"},
		},
		Repos: []values.GiteaRepo{{
			Name: "shop", Private: true, AutoInit: true, DefaultBranch: new("main"),
			Hooks: []values.GiteaHook{{URL: "https://x.example.com", ContentType: "form", Events: []string{"pull_request", "push"}, BranchFilter: "*", Authorization: values.NewSecret("token")}},
			BranchProtections: []values.GiteaBranchProtection{
				{Branch: "main", Push: values.GiteaActors{Teams: []string{"a"}, Users: []string{"a-bot"}}, Merge: &values.GiteaActors{Teams: []string{"a"}}, RequiredApprovals: 2, StatusChecks: []string{"build"}},
				{Branch: "**", PushAll: true},
			},
			DeployKeys: []values.GiteaDeployKey{{Title: "argo", ReadOnly: true, Key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqj0dxREBF+9YUXW+sZ+W2kGsUkGJ9KHjp6lq0g0hDq"}},
		}},
	}
	if diff := cmp.Diff(wantTeam, v.Teams["a"].Gitea); diff != "" {
		t.Errorf("team a (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(values.TeamGitea{}, v.Teams["b"].Gitea); diff != "" {
		t.Errorf("a team that says nothing of Gitea (-want +got):\n%s", diff)
	}
}

// TestBrokenForge is the table of what is refused below gitea.
func TestBrokenForge(t *testing.T) {
	for name, c := range brokenForge() {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "sound.yaml", []byte(sound))
			write(t, "broken.yaml", []byte(c.values))
			_, err := values.Load(t.Context(), values.Request{Sources: []string{"sound.yaml", "broken.yaml"}, App: values.AppGitea})
			if diff := diffMessages(c.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

// inRepo is a repository of team demo with one more setting.
func inRepo(setting string) string {
	return "teamConfig:\n  demo:\n    gitea:\n      repos:\n        - name: shop\n          " + setting + "\n"
}

func brokenForge() map[string]brokenCase {
	const path = `teamConfig.demo.gitea.repos[0]`
	return map[string]brokenCase{
		"Unknown": {
			reason: "a typo must not be ignored in a part that is all ours",
			values: "teamConfig: {demo: {gitea: {repositories: []}}}",
			want:   []string{`broken.yaml:1:29: teamConfig.demo.gitea.repositories: is not known: want one of description, members, users, repos`},
		},
		"UnknownInRepo": {
			reason: "also deeper",
			values: inRepo("branchProtection: []"),
			want:   []string{`broken.yaml:6:11: ` + path + `.branchProtection: is not known: want one of name, description, private, defaultBranch, autoInit, hooks, branchProtections, deployKeys`},
		},
		"NoMapping": {
			reason: "an entry is a mapping",
			values: "teamConfig: {demo: {gitea: {repos: [shop]}}}",
			want:   []string{`broken.yaml:1:37: ` + path + `: want a mapping, got text`},
		},
		"NotAList": {
			reason: "one entry is still a list",
			values: "teamConfig: {demo: {gitea: {repos: {name: shop}, members: alice}}}",
			want: []string{
				`broken.yaml:1:36: teamConfig.demo.gitea.repos: want a list, got a mapping`,
				`broken.yaml:1:59: teamConfig.demo.gitea.members: want a list, got text`,
			},
		},
		"NoName": {
			reason: "a repository has a name",
			values: "apps: {gitea: {repos: [{private: false}]}}",
			want:   []string{`broken.yaml:1:24: apps.gitea.repos[0]: has no name`},
		},
		"BadNames": {
			reason: "Gitea would refuse them",
			values: `apps: {gitea: {repos: [{name: "a b"}, {name: shop.git}, {name: a..b}, {name: "-"}]}}`,
			want: []string{
				`broken.yaml:1:31: apps.gitea.repos[0].name: "a b" is not a valid name of a repository (letters, digits, -, _ and single dots)`,
				`broken.yaml:1:46: apps.gitea.repos[1].name: "shop.git" is a name that Gitea keeps for itself`,
				`broken.yaml:1:64: apps.gitea.repos[2].name: "a..b" is not a valid name of a repository (letters, digits, -, _ and single dots)`,
				`broken.yaml:1:78: apps.gitea.repos[3].name: "-" is a name that Gitea keeps for itself`,
			},
		},
		"Collision": {
			reason: "Gitea does not tell upper from lower case, and the organisation is one for all teams",
			values: "apps: {gitea: {repos: [{name: shop}]}}\nteamConfig: {demo: {gitea: {repos: [{name: Shop}]}}}",
			want:   []string{`broken.yaml:2:44: ` + path + `.name: repository "Shop" is in apps.gitea.repos[0] already`},
		},
		"PlatformNames": {
			reason: "the platform makes them itself",
			values: "teamConfig: {demo: {gitea: {repos: [{name: Values}, {name: team-other-argocd}]}}}",
			want: []string{
				`broken.yaml:1:44: ` + path + `.name: "Values" is a repository that the platform makes itself`,
				`broken.yaml:1:60: teamConfig.demo.gitea.repos[1].name: "team-other-argocd" is a repository that the platform makes itself`,
			},
		},
		"PublicValues": {
			reason: "the platform's values hold secrets",
			values: "apps: {gitea: {repos: [{name: values, private: false}]}}",
			want:   []string{`broken.yaml:1:48: apps.gitea.repos[0].private: repository "values" is the platform's own and private`},
		},
		"UnknownTeam": {
			reason: "a team that works in a repository exists",
			values: "apps: {gitea: {repos: [{name: shared, teams: [demo, nobody]}]}}",
			want:   []string{`broken.yaml:1:53: apps.gitea.repos[0].teams[1]: "nobody" is not a team of teamConfig`},
		},
		"TeamsOfATeam": {
			reason: "a team's repository is that team's",
			values: inRepo("teams: [demo]"),
			want:   []string{`broken.yaml:6:11: ` + path + `.teams: is not known: want one of name, description, private, defaultBranch, autoInit, hooks, branchProtections, deployKeys`},
		},
		"Branches": {
			reason: "git would refuse them",
			values: inRepo(`defaultBranch: "my branch"`),
			want:   []string{`broken.yaml:6:26: ` + path + `.defaultBranch: "my branch" is not a valid name of a branch`},
		},
		"BranchPatterns": {
			reason: "stars mask no pattern, and it still keeps its rules",
			values: inRepo(`branchProtections: [{branch: "` + strings.Repeat("*", 101) + `"}, {branch: "${BRANCH}-*"}, {branch: "***"}]`),
			want: []string{
				`broken.yaml:6:40: ` + path + `.branchProtections[0].branch: "` + strings.Repeat("*", 64) + `…" is not a valid name or pattern of branches`,
				`broken.yaml:6:155: ` + path + `.branchProtections[1].branch: "${BRANCH}-*" holds a template that was not expanded`,
			},
		},
		"HookAddress": {
			reason: "an address with a credential in it would be printed",
			values: inRepo(`hooks: [{url: "https://me:secret@x.example.com"}, {url: "https://x.example.com?token=secret"}, {}]`),
			want: []string{
				`broken.yaml:6:25: ` + path + `.hooks[0].url: the address must not hold a user name or password`,
				`broken.yaml:6:67: ` + path + `.hooks[1].url: "https://x.example.com?…" must not have a query or a fragment`,
				`broken.yaml:6:106: ` + path + `.hooks[2]: has no url`,
			},
		},
		"HookTwice": {
			reason: "hooks are known by their address",
			values: inRepo(`hooks: [{url: "https://x.example.com"}, {url: "https://x.example.com"}]`),
			want:   []string{`broken.yaml:6:57: ` + path + `.hooks[1].url: duplicate "https://x.example.com" in ` + path + `.hooks`},
		},
		"HookEvents": {
			reason: "an event that Gitea does not know would never come",
			values: inRepo(`hooks: [{url: "https://x.example.com", events: [pushed], contentType: xml}, {url: "https://y.example.com", events: []}]`),
			want: []string{
				`broken.yaml:6:59: ` + path + `.hooks[0].events[0]: "pushed" is not one of create, delete, fork, push, issues, issues_only, issue_assign, issue_label, issue_milestone, issue_comment, pull_request, pull_request_only, pull_request_assign, pull_request_label, pull_request_milestone, pull_request_comment, pull_request_review, pull_request_review_request, pull_request_sync, wiki, repository, release, package, status, workflow_run, workflow_job`,
				`broken.yaml:6:81: ` + path + `.hooks[0].contentType: "xml" is not one of json, form`,
				`broken.yaml:6:126: ` + path + `.hooks[1].events: is empty: leave it out for push`,
			},
		},
		"HookSecret": {
			reason: "a masked secret is not the real one, and no message shows one",
			values: inRepo(`hooks: [{url: "https://x.example.com", secret: "***", authorization: "${TOKEN}"}]`),
			want: []string{
				`broken.yaml:6:58: ` + path + `.hooks[0].secret: the secret is only "*": a masked value, not the real one`,
				`broken.yaml:6:80: ` + path + `.hooks[0].authorization: the secret holds a template that was not expanded`,
			},
		},
		"Protection": {
			reason: "Gitea silently leaves out teams that do not work in the repository",
			values: inRepo(`branchProtections: [{branch: main, push: {all: true, teams: [other], users: [demo-bot]}, requiredApprovals: -1}, {branch: main}, {branch: "a b"}]`),
			want: []string{
				`broken.yaml:6:52: ` + path + `.branchProtections[0].push: lists teams or users although all may push`,
				`broken.yaml:6:72: ` + path + `.branchProtections[0].push.teams[0]: "other" is not a team that works in this repository`,
				`broken.yaml:6:119: ` + path + `.branchProtections[0].requiredApprovals: -1 is not between 0 and 100`,
				`broken.yaml:6:133: ` + path + `.branchProtections[1].branch: duplicate "main" in ` + path + `.branchProtections`,
				`broken.yaml:6:149: ` + path + `.branchProtections[2].branch: "a b" is not a valid name or pattern of branches`,
			},
		},
		"DeployKeys": {
			reason: "Gitea would refuse them",
			values: inRepo(`deployKeys: [{title: a, key: "-----BEGIN OPENSSH PRIVATE KEY-----"}, {title: a, key: "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIB5m"}, {key: ssh-ed25519}]`),
			want: []string{
				`broken.yaml:6:40: ` + path + `.deployKeys[0].key: is a private key: the public one belongs here`,
				`broken.yaml:6:88: ` + path + `.deployKeys[1].title: duplicate "a" in ` + path + `.deployKeys`,
				`broken.yaml:6:96: ` + path + `.deployKeys[1].key: "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIB5m" is not a public SSH key (type, key and perhaps a comment)`,
				`broken.yaml:6:137: ` + path + `.deployKeys[2]: has no title`,
				`broken.yaml:6:143: ` + path + `.deployKeys[2].key: "ssh-ed25519" is not a public SSH key (type, key and perhaps a comment)`,
			},
		},
		"Members": {
			reason: "accounts and organisations share their names",
			values: "teamConfig: {demo: {gitea: {members: [otomi, alice, Alice, a--b, user]}}}",
			want: []string{
				`broken.yaml:1:39: teamConfig.demo.gitea.members[0]: "otomi" is the platform's own organisation`,
				`broken.yaml:1:53: teamConfig.demo.gitea.members[2]: duplicate "Alice" in teamConfig.demo.gitea.members`,
				`broken.yaml:1:60: teamConfig.demo.gitea.members[3]: "a--b" is not a valid name of an account (letters, digits, and single -, _ and . between them)`,
				`broken.yaml:1:66: teamConfig.demo.gitea.members[4]: "user" is a name that Gitea keeps for itself`,
			},
		},
		"Users": {
			reason: "one account has one set of attributes, and the administrator is not a team's",
			values: "teamConfig:\n  demo: {gitea: {users: [{username: bot, email: bot@example.com}, {username: otomi-admin, email: x@example.com}, {username: nobody}]}}\n" +
				"  other: {gitea: {users: [{username: Bot, email: other@example.com}]}}\n",
			want: []string{
				`broken.yaml:2:78: teamConfig.demo.gitea.users[1].username: "otomi-admin" is the platform's own user`,
				`broken.yaml:2:114: teamConfig.demo.gitea.users[2]: has no email`,
				`broken.yaml:3:27: teamConfig.other.gitea.users[0]: user "Bot" has other attributes in teamConfig.demo.gitea.users[0]`,
			},
		},
	}
}
