package values

import (
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// Harbor is apps.harbor.
type Harbor struct {
	Enabled bool
	// Address is where the task reaches Harbor, without a slash at its end.
	Address string
	// BaseRepoURL is the host (and port) in image names and docker
	// configurations, without a scheme.
	BaseRepoURL   string
	AdminUsername string
	AdminPassword Secret
	// RobotNamePrefix begins the name of every robot account; nil is whatever
	// Harbor has.
	RobotNamePrefix *string
	// RobotDuration is the life of the teams' robot accounts in days, -1 for
	// ever.
	RobotDuration int
	OIDC          HarborOIDC
}

// HarborOIDC is apps.harbor.oidc: how Harbor logs people in.
type HarborOIDC struct {
	Endpoint     string
	ClientID     string
	ClientSecret Secret
	VerifyCert   bool
	UserClaim    string
	AutoOnboard  bool
}

// TeamHarbor is teamConfig.<id>.harbor over apps.harbor.teamDefaults: what the
// team's project is like. What is nil is left as it is.
type TeamHarbor struct {
	// StorageQuota is in bytes, -1 for no limit.
	StorageQuota *int64
	// Public allows pulls without a login.
	Public                                bool
	AutoScan, AutoSBOM, PreventVulnerable *bool
	// Severity is the lowest that PreventVulnerable holds back: none, low,
	// medium, high or critical.
	Severity  *string
	Retention *HarborRetention
	// ImmutableTags are all of them; empty means none.
	ImmutableTags []HarborImmutableTags
}

// HarborRetention is which images a project keeps.
type HarborRetention struct {
	// Schedule is a cron line of six fields.
	Schedule string
	Rules    []HarborRetentionRule
}

// The ways to keep images.
const (
	KeepLatestPushed     = "latestPushed"
	KeepLatestPulled     = "latestPulled"
	KeepPushedWithinDays = "pushedWithinDays"
	KeepPulledWithinDays = "pulledWithinDays"
	KeepAlways           = "always"
)

// HarborRetentionRule keeps what it names. Patterns are those of doublestar;
// one that begins with ! is for everything else.
type HarborRetentionRule struct {
	Repositories, Tags string
	// Untagged counts images without a tag in.
	Untagged bool
	// Keep is one of the Keep… constants, Count its number of images or days.
	Keep     string
	Count    int
	Disabled bool
}

// HarborImmutableTags are tags that cannot be pushed again.
type HarborImmutableTags struct {
	Repositories, Tags string
	Disabled           bool
}

// robotForever and maxRobotDays, about a century, bound the life of a robot
// account in days.
const (
	robotForever = -1
	maxRobotDays = 36_500
)

func defaultHarbor(h platform.Harbor) Harbor {
	return Harbor{
		Enabled: h.Enabled, AdminUsername: h.AdminUsername, RobotDuration: robotForever,
		OIDC: HarborOIDC{VerifyCert: true, UserClaim: "email", AutoOnboard: true},
	}
}

func harborSettings(v *Values) []setting {
	h := &v.Apps.Harbor
	return []setting{
		{path: "apps.harbor.enabled", reading: flag(&h.Enabled), fallback: "true"},
		{path: "apps.harbor.address", variables: []string{"HARBOR_BASE_URL"}, reading: text(&h.Address, rule.WebAddress), fallback: "https://harbor.<suffix>"},
		{path: "apps.harbor.baseRepoURL", variables: []string{"HARBOR_BASE_REPO_URL"}, reading: text(&h.BaseRepoURL, rule.HostAndPort), fallback: "harbor.<suffix>"},
		{path: "apps.harbor.adminUsername", variables: []string{"HARBOR_USER"}, reading: text(&h.AdminUsername), fallback: h.AdminUsername},
		{path: "apps.harbor.adminPassword", variables: []string{"HARBOR_PASSWORD"}, reading: secret(&h.AdminPassword), fallback: "otomi.adminPassword"},
		{path: "apps.harbor.robotNamePrefix", reading: optional(&h.RobotNamePrefix, rule.RobotPrefix), fallback: "what Harbor has; otomi- where it has no robot accounts"},
		{path: "apps.harbor.robotDuration", reading: structure(func(c tree.Cursor) { readRobotDuration(c, &h.RobotDuration) }), fallback: "-1 (days; -1 never expires)"},
		{path: "apps.harbor.teamDefaults", fallback: "teamConfig.<id>.harbor of every team"},
		{path: "apps.harbor.oidc.endpoint", variables: []string{"OIDC_ENDPOINT"}, reading: text(&h.OIDC.Endpoint, rule.WebAddress), fallback: "<apps.keycloak.hostnameURL>/realms/<apps.keycloak.realm>"},
		{path: "apps.harbor.oidc.clientID", variables: []string{"OIDC_CLIENT_ID"}, reading: text(&h.OIDC.ClientID), fallback: "apps.keycloak.idp.clientID"},
		{path: "apps.harbor.oidc.clientSecret", variables: []string{"OIDC_CLIENT_SECRET"}, reading: secret(&h.OIDC.ClientSecret), fallback: "apps.keycloak.idp.clientSecret"},
		{path: "apps.harbor.oidc.verifyCert", variables: []string{"OIDC_VERIFY_CERT"}, reading: flag(&h.OIDC.VerifyCert), fallback: "true"},
		{path: "apps.harbor.oidc.userClaim", aliases: []string{"apps.harbor.oidcUserClaim"}, variables: []string{"OIDC_USER_CLAIM"}, reading: text(&h.OIDC.UserClaim), fallback: "email"},
		{path: "apps.harbor.oidc.autoOnboard", aliases: []string{"apps.harbor.oidcAutoOnboard"}, variables: []string{"OIDC_AUTO_ONBOARD"}, reading: flag(&h.OIDC.AutoOnboard), fallback: "true"},
		{path: "apps.cert-manager.issuer", fallback: "custom-ca (only for a release of the platform)"},
		{path: "apps.cert-manager.stage"},
	}
}

func readRobotDuration(c tree.Cursor, into *int) {
	days := *into
	c.Number(&days, robotForever, maxRobotDays)
	if days == 0 {
		c.Fail("must be at least 1 day, or -1, which never expires")
		return
	}
	*into = days
}

// teamHarborSettings are below the section harbor of a team and below
// apps.harbor.teamDefaults. Harbor stores anything silently, so all is checked.
func teamHarborSettings(t *TeamHarbor) []setting {
	return []setting{
		{path: "storageQuota", reading: structure(func(c tree.Cursor) { readStorage(c, &t.StorageQuota) }), fallback: unmanaged + " (10Gi, 500Mi, bytes, unlimited)"},
		{path: "public", reading: flag(&t.Public), fallback: "false"},
		{path: "autoScan", reading: optionalFlag(&t.AutoScan), fallback: unmanaged},
		{path: "autoSBOM", reading: optionalFlag(&t.AutoSBOM), fallback: unmanaged},
		{path: "preventVulnerable", reading: optionalFlag(&t.PreventVulnerable), fallback: unmanaged},
		{path: "severity", reading: optional(&t.Severity, rule.Severity), fallback: unmanaged},
		{path: "retention", reading: structure(func(c tree.Cursor) { readRetention(c, &t.Retention) }), fallback: "unmanaged; schedule: daily; rules[]: repositories and tags **, untagged true"},
		{path: "immutableTags", reading: structure(func(c tree.Cursor) { readImmutableTags(c, &t.ImmutableTags) }), fallback: "unmanaged; repositories and tags **"},
	}
}

// readTeamHarbor lays what a team says over what all teams get.
func readTeamHarbor(c tree.Cursor, into *TeamHarbor) {
	if c.Node.IsNull() {
		return
	}
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return
	}
	all := teamHarborSettings(into)
	c.Only(names(all)...)
	readSettings(c, all)
}

