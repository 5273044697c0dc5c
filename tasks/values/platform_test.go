package values_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values"
)

// summary is what must come out of a values repository.
type summary struct {
	Platform, Suffix    string
	Version             int
	Teams               []string
	Admin, External     bool
	On                  []string
	Groups              map[platform.Purpose]string
	Keycloak, Client    string // the administrator and the secret of the client
	Harbor, Gitea       string
	Drone, Theme        string
	VerifyCert          bool
	UserClaim           string
	Hosts               []string
	Users, Warnings     []string
	AccessToken, Unread int
}

func summarise(v values.Values) summary {
	a := v.Apps
	s := summary{
		Platform: v.Platform.Name, Version: v.Version, Suffix: v.Cluster.DomainSuffix, Teams: v.TeamIDs(), Admin: v.AdminTeam != nil, External: v.Otomi.HasExternalIDP,
		Groups: v.OIDC.GroupIDs, Keycloak: a.Keycloak.AdminUsername + ":" + a.Keycloak.AdminPassword.Reveal(), Client: a.Keycloak.ClientSecret.Reveal(),
		Harbor: a.Harbor.AdminPassword.Reveal(), Gitea: a.Gitea.AdminUsername + ":" + a.Gitea.AdminPassword.Reveal(), Drone: a.Drone.AdminToken.Reveal(),
		Theme: a.Keycloak.Theme, VerifyCert: a.Harbor.OIDC.VerifyCert, UserClaim: a.Harbor.OIDC.UserClaim, Hosts: hosts(v), AccessToken: a.Keycloak.Lives.AccessToken,
	}
	for name, on := range map[string]bool{"harbor": a.Harbor.Enabled, "gitea": a.Gitea.Enabled, "drone": a.Drone.Enabled, "argocd": a.ArgoCD.Enabled} {
		if on {
			s.On = append(s.On, name)
		}
	}
	slices.Sort(s.On)
	for _, u := range v.Users {
		s.Users = append(s.Users, strings.Join([]string{u.Email, u.FirstName, u.LastName, u.InitialPassword.Reveal(), strings.Join(u.Groups, "+"), u.Nickname}, " "))
	}
	for _, w := range v.Warnings {
		s.Warnings = append(s.Warnings, w.Message)
	}
	for _, u := range v.Unread {
		s.Unread += u.Files
	}
	return s
}

func hosts(v values.Values) []string {
	var out []string
	for _, uri := range v.Apps.Keycloak.RedirectURIs {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(uri, "https://"), "."+v.Cluster.DomainSuffix+"/*"))
	}
	return out
}

// cluster is a cluster that holds these Secrets.
type cluster map[string]map[string]string

func (c cluster) Secret(_ context.Context, namespace, name string) (map[string]values.Secret, bool, error) {
	data, found := c[namespace+"/"+name]
	out := map[string]values.Secret{}
	for key, text := range data {
		out[key] = values.NewSecret(text)
	}
	return out, found, nil
}

func (c cluster) List(ctx context.Context, namespace string) (map[string]map[string]values.Secret, error) {
	out := map[string]map[string]values.Secret{}
	for path := range c {
		if name, in := strings.CutPrefix(path, namespace+"/"); in {
			data, _, err := c.Secret(ctx, namespace, name)
			if err != nil {
				return nil, err
			}
			out[name] = data
		}
	}
	return out, nil
}

func sealedSecrets() cluster {
	return cluster{
		"apl-secrets/otomi-secrets":    {"adminPassword": "admin-pw"},
		"apl-secrets/keycloak-secrets": {"adminPassword": "not used", "idp_clientSecret": "client-pw"},
		"apl-secrets/harbor-secrets":   {"adminPassword": "not used"},
		"apl-secrets/gitea-secrets":    {"adminPassword": "gitea-pw"},
		"apl-users/1":                  {"email": "ben@example.org", "firstName": "Ben", "lastName": "Davis", "isTeamAdmin": "true", "isPlatformAdmin": "false", "teams": `["apples","pears"]`, "initialPassword": "p2"},
		"apl-users/2":                  {"email": "ada@example.org", "firstName": "Ada", "lastName": "Pomona", "isTeamAdmin": "false", "isPlatformAdmin": "true", "teams": "[]"},
		"apl-users/other":              {"token": "not a person"},
	}
}

