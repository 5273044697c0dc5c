package values_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values"
)

func TestExamples(t *testing.T) {
	const local, external = "../../examples/values", "../../examples/values/external-idp"
	cases := map[string]struct {
		reason  string
		sources []string
		broker  bool
	}{
		"Local":     {reason: "the directory above env", sources: []string{local}},
		"LocalEnv":  {reason: "env itself", sources: []string{local + "/env"}},
		"External":  {reason: "laid over by a directory", sources: []string{local, external}, broker: true},
		"SomeFiles": {reason: "laid over by files", sources: []string{local, external + "/settings.yaml", external + "/secrets.settings.yaml"}, broker: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, app := range []string{"", values.AppKeycloak, values.AppHarbor, values.AppGitea, values.AppDrone} {
				v := load(t, values.Request{Sources: c.sources, App: app})
				if v.Otomi.HasExternalIDP != c.broker {
					t.Errorf("%s: HasExternalIDP: want %t, got %t", c.reason, c.broker, v.Otomi.HasExternalIDP)
				}
				if diff := cmp.Diff([]string{"payments", "search", "storefront"}, v.TeamIDs()); diff != "" {
					t.Errorf("%s: TeamIDs(): -want, +got:\n%s", c.reason, diff)
				}
			}
		})
	}
}

// TestLoadFull reads a value into every field there is.
func TestLoadFull(t *testing.T) {
	v := load(t, values.Request{
		Sources: []string{"testdata/full.yaml"}, App: values.AppKeycloak,
		Env: map[string]string{
			"WAIT_URL": "http://keycloak:8080/health", "WAIT_HOST": "keycloak.example.com", "NODE_EXTRA_CA_CERTS": "/etc/ca.pem",
			"WAIT_OPTIONS": `{"retries": "200", "status": 204, "minTimeout": 500, "maxTimeout": 30000, "factor": 2}`,
		},
	})
	if diff := cmp.Diff(full(), v); diff != "" {
		t.Errorf("Load(...): -want, +got:\n%s", diff)
	}
}

func full() values.Values {
	retries := 200
	noor := values.User{Username: "noor", Email: "noor@example.com", FirstName: "Noor", LastName: "Bakker", InitialPassword: values.NewSecret("s8")}
	account, email := "account-theme", "email-theme"
	return values.Values{
		Platform: platform.Unversioned(),
		Cluster:  values.Cluster{DomainSuffix: "example.com"},
		Otomi:    values.Otomi{HasExternalIDP: true, AdminPassword: values.NewSecret("s0")},
		OIDC: values.OIDC{
			Issuer: "https://login.example.com/x/", ClientID: "platform", ClientSecret: values.NewSecret("s1"),
			AdminGroupID: "admins", TeamAdminGroupID: "team-admins",
			GroupIDs:            map[platform.Purpose]string{platform.PlatformAdmin: "admins", platform.AllTeamsAdmin: "team-admins"},
			UsernameClaimMapper: "${ALIAS}-${CLAIM.email | localpart}", SubClaimMapper: "oid",
		},
		Apps: values.Apps{
			Keycloak: values.Keycloak{
				Address: "http://keycloak:8080", AdminUsername: "root", AdminPassword: values.NewSecret("s2"), AdminRealm: "main",
				Realm: "people", ClientID: "client", ClientSecret: values.NewSecret("s3"), HostnameURL: "https://id.example.com",
				Theme: "blue", AccountTheme: &account, EmailTheme: &email, RememberMe: new(true), TokenTTL: 60, OfflineTTL: 120,
				Lives:        platform.Lives{AccessToken: 60, ImplicitToken: 60, OfflineIdle: 120, OfflineMax: 120},
				RedirectURIs: []string{"https://a.example.com/*", "http://localhost:8080/callback"},
				IDP:          values.IDP{Alias: "staff"},
			},
			Harbor: values.Harbor{
				Address: "http://harbor-core.harbor", BaseRepoURL: "registry.example.com:5000", AdminUsername: "harbor-root", AdminPassword: values.NewSecret("s4"), RobotDuration: -1,
				OIDC: values.HarborOIDC{Endpoint: "https://id.example.com/realms/people", ClientID: "harbor", ClientSecret: values.NewSecret("s5"), UserClaim: "name"},
			},
			Gitea:  values.Gitea{Address: "http://gitea_http:3000", AdminUsername: "git-root", AdminPassword: values.NewSecret("s6")},
			Drone:  values.Drone{Address: "http://[::1]:80", AdminUser: "drone-root", AdminToken: values.NewSecret("s7"), Namespace: "ci"},
			ArgoCD: values.ArgoCD{Enabled: true},
		},
		Teams: map[string]values.Team{
			"demo": {
				OIDC: values.TeamOIDC{GroupMapping: "demo-group"}, Password: values.NewSecret("s9"),
				SelfService: values.SelfService{Apps: []string{"argocd", "gitea"}}, Users: []values.User{noor},
			},
			"empty": {},
			"other": {OIDC: values.TeamOIDC{GroupMapping: "demo-group"}, SelfService: values.SelfService{Apps: []string{}}, Users: []values.User{noor}},
		},
		Wait: values.Wait{
			URL: "http://keycloak:8080/health", Host: "keycloak.example.com", Retries: &retries, Status: 204,
			MinDelay: 500 * time.Millisecond, MaxDelay: 30 * time.Second,
		},
		ExtraCAFile: "/etc/ca.pem",
	}
}