// deriveHarbor lets Harbor log in through the platform's client.
func deriveHarbor(v *Values, top tree.Cursor) {
	h, k, suffix := &v.Apps.Harbor, v.Apps.Keycloak, v.Cluster.DomainSuffix
	fallBack(&h.AdminPassword, v.Otomi.AdminPassword)
	setDefault(&h.OIDC.ClientID, k.ClientID)
	fallBack(&h.OIDC.ClientSecret, k.ClientSecret)
	if k.HostnameURL != "" {
		setDefault(&h.OIDC.Endpoint, k.HostnameURL+"/realms/"+k.Realm)
	}
	if suffix != "" {
		setDefault(&h.BaseRepoURL, "harbor."+suffix)
		setDefault(&h.Address, "https://harbor."+suffix)
	}
	h.Address = trimSlash(h.Address)
	if v.Platform.Harbor.VerifyCertByIssuer && top.At("apps.harbor.oidc.verifyCert").Node.IsNull() {
		h.OIDC.VerifyCert = trustedIssuer(top.At("apps.cert-manager"))
	}
}

// trustedIssuer says whether certificates of cert-manager's issuer are trusted
// everywhere. The platform's own default is a CA of its own.
func trustedIssuer(c tree.Cursor) bool {
	issuer, stage := "custom-ca", ""
	c.Child("issuer").Text(&issuer)
	c.Child("stage").Text(&stage)
	return issuer != "custom-ca" && (issuer != "letsencrypt" || stage != "staging")
}

func harborNeeds(v Values) []requirement {
	h := v.Apps.Harbor
	needs := []requirement{
		address("apps.harbor.address", h.Address == ""),
		address("apps.harbor.baseRepoURL", h.BaseRepoURL == ""),
		address("apps.harbor.oidc.endpoint", h.OIDC.Endpoint == ""),
	}
	if !h.Enabled {
		return needs
	}
	return append(needs,
		password("apps.harbor.adminPassword", h.AdminPassword, "otomi.adminPassword", "HARBOR_PASSWORD"),
		password("apps.harbor.oidc.clientSecret", h.OIDC.ClientSecret, "apps.keycloak.idp.clientSecret", "OIDC_CLIENT_SECRET"))
}
