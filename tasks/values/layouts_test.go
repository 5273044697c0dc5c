package values_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

const (
	layoutA = "-- env/cluster.yaml --\ncluster: {domainSuffix: a.example.org}\n-- env/settings.yaml --\nversion: 21\n-- env/teams.yaml --\nteamConfig: {demo: {}}\n"
	layoutB = "-- env/settings/versions.yaml --\nkind: AplVersion\nspec: {specVersion: 61}\n" +
		"-- env/settings/cluster.yaml --\nkind: AplCluster\nspec: {domainSuffix: b.example.org}\n-- env/teams/demo/settings.yaml --\nkind: AplTeamSettingSet\nspec: {}\n"
	user = "kind: AplUser\nmetadata: {name: u}\nspec: {email: ann@example.org, firstName: Ann, lastName: Lee, teams: [demo]}\n"
)

// TestBrokenPlatform says what is wrong with a values repository.
func TestBrokenPlatform(t *testing.T) {
	cases := map[string]struct {
		reason, archive, platform string
		env                       map[string]string
		want                      []string
	}{
		"BothNames": {
			reason: "one old name has a new meaning, so that both together say nothing", archive: strings.Replace(layoutA, "version: 21", "version: 32\noidc: {adminGroupID: a, platformAdminGroupID: b}", 1),
			want: []string{`env/settings.yaml:2:22: oidc.adminGroupID: is not a setting of APL 4.0 - 4.3: want platformAdminGroupID, allTeamsAdminGroupID, teamAdminGroupID`},
		},
		"NewName": {
			reason: "two generations at once", archive: layoutA + "-- env/secrets.settings.yaml --\noidc: {adminGroupID: a, allTeamsAdminGroupID: b}\n",
			want: []string{`env/secrets.settings.yaml:1:47: oidc.allTeamsAdminGroupID: is not a setting of Otomi 2.2 - 2.11: want adminGroupID, teamAdminGroupID`},
		},
		"OldVariable": {
			reason: "variables were renamed, too", archive: layoutB, env: map[string]string{"IDP_GROUP_OTOMI_ADMIN": "x"},
			want: []string{`env: IDP_GROUP_OTOMI_ADMIN: is not a variable of APL 4.15 - 5.1: say the release with --platform`},
		},
		"WrongLayout": {
			reason: "the version belongs to the other layout", archive: strings.Replace(layoutA, "21", "61", 1),
			want: []string{`env/settings.yaml:1:10: version: values version 61 belongs to layout B, and the folder has layout A`},
		},
		"NoVersion": {
			reason: "nothing is read without it", archive: strings.Replace(layoutB, "spec: {specVersion: 61}", "spec: {}", 1),
			want: []string{`versions.specVersion: is missing: want the values version in env/settings/versions.yaml`},
		},
		"VersionOfText": {
			reason: "a version is a number", archive: strings.Replace(layoutA, "21", "'21'", 1),
			want: []string{`env/settings.yaml:1:10: version: want a whole number, got text`},
		},
		"UnknownPlatform": {
			reason: "a typo in --platform", archive: layoutA, platform: "apl-9.9",
			want: []string{`--platform: unknown platform "apl-9.9": want unversioned, or a release from 1.0 to 6.2`},
		},
		"OldTeams": {
			reason: "Otomi before 0.15 had the teams one level lower", archive: "-- env/teams.yaml --\nteamConfig: {teams: {demo: {}}}\n",
			want: []string{`env/teams.yaml:1:21: teamConfig.teams: is the layout of Otomi before 0.15: want teamConfig.<id>, without teams`},
		},
		"OldCharts": {
			reason: "and the applications under another name", archive: "-- env/charts.yaml --\ncharts: {harbor: {}}\n",
			want: []string{`env/charts.yaml:1:9: charts: is the layout of Otomi before 0.15: want apps`},
		},
		"TeamReachesPlatform": {
			reason: "a team's file fills its team only", archive: layoutA + "-- env/teams/services.demo.yaml --\noidc: {issuer: https://evil.example.com}\nteamConfig: {demo: {services: [], oidc: {groupMapping: x}}, other: {}}\n",
			want: []string{
				`env/teams/services.demo.yaml:1:1: oidc: a team's file may only hold teamConfig.demo.services`,
				`env/teams/services.demo.yaml:2:35: teamConfig.demo.oidc: a team's file may only hold teamConfig.demo.services`,
				`env/teams/services.demo.yaml:2:61: teamConfig.other: a team's file may only hold teamConfig.demo.services`,
			},
		},
		"PlainTeamReachesPlatform": {
			reason: "in our own files, too", archive: "-- env/teams/demo/x.yaml --\napps: {keycloak: {theme: evil}}\n",
			want: []string{`env/teams/demo/x.yaml:1:1: apps: a team's file may only hold teamConfig`},
		},
		"Manifest": {
			reason: "a manifest in the wrong folder", archive: layoutB + "-- env/settings/secrets.oidc.yaml --\napiVersion: v1\nkind: Secret\nspec: {}\n",
			want: []string{`env/settings/secrets.oidc.yaml:1:1: is a manifest of Kubernetes ("Secret"), not a document of kind AplIdentityProvider`},
		},
		"NoSpec": {
			reason: "full paths in a document's place", archive: layoutB + "-- env/apps/harbor.yaml --\napps: {harbor: {enabled: true}}\n",
			want: []string{`env/apps/harbor.yaml:1:1: has no spec: want a document of kind AplApp`},
		},
		"Document": {
			reason: "a document among our own files", archive: "-- env/apps/harbor.yaml --\nkind: AplApp\nmetadata: {name: harbor}\nspec: {enabled: true}\n",
			want: []string{`env/apps/harbor.yaml: is a document of kind "AplApp", not a file of values: values of APL 4.5 and later are read from the folder that holds env/settings/versions.yaml`},
		},
		"UpperCase": {
			reason: "teams would vanish", archive: layoutA + "-- env/teams.YAML --\nteamConfig: {}\n-- env/apps/harbor.yml --\nx: 1\n-- env/secrets.teams.json --\n{}\n",
			want: []string{
				`env/apps/harbor.yml: is not read under this name: call it apps/harbor.yaml`,
				`env/secrets.teams.json: is not read under this name: call it secrets.teams.yaml`,
				`env/teams.YAML: is not read under this name: call it teams.yaml`,
			},
		},
		"JSON": {
			reason: "JSON among our own files", archive: "-- env/a.yaml --\n{}\n-- env/teams.json --\n{\"teamConfig\": {}}\n-- env/package.json --\n{\"name\": \"x\"}\n",
			want: []string{`env/teams.json: holds values, and only *.yaml is read in a folder: name it as a source of its own`},
		},
		"LargeFile": {
			reason: "Git has a pointer in the place of the file", archive: "-- env/teams.yaml --\nversion https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
			want: []string{`env/teams.yaml: is a Git LFS pointer, not the file itself: fetch it with git lfs pull`},
		},
		"TwoUsers": {
			reason: "Keycloak knows people by their e-mail", archive: layoutB + "-- env/users/secrets.1.yaml --\n" + user + "-- env/users/secrets.2.yaml --\n" + strings.Replace(user, "ann@", "Ann@", 1),
			want: []string{`env/users/secrets.2.yaml:3:7: users[1]: duplicate user "ann@example.org", first in users[0]`},
		},
		"UserName": {
			reason: "the e-mail is the username, too", archive: layoutB + "-- env/users/secrets.1.yaml --\n" + strings.Replace(user, "ann@", "o'brien@", 1),
			want: []string{`env/users/secrets.1.yaml:3:15: users[0].email: "o'brien@example.org" is the username, too, and holds a character that Keycloak refuses in user names`},
		},
		"UserWithoutName": {
			reason: "the platform demands it", archive: layoutB + "-- env/users/secrets.1.yaml --\n" + strings.Replace(user, "firstName: Ann, ", "", 1),
			want: []string{`env/users/secrets.1.yaml:3:7: users[0]: has no firstName`},
		},
		"TeamFolder": {
			reason: "a folder is a team", archive: layoutB + "-- env/teams/Not_A_Team/settings.yaml --\nkind: AplTeamSettingSet\nspec: {}\n",
			want: []string{`env/teams/Not_A_Team/settings.yaml:2:7: teamConfig.Not_A_Team: team id "Not_A_Team" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, c.archive)
			_, err := values.Load(t.Context(), values.Request{Sources: []string{"."}, Platform: c.platform, Env: c.env})
			if diff := diffMessages(c.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestPlatformWarnings(t *testing.T) {
	cases := map[string]struct{ reason, archive, platform, generation, want string }{
		"Newer": {reason: "tomorrow's release", archive: strings.Replace(layoutB, "61", "99", 1), generation: "apl-6.0", want: "values version 99 is newer than 71, the newest that is known: read as APL 6.0 - 6.2"},
		"Older": {reason: "before Otomi 1.0", archive: strings.Replace(layoutA, "21", "8", 1), generation: "otomi-1.0", want: "values version 8 is older than 15, the oldest that is supported: read as Otomi 1.0 - 1.1"},
		"Migrating": {reason: "the version lags behind the names", archive: layoutA + "-- env/secrets.settings.yaml --\noidc: {platformAdminGroupID: a}\n", generation: "apl-4.0",
			want: "the names of the groups are those of values version 30 and later, and the version is 21"},
		"Asked":     {reason: "--platform wins", archive: layoutB, platform: "v4.7.1", generation: "apl-4.7", want: "values version 61 is of another release: read as APL 4.7 - 4.8, as asked"},
		"Renamed":   {reason: "single files say it by their names", archive: "-- v.yaml --\noidc: {platformAdminGroupID: a}\n", generation: "apl-4.0", want: "the names of the groups are those of APL 4.0 and later: read as APL 4.0 - 4.3; say the release with --platform"},
		"Typo":      {reason: "a key that is nearly one of ours", archive: "-- v.yaml --\napps: {harbor: {addresss: https://h.example.com}}\n", generation: "unversioned", want: "is not read: did you mean address?"},
		"TeamTypo":  {reason: "in a team, too", archive: "-- v.yaml --\nteamConfig: {demo: {habor: {public: true}}}\n", generation: "unversioned", want: "is not read: did you mean harbor?"},
		"TokenLife": {reason: "a token cannot outlive its session", archive: layoutB + "-- env/apps/keycloak.yaml --\nspec: {tokenTTL: 100000}\n", generation: "apl-4.15", want: "100000 s is longer than a session, which ends after 86400 s and the token with it"},
		"UserNames": {reason: "the default is Entra's", archive: layoutB + "-- env/settings/otomi.yaml --\nspec: {hasExternalIDP: true}\n-- env/settings/oidc.yaml --\nspec: {issuer: https://id.example.net}\n", generation: "apl-4.15",
			want: "is not set: people get their names from ${CLAIM.upn}, which only Entra ID sends"},
		"NoTeam":   {reason: "harmless, and likely a mistake", archive: layoutB + "-- env/users/secrets.1.yaml --\n" + strings.Replace(user, ", teams: [demo]", "", 1), generation: "apl-4.15", want: `user "ann@example.org" is in no team and administers nothing`},
		"GoneTeam": {reason: "as the platform does", archive: layoutB + "-- env/users/secrets.1.yaml --\n" + strings.Replace(user, "[demo]", "[demo, gone]", 1), generation: "apl-4.15", want: `user "ann@example.org" is in unknown team "gone", which is left out`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, c.archive)
			v := load(t, values.Request{Sources: []string{"."}, Platform: c.platform})
			got := v.Warnings[0].Message
			if diff := cmp.Diff([]string{c.generation, c.want}, []string{v.Platform.Name, got}); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestSharedVersion tells the releases of one values version apart.
func TestSharedVersion(t *testing.T) {
	archive := strings.Replace(layoutA, "21", "32", 1)
	for want, more := range map[string]string{"apl-4.0": "", "apl-4.4": "-- env/teams/coderepos.demo.yaml --\nteamConfig: {}\n-- env/teams/jobs.demo.yaml --\nteamConfig: {}\n"} {
		unpack(t, archive+more)
		if got := load(t, values.Request{Sources: []string{"."}}).Platform.Name; got != want {
			t.Errorf("values version 32 with %q: want %s, got %s", more, want, got)
		}
	}
}

// TestLayoutTellsReleases: 4.4 left values version 33 in the older layout.
func TestLayoutTellsReleases(t *testing.T) {
	unpack(t, strings.Replace(layoutA, "21", "33", 1))
	if got := load(t, values.Request{Sources: []string{"."}}).Platform.Name; got != "apl-4.4" {
		t.Errorf("values version 33 in layout A: want apl-4.4, got %s", got)
	}
	unpack(t, strings.Replace(layoutB, "61", "33", 1))
	if got := load(t, values.Request{Sources: []string{"."}}).Platform.Name; got != "apl-4.5" {
		t.Errorf("values version 33 in layout B: want apl-4.5, got %s", got)
	}
}

// TestTeamFilesNeverReachThePlatform lays files of a team everywhere a team can
// write, in each layout.
func TestTeamFilesNeverReachThePlatform(t *testing.T) {
	const evil = "kind: AplTeamX\nmetadata: {name: x}\nspec: {otomi: {hasExternalIDP: true}, apps: {keycloak: {theme: evil}}}\notomi: {hasExternalIDP: true}\napps: {keycloak: {theme: evil}}\n"
	paths := []string{"workloadValues/x.yaml", "workloads/x.yaml", "sealedsecrets/x.yaml", "builds/x.yaml", "policies/x.yaml", "netpols/x.yaml", "codeRepos/x.yaml",
		"agents/x.yaml", "apps.yaml", "services/x.yaml", "deep/er/x.yaml", "oidc.yaml", "settings.yaml", "secrets.settings.yaml"}
	unpack(t, layoutB)
	before := summarise(load(t, values.Request{Sources: []string{"."}}))
	before.Hosts = nil
	for _, path := range paths {
		write(t, filepath.Join("env/teams/demo", path), []byte(evil))
		after := summarise(load(t, values.Request{Sources: []string{"."}}))
		after.Hosts, after.Unread = nil, before.Unread
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: -without, +with:\n%s", path, diff)
		}
		if err := os.Remove(filepath.Join("env/teams/demo", path)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLinkedFolder(t *testing.T) {
	unpack(t, layoutB+"-- elsewhere/settings.yaml --\nkind: AplTeamSettingSet\nspec: {}\n")
	if err := os.Symlink("../../elsewhere", "env/teams/linked"); err != nil {
		t.Fatal(err)
	}
	_, err := values.Load(t.Context(), values.Request{Sources: []string{"."}})
	if diff := diffMessages([]string{"env/teams/linked: is a symbolic link, which is not followed"}, messages(t, err)); diff != "" {
		t.Errorf("a team would vanish: -want, +got:\n%s", diff)
	}
}

func TestDecryptedCopy(t *testing.T) {
	const broken = "sops: {age: [{recipient: age1x, enc: x}], mac: x, lastmodified: '2026-01-01T00:00:00Z'}\n"
	for layout, archive := range map[string]string{
		"A": layoutA + "-- env/secrets.settings.yaml --\notomi: {adminPassword: ENC}\n" + broken + "-- env/secrets.settings.yaml.dec --\notomi: {adminPassword: plain}\n",
		"B": layoutB + "-- env/settings/secrets.otomi.yaml --\nspec: {adminPassword: ENC}\n" + broken + "-- env/settings/secrets.otomi.yaml.dec --\nkind: AplCapabilitySet\nspec: {adminPassword: plain}\n",
	} {
		unpack(t, archive)
		if got := load(t, values.Request{Sources: []string{"."}}).Otomi.AdminPassword.Reveal(); got != "plain" {
			t.Errorf("layout %s: want the decrypted copy, got %q", layout, got)
		}
	}
}

// TestPipe ends with the context although nothing writes to the pipe.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "values")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := values.Load(ctx, values.Request{Sources: []string{pipe}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Load(pipe without a writer): want context.Canceled, got %v", err)
	}
}

// TestTrimmed takes what can only be meant one way and refuses the rest.
func TestTrimmed(t *testing.T) {
	unpack(t, "-- v.yaml --\noidc: {issuer: ' https://id.example.net/ ', adminGroupID: 'admins '}\n"+
		"teamConfig: {demo: {oidc: {groupMapping: ' demo '}}}\napps: {keycloak: {redirectURIs: ['HTTPS://App.Example.org/Path/*']}}\n")
	v := load(t, values.Request{Sources: []string{"v.yaml"}})
	got := []string{v.OIDC.Issuer, v.OIDC.AdminGroupID, v.Teams["demo"].OIDC.GroupMapping, v.Apps.Keycloak.RedirectURIs[0]}
	if diff := cmp.Diff([]string{"https://id.example.net/", "admins", "demo", "https://app.example.org/Path/*"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	unpack(t, "-- v.yaml --\noidc: {issuer: 'https://login.microsoftonline.com/common/v2.0', usernameClaimMapper: email}\n")
	_, err := values.Load(t.Context(), values.Request{Sources: []string{"v.yaml"}})
	want := []string{
		`v.yaml:1:16: oidc.issuer: "https://login.microsoftonline.com/common/v2.0" is Entra's address for all tenants: want that of the tenant`,
		`v.yaml:1:86: oidc.usernameClaimMapper: "email" holds no placeholder such as ${CLAIM.email}: every person would get this name`,
	}
	if diff := diffMessages(want, messages(t, err)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestGoneTeam leaves what is left of a team that is gone, as the platform does.
func TestGoneTeam(t *testing.T) {
	unpack(t, layoutA+"-- env/teams/services.gone.yaml --\nteamConfig: {gone: {services: [{name: x}]}}\n"+
		"-- env/teams/services.demo.yaml --\nteamConfig: {demo: {services: [{name: Bad_Name}]}}\n")
	v := load(t, values.Request{Sources: []string{"."}})
	want := []values.Unread{{File: "env/teams", Reason: "of no team in teams.yaml", Files: 1}}
	if diff := cmp.Diff(want, v.Unread); diff != "" || len(v.TeamIDs()) != 1 {
		t.Errorf("teams %v, unread: -want, +got:\n%s", v.TeamIDs(), diff)
	}
	if len(v.Warnings) != 1 || !strings.Contains(v.Warnings[0].Message, "gets no redirect URI") {
		t.Errorf("one service with an invalid name must not stop the others: got %v", v.Warnings)
	}
}

// TestUsersVariable reads what the platform gives its own operator.
func TestUsersVariable(t *testing.T) {
	unpack(t, layoutB)
	v := load(t, values.Request{Sources: []string{"."}, Env: map[string]string{
		"USERS": `[{"email":"ann@example.org","firstName":"Ann","lastName":"Lee","initialPassword":"p","groups":["team-demo","platform-admin"]}]`}})
	want := []string{"ann@example.org Ann Lee p platform-admin+team-demo ann-example-org"}
	if diff := cmp.Diff(want, summarise(v).Users); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestForeignFiles leaves what is not ours, and says so.
func TestForeignFiles(t *testing.T) {
	unpack(t, "-- v.yaml --\n{}\n-- teams/demo/workloadValues/a.yaml --\notomi: {hasExternalIDP: true}\n-- teams/b/workloadValues/a.yaml --\nx: [\n"+
		"-- secret.yaml --\napiVersion: v1\nkind: Secret\n-- README.md --\nx\n-- charts/a/values.yaml --\nx: [\n")
	v := load(t, values.Request{Sources: []string{"."}})
	want := []values.Unread{
		{File: "README.md", Reason: "no settings of ours", Files: 1},
		{File: "charts/a", Reason: "charts and their templates", Files: 1},
		{File: "secret.yaml", Reason: "a manifest of Kubernetes", Files: 1},
		{File: "teams/*/workloadValues", Reason: "Helm values that a team writes itself", Files: 2},
	}
	slices.SortFunc(v.Unread, func(a, b values.Unread) int { return strings.Compare(a.File, b.File) })
	if diff := cmp.Diff(want, v.Unread); diff != "" || v.Otomi.HasExternalIDP {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
