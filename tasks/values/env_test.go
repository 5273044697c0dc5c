package values_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

// TestEnvAlone runs each task as the predecessor's charts did, without values.
func TestEnvAlone(t *testing.T) {
	cases := map[string]struct {
		app string
		env map[string]string
		// got picks what the variables must have become.
		got  func(values.Values) []any
		want []any
	}{
		"Keycloak": {
			app: values.AppKeycloak,
			env: map[string]string{
				"KEYCLOAK_ADDRESS_INTERNAL": "http://keycloak-http.keycloak", "KEYCLOAK_ADDRESS": "http://old", "KC_HOSTNAME_URL": "https://keycloak.example.com",
				"KEYCLOAK_ADMIN": "otomi-admin", "KEYCLOAK_ADMIN_PASSWORD": "pw", "KEYCLOAK_REALM": "main", "KEYCLOAK_CLIENT_ID": "client", "KEYCLOAK_CLIENT_SECRET": "cs",
				"KEYCLOAK_THEME_LOGIN": "blue", "KEYCLOAK_TOKEN_TTL": "60", "KEYCLOAK_TOKEN_OFFLINE_TTL": "120", "KEYCLOAK_TOKEN_OFFLINE_MAX_TTL_ENABLED": "0",
				"REDIRECT_URIS": `["https://a.example.com/*"]`, "TEAM_IDS": `["b","a"]`,
			},
			got: func(v values.Values) []any {
				k := v.Apps.Keycloak
				return []any{
					k.Address, k.HostnameURL, k.AdminUsername, k.AdminPassword.Reveal(), k.AdminRealm, k.ClientID, k.ClientSecret.Reveal(),
					k.Theme, k.TokenTTL, k.OfflineTTL, k.OfflineMaxEnabled, k.RedirectURIs, v.TeamIDs(), v.Otomi.HasExternalIDP,
				}
			},
			want: []any{
				"http://keycloak-http.keycloak", "https://keycloak.example.com", "otomi-admin", "pw", "main", "client", "cs",
				"blue", 60, 120, false, []string{"https://a.example.com/*"}, []string{"a", "b"}, false,
			},
		},
		"Broker": {
			app: values.AppKeycloak,
			env: map[string]string{
				"KEYCLOAK_ADDRESS": "http://keycloak", "KC_HOSTNAME_URL": "https://keycloak.example.com", "KEYCLOAK_ADMIN_PASSWORD": "pw", "KEYCLOAK_CLIENT_SECRET": "cs",
				"REDIRECT_URIS": "[]", "TEAM_IDS": `["a"]`, "FEAT_EXTERNAL_IDP": "true", "IDP_ALIAS": "azure", "IDP_CLIENT_ID": "id", "IDP_CLIENT_SECRET": "is",
				"IDP_OIDC_URL": "https://login.example.com/t", "IDP_GROUP_OTOMI_ADMIN": "g1", "IDP_GROUP_TEAM_ADMIN": "g2",
				"IDP_GROUP_MAPPINGS_TEAMS": `{"team-a": "g3"}`, "IDP_USERNAME_CLAIM_MAPPER": "${CLAIM.email}", "IDP_SUB_CLAIM_MAPPER": "oid",
			},
			got: func(v values.Values) []any {
				o := v.OIDC
				return []any{
					v.Apps.Keycloak.Address, v.Otomi.HasExternalIDP, v.Apps.Keycloak.IDP.Alias, o.ClientID, o.ClientSecret.Reveal(), o.Issuer,
					o.AdminGroupID, o.TeamAdminGroupID, v.Teams["a"].OIDC.GroupMapping, o.UsernameClaimMapper, o.SubClaimMapper, v.Apps.Keycloak.RedirectURIs,
				}
			},
			want: []any{"http://keycloak", true, "azure", "id", "is", "https://login.example.com/t", "g1", "g2", "g3", "${CLAIM.email}", "oid", []string{}},
		},
		"Lives": {
			app: values.AppKeycloak,
			env: map[string]string{
				"KEYCLOAK_ADDRESS": "http://keycloak", "KC_HOSTNAME_URL": "https://keycloak.example.com", "KEYCLOAK_ADMIN_PASSWORD": "pw", "KEYCLOAK_CLIENT_SECRET": "cs",
				"REDIRECT_URIS": "[]", "KEYCLOAK_TOKEN_TTL": "600", "KC_SESSION_IDLE_TIMEOUT": "1800", "KC_SESSION_MAX_LIFESPAN": "86400", "KC_ACCESS_TOKEN_LIFESPAN": "60",
				"KC_ACCESS_TOKEN_LIFESPAN_FOR_IMPLICIT_FLOW": "900", "KC_OFFLINE_SESSION_IDLE_TIMEOUT": "3600", "KC_OFFLINE_SESSION_MAX_LIFESPAN": "7200",
				"KC_OFFLINE_SESSION_MAX_LIFESPAN_ENABLED": "false",
			},
			got: func(v values.Values) []any {
				l := v.Apps.Keycloak.Lives
				return []any{l.SSOIdle, l.SSOMax, l.AccessToken, l.ImplicitToken, l.OfflineIdle, l.OfflineMax, l.OfflineMaxEnabled}
			},
			want: []any{1800, 86400, 60, 900, 3600, 7200, false},
		},
		"Harbor": {
			app: values.AppHarbor,
			env: map[string]string{
				"HARBOR_BASE_URL": "http://harbor-core.harbor", "HARBOR_BASE_REPO_URL": "harbor.example.com", "HARBOR_USER": "root", "HARBOR_PASSWORD": "pw",
				"OIDC_ENDPOINT": "https://keycloak.example.com/realms/otomi", "OIDC_CLIENT_SECRET": "cs", "OIDC_VERIFY_CERT": "false", "OIDC_USER_CLAIM": "name", "OIDC_AUTO_ONBOARD": "no",
			},
			got: func(v values.Values) []any {
				h := v.Apps.Harbor
				return []any{h.Address, h.BaseRepoURL, h.AdminUsername, h.AdminPassword.Reveal(), h.OIDC.Endpoint, h.OIDC.ClientSecret.Reveal(), h.OIDC.VerifyCert, h.OIDC.UserClaim, h.OIDC.AutoOnboard}
			},
			want: []any{"http://harbor-core.harbor", "harbor.example.com", "root", "pw", "https://keycloak.example.com/realms/otomi", "cs", false, "name", false},
		},
		"Gitea": {
			app: values.AppGitea,
			env: map[string]string{
				"GITEA_URL": "http://gitea-http.gitea:3000", "GITEA_PASSWORD": "pw", "DRONE_URL": "https://drone.example.com", "DRONE_NAMESPACE": "ci",
				"OTOMI_VALUES": `{"teamConfig": {"a": {"selfService": {"apps": ["gitea"]}}, "admin": {}}, "apps": {"argocd": {"enabled": true}}, "cluster": {"domainSuffix": "example.com"}}`,
			},
			got: func(v values.Values) []any {
				return []any{v.Apps.Gitea.Address, v.Apps.Gitea.AdminPassword.Reveal(), v.Apps.Drone.Address, v.Apps.Drone.Namespace, v.Teams["a"].SelfService.Apps, v.TeamIDs(), v.Apps.ArgoCD.Enabled}
			},
			want: []any{"http://gitea-http.gitea:3000", "pw", "https://drone.example.com", "ci", []string{"gitea"}, []string{"a"}, true},
		},
		"Drone": {
			app:  values.AppDrone,
			env:  map[string]string{"DRONE_URL": "https://drone.example.com/", "DRONE_TOKEN": "tk"},
			got:  func(v values.Values) []any { return []any{v.Apps.Drone.Address, v.Apps.Drone.AdminToken.Reveal()} },
			want: []any{"https://drone.example.com", "tk"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := load(t, values.Request{Env: c.env, App: c.app})
			if diff := cmp.Diff(c.want, c.got(v)); diff != "" {
				t.Errorf("the predecessor's variables must still work: -want, +got:\n%s", diff)
			}
		})
	}
}