func TestPlatformExamples(t *testing.T) {
	appsOf4 := strings.Fields("alertmanager api argocd cider-pears console gitea grafana harbor juice-apples keycloak kubeflow-pipelines prometheus tekton tty auth" +
		" alertmanager-apples grafana-apples tekton-apples alertmanager-pears grafana-pears tekton-pears")
	appsOf6 := slices.DeleteFunc(slices.Clone(appsOf4), func(h string) bool { return slices.Contains([]string{"cider-pears", "juice-apples", "auth"}, h) })
	slices.Sort(appsOf4)
	slices.Sort(appsOf6)
	groups := map[platform.Purpose]string{platform.PlatformAdmin: "admins", platform.AllTeamsAdmin: "all-teams", platform.TeamAdmin: "leads"}
	cases := map[string]struct {
		secrets values.Secrets
		want    summary
	}{
		"platform-a": {want: summary{
			Platform: "otomi-2.2", Version: 21, Suffix: "otomi.example.org", Teams: []string{"fishery", "lighthouse"}, Admin: true, External: true,
			On:       []string{"argocd", "drone", "gitea", "harbor"},
			Groups:   map[platform.Purpose]string{platform.PlatformAdmin: "aaaaaaaa-0000-0000-0000-000000000001", platform.AllTeamsAdmin: "aaaaaaaa-0000-0000-0000-000000000002"},
			Keycloak: "otomi-admin:made-up-admin-password", Client: "made-up-client-secret", Harbor: "made-up-harbor-password",
			Gitea: "otomi-admin:made-up-gitea-password", Drone: "made-up-gitea-password", Theme: "otomi", UserClaim: "email", AccessToken: 28800,
			Hosts: strings.Fields("alertmanager alertmanager-fishery alertmanager-lighthouse argocd auth boats-fishery drone gitea grafana grafana-fishery grafana-lighthouse" +
				" harbor httpbin jaeger keycloak kiali minio nets-fishery opencost otomi prometheus prometheus-fishery prometheus-lighthouse tekton tekton-fishery" +
				" tekton-lighthouse thanos tides tty vault"),
			Unread: 6,
		}},
		"platform-b": {want: summary{
			Platform: "apl-4.15", Version: 61, Suffix: "apl.example.org", Teams: []string{"apples", "pears"}, Admin: true, On: []string{"argocd", "gitea", "harbor"}, Groups: groups,
			Keycloak: "otomi-admin:made-up-admin-password", Client: "made-up-client-secret", Harbor: "made-up-harbor-password",
			Gitea: "otomi-admin:made-up-git-password", Theme: "APL", VerifyCert: true, UserClaim: "nickname", AccessToken: 60, Hosts: appsOf4, Unread: 7,
			Users: []string{
				"ada.pomona@example.org Ada Pomona made-up-password-1 platform-admin ada-pomona-example-org",
				"ben@example.org Ben Davis made-up-password-2 team-admin+team-apples+team-pears ben-example-org",
				"cox@example.org Cox Orange made-up-password-3 team-apples cox-example-org",
			},
		}},
		"platform-c": {secrets: sealedSecrets(), want: summary{
			Platform: "apl-6.0", Version: 71, Suffix: "apl.example.org", Teams: []string{"apples", "pears"}, Admin: true, On: []string{"argocd", "gitea", "harbor"}, Groups: groups,
			Keycloak: "otomi-admin:admin-pw", Client: "client-pw", Harbor: "admin-pw", Gitea: "otomi-admin:gitea-pw", Theme: "APL", VerifyCert: true, UserClaim: "nickname",
			AccessToken: 60, Hosts: appsOf6, Unread: 11,
			Users: []string{"ada@example.org Ada Pomona  platform-admin ada-example-org", "ben@example.org Ben Davis p2 team-admin+team-apples+team-pears ben-example-org"},
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			source := "../../examples/" + name
			v := load(t, values.Request{Sources: []string{source}, Secrets: c.secrets})
			if diff := cmp.Diff(c.want, summarise(v)); diff != "" {
				t.Errorf("Load(%s): -want, +got:\n%s", name, diff)
			}
			for _, app := range []string{values.AppKeycloak, values.AppHarbor, values.AppGitea} {
				load(t, values.Request{Sources: []string{source}, Secrets: c.secrets, App: app})
			}
		})
	}
}

