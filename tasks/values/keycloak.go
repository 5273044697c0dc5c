package values

import (
	"math"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// maxSeconds is the longest life that Keycloak stores.
const maxSeconds = math.MaxInt32

// OIDC is oidc: the external identity provider, read by Keycloak's broker.
type OIDC struct {
	// Issuer is the provider's issuer, exactly as it names itself.
	Issuer string
	// ClientID and ClientSecret are the platform's credentials there.
	ClientID     string
	ClientSecret Secret
	// GroupIDs are the groups there that become the platform's own roles, by
	// their purpose in platform.Keycloak.Accesses.
	GroupIDs map[platform.Purpose]string
	// AdminGroupID and TeamAdminGroupID are the groups there that become the
	// roles admin and team-admin; "" maps none.
	AdminGroupID, TeamAdminGroupID string
	// UsernameClaimMapper is Keycloak's template for user names.
	UsernameClaimMapper string
	// SubClaimMapper is the claim that becomes the user attribute sub.
	SubClaimMapper string
}

// Keycloak is apps.keycloak.
type Keycloak struct {
	// Address is where the task reaches Keycloak, without a slash at its end.
	Address string
	// AdminUsername and AdminPassword log in at AdminRealm.
	AdminUsername string
	AdminPassword Secret
	AdminRealm    string
	// Realm is the platform's realm.
	Realm string
	// ClientID and ClientSecret are those of the platform's own client in
	// Realm (apps.keycloak.idp.clientID and .clientSecret). The credentials
	// at an external provider are OIDC.ClientID and OIDC.ClientSecret.
	ClientID     string
	ClientSecret Secret
	// HostnameURL is the address that browsers use, without a slash at its
	// end: the platform's issuer is HostnameURL/realms/Realm.
	HostnameURL string
	// Theme is the login theme. AccountTheme and EmailTheme are left alone
	// where they are nil.
	Theme                    string
	AccountTheme, EmailTheme *string
	// RememberMe lets people stay logged in after their browser was closed; nil
	// leaves it alone.
	RememberMe *bool
	// Lives are those of sessions and tokens.
	Lives platform.Lives
	// TokenTTL and OfflineTTL are lives in seconds, of access tokens and of
	// offline sessions, as the values have them; Lives has them, too.
	TokenTTL, OfflineTTL int
	// OfflineMaxEnabled limits offline sessions to OfflineTTL altogether.
	OfflineMaxEnabled bool
	// RedirectURIs are those of the client ClientID.
	RedirectURIs []string
	IDP          IDP
}

// IDP is apps.keycloak.idp as far as it is about the external provider.
type IDP struct {
	Alias string
}

func defaultKeycloak(k platform.Keycloak) Keycloak {
	return Keycloak{
		AdminUsername: k.AdminUsername, AdminRealm: rule.MasterRealm, Realm: "otomi", ClientID: "otomi", Theme: k.Theme,
		Lives: k.Lives, TokenTTL: k.Lives.AccessToken, OfflineTTL: k.Lives.OfflineIdle, OfflineMaxEnabled: k.Lives.OfflineMaxEnabled,
		IDP: IDP{Alias: "otomi-idp"},
	}
}

func keycloakSettings(v *Values) []setting {
	k, fixed := &v.Apps.Keycloak, v.Platform.Keycloak.ThemeFixed
	return slices.Concat(providerSettings(&v.OIDC), groupSettings(v), lifeSettings(&k.Lives), []setting{
		{path: "apps.keycloak.address", variables: []string{"KEYCLOAK_ADDRESS", "KEYCLOAK_ADDRESS_INTERNAL"}, reading: text(&k.Address, rule.WebAddress), fallback: "apps.keycloak.hostnameURL"},
		{path: "apps.keycloak.hostnameURL", variables: []string{"KC_HOSTNAME_URL", "KEYCLOAK_HOSTNAME_URL"}, reading: text(&k.HostnameURL, rule.WebAddress), fallback: "https://keycloak.<suffix>"},
		{path: "apps.keycloak.adminUsername", variables: []string{"KEYCLOAK_ADMIN"}, reading: text(&k.AdminUsername), fallback: k.AdminUsername},
		{path: "apps.keycloak.adminPassword", variables: []string{"KEYCLOAK_ADMIN_PASSWORD"}, reading: secret(&k.AdminPassword), fallback: "otomi.adminPassword"},
		{path: "apps.keycloak.adminRealm", variables: []string{"KEYCLOAK_REALM"}, reading: text(&k.AdminRealm, rule.PathPart, rule.RealmName), fallback: k.AdminRealm},
		{path: "apps.keycloak.realm", reading: text(&k.Realm, rule.PathPart, rule.RealmName, rule.NotMaster), fallback: k.Realm},
		{path: "apps.keycloak.theme", variables: []string{"KEYCLOAK_THEME_LOGIN"}, reading: text(&k.Theme), fallback: k.Theme, variableOnly: fixed},
		{path: "apps.keycloak.accountTheme", reading: optional(&k.AccountTheme), fallback: unmanaged},
		{path: "apps.keycloak.emailTheme", reading: optional(&k.EmailTheme), fallback: unmanaged},
		{path: "apps.keycloak.rememberMe", reading: optionalFlag(&k.RememberMe), fallback: unmanaged},
		{path: "apps.keycloak.tokenTTL", variables: []string{"KEYCLOAK_TOKEN_TTL"}, reading: number(&k.TokenTTL, 1, maxSeconds), fallback: "28800"},
		{path: "apps.keycloak.offlineTTL", variables: []string{"KEYCLOAK_TOKEN_OFFLINE_TTL"}, reading: number(&k.OfflineTTL, 1, maxSeconds), fallback: "604800"},
		{path: "apps.keycloak.offlineMaxEnabled", variables: []string{"KEYCLOAK_TOKEN_OFFLINE_MAX_TTL_ENABLED", "KC_OFFLINE_SESSION_MAX_LIFESPAN_ENABLED"}, reading: flag(&k.OfflineMaxEnabled), fallback: "true"},
		{path: "apps.keycloak.redirectURIs", variables: []string{"REDIRECT_URIS"}, reading: structure(func(c tree.Cursor) { readRedirectURIs(c, &k.RedirectURIs) }), fallback: "those of the hosts that log in through the client"},
		{path: "apps.keycloak.idp.alias", variables: []string{"IDP_ALIAS"}, reading: text(&k.IDP.Alias, rule.PathPart), fallback: k.IDP.Alias},
		{path: "apps.keycloak.idp.clientID", variables: []string{"KEYCLOAK_CLIENT_ID"}, reading: text(&k.ClientID, rule.PathPart, rule.NotBuiltInClient), fallback: k.ClientID},
		{path: "apps.keycloak.idp.clientSecret", variables: []string{"KEYCLOAK_CLIENT_SECRET"}, reading: secret(&k.ClientSecret)},
	})
}

// lifeSettings are the lives one by one, under the names of apl-tasks from 3.8 on.
func lifeSettings(l *platform.Lives) (all []setting) {
	for _, life := range []struct {
		name, variable string
		into           *int
	}{
		{"ssoIdle", "KC_SESSION_IDLE_TIMEOUT", &l.SSOIdle}, {"ssoMax", "KC_SESSION_MAX_LIFESPAN", &l.SSOMax},
		{"accessToken", "KC_ACCESS_TOKEN_LIFESPAN", &l.AccessToken}, {"implicitToken", "KC_ACCESS_TOKEN_LIFESPAN_FOR_IMPLICIT_FLOW", &l.ImplicitToken},
		{"offlineIdle", "KC_OFFLINE_SESSION_IDLE_TIMEOUT", &l.OfflineIdle}, {"offlineMax", "KC_OFFLINE_SESSION_MAX_LIFESPAN", &l.OfflineMax},
	} {
		all = append(all, setting{path: "apps.keycloak.lives." + life.name, variables: []string{life.variable}, reading: number(life.into, 1, maxSeconds), fallback: "that of the release"})
	}
	return all
}

// providerSettings are those of the external identity provider.
func providerSettings(o *OIDC) []setting {
	return []setting{
		{path: "oidc.issuer", variables: []string{"IDP_OIDC_URL"}, reading: text(&o.Issuer, rule.WebAddress, rule.Issuer)},
		{path: "oidc.clientID", variables: []string{"IDP_CLIENT_ID"}, reading: text(&o.ClientID)},
		{path: "oidc.clientSecret", variables: []string{"IDP_CLIENT_SECRET"}, reading: secret(&o.ClientSecret)},
		{path: "oidc.usernameClaimMapper", variables: []string{"IDP_USERNAME_CLAIM_MAPPER"}, reading: claimTemplate(&o.UsernameClaimMapper, rule.HasPlaceholder), fallback: "${CLAIM.upn}"},
		{path: "oidc.subClaimMapper", variables: []string{"IDP_SUB_CLAIM_MAPPER"}, reading: claimTemplate(&o.SubClaimMapper), fallback: "sub"},
	}
}

func claimTemplate(into *string, rules ...tree.Rule) reading {
	return reading{textShape, func(c tree.Cursor) { c.Trimmed().ClaimTemplate(into, rules...) }}
}

// readRedirectURIs writes hosts as browsers send them: Keycloak compares letter by
// letter.
func readRedirectURIs(c tree.Cursor, into *[]string) {
	c.Texts(into, rule.RedirectURI)
	for i, uri := range *into {
		if host := strings.SplitN(uri, "/", 4); len(host) > 2 {
			host[0], host[2] = strings.ToLower(host[0]), strings.ToLower(host[2])
			(*into)[i] = strings.Join(host, "/")
		}
	}
}

// checkRealms keeps the platform's realm apart from the administrators', also
// where a database does not tell upper from lower case.
func checkRealms(c tree.Cursor, k Keycloak) {
	if c.Reader.Problems.Has("apps.keycloak.realm", "apps.keycloak.adminRealm") || !strings.EqualFold(k.Realm, k.AdminRealm) {
		return
	}
	admin, own := c.At("apps.keycloak.adminRealm"), c.At("apps.keycloak.realm")
	if own.Node.IsNull() || own.Node.Text == "" {
		admin.Fail("%s is the platform's realm (apps.keycloak.realm), not the administrators'", tree.Quote(k.AdminRealm))
		return
	}
	own.Fail("%s is the administrators' realm (apps.keycloak.adminRealm): the platform needs one of its own", tree.Quote(k.Realm))
}

func deriveKeycloak(v *Values, top tree.Cursor) {
	k := &v.Apps.Keycloak
	fallBack(&k.AdminPassword, v.Otomi.AdminPassword)
	deriveLives(k, v.Platform.Keycloak.Lives)
	v.OIDC.AdminGroupID, v.OIDC.TeamAdminGroupID = v.OIDC.GroupIDs[platform.PlatformAdmin], v.OIDC.GroupIDs[platform.AllTeamsAdmin]
	if suffix := v.Cluster.DomainSuffix; suffix != "" {
		setDefault(&k.HostnameURL, "https://keycloak."+suffix)
		setDefault(&k.Address, k.HostnameURL)
		if k.RedirectURIs == nil {
			k.RedirectURIs = redirectURIs(v, top, suffix)
		}
	}
	k.HostnameURL, k.Address = trimSlash(k.HostnameURL), trimSlash(k.Address)
	if longest := k.Lives.SSOMax; longest > 0 && k.Lives.AccessToken > longest {
		v.Warnings = append(v.Warnings, top.At("apps.keycloak.tokenTTL").Problem("%d s is longer than a session, which ends after %d s and the token with it", k.Lives.AccessToken, longest))
	}
	if v.Platform.Versioned() && v.Otomi.HasExternalIDP && !rule.IsEntra(v.OIDC.Issuer) && top.At("oidc.usernameClaimMapper").Node.IsNull() {
		v.Warnings = append(v.Warnings, top.At("oidc.usernameClaimMapper").Problem("is not set: people get their names from %s, which only Entra ID sends", v.OIDC.UsernameClaimMapper))
	}
}

// deriveLives lets the two settings win over the generation's lives, but not over
// those that are set one by one.
func deriveLives(k *Keycloak, fallback platform.Lives) {
	if k.TokenTTL != fallback.AccessToken && k.Lives.AccessToken == fallback.AccessToken {
		k.Lives.AccessToken, k.Lives.ImplicitToken = k.TokenTTL, k.TokenTTL
	}
	if k.OfflineTTL != fallback.OfflineIdle && k.Lives.OfflineIdle == fallback.OfflineIdle {
		k.Lives.OfflineIdle, k.Lives.OfflineMax = k.OfflineTTL, k.OfflineTTL
	}
	k.Lives.OfflineMaxEnabled = k.OfflineMaxEnabled
}

// redirectURIs are those of the hosts that log in through the client.
func redirectURIs(v *Values, top tree.Cursor, suffix string) []string {
	rule := v.Platform.Hosts
	hosts := slices.Concat(rule.Fixed, rule.Apps)
	for _, id := range v.TeamIDs() {
		for _, app := range rule.TeamApps {
			hosts = append(hosts, app+"-"+id)
		}
	}
	if rule.Services {
		hosts = append(hosts, serviceHosts(v, top.Child("teamConfig"))...)
	}
	slices.Sort(hosts)
	var out []string
	for _, host := range slices.Compact(hosts) {
		out = append(out, "https://"+host+"."+suffix+"/*")
	}
	return out
}

// serviceHosts are <service>-<id>, and of team admin <service>.
func serviceHosts(v *Values, teams tree.Cursor) []string {
	var out []string
	for _, id := range append(v.TeamIDs(), PlatformTeam) {
		for _, item := range teams.Child(id).Child("services").Items() {
			name := item.Child("name")
			host := name.Node.ScalarText()
			switch {
			case rule.DNSLabel(host) != "":
				v.Warnings = append(v.Warnings, name.Problem("service %s %s: it gets no redirect URI", tree.Quote(host), rule.DNSLabel(host)))
			case id == PlatformTeam:
				out = append(out, host)
			default:
				out = append(out, host+"-"+id)
			}
		}
	}
	return out
}

func (o *OIDC) addGroup(p platform.Purpose, id string) {
	if id == "" {
		return
	}
	if o.GroupIDs == nil {
		o.GroupIDs = map[platform.Purpose]string{}
	}
	o.GroupIDs[p] = id
}

func trimSlash(address string) string { return strings.TrimRight(address, "/") }

func keycloakNeeds(v Values) []requirement {
	k := v.Apps.Keycloak
	return append(providerNeeds(v),
		address("apps.keycloak.address", k.Address == ""),
		address("apps.keycloak.hostnameURL", k.HostnameURL == ""),
		address("apps.keycloak.redirectURIs", k.RedirectURIs == nil),
		password("apps.keycloak.adminPassword", k.AdminPassword, "otomi.adminPassword", "KEYCLOAK_ADMIN_PASSWORD"),
		password("apps.keycloak.idp.clientSecret", k.ClientSecret, "KEYCLOAK_CLIENT_SECRET"))
}

func providerNeeds(v Values) []requirement {
	if !v.Otomi.HasExternalIDP {
		return nil
	}
	return []requirement{
		{path: "oidc.issuer", missing: v.OIDC.Issuer == "", others: []string{"IDP_OIDC_URL"}},
		{path: "oidc.clientID", missing: v.OIDC.ClientID == "", others: []string{"IDP_CLIENT_ID"}},
		password("oidc.clientSecret", v.OIDC.ClientSecret, "IDP_CLIENT_SECRET"),
	}
}
