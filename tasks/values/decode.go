package values

import (
	"strings"

	"otomi.io/tasks/tasks/platform"
)

// decode reads the tree. What it does not know is not ours and ignored.
func (r *reader) decode(root *node, limit map[string]bool, g platform.Generation) Values {
	v := defaults(g)
	top := cursor{reader: r, node: root}
	top.section("cluster").child("domainSuffix").text(&v.Cluster.DomainSuffix, domainName)
	otomi := top.section("otomi")
	otomi.child("hasExternalIDP").flag(&v.Otomi.HasExternalIDP)
	otomi.child("adminPassword").secret(&v.Otomi.AdminPassword)
	readOIDC(top.section("oidc"), &v.OIDC)
	readApps(top.section("apps"), &v.Apps)
	var all Team
	readTeamHarbor(top.child("apps").child("harbor").section("teamDefaults"), &all.Harbor)
	readTeams(top.section("teamConfig"), limit, all, v.Teams)
	readForge(top, &v)
	readBuilds(top, &v)
	derive(&v)
	return v
}

func readOIDC(c cursor, o *OIDC) {
	c.child("issuer").text(&o.Issuer, webAddress)
	c.child("clientID").text(&o.ClientID)
	c.child("clientSecret").secret(&o.ClientSecret)
	c.child("adminGroupID").text(&o.AdminGroupID)
	c.child("teamAdminGroupID").text(&o.TeamAdminGroupID)
	o.addGroup(platform.PlatformAdmin, o.AdminGroupID)
	o.addGroup(platform.AllTeamsAdmin, o.TeamAdminGroupID)
	c.child("usernameClaimMapper").claimTemplate(&o.UsernameClaimMapper)
	c.child("subClaimMapper").claimTemplate(&o.SubClaimMapper)
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

func readApps(c cursor, a *Apps) {
	readKeycloak(c.section("keycloak"), &a.Keycloak)
	readHarbor(c.section("harbor"), &a.Harbor)
	readGitea(c.section("gitea"), &a.Gitea)
	readDrone(c.section("drone"), &a.Drone)
	c.section("argocd").child("enabled").flag(&a.ArgoCD.Enabled)
}

func readKeycloak(c cursor, k *Keycloak) {
	c.child("address").text(&k.Address, webAddress)
	c.child("hostnameURL").text(&k.HostnameURL, webAddress)
	c.child("adminUsername").text(&k.AdminUsername)
	c.child("adminPassword").secret(&k.AdminPassword)
	readRealms(c, k)
	c.child("theme").text(&k.Theme)
	c.child("accountTheme").optional(&k.AccountTheme)
	c.child("emailTheme").optional(&k.EmailTheme)
	c.child("tokenTTL").number(&k.TokenTTL, 1, maxSeconds)
	c.child("offlineTTL").number(&k.OfflineTTL, 1, maxSeconds)
	c.child("offlineMaxEnabled").flag(&k.OfflineMaxEnabled)
	k.Lives.AccessToken, k.Lives.ImplicitToken = k.TokenTTL, k.TokenTTL
	k.Lives.OfflineIdle, k.Lives.OfflineMax, k.Lives.OfflineMaxEnabled = k.OfflineTTL, k.OfflineTTL, k.OfflineMaxEnabled
	c.child("redirectURIs").texts(&k.RedirectURIs, redirectURI)
	idp := c.section("idp")
	idp.child("alias").text(&k.IDP.Alias, word)
	idp.child("clientID").text(&k.ClientID, word, ownClient)
	idp.child("clientSecret").secret(&k.ClientSecret)
}

// readRealms keeps the platform's realm apart from the administrators', also
// where a database does not tell upper from lower case.
func readRealms(c cursor, k *Keycloak) {
	before := len(c.reader.problems)
	admin, own := c.child("adminRealm"), c.child("realm")
	admin.text(&k.AdminRealm, word, realmName)
	own.text(&k.Realm, word, realmName, notMaster)
	if len(c.reader.problems) > before || !strings.EqualFold(k.Realm, k.AdminRealm) {
		return
	}
	if own.node.isNull() || own.node.text == "" {
		admin.fail("%s is the platform's realm (apps.keycloak.realm), not the administrators'", quote(k.AdminRealm))
		return
	}
	own.fail("%s is the administrators' realm (apps.keycloak.adminRealm): the platform needs one of its own", quote(k.Realm))
}

func readGitea(c cursor, g *Gitea) {
	c.child("enabled").flag(&g.Enabled)
	c.child("address").text(&g.Address, webAddress)
	c.child("adminUsername").text(&g.AdminUsername, word)
	c.child("adminPassword").secret(&g.AdminPassword)
	c.child("adminToken").secret(&g.AdminToken)
}

func readDrone(c cursor, d *Drone) {
	c.child("enabled").flag(&d.Enabled)
	c.child("address").text(&d.Address, webAddress)
	c.child("adminUser").text(&d.AdminUser, word)
	c.child("adminToken").secret(&d.AdminToken)
	c.child("namespace").text(&d.Namespace, dnsName)
}

// readWait reads the options of the predecessor's readiness check. Those
// that make no sense with a backoff (factor, confirmations) are ignored.
func readWait(c cursor, w *Wait) {
	c.child("url").text(&w.URL, webAddress)
	c.child("host").text(&w.Host, hostAndPort)
	options := c.section("options")
	if options.child("retries").node != nil {
		w.Retries = new(int)
		options.child("retries").number(w.Retries, 0, maxSeconds)
	}
	options.child("status").number(&w.Status, 100, 599)
	options.child("minTimeout").milliseconds(&w.MinDelay)
	options.child("maxTimeout").milliseconds(&w.MaxDelay)
}