// TestPlatformGit reads the same from a repository as from a folder.
func TestPlatformGit(t *testing.T) {
	for _, name := range []string{"platform-a", "platform-b", "platform-c"} {
		source := "../../examples/" + name
		var files []values.RemoteFile
		err := filepath.WalkDir(source, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			files = append(files, values.RemoteFile{Name: filepath.ToSlash(strings.TrimPrefix(path, source+"/")), Data: data})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := summarise(load(t, values.Request{Sources: []string{source}, Secrets: sealedSecrets()}))
		got := summarise(load(t, values.Request{Sources: []string{"git+https://git.example.com/o/values.git"}, Remote: repositoryOf(files), Secrets: sealedSecrets()}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s from a repository: -folder, +repository:\n%s", name, diff)
		}
	}
}

type repositoryOf []values.RemoteFile

func (r repositoryOf) Fetch(context.Context, values.Repository) ([]values.RemoteFile, error) {
	return r, nil
}

// TestWithoutCluster names what only the cluster has.
func TestWithoutCluster(t *testing.T) {
	_, err := values.Load(t.Context(), values.Request{Sources: []string{"../../examples/platform-c"}, App: values.AppKeycloak})
	want := []string{
		"../../examples/platform-c/env/apps/keycloak.yaml:9:5: apps.keycloak.idp.clientSecret: is missing: set it, or KEYCLOAK_CLIENT_SECRET; the platform keeps it in Secret apl-secrets/keycloak-secrets, key idp_clientSecret",
		"../../examples/platform-c/env/apps/keycloak.yaml:6:3: apps.keycloak.adminPassword: is missing: set it, or otomi.adminPassword, or KEYCLOAK_ADMIN_PASSWORD; the platform keeps it in Secret apl-secrets/otomi-secrets, key adminPassword",
	}
	slices.Sort(want)
	got := messages(t, err)
	slices.Sort(got)
	if diff := diffMessages(want, got); diff != "" {
		t.Errorf("Load(...) without a cluster: -want, +got:\n%s", diff)
	}
	v := load(t, values.Request{Sources: []string{"../../examples/platform-c"}, App: values.AppKeycloak,
		Env: map[string]string{"KEYCLOAK_ADMIN_PASSWORD": "a", "KEYCLOAK_CLIENT_SECRET": "b"}})
	if !v.UsersUnread || len(v.Warnings) != 1 {
		t.Errorf("users that cannot be listed: want UsersUnread and one warning, got %t, %v", v.UsersUnread, v.Warnings)
	}
}

// TestFixtures reads the platform's own sample trees where a checkout has them
// beside it; TestPlatformExamples reads ours everywhere.
func TestFixtures(t *testing.T) {
	folder := findUp("shared/platform/values")
	expected, err := os.ReadFile(filepath.Join(folder, "EXPECTED.md"))
	if err != nil {
		t.Logf("no trees of the platform beside the checkout: %v", err)
		return
	}
	tables := tablesOf(string(expected))
	for i, row := range tables["domain suffix"] {
		t.Run(row["tree"], func(t *testing.T) {
			tree := filepath.Join(folder, row["tree"])
			s := summarise(load(t, values.Request{Sources: []string{tree}, Secrets: plainSealed(t, tree)}))
			line := regexp.MustCompile(`\*\*` + regexp.QuoteMeta(row["tree"]) + ` \(\d+\)\*\*: (.*)`).FindSubmatch(expected)
			want := strings.Fields(string(line[1]))
			slices.Sort(want)
			if diff := cmp.Diff(want, s.Hosts); diff != "" {
				t.Errorf("hosts: -want, +got:\n%s", diff)
			}
			got := []any{s.Suffix, strings.Join(s.Teams, ", "), s.Admin, s.External}
			if len(s.Warnings) > 0 {
				t.Errorf("warnings: want none, got %q", s.Warnings)
			}
			external := strings.HasPrefix(row["external IDP"], "yes")
			if diff := cmp.Diff([]any{row["domain suffix"], row["teams (without admin; `admin` is present in all)"], true, external}, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			checkCredentials(t, tables["drone token"][i], s)
			checkUsers(t, tables["initialPassword"], strings.TrimPrefix(row["tree"], "v"), s)
		})
	}
}

func checkCredentials(t *testing.T, row map[string]string, s summary) {
	t.Helper()
	if strings.HasPrefix(row["client `otomi` secret"], "Secret ") {
		return // plainSealed has them from the tree itself
	}
	gitea := strings.ReplaceAll(row["gitea admin / password"], " / ", ":")
	token, _, _ := strings.Cut(row["drone token"], " ")
	verify := "true"
	if !s.VerifyCert {
		verify = "false"
	}
	want := []string{row["client `otomi` secret"], row["harbor admin password"], gitea, token, "true"}
	got := []string{s.Client, s.Harbor, s.Gitea, s.Drone, "true"}
	if !strings.Contains(row["verifyCert"], verify) {
		t.Errorf("verifyCert: want %s, got %s", row["verifyCert"], verify)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credentials: -want, +got:\n%s", diff)
	}
}

// checkUsers reads "team-admin, team-demo (+ team-x in 4.2.0)" and "idem".
func checkUsers(t *testing.T, rows []map[string]string, release string, s summary) {
	t.Helper()
	var want []string
	trees := ""
	for _, row := range rows {
		if row["trees"] != "idem" {
			trees = row["trees"]
		}
		if !slices.Contains(strings.Split(trees, ", "), release) {
			continue
		}
		groups, extra, _ := strings.Cut(row["groups in Keycloak"], " (+ ")
		list := strings.Split(groups, ", ")
		if group, in, _ := strings.Cut(strings.TrimSuffix(extra, ")"), " in "); in == release {
			list = append(list, group)
		}
		name := row["nickname (>= 4.8)"]
		if strings.HasPrefix(release, "4.2") {
			name = ""
		}
		slices.Sort(list)
		want = append(want, strings.Join([]string{row["user (e-mail)"], row["name"], row["initialPassword"], strings.Join(list, "+"), name}, " "))
	}
	slices.Sort(want)
	if diff := diffMessages(want, s.Users); diff != "" {
		t.Errorf("users: -want, +got:\n%s", diff)
	}
}

// plainSealed takes the plain text that the sample trees have where a cluster's
// key would have sealed it.
func plainSealed(t *testing.T, source string) values.Secrets {
	t.Helper()
	out := cluster{}
	files, err := filepath.Glob(filepath.Join(source, "env/manifests/namespaces/*/sealedsecrets/*.yaml"))
	if err != nil || len(files) == 0 {
		return out
	}
	for _, file := range files {
		var sealed struct {
			Spec struct {
				EncryptedData map[string]string `yaml:"encryptedData"`
			} `yaml:"spec"`
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &sealed); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(filepath.ToSlash(file), "/")
		out[parts[len(parts)-3]+"/"+strings.TrimSuffix(parts[len(parts)-1], ".yaml")] = sealed.Spec.EncryptedData
	}
	return out
}

// findUp finds a file or folder beside the checkout or above it.
func findUp(name string) string {
	folder, err := os.Getwd()
	for ; err == nil && folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return filepath.Join(folder, name)
		}
	}
	return name
}

// tablesOf reads the tables of a page, each under the names of its columns.
func tablesOf(page string) map[string][]map[string]string {
	out := map[string][]map[string]string{}
	var head []string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "|") {
			head = nil
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case head == nil:
			head = cells
		case !strings.HasPrefix(cells[0], "--"):
			row := map[string]string{}
			for i, cell := range cells[:min(len(cells), len(head))] {
				row[head[i]] = cell
			}
			for _, name := range head {
				out[name] = append(out[name], row)
			}
		}
	}
	return out
}
