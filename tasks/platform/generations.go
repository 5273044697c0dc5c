package platform

import "slices"

// Each function below is the table of one generation: the one before it and what
// changed. The releases are those of the tags of the platform; values versions
// between those of two releases count to the later one.

// Unversioned is for values that belong to no release of the platform.
func Unversioned() Generation {
	return Generation{
		Name: "unversioned",
		Keycloak: Keycloak{
			AdminUsername: "admin", Theme: "otomi",
			Lives: Lives{AccessToken: 28800, ImplicitToken: 28800, OfflineIdle: 604800, OfflineMax: 604800, OfflineMaxEnabled: true},
			Accesses: []Access{
				{Purpose: PlatformAdmin, Role: "admin", Group: "otomi-admin", GroupID: "adminGroupID", Variables: []string{"IDP_GROUP_OTOMI_ADMIN"},
					Management: []string{"view-users", "manage-realm"}},
				{Purpose: AllTeamsAdmin, Role: "team-admin", Group: "team-admin", GroupID: "teamAdminGroupID", Variables: []string{"IDP_GROUP_TEAM_ADMIN"},
					Management: []string{"view-users", "manage-users"}},
			},
			TeamManagement:  []string{"view-users"},
			RoleDescription: "Created by Otomi",
			ClientMappers:   []string{"email"},
			FirstAdmin:      FirstAdmin{Username: "otomi-admin", Email: "admin@oto.mi", FirstName: "otomi", LastName: "admin"},
		},
		Harbor: Harbor{Enabled: true, AdminUsername: "admin", AdminGroup: "admin", MemberGroup: "team-admin", Scope: "openid,offline_access"},
		Gitea: Gitea{
			Enabled: true, AdminUsername: "otomi-admin", Repositories: []string{"charts", "values"},
			TeamPermission: "write", SelfServiceAdmin: true, DroneApplication: true,
			TeamUnits: []string{"repo.actions", "repo.code", "repo.issues", "repo.packages", "repo.projects", "repo.pulls", "repo.releases", "repo.wiki"},
		},
		Drone: Drone{Exists: true, Enabled: true, AdminUser: "otomi-admin", Namespace: "drone"},
		Hosts: Hosts{Fixed: []string{"argocd", "auth", "console", "drone", "gitea", "grafana", "harbor", "otomi"}},
		OIDC:  OIDC{UsernameClaimMapper: "${CLAIM.upn}", SubClaimMapper: "sub"},
	}
}

// otomi1 is Otomi 1.0 and 1.1; what is older is read like it, with a warning.
func otomi1() Generation {
	g := Unversioned()
	g.Name, g.Layout = "otomi-1.0", LayoutA
	g.First, g.Last, g.From, g.To = Release{1, 0}, Release{1, 1}, 15, 15
	g.Keycloak.AdminUsername, g.Keycloak.ThemeFixed = "otomi-admin", true
	g.Keycloak.ClusterAddress = "http://keycloak-http.keycloak"
	g.Keycloak.DisplayNameHTML = `<div class="kc-logo-text"><span>Otomi</span></div>`
	g.Keycloak.Lives.SSOIdle, g.Keycloak.Lives.SSOMax = 28800, 28800
	g.Keycloak.MappedTeams = true
	g.Harbor.Enabled, g.Harbor.ClusterAddress = false, "http://harbor-core.harbor"
	g.Harbor.AdminProject, g.Harbor.VerifyCertByIssuer = true, true
	g.Gitea.AdminTeam, g.Gitea.EnabledByDrone, g.Gitea.ClusterAddress = true, true, "http://gitea-http.gitea:3000"
	g.Gitea.TeamUnits = []string{"repo.code"}
	g.Drone.TokenFromPasswords = true
	g.Hosts = Hosts{
		Apps: []string{
			"alertmanager", "argocd", "drone", "falco", "gitea", "grafana", "harbor", "httpbin", "jaeger", "keycloak", "kiali", "kubeapps",
			"kubeclarity", "minio", "opencost", "otomi", "prometheus", "tekton", "thanos", "tty", "vault", "auth",
		},
		TeamApps: []string{"alertmanager", "grafana", "prometheus", "tekton"},
		Services: true,
	}
	g.TeamFiles = []string{"services", "external-secrets", "jobs", "workloads", "backups", "builds"}
	g.Secrets = jobSecrets()
	return g
}

