package values

import (
	"math"
	"strings"

	"otomi.io/tasks/tasks/platform"
)

// maxSeconds is the longest life that Keycloak stores.
const maxSeconds = math.MaxInt32

// The first administrator, whom the platform makes itself.
const (
	firstAdminName  = "otomi-admin"
	firstAdminEmail = "admin@oto.mi"
)

// defaults are the settings that do not depend on others.
func defaults(g platform.Generation) Values {
	return Values{
		Platform: g,
		OIDC:     OIDC{UsernameClaimMapper: g.OIDC.UsernameClaimMapper, SubClaimMapper: g.OIDC.SubClaimMapper},
		Apps: Apps{
			Keycloak: Keycloak{
				AdminUsername:     g.Keycloak.AdminUsername,
				AdminRealm:        masterRealm,
				Realm:             "otomi",
				ClientID:          "otomi",
				Theme:             g.Keycloak.Theme,
				Lives:             g.Keycloak.Lives,
				TokenTTL:          g.Keycloak.Lives.AccessToken,
				OfflineTTL:        g.Keycloak.Lives.OfflineIdle,
				OfflineMaxEnabled: g.Keycloak.Lives.OfflineMaxEnabled,
				IDP:               IDP{Alias: "otomi-idp"},
			},
			Harbor: defaultHarbor(g.Harbor),
			Gitea:  Gitea{Enabled: g.Gitea.Enabled, AdminUsername: g.Gitea.AdminUsername},
			Drone:  Drone{Enabled: g.Drone.Enabled, AdminUser: g.Drone.AdminUser, Namespace: g.Drone.Namespace},
			ArgoCD: ArgoCD{Enabled: g.ArgoCD},
		},
		Teams: map[string]Team{},
	}
}

// derive fills in what follows from other settings and was not given.
func derive(v *Values) {
	fallBack(&v.Apps.Keycloak.AdminPassword, v.Otomi.AdminPassword)
	fallBack(&v.Apps.Harbor.AdminPassword, v.Otomi.AdminPassword)
	fallBack(&v.Apps.Gitea.AdminPassword, v.Otomi.AdminPassword)
	if suffix := v.Cluster.DomainSuffix; suffix != "" {
		deriveAddresses(&v.Apps, suffix, v.Platform.Hosts.Fixed)
	}
	deriveHarborOIDC(&v.Apps.Harbor.OIDC, v.Apps.Keycloak)
	for _, address := range []*string{
		&v.Apps.Keycloak.Address, &v.Apps.Keycloak.HostnameURL,
		&v.Apps.Harbor.Address, &v.Apps.Gitea.Address, &v.Apps.Drone.Address,
	} {
		*address = strings.TrimRight(*address, "/")
	}
}

func deriveAddresses(apps *Apps, suffix string, hosts []string) {
	setDefault(&apps.Keycloak.HostnameURL, "https://keycloak."+suffix)
	setDefault(&apps.Keycloak.Address, apps.Keycloak.HostnameURL)
	setDefault(&apps.Harbor.BaseRepoURL, "harbor."+suffix)
	setDefault(&apps.Harbor.Address, "https://harbor."+suffix)
	setDefault(&apps.Gitea.Address, "https://gitea."+suffix)
	setDefault(&apps.Drone.Address, "https://drone."+suffix)
	if apps.Keycloak.RedirectURIs == nil {
		for _, host := range hosts {
			apps.Keycloak.RedirectURIs = append(apps.Keycloak.RedirectURIs, "https://"+host+"."+suffix+"/*")
		}
	}
}

// deriveHarborOIDC lets Harbor log in through the platform's client.
func deriveHarborOIDC(oidc *HarborOIDC, keycloak Keycloak) {
	setDefault(&oidc.ClientID, keycloak.ClientID)
	fallBack(&oidc.ClientSecret, keycloak.ClientSecret)
	if keycloak.HostnameURL != "" {
		setDefault(&oidc.Endpoint, strings.TrimRight(keycloak.HostnameURL, "/")+"/realms/"+keycloak.Realm)
	}
}

func setDefault(into *string, value string) {
	if *into == "" {
		*into = value
	}
}

func fallBack(into *Secret, other Secret) {
	if into.IsZero() {
		*into = other
	}
}
