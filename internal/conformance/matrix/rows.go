package matrix

// external is what a realm with an external provider needs.
const external = `
otomi: {hasExternalIDP: true}
oidc: {issuer: ISSUER1, clientID: platform, clientSecret: provider-secret-1, adminGroupID: admins, teamAdminGroupID: leads,
  usernameClaimMapper: "${CLAIM.preferred_username}"}
`

// How a run ends that changes nothing, as its outcome says.
const (
	unauthorized = "unauthorized"
	failed       = "failed"
	idle         = "unchanged"
)

// rows are all settings by their paths, as the package values documents them.
func rows() map[string]row {
	all := map[string]row{}
	for _, some := range []map[string]row{sharedRows(), keycloakRows(), harborRows(), giteaRows(), droneRows(), teamRows()} {
		for path, r := range some {
			all[path] = r
		}
	}
	return all
}

func sharedRows() map[string]row {
	return map[string]row{
		"cluster.domainSuffix": {task: "keycloak", second: "cluster: {domainSuffix: example.org}", effect: "where applications log in from"},
		"otomi.hasExternalIDP": {task: "keycloak", also: external, first: "otomi: {hasExternalIDP: false}", effect: "who people are"},
		"otomi.adminPassword":  {task: "harbor", second: "otomi: {adminPassword: another}", ends: unauthorized, effect: "which password logs in"},
		"users": {task: "keycloak", also: "version: 52\napps: {keycloak: {adminUsername: admin}}", first: "users: [{email: ann@example.com, firstName: Ann, lastName: Ash, teams: [a], initialPassword: Ann-pass-1}]",
			second: "users: [{email: ben@example.com, firstName: Ben, lastName: Birch, teams: [a], initialPassword: Ben-pass-1}]", effect: "who can log in"},
		"oidc.issuer":                       {task: "keycloak", also: external, second: "oidc: {issuer: ISSUER2}", effect: "where people log in"},
		"oidc.clientID":                     {task: "keycloak", also: external, second: "oidc: {clientID: other}", effect: "as which client"},
		"oidc.clientSecret":                 {task: "keycloak", also: external, second: "oidc: {clientSecret: provider-secret-2}", effect: "with which secret"},
		"oidc.usernameClaimMapper":          {task: "keycloak", also: external, second: "oidc: {usernameClaimMapper: '${CLAIM.email}'}", effect: "the names of people"},
		"oidc.subClaimMapper":               {task: "keycloak", also: external, second: "oidc: {subClaimMapper: oid}", effect: "who the same person is"},
		"oidc.adminGroupID":                 {task: "keycloak", also: external, second: "oidc: {adminGroupID: others}", effect: "who administers the platform"},
		"oidc.teamAdminGroupID":             {task: "keycloak", also: external, second: "oidc: {teamAdminGroupID: others}", effect: "who administers teams"},
		"oidc.platformAdminGroupID":         {task: "keycloak", also: newestExternal, second: "oidc: {platformAdminGroupID: others}", effect: "who administers the platform"},
		"oidc.allTeamsAdminGroupID":         {task: "keycloak", also: newestExternal, second: "oidc: {allTeamsAdminGroupID: others}", effect: "who administers all teams"},
		"apps.cert-manager.issuer":          {task: "harbor", also: "version: 15\napps: {harbor: {enabled: true}}", first: "apps: {cert-manager: {issuer: custom-ca}}", second: "apps: {cert-manager: {issuer: letsencrypt, stage: production}}", effect: "whether Harbor trusts Keycloak's certificate"},
		"apps.cert-manager.stage":           {task: "harbor", also: "version: 15\napps: {harbor: {enabled: true}, cert-manager: {issuer: letsencrypt}}", first: "apps: {cert-manager: {stage: staging}}", second: "apps: {cert-manager: {stage: production}}", effect: "whether Harbor trusts Keycloak's certificate"},
		"otomi.git.username":                {task: "gitea", also: newestGitea, second: "otomi: {git: {username: nobody}}", ends: unauthorized, effect: "which account works"},
		"otomi.git.password":                {task: "gitea", also: newestGitea, second: "otomi: {git: {password: another}}", ends: unauthorized, forgets: true, effect: "which password logs in"},
		"apps.argocd.enabled":               {task: "gitea", second: "apps: {argocd: {enabled: true}}", effect: "a repository for each team"},
		"teamConfig.<id>.oidc.groupMapping": {task: "keycloak", also: external, first: "teamConfig: {a: {oidc: {groupMapping: one}}}", second: "teamConfig: {a: {oidc: {groupMapping: two}}}", effect: "who is in the team"},
	}
}

const newestExternal = `
version: 40
apps: {keycloak: {adminUsername: admin}}
otomi: {hasExternalIDP: true}
oidc: {issuer: ISSUER1, clientID: platform, clientSecret: provider-secret-1, platformAdminGroupID: admins, allTeamsAdminGroupID: leads,
  usernameClaimMapper: "${CLAIM.preferred_username}"}
`

const newestGitea = `
version: 52
apps: {gitea: {enabled: true}}
otomi: {git: {username: otomi-admin, password: PASSWORD}}
`

func keycloakRows() map[string]row {
	setting := func(first, second, effect string) row {
		return row{task: "keycloak", first: "apps: {keycloak: {" + first + "}}", second: "apps: {keycloak: {" + second + "}}", effect: effect}
	}
	ends := func(r row, ends string) row { r.ends = ends; return r }
	of := func(task string, r row) row { r.task = task; return r }
	provider := func(r row) row { r.also = external; return r }
	return map[string]row{
		"apps.keycloak.address":           ends(setting("", "address: 'http://127.0.0.1:1'", "which server"), failed),
		"apps.keycloak.hostnameURL":       of("harbor", setting("", "hostnameURL: https://login.example.com", "where Harbor sends people")),
		"apps.keycloak.adminUsername":     ends(setting("", "adminUsername: nobody", "which account works"), unauthorized),
		"apps.keycloak.adminPassword":     ends(setting("adminPassword: PASSWORD", "adminPassword: another", "which password logs in"), unauthorized),
		"apps.keycloak.adminRealm":        ends(setting("", "adminRealm: elsewhere", "where the account is"), failed),
		"apps.keycloak.realm":             setting("", "realm: other", "which realm"),
		"apps.keycloak.theme":             setting("theme: keycloak", "theme: base", "how the login looks"),
		"apps.keycloak.accountTheme":      setting("accountTheme: keycloak.v3", "accountTheme: keycloak", "how the account page looks"),
		"apps.keycloak.emailTheme":        setting("emailTheme: keycloak", "emailTheme: base", "how mails look"),
		"apps.keycloak.tokenTTL":          setting("tokenTTL: 600", "tokenTTL: 1200", "how long tokens live"),
		"apps.keycloak.offlineTTL":        setting("", "offlineTTL: 1200000", "how long an unused offline token lives"),
		"apps.keycloak.offlineMaxEnabled": setting("", "offlineMaxEnabled: false", "whether offline tokens end"),
		"apps.keycloak.redirectURIs":      setting("redirectURIs: ['https://a.example.com/*']", "redirectURIs: ['https://b.example.com/*']", "where a login may lead"),
		"apps.keycloak.idp.alias":         provider(setting("", "idp: {alias: staff}", "the provider's name")),
		"apps.keycloak.idp.clientID":      setting("", "idp: {clientID: platform}", "the client's name"),
		"apps.keycloak.idp.clientSecret":  setting("", "idp: {clientSecret: client-secret-2}", "the applications' secret"),
	}
}