// otomi20 is Otomi 2.0 and 2.1: Tekton takes over from Drone, which is off.
func otomi20() Generation {
	g := otomi1()
	g.Name, g.First, g.Last, g.From, g.To = "otomi-2.0", Release{2, 0}, Release{2, 1}, 16, 16
	g.Drone.Enabled = false
	g.Gitea.ValuesHook = "http://el-otomi-tekton-listener.otomi-pipelines.svc.cluster.local:8080"
	g.Hosts.remove("kubeapps", "kubeclarity")
	g.TeamFiles = append(g.TeamFiles, "netpols", "sealedsecrets")
	return g
}

// otomi22 is Otomi 2.2 to 2.11: Argo CD is on.
func otomi22() Generation {
	g := otomi20()
	g.Name, g.First, g.Last, g.From, g.To = "otomi-2.2", Release{2, 2}, Release{2, 11}, 17, 21
	g.ArgoCD = true
	g.Gitea.LoginSource = LoginSource{Name: "otomi-idp", AdminGroup: "team-admin"}
	g.Hosts.remove("falco")
	return g
}

// apl30 is APL 3.0.
func apl30() Generation {
	g := otomi22()
	g.Name, g.First, g.Last, g.From, g.To = "apl-3.0", Release{3, 0}, Release{3, 0}, 22, 29
	g.ArgoCDAlways = true
	g.Keycloak.Theme, g.Keycloak.DisplayNameHTML = "APL", `<div class="kc-logo-text"><span>APL</span></div>`
	g.Keycloak.RoleDescription, g.Keycloak.GroupsWithProvider = "Created by APL", true
	g.Keycloak.MappedTeams = false
	g.Harbor.ClusterAddress = "http://harbor-core.harbor:80"
	g.Harbor.Scope = "openid" // the operator writes it again and again
	g.Gitea.EnabledByDrone, g.Gitea.AlwaysEnabled, g.Gitea.DroneApplication = false, true, false
	g.Keycloak.Accesses[0].Variables = []string{"IDP_GROUP_OTOMI_ADMIN", "IDP_GROUP_apl_ADMIN"}
	g.Hosts.remove("opencost", "otomi", "thanos", "vault")
	g.Hosts.add("console")
	g.TeamFiles = append(g.TeamFiles, "policies")
	g.Secrets, g.Operators = operatorSecrets(), []string{"keycloak", "harbor", "gitea"}
	return g
}

// apl40 is APL 4.0 to 4.3: other names for the platform's own roles and groups,
// and people in the values.
func apl40() Generation {
	g := apl30()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.0", Release{4, 0}, Release{4, 3}, 30, 32
	g.Keycloak.Accesses = []Access{
		{Purpose: PlatformAdmin, Role: "platform-admin", Group: "platform-admin", GroupID: "platformAdminGroupID", Variables: []string{"IDP_GROUP_PLATFORM_ADMIN"},
			Management: []string{"view-users", "manage-realm"}},
		{Purpose: AllTeamsAdmin, Role: "all-teams-admin", Group: "all-teams-admin", GroupID: "allTeamsAdminGroupID", Variables: []string{"IDP_GROUP_ALL_TEAMS_ADMIN"},
			Management: []string{"view-users", "manage-users"}},
		{Purpose: TeamAdmin, Role: "team-admin", Group: "team-admin", GroupID: "teamAdminGroupID", Variables: []string{"IDP_GROUP_TEAM_ADMIN"},
			Management: []string{"view-users"}},
	}
	g.Keycloak.FormerGroups = map[string]Purpose{"otomi-admin": PlatformAdmin}
	g.Keycloak.UsersInValues = true
	g.Harbor.AdminGroup, g.Harbor.MemberGroup = "platform-admin", "all-teams-admin"
	g.Gitea.LoginSource.AdminGroup, g.Gitea.LoginSource.OwnersGroup = "platform-admin", "platform-admin"
	g.Hosts.add("thanos")
	g.Hosts.TeamApps = []string{"alertmanager", "grafana", "tekton"}
	g.TeamFiles = append(g.TeamFiles, "apps")
	return g
}

// apl44 is APL 4.4, whose values have the version of 4.2 and 4.3, or that of 4.5
// in the older layout: an organisation for each team.
func apl44() Generation {
	g := apl40()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.4", Release{4, 4}, Release{4, 4}, 32, 33
	g.Gitea.TeamOrganizations, g.Gitea.TeamPermission, g.Gitea.SelfServiceAdmin = true, "admin", false
	g.Gitea.LoginSource.TeamOwners = true
	g.Hosts.add("api")
	g.TeamFiles = append(g.TeamFiles, "coderepos")
	return g
}