func TestLoadDefaults(t *testing.T) {
	unpack(t, "-- v.yaml --\ncluster: {domainSuffix: example.com}\notomi: {adminPassword: admin-pw}\napps: {keycloak: {idp: {clientSecret: client-pw}}, drone: {adminToken: tk}}\n")
	admin, client := values.NewSecret("admin-pw"), values.NewSecret("client-pw")
	var redirects []string
	for _, host := range []string{"argocd", "auth", "console", "drone", "gitea", "grafana", "harbor", "otomi"} {
		redirects = append(redirects, "https://"+host+".example.com/*")
	}
	want := values.Values{
		Platform: platform.Unversioned(),
		Cluster:  values.Cluster{DomainSuffix: "example.com"},
		Otomi:    values.Otomi{AdminPassword: admin},
		OIDC:     values.OIDC{UsernameClaimMapper: "${CLAIM.upn}", SubClaimMapper: "sub"},
		Apps: values.Apps{
			Keycloak: values.Keycloak{
				Address: "https://keycloak.example.com", HostnameURL: "https://keycloak.example.com",
				AdminUsername: "admin", AdminPassword: admin, AdminRealm: "master", Realm: "otomi",
				ClientID: "otomi", ClientSecret: client, Theme: "otomi", TokenTTL: 28800, OfflineTTL: 604800, OfflineMaxEnabled: true,
				Lives:        platform.Unversioned().Keycloak.Lives,
				RedirectURIs: redirects, IDP: values.IDP{Alias: "otomi-idp"},
			},
			Harbor: values.Harbor{
				Enabled: true, Address: "https://harbor.example.com", BaseRepoURL: "harbor.example.com", AdminUsername: "admin", AdminPassword: admin, RobotDuration: -1,
				OIDC: values.HarborOIDC{
					Endpoint: "https://keycloak.example.com/realms/otomi", ClientID: "otomi", ClientSecret: client,
					VerifyCert: true, UserClaim: "email", AutoOnboard: true,
				},
			},
			Gitea: values.Gitea{Enabled: true, Address: "https://gitea.example.com", AdminUsername: "otomi-admin", AdminPassword: admin},
			Drone: values.Drone{Enabled: true, Address: "https://drone.example.com", AdminUser: "otomi-admin", AdminToken: values.NewSecret("tk"), Namespace: "drone"},
		},
		Teams: map[string]values.Team{},
	}
	for _, app := range []string{"", values.AppKeycloak, values.AppHarbor, values.AppGitea, values.AppDrone} {
		if diff := cmp.Diff(want, load(t, values.Request{Sources: []string{"v.yaml"}, App: app})); diff != "" {
			t.Errorf("Load(app %q): -want, +got:\n%s", app, diff)
		}
	}
}

