package matrix

func harborRows() map[string]row {
	setting := func(first, second, effect string) row {
		return row{task: "harbor", first: "apps: {harbor: {" + first + "}}", second: "apps: {harbor: {" + second + "}}", effect: effect}
	}
	ends := func(r row, ends string) row { r.ends = ends; return r }
	return map[string]row{
		"apps.harbor.enabled":           ends(setting("", "enabled: false", "whether there is a Harbor"), idle),
		"apps.harbor.address":           ends(setting("", "address: 'http://127.0.0.1:1'", "which server"), failed),
		"apps.harbor.baseRepoURL":       setting("", "baseRepoURL: registry.example.com", "where pods pull from"),
		"apps.harbor.adminUsername":     ends(setting("", "adminUsername: nobody", "which account works"), unauthorized),
		"apps.harbor.adminPassword":     ends(setting("adminPassword: PASSWORD", "adminPassword: another", "which password logs in"), unauthorized),
		"apps.harbor.robotNamePrefix":   setting("", "robotNamePrefix: platform-", "the names of robot accounts"),
		"apps.harbor.robotDuration":     setting("", "robotDuration: 100", "how long a credential lives"),
		"apps.harbor.teamDefaults":      setting("teamDefaults: {autoScan: false}", "teamDefaults: {autoScan: true}", "what every team's project has"),
		"apps.harbor.oidc.endpoint":     setting("", "oidc: {endpoint: 'https://login.example.com/realms/x'}", "where people log in"),
		"apps.harbor.oidc.clientID":     setting("", "oidc: {clientID: registry}", "as which client"),
		"apps.harbor.oidc.clientSecret": setting("", "oidc: {clientSecret: another}", "with which secret"),
		"apps.harbor.oidc.verifyCert":   setting("", "oidc: {verifyCert: false}", "whether the certificate is checked"),
		"apps.harbor.oidc.userClaim":    setting("", "oidc: {userClaim: preferred_username}", "the names of people"),
		"apps.harbor.oidc.autoOnboard":  setting("", "oidc: {autoOnboard: false}", "whether a first login asks for a name"),
	}
}

func giteaRows() map[string]row {
	setting := func(first, second, effect string) row {
		return row{task: "gitea", first: "apps: {gitea: {" + first + "}}", second: "apps: {gitea: {" + second + "}}", effect: effect}
	}
	ends := func(r row, ends string) row { r.ends, r.forgets = ends, true; return r }
	return map[string]row{
		"apps.gitea.enabled":       ends(setting("", "enabled: false", "whether there is a Gitea"), idle),
		"apps.gitea.address":       ends(setting("", "address: 'http://127.0.0.1:1'", "which server"), failed),
		"apps.gitea.adminUsername": ends(setting("", "adminUsername: nobody", "which account works"), unauthorized),
		"apps.gitea.adminPassword": ends(setting("adminPassword: PASSWORD", "adminPassword: another", "which password logs in"), unauthorized),
		"apps.gitea.adminToken":    ends(setting("", "adminToken: abcdef0123456789abcdef0123456789abcdef01", "which token logs in"), unauthorized),
		"apps.gitea.owners":        setting("owners: []", "owners: [otomi-admin]", "who owns the organisation"),
		"apps.gitea.hooks":         setting("hooks: [{url: 'https://a.example.com'}]", "hooks: [{url: 'https://b.example.com'}]", "who is told of everything"),
		"apps.gitea.repos":         setting("repos: [{name: one}]", "repos: [{name: one}, {name: two}]", "which repositories there are"),
		"apps.drone.namespace":     {task: "gitea", second: "apps: {drone: {namespace: ci}}", effect: "where Drone finds its secret"},
	}
}

