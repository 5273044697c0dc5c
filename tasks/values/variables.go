package values

// shape is how the text of a variable is read.
type shape int

const (
	text shape = iota
	number
	flag
	structure // JSON
)

// variable is one environment variable that stands for a setting.
type variable struct {
	name  string
	path  string // dotted
	shape shape
	// credential variables also come from the file that <name>_FILE names.
	credential bool
}

// variables is the predecessor's environment. A later line wins over an
// earlier one for the same path.
func variables() []variable {
	return []variable{
		{name: "KEYCLOAK_ADDRESS", path: "apps.keycloak.address"},
		{name: "KEYCLOAK_ADDRESS_INTERNAL", path: "apps.keycloak.address"},
		{name: "KC_HOSTNAME_URL", path: "apps.keycloak.hostnameURL"},
		{name: "KEYCLOAK_ADMIN", path: "apps.keycloak.adminUsername"},
		{name: "KEYCLOAK_ADMIN_PASSWORD", path: "apps.keycloak.adminPassword", credential: true},
		{name: "KEYCLOAK_REALM", path: "apps.keycloak.adminRealm"},
		{name: "KEYCLOAK_CLIENT_ID", path: "apps.keycloak.idp.clientID"},
		{name: "KEYCLOAK_CLIENT_SECRET", path: "apps.keycloak.idp.clientSecret", credential: true},
		{name: "KEYCLOAK_THEME_LOGIN", path: "apps.keycloak.theme"},
		{name: "KEYCLOAK_TOKEN_TTL", path: "apps.keycloak.tokenTTL", shape: number},
		{name: "KEYCLOAK_TOKEN_OFFLINE_TTL", path: "apps.keycloak.offlineTTL", shape: number},
		{name: "KEYCLOAK_TOKEN_OFFLINE_MAX_TTL_ENABLED", path: "apps.keycloak.offlineMaxEnabled", shape: flag},
		{name: "REDIRECT_URIS", path: "apps.keycloak.redirectURIs", shape: structure},
		{name: "FEAT_EXTERNAL_IDP", path: "otomi.hasExternalIDP", shape: flag},
		{name: "IDP_ALIAS", path: "apps.keycloak.idp.alias"},
		{name: "IDP_CLIENT_ID", path: "oidc.clientID"},
		{name: "IDP_CLIENT_SECRET", path: "oidc.clientSecret", credential: true},
		{name: "IDP_OIDC_URL", path: "oidc.issuer"},
		{name: "IDP_GROUP_OTOMI_ADMIN", path: "oidc.adminGroupID"},
		{name: "IDP_GROUP_TEAM_ADMIN", path: "oidc.teamAdminGroupID"},
		{name: "IDP_USERNAME_CLAIM_MAPPER", path: "oidc.usernameClaimMapper"},
		{name: "IDP_SUB_CLAIM_MAPPER", path: "oidc.subClaimMapper"},
		{name: "HARBOR_BASE_URL", path: "apps.harbor.address"},
		{name: "HARBOR_BASE_REPO_URL", path: "apps.harbor.baseRepoURL"},
		{name: "HARBOR_USER", path: "apps.harbor.adminUsername"},
		{name: "HARBOR_PASSWORD", path: "apps.harbor.adminPassword", credential: true},
		{name: "OIDC_ENDPOINT", path: "apps.harbor.oidc.endpoint"},
		{name: "OIDC_CLIENT_SECRET", path: "apps.harbor.oidc.clientSecret", credential: true},
		{name: "OIDC_VERIFY_CERT", path: "apps.harbor.oidc.verifyCert", shape: flag},
		{name: "OIDC_USER_CLAIM", path: "apps.harbor.oidc.userClaim"},
		{name: "OIDC_AUTO_ONBOARD", path: "apps.harbor.oidc.autoOnboard", shape: flag},
		{name: "GITEA_URL", path: "apps.gitea.address"},
		{name: "GITEA_PASSWORD", path: "apps.gitea.adminPassword", credential: true},
		{name: "GITEA_TOKEN", path: "apps.gitea.adminToken", credential: true},
		{name: "DRONE_URL", path: "apps.drone.address"},
		{name: "DRONE_NAMESPACE", path: "apps.drone.namespace"},
		{name: "DRONE_TOKEN", path: "apps.drone.adminToken", credential: true},
	}
}