// TestLoadAccepts keeps the rules from refusing what is in use.
func TestLoadAccepts(t *testing.T) {
	cases := map[string]struct {
		reason, values string
	}{
		"Empty":             {reason: "an empty file says nothing", values: ""},
		"OnlyComment":       {reason: "nor does a comment", values: "# nothing\n"},
		"EmptyDocuments":    {reason: "nor do empty documents", values: "---\n---\notomi: {}\n---\n"},
		"JSON":              {reason: "JSON is a format of its own, with its own escapes", values: "{\"otomi\": {\"adminPassword\": \"\\ud83d\\ude00\\/\\u00e9\"},\n\t\"apps\": {\"keycloak\": {\"tokenTTL\": 5}}}"},
		"JSONNull":          {reason: "a null says nothing", values: "null"},
		"UnknownKeys":       {reason: "what we do not read is not ours", values: "alerts: [1, {a: '${X}'}]\napps: {loki: {x: '***'}}\n1: {2: 3}\n"},
		"EmptyTexts":        {reason: "an empty text says nothing", values: "cluster: {domainSuffix: ''}\napps: {keycloak: {theme: '', address: ''}}\nteamConfig: {demo: {password: ''}}\n"},
		"NullSections":      {reason: "a section without content says nothing", values: "otomi:\napps:\n  keycloak:\n  harbor: ~\nteamConfig:\n"},
		"DateAsText":        {reason: "a date is a text to us", values: "teamConfig: {demo: {oidc: {groupMapping: 2024-01-01}}}\n"},
		"DollarInPassword":  {reason: "not every dollar or star is a template", values: "otomi: {adminPassword: 'pa$$w{o}rd*$1'}\n"},
		"Anchors":           {reason: "YAML's aliases are replaced", values: "x: &x {demo: {password: abc}}\nteamConfig: *x\n"},
		"SharedAnchors":     {reason: "one anchor may be used often", values: "x: &x [gitea]\nteamConfig: {a1: {selfService: {apps: *x}}, a2: {selfService: {apps: *x}}}\n"},
		"TimestampTag":      {reason: "status files hold such", values: "status: {updated: 2023-05-31 09:54:32.168150254 +0000 UTC}\n"},
		"LocalRedirect":     {reason: "developers need it", values: "apps: {keycloak: {redirectURIs: ['http://localhost:8084/*', 'https://x.example.com/a']}}\n"},
		"AdminTeam":         {reason: "admin is the platform's own key", values: "teamConfig: {admin: {users: 1}}\n"},
		"LongestTeam":       {reason: "58 characters fit", values: "teamConfig: {" + strings.Repeat("a", 58) + ": {}}\n"},
		"ShortTeam":         {reason: "one character is a label", values: "teamConfig: {a: {}, '1': {}}\n"},
		"SharedGroup":       {reason: "one group may be several teams", values: "teamConfig: {a: {oidc: {groupMapping: g}}, b: {oidc: {groupMapping: g}}}\n"},
		"SameUserTwice":     {reason: "one person may be in several teams", values: "teamConfig:\n  a: {users: [{email: Noor@example.com}]}\n  b: {users: [{username: noor@EXAMPLE.com, email: noor@example.com}]}\n"},
		"UserPlusAddress":   {reason: "Keycloak takes a plus", values: "teamConfig: {a: {users: [{email: noor+x@example.com}]}}\n"},
		"AzureClaim":        {reason: "what Otomi has by default", values: "oidc: {usernameClaimMapper: '${CLAIM.upn}', subClaimMapper: oid}\n"},
		"AddressWithSlash":  {reason: "a slash at the end is dropped later", values: "apps: {keycloak: {address: 'https://x.example.com/auth/'}}\n"},
		"IPAddress":         {reason: "laptops have no names", values: "apps: {keycloak: {address: 'http://127.0.0.1:8080'}}\n"},
		"LeadingZeroQuoted": {reason: "quotes keep digits a text", values: "otomi: {adminPassword: '0123'}\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, "")
			write(t, "v.yaml", []byte(c.values))
			if _, err := values.Load(t.Context(), values.Request{Sources: []string{"v.yaml"}}); err != nil {
				t.Errorf("%s\nLoad(...): %v", c.reason, err)
			}
		})
	}
}

func TestLoadNormalises(t *testing.T) {
	unpack(t, `-- v.yaml --
apps: {keycloak: {address: "http://kc:8080//", hostnameURL: "https://id.example.com/"}}
oidc: {issuer: "https://login.example.com/"}
teamConfig: {demo: {users: [{email: Noor.B@Example.com}]}}
`)
	v := load(t, values.Request{Sources: []string{"v.yaml"}})
	got := []string{v.Apps.Keycloak.Address, v.Apps.Keycloak.HostnameURL, v.Apps.Harbor.OIDC.Endpoint, v.OIDC.Issuer, v.Teams["demo"].Users[0].Username, v.Teams["demo"].Users[0].Email}
	want := []string{"http://kc:8080", "https://id.example.com", "https://id.example.com/realms/otomi", "https://login.example.com/", "noor.b@example.com", "noor.b@example.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses lose their slash, the issuer keeps it, users are in lower case: -want, +got:\n%s", diff)
	}
}

func TestLoadUnknownApp(t *testing.T) {
	_, err := values.Load(t.Context(), values.Request{App: "jenkins"})
	var problems values.Problems
	if err == nil || errors.As(err, &problems) {
		t.Errorf("Load(app jenkins): want an error that is not the user's, got %v", err)
	}
}

func TestLoadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := values.Load(ctx, values.Request{Sources: []string{"testdata/full.yaml"}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Load(cancelled): want context.Canceled, got %v", err)
	}
}

func TestProblemString(t *testing.T) {
	cases := map[string]struct {
		problem values.Problem
		want    string
	}{
		"Full":   {problem: values.Problem{File: "a.yaml", Line: 2, Column: 3, Path: "x.y", Message: "is odd"}, want: "a.yaml:2:3: x.y: is odd"},
		"NoPath": {problem: values.Problem{File: "a.yaml", Line: 2, Column: 3, Message: "is odd"}, want: "a.yaml:2:3: is odd"},
		"NoLine": {problem: values.Problem{File: "env", Path: "X", Message: "is odd"}, want: "env: X: is odd"},
		"NoFile": {problem: values.Problem{Path: "x.y", Message: "is odd"}, want: "x.y: is odd"},
	}
	for name, c := range cases {
		if got := c.problem.String(); got != c.want {
			t.Errorf("%s: String(): want %q, got %q", name, c.want, got)
		}
	}
	all := values.Problems{cases["Full"].problem, cases["NoFile"].problem}
	if want, got := "a.yaml:2:3: x.y: is odd\nx.y: is odd", all.Error(); got != want {
		t.Errorf("Error(): want %q, got %q", want, got)
	}
}
