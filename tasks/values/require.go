package values

import (
	"slices"
	"strings"
)

// requirement is a setting that an application cannot do without.
type requirement struct {
	path    string
	missing bool
	// others are what may be given instead.
	others []string
}

// require reports what the application lacks. What was given and is wrong
// has been reported already and does not count as missing.
func (r *reader) require(root *node, v Values, app string) {
	if v.Cluster.DomainSuffix == "" {
		lost := slices.DeleteFunc(addresses(v, app), func(path string) bool { return given(root, path) })
		if len(lost) > 0 {
			r.missing(root, requirement{path: "cluster.domainSuffix", others: []string{strings.Join(lost, " and ")}})
		}
	}
	for _, need := range requirements(v, app) {
		if need.missing {
			r.missing(root, need)
		}
	}
}

// given says whether the tree has something at a dotted path.
func given(root *node, path string) bool {
	n := root
	for name := range strings.SplitSeq(path, ".") {
		n = n.get(name)
	}
	return !n.isNull() && (n.kind != scalar || n.text != "")
}

// missing blames the innermost mapping that is there.
func (r *reader) missing(root *node, need requirement) {
	for _, path := range append([]string{need.path}, need.others...) {
		if given(root, path) {
			return
		}
	}
	message := "is missing"
	if len(need.others) > 0 {
		message = "is missing: set it, or " + strings.Join(need.others, ", or ")
	}
	r.problems = append(r.problems, innermost(root, need.path).problem(need.path, "%s", message))
}

// innermost returns the place of the last mapping on a dotted path that came
// from a file; none where there is only the top.
func innermost(root *node, path string) position {
	var at position
	n := root
	for name := range strings.SplitSeq(path, ".") {
		n = n.get(name)
		if n.isNull() || n.at.isVariable() {
			break
		}
		at = n.at
	}
	return at
}

// addresses lists what the domain suffix would have given.
func addresses(v Values, app string) []string {
	keycloak, harbor := v.Apps.Keycloak, v.Apps.Harbor
	var missing []string
	add := func(path string, absent bool) {
		if absent {
			missing = append(missing, path)
		}
	}
	switch app {
	case AppKeycloak:
		add("apps.keycloak.address", keycloak.Address == "")
		add("apps.keycloak.hostnameURL", keycloak.HostnameURL == "")
		add("apps.keycloak.redirectURIs", keycloak.RedirectURIs == nil)
	case AppHarbor:
		add("apps.harbor.address", harbor.Address == "")
		add("apps.harbor.baseRepoURL", harbor.BaseRepoURL == "")
		add("apps.harbor.oidc.endpoint", harbor.OIDC.Endpoint == "")
	case AppGitea:
		add("apps.gitea.address", v.Apps.Gitea.Address == "")
		add("apps.drone.address", v.Apps.Drone.Address == "" && v.Apps.Drone.Enabled)
	case AppDrone:
		add("apps.drone.address", v.Apps.Drone.Address == "")
	}
	return missing
}

// requirements lists the credentials of an application; one that is switched
// off needs none.
func requirements(v Values, app string) []requirement {
	apps := v.Apps
	switch {
	case app == AppKeycloak:
		return append(brokerRequirements(v),
			password("apps.keycloak.adminPassword", apps.Keycloak.AdminPassword, "otomi.adminPassword", "KEYCLOAK_ADMIN_PASSWORD"),
			password("apps.keycloak.idp.clientSecret", apps.Keycloak.ClientSecret, "KEYCLOAK_CLIENT_SECRET"))
	case app == AppHarbor && apps.Harbor.Enabled:
		return []requirement{
			password("apps.harbor.adminPassword", apps.Harbor.AdminPassword, "otomi.adminPassword", "HARBOR_PASSWORD"),
			password("apps.harbor.oidc.clientSecret", apps.Harbor.OIDC.ClientSecret, "apps.keycloak.idp.clientSecret", "OIDC_CLIENT_SECRET"),
		}
	case app == AppGitea && apps.Gitea.Enabled && apps.Gitea.AdminToken.IsZero():
		return []requirement{password("apps.gitea.adminPassword", apps.Gitea.AdminPassword, "otomi.adminPassword", "GITEA_PASSWORD", "apps.gitea.adminToken")}
	case app == AppDrone && apps.Drone.Enabled:
		return []requirement{password("apps.drone.adminToken", apps.Drone.AdminToken, "DRONE_TOKEN")}
	}
	return nil
}

func password(path string, given Secret, others ...string) requirement {
	return requirement{path: path, missing: given.IsZero(), others: others}
}

// brokerRequirements are those of an external identity provider.
func brokerRequirements(v Values) []requirement {
	if !v.Otomi.HasExternalIDP {
		return nil
	}
	return []requirement{
		{path: "oidc.issuer", missing: v.OIDC.Issuer == "", others: []string{"IDP_OIDC_URL"}},
		{path: "oidc.clientID", missing: v.OIDC.ClientID == "", others: []string{"IDP_CLIENT_ID"}},
		password("oidc.clientSecret", v.OIDC.ClientSecret, "IDP_CLIENT_SECRET"),
	}
}