// apl45 is APL 4.5 and 4.6: layout B, and short sessions.
func apl45() Generation {
	g := apl44()
	g.Name, g.Layout, g.First, g.Last, g.From, g.To = "apl-4.5", LayoutB, Release{4, 5}, Release{4, 6}, 33, 39
	g.TeamFiles = nil
	g.Keycloak.ClusterAddress = "" // 4.6 has another one than 4.5
	g.Keycloak.Lives = Lives{
		SSOIdle: 1800, SSOMax: 86400, AccessToken: 60, ImplicitToken: 1800,
		OfflineIdle: 1800, OfflineMax: 604800, OfflineMaxEnabled: true,
	}
	g.Gitea.BuildHooks = true
	return g
}

// apl47 is APL 4.7 and 4.8.
func apl47() Generation {
	g := apl45()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.7", Release{4, 7}, Release{4, 8}, 40, 43
	g.Keycloak.ClusterAddress = "http://keycloak.keycloak.svc.cluster.local"
	g.Keycloak.ClientMappers = []string{"email", "sub", "aud-mapper-otomi", "nickname"}
	g.Keycloak.UnmanagedAttributes, g.Keycloak.Nickname = "ADMIN_EDIT", true
	g.Harbor.PrimaryAuthMode = new(true)
	return g
}

// apl49 is APL 4.9 to 4.12, the last with Drone.
func apl49() Generation {
	g := apl47()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.9", Release{4, 9}, Release{4, 12}, 44, 44
	g.Keycloak.ClusterAddress = "" // 4.12 has another one than the rest
	g.Hosts.add("kubeflow-pipelines")
	return g
}

// apl413 is APL 4.13 and 4.14.
func apl413() Generation {
	g := apl49()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.13", Release{4, 13}, Release{4, 14}, 45, 49
	g.Keycloak.ClusterAddress = "http://keycloak-keycloakx-http.keycloak.svc.cluster.local"
	g.Drone = Drone{}
	g.Hosts.remove("drone", "httpbin", "jaeger", "kiali")
	return g
}

// apl415 is APL 4.15 to 5.1.
func apl415() Generation {
	g := apl413()
	g.Name, g.First, g.Last, g.From, g.To = "apl-4.15", Release{4, 15}, Release{5, 1}, 50, 61
	g.Keycloak.Accesses[0].Management = []string{"view-users", "manage-realm", "manage-users"}
	g.Harbor.SecretIsTruth = true
	g.Gitea.Repositories, g.Gitea.AlwaysEnabled, g.Gitea.AdminFromGit = []string{"values"}, false, true
	g.Hosts.remove("minio", "thanos")
	return g
}

// apl60 is APL 6.0 to 6.2: secrets are in Kubernetes only.
func apl60() Generation {
	g := apl415()
	g.Name, g.Layout, g.First, g.Last, g.From, g.To = "apl-6.0", LayoutC, Release{6, 0}, Release{6, 2}, 62, 71
	g.Keycloak.ClientMappers = append(g.Keycloak.ClientMappers, "name")
	g.Keycloak.ProfileAttributes = []string{"username", "email", "firstName", "lastName"}
	g.Keycloak.FirstAdmin.FirstName, g.Keycloak.FirstAdmin.LastName = "Admin", "User"
	g.Keycloak.UsersInValues, g.Keycloak.UsersNamespace = false, "apl-users"
	g.Gitea.Enabled, g.Gitea.AdminFromGit, g.Gitea.OwnPassword = false, false, true
	g.Secrets, g.AdminTeamAlways = aplSecrets(), true
	g.Hosts.remove("auth")
	g.Hosts.Services = false
	return g
}