func droneRows() map[string]row {
	source := func(first, second string) row { // the oldest release has a Gitea where Drone builds from it
		return row{task: "gitea", also: "version: 15", first: "apps: {drone: {sourceControl: {" + first + "}}}", second: "apps: {drone: {sourceControl: {" + second + "}}}",
			ends: idle, effect: "whether Drone builds from this Gitea"}
	}
	setting := func(first, second, effect string) row {
		return row{task: "drone", first: "apps: {drone: {" + first + "}}", second: "apps: {drone: {" + second + "}}", effect: effect}
	}
	ends := func(r row, ends string) row { r.ends = ends; return r }
	return map[string]row{
		"apps.drone.enabled":                    ends(setting("", "enabled: false", "whether there is a Drone"), idle),
		"apps.drone.address":                    ends(setting("", "address: 'http://127.0.0.1:1'", "which server"), failed),
		"apps.drone.adminUser":                  ends(setting("", "adminUser: nobody", "whose token it is"), unauthorized),
		"apps.drone.adminToken":                 ends(setting("", "adminToken: another", "which token logs in"), unauthorized),
		"apps.drone.sourceControl.provider":     source("provider: gitea", "provider: github"),
		"apps.drone.sourceControl.gitea.server": source("gitea: {server: 'https://gitea.example.com'}", "gitea: {server: 'https://elsewhere.example.org'}"),
		"apps.drone.repos":                      setting("repos: [{name: otomi/values, timeout: 60}]", "repos: [{name: otomi/values, timeout: 90}]", "how repositories are built"),
		"apps.drone.secrets":                    setting("secrets: [{organisation: otomi, name: one, value: x}]", "secrets: [{organisation: otomi, name: two, value: x}]", "what pipelines may read"),
		"apps.drone.templates":                  setting("templates: [{organisation: otomi, name: a.yaml, data: x}]", "templates: [{organisation: otomi, name: a.yaml, data: y}]", "what pipelines share"),
	}
}

func teamRows() map[string]row {
	team := func(task, first, second, effect string) row {
		return row{task: task, first: "teamConfig: {a: {" + first + "}}", second: "teamConfig: {a: {" + second + "}}", effect: effect}
	}
	project := func(first, second, effect string) row {
		return team("harbor", "harbor: {"+first+"}", "harbor: {"+second+"}", effect)
	}
	const slug = "drone: {repos: [{name: otomi/app"
	unused := team("keycloak", "password: Team-pass-1", "password: Team-pass-2", "no task uses it: the platform's own tools do")
	unused.ends = idle
	return map[string]row{
		"teamConfig.<id>.password":         unused,
		"teamConfig.<id>.selfService.apps": team("gitea", "", "selfService: {apps: [gitea]}", "what a team may do in its repositories"),
		"teamConfig.<id>.users": team("keycloak", "users: [{username: ann, email: ann@example.com, initialPassword: Ann-pass-1}]",
			"users: [{username: ben, email: ben@example.com, initialPassword: Ben-pass-1}]", "who can log in"),
		"teamConfig.<id>.harbor":        project("", "public: true", "the team's project"),
		"teamConfig.<id>.gitea.members": team("gitea", "", "gitea: {members: [otomi-admin]}", "who is in the team"),
		"teamConfig.<id>.gitea.users":   team("gitea", "", "gitea: {users: [{username: bot, email: bot@example.com}]}", "which accounts there are"),
		"teamConfig.<id>.gitea.repos":   team("gitea", "", "gitea: {repos: [{name: app}]}", "which repositories there are"),
		"teamConfig.<id>.drone.repos":   team("drone", slug+"}]}", slug+", trusted: true}]}", "how repositories are built"),

		"teamConfig.<id>.harbor.storageQuota":      project("storageQuota: 1Gi", "storageQuota: 2Gi", "how much fits in"),
		"teamConfig.<id>.harbor.public":            project("", "public: true", "who may pull"),
		"teamConfig.<id>.harbor.autoScan":          project("autoScan: false", "autoScan: true", "whether images are scanned"),
		"teamConfig.<id>.harbor.autoSBOM":          project("autoSBOM: false", "autoSBOM: true", "whether a list of parts is made"),
		"teamConfig.<id>.harbor.preventVulnerable": project("preventVulnerable: false", "preventVulnerable: true", "whether a bad image can be pulled"),
		"teamConfig.<id>.harbor.severity":          project("severity: low", "severity: high", "what counts as bad"),
		"teamConfig.<id>.harbor.retention":         project("retention: {rules: [{keep: {latestPushed: 5}}]}", "retention: {rules: [{keep: {latestPushed: 6}}]}", "which images are kept"),
		"teamConfig.<id>.harbor.immutableTags":     project("immutableTags: [{tags: 'v*'}]", "immutableTags: [{tags: 'release-*'}]", "which tags cannot be written over"),
	}
}
