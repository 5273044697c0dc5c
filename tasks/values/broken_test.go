package values_test

import (
	"fmt"
	"strings"
	"testing"

	"otomi.io/tasks/tasks/values"
)

// sound suffices for every application. Each broken value is laid over it.
const sound = `
cluster: {domainSuffix: platform.example.com}
otomi: {adminPassword: correct-horse}
oidc: {issuer: "https://login.example.com", clientID: platform, clientSecret: battery-staple}
apps:
  keycloak: {idp: {clientSecret: staple-battery}}
  drone: {adminToken: horse-correct}
teamConfig: {demo: {}}
`

type brokenCase struct {
	reason string
	// values is laid over sound; with only it is the one source.
	values string
	only   bool
	app    string
	want   []string
}

// TestBroken is the table of everything that is refused, with the exact
// message.
func TestBroken(t *testing.T) { checkBroken(t, brokenCases()) }

func checkBroken(t *testing.T, cases map[string]brokenCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "sound.yaml", []byte(sound))
			write(t, "broken.yaml", []byte(c.values))
			sources := []string{"sound.yaml", "broken.yaml"}
			if c.only {
				sources = sources[1:]
			}
			_, err := values.Load(t.Context(), values.Request{Sources: sources, App: c.app})
			if diff := diffMessages(c.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestBrokenTableIsLong(t *testing.T) {
	if n := len(brokenCases()); n < 30 {
		t.Errorf("the table has %d broken values, want at least 30", n)
	}
}

func brokenCases() map[string]brokenCase {
	long := strings.Repeat("a", 59)
	return map[string]brokenCase{
		// Files that cannot be read as values.
		"TopIsList": {
			reason: "values are a mapping",
			values: "- a\n- b\n",
			want:   []string{`broken.yaml:1:1: want a mapping at the top, got a list`},
		},
		"TopIsText": {
			reason: "values are a mapping",
			values: "just text\n",
			want:   []string{`broken.yaml:1:1: want a mapping at the top, got text`},
		},
		"TwoDocuments": {
			reason: "which of two documents wins would be a guess",
			values: "otomi: {}\n---\ncluster: {}\n",
			want:   []string{`broken.yaml:3:1: a second document begins here: keep each in a file of its own`},
		},
		"TabIndent": {
			reason: "YAML forbids tabs, and its own message does not say so",
			values: "otomi:\n\thasExternalIDP: true\n",
			want:   []string{`broken.yaml:2:1: is not valid YAML: a line is indented with a tab, use spaces`},
		},
		"OpenQuote": {
			reason: "an open quote swallows the rest of the file",
			values: "otomi:\n  adminPassword: 'open\n",
			want:   []string{`broken.yaml:2:1: is not valid YAML: a quote is not closed`},
		},
		"OpenBracket": {
			reason: "what the library says safely is passed on",
			values: "otomi: {hasExternalIDP: true\n",
			want:   []string{`broken.yaml:1:1: is not valid YAML: did not find expected ',' or '}'`},
		},
		"ColonInText": {
			reason: "a colon in plain text is a frequent mistake",
			values: "otomi:\n  note: one: two\n",
			want:   []string{`broken.yaml:2:1: is not valid YAML: a text that holds ": " must be in quotes, or the indentation is wrong`},
		},
		"ReservedCharacter": {
			reason: "a password that begins with @ needs quotes",
			values: "otomi:\n  adminPassword: @dmin\n",
			want:   []string{"broken.yaml:2:1: is not valid YAML: a value that begins with @, ` or % must be in quotes"},
		},
		"UnquotedStars": {
			reason: "a masked value is an alias to YAML",
			values: "otomi:\n  adminPassword: ****\n",
			want:   []string{`broken.yaml:2:1: is not valid YAML: a value that begins with * stands for an alias, put it in quotes`},
		},
		"UnquotedStarPassword": {
			reason: "the library quotes the name of the alias, which here is a password",
			values: "otomi:\n  hasExternalIDP: false\n  adminPassword: *hunter2\n",
			want:   []string{`broken.yaml:3:1: is not valid YAML: a value that begins with * stands for an alias, put it in quotes`},
		},
		"DuplicateKey": {
			reason: "the second of two keys is usually a mistake in merging",
			values: "apps:\n  keycloak: {}\n  harbor: {}\n  keycloak: {}\n",
			want:   []string{`broken.yaml:4:3: apps.keycloak: duplicate key, first on line 2`},
		},
		"DuplicateKeyInJSON": {
			reason: "JSON has the same trap",
			values: "{\"apps\": {\n  \"keycloak\": {},\n  \"keycloak\": {}}}",
			want:   []string{`broken.yaml:3:3: apps.keycloak: duplicate key, first on line 2`},
		},
		"DuplicateKeyInLargeMapping": {
			reason: "large mappings are searched in another way",
			values: "teamConfig:\n" + teamLines(40) + "  t7: {}\n",
			want:   []string{`broken.yaml:42:3: teamConfig.t7: duplicate key, first on line 9`},
		},
		"MergeKey": {
			reason: "merge keys would silently be unknown keys",
			values: "x: &x {theme: a}\napps:\n  keycloak:\n    <<: *x\n",
			want:   []string{`broken.yaml:4:5: apps.keycloak: merge keys (<<) are not supported: repeat the settings`},
		},
		"AliasLoop": {
			reason: "an alias that holds itself has no end",
			values: "apps: &apps\n  keycloak: *apps\n",
			want:   []string{`broken.yaml:2:13: apps.keycloak: an alias stands for something that holds it`},
		},
		"AliasBomb": {
			reason: "ten lines must not become a billion values",
			values: bomb(),
			want:   []string{`broken.yaml:5:45: l4[7]: aliases stand for more than 100000 values`},
		},
		"TooDeep": {
			reason: "depth is bounded",
			values: "a: " + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "\n",
			want:   []string{`broken.yaml:1:104: is nested more than 100 deep`},
		},
		"TooDeepJSON": {
			reason: "depth is bounded in JSON too",
			values: `{"a": ` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "}",
			want:   []string{`broken.yaml:1:107: is nested more than 100 deep`},
		},
		"TemplateWithoutQuotes": {
			reason: "an unquoted {{ … }} is a mapping to YAML",
			values: "cluster:\n  domainSuffix: {{ .Values.domain }}\n",
			want:   []string{`broken.yaml:2:18: cluster.domainSuffix: holds an unexpanded template {{ … }}, or a mapping where a name is wanted`},
		},
		"KeyIsList": {
			reason: "keys are text",
			values: "? [a, b]\n: c\n",
			want:   []string{`broken.yaml:1:3: has a key that is not text`},
		},

		// Wrong types.
		"SectionIsText": {
			reason: "a section is a mapping",
			values: "apps: keycloak\n",
			want:   []string{`broken.yaml:1:7: apps: want a mapping, got text`},
		},
		"AppIsList": {
			reason: "a section is a mapping",
			values: "apps:\n  keycloak: [enabled]\n",
			want:   []string{`broken.yaml:2:13: apps.keycloak: want a mapping, got a list`},
		},
		"FlagIsText": {
			reason: "yes is text in YAML 1.2",
			values: "otomi: {hasExternalIDP: yes}\n",
			want:   []string{`broken.yaml:1:25: otomi.hasExternalIDP: want true or false, got text`},
		},
		"NumberIsText": {
			reason: "a number in quotes is text",
			values: "apps: {keycloak: {tokenTTL: '28800'}}\n",
			want:   []string{`broken.yaml:1:29: apps.keycloak.tokenTTL: want a whole number, got text`},
		},
		"NumberIsFraction": {
			reason: "seconds are whole",
			values: "apps: {keycloak: {tokenTTL: 1.5}}\n",
			want:   []string{`broken.yaml:1:29: apps.keycloak.tokenTTL: want a whole number, got a number`},
		},
		"PasswordIsNumber": {
			reason: "a password of digits loses its leading zeros unless quoted",
			values: "otomi: {adminPassword: 0123456}\n",
			want:   []string{`broken.yaml:1:24: otomi.adminPassword: want text, got a whole number: put it in quotes`},
		},
		"TextIsMapping": {
			reason: "a text is not a mapping",
			values: "cluster: {domainSuffix: {name: example.com}}\n",
			want:   []string{`broken.yaml:1:25: cluster.domainSuffix: want text, got a mapping`},
		},
		"ListIsText": {
			reason: "a list of one is still a list",
			values: "apps: {keycloak: {redirectURIs: 'https://x.example.com/*'}}\n",
			want:   []string{`broken.yaml:1:33: apps.keycloak.redirectURIs: want a list, got text`},
		},
		"UnknownTag": {
			reason: "tags of other tools mean nothing here",
			values: "otomi: {adminPassword: !vault abc}\n",
			want:   []string{`broken.yaml:1:24: otomi.adminPassword: want text, got a value with a tag of its own: put it in quotes`},
		},

		// Values that are not the real ones.
		"ShellTemplate": {
			reason: "envsubst did not run",
			values: "cluster: {domainSuffix: '${DOMAIN}'}\n",
			want:   []string{`broken.yaml:1:25: cluster.domainSuffix: "${DOMAIN}" holds a template that was not expanded`},
		},
		"GoTemplate": {
			reason: "Helm did not run",
			values: "oidc: {issuer: 'https://{{ .host }}/'}\n",
			want:   []string{`broken.yaml:1:16: oidc.issuer: "https://{{ .host }}/" holds a template that was not expanded`},
		},
		"NoValue": {
			reason: "Go's templates leave this where a value was missing",
			values: "apps: {keycloak: {theme: <no value>}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.theme: "<no value>" holds a template that was not expanded`},
		},
		"KubernetesReference": {
			reason: "Kubernetes leaves $(NAME) where the variable does not exist",
			values: "apps: {gitea: {adminUsername: $(GITEA_USER)}}\n",
			want:   []string{`broken.yaml:1:31: apps.gitea.adminUsername: "$(GITEA_USER)" holds a template that was not expanded`},
		},
		"TemplateInSecret": {
			reason: "the message must not show a secret, even a wrong one",
			values: "otomi: {adminPassword: 'prefix-${PASSWORD}'}\n",
			want:   []string{`broken.yaml:1:24: otomi.adminPassword: the secret holds a template that was not expanded`},
		},
		"ForeignClaimTemplate": {
			reason: "only Keycloak's own placeholders are legal",
			values: "oidc: {usernameClaimMapper: '${CLAIM.upn}-${SUFFIX}'}\n",
			want:   []string{`broken.yaml:1:29: oidc.usernameClaimMapper: "${CLAIM.upn}-${SUFFIX}" holds a template that was not expanded`},
		},
		"ClaimTemplateElsewhere": {
			reason: "Keycloak expands its placeholders in mappers only",
			values: "oidc: {clientID: '${CLAIM.upn}'}\n",
			want:   []string{`broken.yaml:1:18: oidc.clientID: "${CLAIM.upn}" holds a template that was not expanded`},
		},
		"MaskedSecret": {
			reason: "a value that was read masked must not be written back",
			values: "apps: {keycloak: {idp: {clientSecret: '**********'}}}\n",
			want:   []string{`broken.yaml:1:39: apps.keycloak.idp.clientSecret: the secret is only "*": a masked value, not the real one`},
		},
		"OneStar": {
			reason: "one star is a masked value too",
			values: "oidc: {clientID: '*'}\n",
			want:   []string{`broken.yaml:1:18: oidc.clientID: "*" is only "*": a masked value, not the real one`},
		},
		"MaskedOnlyCredential": {
			reason: "an invalid value is not reported as missing, too",
			values: "otomi: {adminPassword: '***'}\n",
			app:    values.AppKeycloak,
			want:   []string{`broken.yaml:1:24: otomi.adminPassword: the secret is only "*": a masked value, not the real one`},
		},
		"Redacted": {
			reason: "Otomi writes this where it leaves secrets out",
			values: "teamConfig: {demo: {password: <redacted>}}\n",
			want:   []string{`broken.yaml:1:31: teamConfig.demo.password: the secret is a redacted value, not the real one`},
		},
		"StillEncrypted": {
			reason: "a file without its sops metadata is ciphertext",
			values: "otomi:\n  adminPassword: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n",
			want:   []string{`broken.yaml:2:18: otomi.adminPassword: the secret is still encrypted: the file has lost its sops metadata`},
		},
		"LineBreakInSecret": {
			reason: "a block text ends with a line break, and the password would too",
			values: "otomi:\n  adminPassword: |\n    correct-horse\n",
			want:   []string{`broken.yaml:2:18: otomi.adminPassword: the secret holds a line break or another control character`},
		},

		// Values that break a rule.
		"DomainWithScheme": {
			reason: "the suffix is a name, not an address",
			values: "cluster: {domainSuffix: 'https://example.com'}\n",
			want:   []string{`broken.yaml:1:25: cluster.domainSuffix: "https://example.com" is not a domain name`},
		},
		"DomainUpperCase": {
			reason: "names are compared in lower case by browsers, but not in redirect URIs",
			values: "cluster: {domainSuffix: Example.com}\n",
			want:   []string{`broken.yaml:1:25: cluster.domainSuffix: "Example.com" is not a domain name`},
		},
		"IssuerWithoutScheme": {
			reason: "an issuer is an address",
			values: "otomi: {hasExternalIDP: true}\noidc: {issuer: login.example.com/x}\n",
			app:    values.AppKeycloak,
			want:   []string{`broken.yaml:2:16: oidc.issuer: "login.example.com/x" is not an http or https address`},
		},
		"IssuerOtherScheme": {
			reason: "only http and https can be discovered",
			values: "oidc: {issuer: 'ldap://login.example.com'}\n",
			want:   []string{`broken.yaml:1:16: oidc.issuer: "ldap://login.example.com" is not an http or https address`},
		},
		"IssuerWithQuery": {
			reason: "OpenID Connect forbids a query in an issuer",
			values: "oidc: {issuer: 'https://login.example.com?x=1'}\n",
			want:   []string{`broken.yaml:1:16: oidc.issuer: "https://login.example.com?…" must not have a query or a fragment`},
		},
		"AddressWithPassword": {
			reason: "an address is logged; and the message must not show the password",
			values: "apps: {keycloak: {address: 'https://admin:hunter2@keycloak.example.com'}}\n",
			want:   []string{`broken.yaml:1:28: apps.keycloak.address: the address must not hold a user name or password`},
		},
		"AddressBadPort": {
			reason: "a port is a number up to 65535",
			values: "apps: {gitea: {address: 'http://gitea:99999'}}\n",
			want:   []string{`broken.yaml:1:25: apps.gitea.address: "http://gitea:99999" is not an http or https address`},
		},
		"RepositoryWithScheme": {
			reason: "image names hold a host, not an address",
			values: "apps: {harbor: {baseRepoURL: 'https://harbor.example.com'}}\n",
			want:   []string{`broken.yaml:1:30: apps.harbor.baseRepoURL: "https://harbor.example.com" is not a host with or without a port`},
		},
		"RedirectToAnyHost": {
			reason: "https://x.example.com* matches x.example.com.attacker.net",
			values: "apps: {keycloak: {redirectURIs: ['https://x.example.com*']}}\n",
			want:   []string{`broken.yaml:1:34: apps.keycloak.redirectURIs[0]: "https://x.example.com*" must have a path before its *: it would match other hosts`},
		},
		"RedirectStarInside": {
			reason: "Keycloak expands a star at the end only",
			values: "apps:\n  keycloak:\n    redirectURIs:\n      - https://a.example.com/*\n      - https://*.example.com/*\n",
			want:   []string{`broken.yaml:5:9: apps.keycloak.redirectURIs[1]: "https://*.example.com/*" may hold a * at its end only`},
		},
		"NegativeTTL": {
			reason: "a life below a second is useless",
			values: "apps: {keycloak: {tokenTTL: -1}}\n",
			want:   []string{`broken.yaml:1:29: apps.keycloak.tokenTTL: -1 is not between 1 and 2147483647`},
		},
		"OverflowingTTL": {
			reason: "Keycloak stores 32 bits",
			values: "apps: {keycloak: {offlineTTL: 2147483648}}\n",
			want:   []string{`broken.yaml:1:31: apps.keycloak.offlineTTL: 2147483648 is not between 1 and 2147483647`},
		},
		"EnormousTTL": {
			reason: "a number beyond 64 bits is out of range, not something else",
			values: "apps: {keycloak: {offlineTTL: 99999999999999999999}}\n",
			want:   []string{`broken.yaml:1:31: apps.keycloak.offlineTTL: 99999999999999999999 is not between 1 and 2147483647`},
		},
		"RealmWithSlash": {
			reason: "the realm is in the path of every request",
			values: "apps: {keycloak: {realm: a/b}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: "a/b" must not hold a space, /, \, ?, # or %`},
		},
		"RealmUpwards": {
			reason: "a path would lose its step before",
			values: "apps: {keycloak: {realm: ..}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: ".." is a step in a path, not a name`},
		},
		"RealmWithLineBreak": {
			reason: "no address holds a line break",
			values: "apps: {keycloak: {realm: \"a\\nb\"}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: "a\nb" holds a line break or another control character`},
		},
		"RealmReservedCharacter": {
			reason: "Keycloak refuses it, after the login",
			values: "apps: {keycloak: {realm: a;b, adminRealm: 'c:d'}}\n",
			want: []string{
				`broken.yaml:1:26: apps.keycloak.realm: "a;b" holds a character that Keycloak refuses in names of realms`,
				`broken.yaml:1:43: apps.keycloak.adminRealm: "c:d" holds a character that Keycloak refuses in names of realms`,
			},
		},
		"RealmIsMaster": {
			reason: "the whole server's administrators would get the platform's settings",
			values: "apps: {keycloak: {realm: Master}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: "Master" is Keycloak's own realm: the platform needs one of its own`},
		},
		"RealmIsMasterElsewhere": {
			reason: "also where the administrators have another realm",
			values: "apps: {keycloak: {realm: master, adminRealm: operators}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: "master" is Keycloak's own realm: the platform needs one of its own`},
		},
		"RealmIsAdminRealm": {
			reason: "some databases do not tell upper from lower case",
			values: "apps: {keycloak: {realm: operators, adminRealm: Operators}}\n",
			want:   []string{`broken.yaml:1:26: apps.keycloak.realm: "operators" is the administrators' realm (apps.keycloak.adminRealm): the platform needs one of its own`},
		},
		"AdminRealmIsDefaultRealm": {
			reason: "the given place is named",
			values: "apps: {keycloak: {adminRealm: otomi}}\n",
			want:   []string{`broken.yaml:1:31: apps.keycloak.adminRealm: "otomi" is the platform's realm (apps.keycloak.realm), not the administrators'`},
		},
		"ClientIsKeycloaks": {
			reason: "the task would overwrite a client that Keycloak itself needs",
			values: "apps: {keycloak: {idp: {clientID: realm-management}}}\n",
			want:   []string{`broken.yaml:1:35: apps.keycloak.idp.clientID: "realm-management" is one of Keycloak's own clients: the platform needs one of its own`},
		},
		"NamespaceUpperCase": {
			reason: "a namespace is a DNS label",
			values: "apps: {drone: {namespace: Drone}}\n",
			want:   []string{`broken.yaml:1:27: apps.drone.namespace: "Drone" is not a DNS label (a-z, 0-9 and -, at most 63)`},
		},

		// Teams.
		"TeamsAreList": {
			reason: "teams are keys",
			values: "teamConfig: [demo]\n",
			want:   []string{`broken.yaml:1:13: teamConfig: want a mapping, got a list`},
		},
		"TeamIsText": {
			reason: "a team is a mapping or nothing",
			values: "teamConfig: {demo: yes}\n",
			want:   []string{`broken.yaml:1:20: teamConfig.demo: want a mapping, got text`},
		},
		"TeamIDUnderscore": {
			reason: "the id becomes a namespace",
			values: "teamConfig:\n  my_team: {}\n",
			want:   []string{`broken.yaml:2:3: teamConfig.my_team: team id "my_team" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},
		"TeamIDDot": {
			reason: "a path with a dotted name stays readable",
			values: "teamConfig:\n  my.team: {}\n",
			want:   []string{`broken.yaml:2:3: teamConfig."my.team": team id "my.team" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},
		"TeamIDHyphen": {
			reason: "a label ends with a letter or digit",
			values: "teamConfig: {demo-: {}}\n",
			want:   []string{`broken.yaml:1:14: teamConfig.demo-: team id "demo-" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},
		"TeamIDTooLong": {
			reason: "team-<id> must fit a label of 63",
			values: "teamConfig: {" + long + ": {}}\n",
			want:   []string{`broken.yaml:1:14: teamConfig.` + long + `: team id "` + long + `" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},
		"TeamIDsFold": {
			reason: "Gitea and Harbor do not tell Demo from demo",
			values: "teamConfig: {Demo: {}}\n",
			want: []string{
				`broken.yaml:1:14: teamConfig.Demo: team id "Demo" differs from "demo" only in case`,
				`broken.yaml:1:14: teamConfig.Demo: team id "Demo" is not a DNS label (a-z, 0-9 and -, at most 58)`,
			},
		},
		"TeamIDIsPlatform": {
			reason: "team-Admin folds into the platform's own role team-admin",
			values: "teamConfig: {Admin: {}}\n",
			want: []string{
				`broken.yaml:1:14: teamConfig.Admin: team id "Admin" collides with the platform's own team-admin`,
				`broken.yaml:1:14: teamConfig.Admin: team id "Admin" is not a DNS label (a-z, 0-9 and -, at most 58)`,
			},
		},
		"TeamIDTemplate": {
			reason: "a template in a key shows",
			values: "teamConfig: {'${TEAM}': {}}\n",
			want:   []string{`broken.yaml:1:14: teamConfig."${TEAM}": team id "${TEAM}" is not a DNS label (a-z, 0-9 and -, at most 58)`},
		},

		// Users.
		"UserIsText": {
			reason: "a user is a mapping",
			values: "teamConfig: {demo: {users: [noor@example.com]}}\n",
			want:   []string{`broken.yaml:1:29: teamConfig.demo.users[0]: want a mapping, got text`},
		},
		"UserWithoutEmail": {
			reason: "people log in with their address",
			values: "teamConfig: {demo: {users: [{username: noor}]}}\n",
			want:   []string{`broken.yaml:1:29: teamConfig.demo.users[0]: has no email`},
		},
		"UserBadEmail": {
			reason: "Keycloak refuses it",
			values: "teamConfig: {demo: {users: [{email: noor.example.com}]}}\n",
			want:   []string{`broken.yaml:1:37: teamConfig.demo.users[0].email: "noor.example.com" is not an e-mail address`},
		},
		"UserNameShort": {
			reason: "Keycloak wants three characters",
			values: "teamConfig: {demo: {users: [{username: no, email: noor@example.com}]}}\n",
			want:   []string{`broken.yaml:1:40: teamConfig.demo.users[0].username: "no" is shorter than 3 characters, which Keycloak refuses`},
		},
		"UserNameLong": {
			reason: "Keycloak's column ends at 255",
			values: "teamConfig: {demo: {users: [{username: " + strings.Repeat("a", 256) + ", email: noor@example.com}]}}\n",
			want:   []string{`broken.yaml:1:40: teamConfig.demo.users[0].username: "` + strings.Repeat("a", 64) + `…" is longer than 255 characters, which Keycloak refuses`},
		},
		"UserFirstName": {
			reason: "Keycloak refuses markup in names",
			values: "teamConfig: {demo: {users: [{email: noor@example.com, firstName: <b>Noor</b>}]}}\n",
			want:   []string{`broken.yaml:1:66: teamConfig.demo.users[0].firstName: "<b>Noor</b>" is too long or holds a character that Keycloak refuses in names of people`},
		},
		"UserNameSpace": {
			reason: "Keycloak refuses some characters",
			values: "teamConfig: {demo: {users: [{username: noor bakker, email: noor@example.com}]}}\n",
			want:   []string{`broken.yaml:1:40: teamConfig.demo.users[0].username: "noor bakker" holds a character that Keycloak refuses in user names`},
		},
		"UserTwiceInTeam": {
			reason: "the second entry is a mistake, whatever it says",
			values: "teamConfig:\n  demo:\n    users:\n      - email: noor@example.com\n      - email: Noor@Example.com\n",
			want:   []string{`broken.yaml:5:9: teamConfig.demo.users[1]: duplicate user "noor@example.com" in teamConfig.demo`},
		},
		"UserDiffersBetweenTeams": {
			reason: "one person has one name",
			values: "teamConfig:\n  demo: {users: [{email: noor@example.com, firstName: Noor}]}\n  other: {users: [{email: NOOR@example.com, firstName: Nora}]}\n",
			want:   []string{`broken.yaml:3:19: teamConfig.other.users[0]: user "noor@example.com" has other attributes in teamConfig.demo`},
		},
		"UsersShareEmail": {
			reason: "the realm allows no duplicate addresses",
			values: "teamConfig:\n  demo: {users: [{username: noor, email: x@example.com}]}\n  other: {users: [{username: nora, email: x@example.com}]}\n",
			want:   []string{`broken.yaml:3:19: teamConfig.other.users[0]: user "nora" has the e-mail address of "noor" in teamConfig.demo`},
		},
		"UserIsFirstAdmin": {
			reason: "a team must not set the first administrator's password",
			values: "teamConfig: {demo: {users: [{username: Otomi-Admin, email: x@example.com}]}}\n",
			want:   []string{`broken.yaml:1:29: teamConfig.demo.users[0]: is the platform's own user otomi-admin (admin@oto.mi)`},
		},

		// What is missing.
		"NothingForKeycloak": {
			reason: "all that is missing at once",
			values: "{}\n", only: true, app: values.AppKeycloak,
			want: []string{
				`apps.keycloak.adminPassword: is missing: set it, or otomi.adminPassword, or KEYCLOAK_ADMIN_PASSWORD`,
				`apps.keycloak.idp.clientSecret: is missing: set it, or KEYCLOAK_CLIENT_SECRET`,
				`cluster.domainSuffix: is missing: set it, or apps.keycloak.address and apps.keycloak.hostnameURL and apps.keycloak.redirectURIs`,
			},
		},
		"NothingForHarbor": {
			reason: "all that is missing at once",
			values: "{}\n", only: true, app: values.AppHarbor,
			want: []string{
				`apps.harbor.adminPassword: is missing: set it, or otomi.adminPassword, or HARBOR_PASSWORD`,
				`apps.harbor.oidc.clientSecret: is missing: set it, or apps.keycloak.idp.clientSecret, or OIDC_CLIENT_SECRET`,
				`cluster.domainSuffix: is missing: set it, or apps.harbor.address and apps.harbor.baseRepoURL and apps.harbor.oidc.endpoint`,
			},
		},
		"NothingForGitea": {
			reason: "all that is missing at once",
			values: "{}\n", only: true, app: values.AppGitea,
			want: []string{
				`apps.gitea.adminPassword: is missing: set it, or otomi.adminPassword, or GITEA_PASSWORD, or apps.gitea.adminToken`,
				`cluster.domainSuffix: is missing: set it, or apps.gitea.address and apps.drone.address`,
			},
		},
		"NothingForDrone": {
			reason: "all that is missing at once",
			values: "{}\n", only: true, app: values.AppDrone,
			want: []string{
				`apps.drone.adminToken: is missing: set it, or DRONE_TOKEN`,
				`cluster.domainSuffix: is missing: set it, or apps.drone.address`,
			},
		},
		"NothingForBroker": {
			reason: "the broker needs its credentials, and the place is the innermost mapping that is there",
			values: "cluster: {domainSuffix: example.com}\notomi:\n  hasExternalIDP: true\n  adminPassword: a\noidc:\n  adminGroupID: a\napps:\n  keycloak:\n    idp: {alias: x}\n",
			only:   true, app: values.AppKeycloak,
			want: []string{
				`broken.yaml:6:3: oidc.clientID: is missing: set it, or IDP_CLIENT_ID`,
				`broken.yaml:6:3: oidc.clientSecret: is missing: set it, or IDP_CLIENT_SECRET`,
				`broken.yaml:6:3: oidc.issuer: is missing: set it, or IDP_OIDC_URL`,
				`broken.yaml:9:10: apps.keycloak.idp.clientSecret: is missing: set it, or KEYCLOAK_CLIENT_SECRET`,
			},
		},
		"UnreadableHidesMissing": {
			reason: "what is missing may be in the file that could not be read",
			values: "otomi: {\n", only: true, app: values.AppKeycloak,
			want: []string{`broken.yaml:1:1: is not valid YAML: did not find expected node content`},
		},
		"ManyAtOnce": {
			reason: "one run shows everything, in the order of the file",
			values: "teamConfig: {A_b: {password: '*'}}\napps: {keycloak: {tokenTTL: 0, theme: [x]}}\notomi: {hasExternalIDP: 1}\n",
			want: []string{
				`broken.yaml:1:14: teamConfig.A_b: team id "A_b" is not a DNS label (a-z, 0-9 and -, at most 58)`,
				`broken.yaml:1:30: teamConfig.A_b.password: the secret is only "*": a masked value, not the real one`,
				`broken.yaml:2:29: apps.keycloak.tokenTTL: 0 is not between 1 and 2147483647`,
				`broken.yaml:2:39: apps.keycloak.theme: want text, got a list`,
				`broken.yaml:3:25: otomi.hasExternalIDP: want true or false, got a whole number`,
			},
		},
	}
}

// teamLines are n teams, t0 and so on.
func teamLines(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "  t%d: {}\n", i)
	}
	return out.String()
}

// bomb is six levels of lists, each of ten aliases to the one before.
func bomb() string {
	out := "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 5 {
		before, level := string(rune('0'+i)), string(rune('1'+i))
		out += "l" + level + ": &l" + level + " [" + strings.TrimSuffix(strings.Repeat("*l"+before+", ", 10), ", ") + "]\n"
	}
	return out
}