func TestEnvPrecedence(t *testing.T) {
	unpack(t, "-- v.yaml --\notomi: {adminPassword: file}\napps: {keycloak: {theme: file, adminUsername: file}}\nteamConfig: {a: {password: pa}, b: {password: pb}}\n-- pw --\nfrom-file\n-- crlf --\nfrom-crlf\r\n-- two --\nkept\n\n")
	cases := map[string]struct {
		reason string
		env    map[string]string
		got    func(values.Values) any
		want   any
	}{
		"ValuesBelowFiles":   {reason: "OTOMI_VALUES is the lowest", env: map[string]string{"OTOMI_VALUES": `{"apps": {"keycloak": {"theme": "low", "realm": "low"}}}`}, got: func(v values.Values) any { return v.Apps.Keycloak.Theme + v.Apps.Keycloak.Realm }, want: "filelow"},
		"VariableAboveFiles": {reason: "a variable wins", env: map[string]string{"KEYCLOAK_THEME_LOGIN": "env"}, got: func(v values.Values) any { return v.Apps.Keycloak.Theme }, want: "env"},
		"EmptyIsAbsent":      {reason: "charts set variables to nothing", env: map[string]string{"KEYCLOAK_THEME_LOGIN": "", "TEAM_IDS": "", "KEYCLOAK_ADMIN_PASSWORD_FILE": ""}, got: func(v values.Values) any { return v.Apps.Keycloak.Theme }, want: "file"},
		"FallBack":           {reason: "the admin's password is the fallback", env: nil, got: func(v values.Values) any { return v.Apps.Keycloak.AdminPassword.Reveal() }, want: "file"},
		"SecretFile":         {reason: "a credential comes from a file, without its line break", env: map[string]string{"KEYCLOAK_ADMIN_PASSWORD_FILE": "pw"}, got: func(v values.Values) any { return v.Apps.Keycloak.AdminPassword.Reveal() }, want: "from-file"},
		"SecretFileCRLF":     {reason: "whatever the line break", env: map[string]string{"DRONE_TOKEN_FILE": "crlf"}, got: func(v values.Values) any { return v.Apps.Drone.AdminToken.Reveal() }, want: "from-crlf"},
		"VariableBeatsFile":  {reason: "the variable is nearer", env: map[string]string{"DRONE_TOKEN": "env", "DRONE_TOKEN_FILE": "gone"}, got: func(v values.Values) any { return v.Apps.Drone.AdminToken.Reveal() }, want: "env"},
		"NoFileForOthers":    {reason: "only credentials come from files", env: map[string]string{"KEYCLOAK_ADMIN_FILE": "pw"}, got: func(v values.Values) any { return v.Apps.Keycloak.AdminUsername }, want: "file"},
		"TeamsLimited":       {reason: "TEAM_IDS says which teams there are; their settings stay", env: map[string]string{"TEAM_IDS": `["b", "c", "admin", "c"]`}, got: func(v values.Values) any { return append(v.TeamIDs(), v.Teams["b"].Password.Reveal()) }, want: []string{"b", "c", "pb"}},
		"NoTeams":            {reason: "an empty list means no team", env: map[string]string{"TEAM_IDS": `[]`}, got: func(v values.Values) any { return len(v.Teams) }, want: 0},
		"GroupMapping":       {reason: "groups go to teams that the files know", env: map[string]string{"IDP_GROUP_MAPPINGS_TEAMS": `{"team-a": "g"}`}, got: func(v values.Values) any { return v.Teams["a"].OIDC.GroupMapping + v.Teams["a"].Password.Reveal() }, want: "gpa"},
		"StarsInVariable":    {reason: "text is taken as it is, not as YAML", env: map[string]string{"DRONE_TOKEN": "*a: {b"}, got: func(v values.Values) any { return v.Apps.Drone.AdminToken.Reveal() }, want: "*a: {b"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := load(t, values.Request{Sources: []string{"v.yaml"}, Env: c.env})
			if diff := cmp.Diff(c.want, c.got(v)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestEnvProblems(t *testing.T) {
	unpack(t, "-- empty --\n\n-- two --\nkept\n\n-- v.yaml --\nteamConfig: {a: {}}\n")
	cases := map[string]struct {
		reason string
		env    map[string]string
		want   []string
	}{
		"BadNumber":     {reason: "a number is a number", env: map[string]string{"KEYCLOAK_TOKEN_TTL": "8h"}, want: []string{`env: KEYCLOAK_TOKEN_TTL: want a whole number, got text`}},
		"NegativeTTL":   {reason: "the rules of the path hold", env: map[string]string{"KEYCLOAK_TOKEN_OFFLINE_TTL": "-5"}, want: []string{`env: KEYCLOAK_TOKEN_OFFLINE_TTL: -5 is not between 1 and 2147483647`}},
		"BadFlag":       {reason: "a flag is a flag", env: map[string]string{"FEAT_EXTERNAL_IDP": "maybe"}, want: []string{`env: FEAT_EXTERNAL_IDP: want true or false, got text`}},
		"BadJSON":       {reason: "the message does not quote the variable", env: map[string]string{"TEAM_IDS": `["a"`}, want: []string{`env: TEAM_IDS: is not valid JSON`}},
		"WrongJSON":     {reason: "a list is a list", env: map[string]string{"TEAM_IDS": `{"a": 1}`}, want: []string{`env: TEAM_IDS: want a list, got a mapping`}},
		"TeamIsNumber":  {reason: "an id is a text", env: map[string]string{"TEAM_IDS": `["a", 1]`}, want: []string{`env: TEAM_IDS[1]: want text, got a whole number`}},
		"BadTeamID":     {reason: "the rules for ids hold", env: map[string]string{"TEAM_IDS": `["a_b"]`}, want: []string{`env: TEAM_IDS[0]: team id "a_b" is not a DNS label (a-z, 0-9 and -, at most 58)`}},
		"BadRedirect":   {reason: "an item of a list is named", env: map[string]string{"REDIRECT_URIS": `["https://a/*", "nowhere"]`}, want: []string{`env: REDIRECT_URIS[1]: "nowhere" is not an http or https address`}},
		"RedirectText":  {reason: "a text that is not JSON", env: map[string]string{"REDIRECT_URIS": `https://a/*`}, want: []string{`env: REDIRECT_URIS: want a list, got text`}},
		"UnknownTeam":   {reason: "a group of an unknown team is a mistake", env: map[string]string{"IDP_GROUP_MAPPINGS_TEAMS": `{"team-z": "g", "a": "g"}`}, want: []string{`env: IDP_GROUP_MAPPINGS_TEAMS.a: there is no such team: want team-<id> of a team`, `env: IDP_GROUP_MAPPINGS_TEAMS.team-z: there is no such team: want team-<id> of a team`}},
		"GroupIsNumber": {reason: "a group is a text", env: map[string]string{"IDP_GROUP_MAPPINGS_TEAMS": `{"team-a": 1}`}, want: []string{`env: IDP_GROUP_MAPPINGS_TEAMS.team-a: want text, got a whole number: put it in quotes`}},
		"ValuesPath":    {reason: "a place in OTOMI_VALUES has a path", env: map[string]string{"OTOMI_VALUES": `{"apps": {"keycloak": {"theme": [1]}}}`}, want: []string{`env: OTOMI_VALUES.apps.keycloak.theme: want text, got a list`}},
		"ValuesNotMap":  {reason: "values are a mapping", env: map[string]string{"OTOMI_VALUES": `[1]`}, want: []string{`env: OTOMI_VALUES: want a mapping, got a list`}},
		"AdminRealm":    {reason: "this variable names the administrators' realm, not the platform's", env: map[string]string{"KEYCLOAK_REALM": "otomi"}, want: []string{`env: KEYCLOAK_REALM: "otomi" is the platform's realm (apps.keycloak.realm), not the administrators'`}},
		"Masked":        {reason: "a masked value does not count, and no secret shows", env: map[string]string{"KEYCLOAK_CLIENT_SECRET": "******"}, want: []string{`env: KEYCLOAK_CLIENT_SECRET: the secret is only "*": a masked value, not the real one`}},
		"NoSecretFile":  {reason: "the file's variable is named", env: map[string]string{"HARBOR_PASSWORD_FILE": "gone"}, want: []string{`env: HARBOR_PASSWORD_FILE: reading gone: no such file or directory`}},
		"EmptyFile":     {reason: "an empty credential is missing", env: map[string]string{"GITEA_PASSWORD_FILE": "empty"}, want: []string{`env: GITEA_PASSWORD_FILE: empty is empty`}},
		"TwoLineFile":   {reason: "one line break is dropped, not two", env: map[string]string{"GITEA_PASSWORD_FILE": "two"}, want: []string{`env: GITEA_PASSWORD_FILE: the secret holds a line break or another control character`}},
		"BadWait":       {reason: "options have their rules", env: map[string]string{"WAIT_URL": "keycloak", "WAIT_OPTIONS": `{"retries": "many", "status": 42}`}, want: []string{`env: WAIT_OPTIONS.retries: want a whole number, got text`, `env: WAIT_OPTIONS.status: 42 is not between 100 and 599`, `env: WAIT_URL: "keycloak" is not an http or https address`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := values.Load(t.Context(), values.Request{Sources: []string{"v.yaml"}, Env: c.env})
			if diff := diffMessages(c.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
