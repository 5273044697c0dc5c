package layout

import "otomi.io/tasks/tasks/platform"

// rows are the files of a layout that are read. Of the rows that a name fits the
// last counts; of what two files say the higher level wins, then the later name.
func rows(l platform.Layout) []row {
	switch l {
	case platform.LayoutA:
		return []row{
			{glob: "cluster.yaml", level: 1},
			{glob: "settings.yaml", level: 2},
			{glob: "teams.yaml", level: 3},
			{glob: "apps/**/*.yaml", level: 4},
			{glob: "teams/{services,users,harbor,gitea,drone}.*.yaml", within: "teamConfig.<id>.<type>", level: 5},
			{glob: "secrets.settings.yaml", level: 6},
			{glob: "secrets.users.yaml", level: 7},
			{glob: "secrets.teams.yaml", level: 8},
			{glob: "apps/**/secrets.*.yaml", level: 9},
		}
	case platform.LayoutB, platform.LayoutC:
		return []row{
			{glob: Versions, path: "versions", kind: "AplVersion"},
			{glob: "settings/cluster.yaml", path: "cluster", kind: "AplCluster"},
			{glob: "settings/*otomi.yaml", path: "otomi", kind: "AplCapabilitySet"},
			{glob: "settings/*oidc.yaml", path: "oidc", kind: "AplIdentityProvider"},
			{glob: "apps/{,secrets.}{keycloak,harbor,gitea,drone,argocd,cert-manager}.yaml", path: "apps.<base>", kind: "AplApp"},
			{glob: "users/*.yaml", path: "users", kind: "AplUser", item: true},
			{glob: "teams/*/*settings.yaml", path: "teamConfig.<team>.settings", kind: "AplTeamSettingSet"},
			{glob: "teams/*/services/*.yaml", path: "teamConfig.<team>.services", kind: "AplTeamService", item: true},
		}
	case platform.LayoutPlain:
	}
	return []row{
		{glob: "**/*.{yaml,yml}"},
		{glob: "teams/**/*.{yaml,yml}", within: "teamConfig"},
		{glob: "**/secrets.*.{yaml,yml}", level: 1},
		{glob: "teams/**/secrets.*.{yaml,yml}", within: "teamConfig", level: 1},
	}
}

// reasons name what is left out although its name might fit a row.
func reasons(l platform.Layout) []reason {
	helm := reason{"teams/**/{workloads,workloadValues}/**", "Helm values that a team writes itself"}
	switch l {
	case platform.LayoutA:
		return []reason{
			helm,
			{"{status,bootstrap,policies,secrets.license}.yaml", "no settings of ours"},
			{"databases/**", "databases of the platform"},
		}
	case platform.LayoutB, platform.LayoutC:
		return []reason{
			helm,
			{"manifests/**", "manifests of Kubernetes; the Secrets are read there"},
			{"teams/*/sealedsecrets/**", "manifests of Kubernetes that a team writes itself"},
			{"teams/*/{builds,codeRepos,netpols,policies,projects,backups,agents,knowledgebases,databases}/**", "parts of teams that are not ours"},
			{"teams/*/*apps.yaml", "parts of teams that are not ours"},
			{"{databases,catalogs}/**", "databases and catalogs of the platform"},
		}
	case platform.LayoutPlain:
	}
	return []reason{
		{"**/{workloads,workloadValues}/**", "Helm values that a team writes itself"},
		{"**/{charts,templates}/**", "charts and their templates"},
		{"**/sealedsecrets/**", "manifests of Kubernetes"},
	}
}