// aplSecrets are those of APL 6 that a task of ours needs. The administrators of
// Keycloak and Harbor have the password of otomi-secrets, not of their own.
func aplSecrets() []SecretRef {
	const namespace = "apl-secrets"
	return []SecretRef{
		{Path: "otomi.adminPassword", Namespace: namespace, Name: "otomi-secrets", Key: "adminPassword", Apps: []string{"keycloak", "harbor"}},
		{Path: "apps.keycloak.idp.clientSecret", Namespace: namespace, Name: "keycloak-secrets", Key: "idp_clientSecret", Apps: []string{"keycloak", "harbor", "gitea"}},
		{Path: "apps.gitea.adminPassword", Namespace: namespace, Name: "gitea-secrets", Key: "adminPassword", Apps: []string{"gitea"}},
		{Path: "oidc.clientSecret", Namespace: namespace, Name: "oidc-secrets", Key: "clientSecret", Apps: []string{"keycloak"}, ExternalIDP: true},
		{Path: "oidc.clientID", Namespace: namespace, Name: "oidc-secrets", Key: "clientID", Apps: []string{"keycloak"}, ExternalIDP: true},
	}
}

// jobSecrets are those of the jobs that Otomi runs in one namespace, by its
// variables' names.
func jobSecrets() []SecretRef {
	const namespace = "maintenance"
	return []SecretRef{
		{Path: "apps.keycloak.adminPassword", Namespace: namespace, Name: "job-keycloak", Key: "KEYCLOAK_ADMIN_PASSWORD", Apps: []string{"keycloak"}},
		{Path: "apps.keycloak.idp.clientSecret", Namespace: namespace, Name: "job-keycloak", Key: "KEYCLOAK_CLIENT_SECRET", Apps: []string{"keycloak"}},
		{Path: "oidc.clientSecret", Namespace: namespace, Name: "job-keycloak", Key: "IDP_CLIENT_SECRET", Apps: []string{"keycloak"}, ExternalIDP: true},
		{Path: "oidc.clientID", Namespace: namespace, Name: "job-keycloak", Key: "IDP_CLIENT_ID", Apps: []string{"keycloak"}, ExternalIDP: true},
		{Path: "apps.harbor.adminPassword", Namespace: namespace, Name: "job-harbor", Key: "HARBOR_PASSWORD", Apps: []string{"harbor"}},
		{Path: "apps.keycloak.idp.clientSecret", Namespace: namespace, Name: "job-harbor", Key: "OIDC_CLIENT_SECRET", Apps: []string{"harbor"}},
		{Path: "apps.gitea.adminPassword", Namespace: namespace, Name: "job-gitea-prepare", Key: "GITEA_PASSWORD", Apps: []string{"gitea", "drone"}},
	}
}

// operatorSecrets are those of APL's operators, each in its own namespace.
func operatorSecrets() []SecretRef {
	const keycloak, harbor, gitea = "apl-keycloak-operator", "apl-harbor-operator", "apl-gitea-operator"
	return []SecretRef{
		{Path: "apps.keycloak.adminPassword", Namespace: keycloak, Name: keycloak + "-secret", Key: "KEYCLOAK_ADMIN_PASSWORD", Apps: []string{"keycloak"}},
		{Path: "apps.keycloak.idp.clientSecret", Namespace: keycloak, Name: keycloak + "-secret", Key: "KEYCLOAK_CLIENT_SECRET", Apps: []string{"keycloak"}},
		{Path: "oidc.clientSecret", Namespace: keycloak, Name: keycloak + "-secret", Key: "IDP_CLIENT_SECRET", Apps: []string{"keycloak"}, ExternalIDP: true},
		{Path: "oidc.clientID", Namespace: keycloak, Name: keycloak + "-secret", Key: "IDP_CLIENT_ID", Apps: []string{"keycloak"}, ExternalIDP: true},
		{Path: "apps.harbor.adminPassword", Namespace: harbor, Name: harbor + "-secret", Key: "harborPassword", Apps: []string{"harbor"}},
		{Path: "apps.keycloak.idp.clientSecret", Namespace: harbor, Name: harbor + "-secret", Key: "oidcClientSecret", Apps: []string{"harbor"}},
		{Path: "apps.gitea.adminPassword", Namespace: gitea, Name: gitea + "-secret", Key: "giteaPassword", Apps: []string{"gitea", "drone"}},
	}
}

// Generations lists those of the platform, from the oldest.
func Generations() []Generation {
	return []Generation{
		otomi1(), otomi20(), otomi22(), apl30(), apl40(), apl44(), apl45(), apl47(), apl49(), apl413(), apl415(), apl60(),
	}
}

func (h *Hosts) add(apps ...string) { h.Apps = append(h.Apps, apps...) }

func (h *Hosts) remove(apps ...string) {
	h.Apps = slices.DeleteFunc(h.Apps, func(app string) bool { return slices.Contains(apps, app) })
}
