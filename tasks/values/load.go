package values

import (
	"context"
	"fmt"
	"slices"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/sops"
	"otomi.io/tasks/tasks/values/tree"
)

// Load reads, merges, decrypts and validates the values. What is wrong with
// them comes back as Problems, all of it at once; any other error is the
// context's or the Remote's.
func Load(ctx context.Context, r Request) (Values, error) {
	if r.App != "" && !slices.ContainsFunc(applications(), func(a application) bool { return a.name == r.App }) {
		return Values{}, fmt.Errorf("loading values: unknown application %q", r.App)
	}
	e := environment{ctx: ctx, env: r.Env}
	l := loader{request: r, keys: sops.Keys{Env: r.Env}, root: e.base()}
	if err := l.load(ctx); err != nil {
		return Values{}, fmt.Errorf("loading values: %w", err)
	}
	v := defaults(platform.Unversioned())
	root, limit := e.teams(tree.Merge(l.root, e.overlay(settings(&v))))
	root = e.groups(root)
	wait := e.wait()

	rd := tree.Reader{Problems: slices.Concat(l.problems, e.problems)}
	complete := len(rd.Problems) == 0
	decode(tree.Cursor{Reader: &rd, Node: root}, limit, &v)
	readWait(tree.Cursor{Reader: &rd, Node: wait}, &v.Wait)
	v.ExtraCAFile = r.Env[extraCAVariable]
	// What is missing may be in what could not be read.
	if complete {
		require(&rd, root, v, r.App)
	}
	if len(rd.Problems) > 0 {
		return Values{}, rd.Problems.Sorted()
	}
	return v, nil
}

// defaults are the settings that do not depend on others.
func defaults(g platform.Generation) Values {
	return Values{
		Platform: g,
		OIDC:     OIDC{UsernameClaimMapper: g.OIDC.UsernameClaimMapper, SubClaimMapper: g.OIDC.SubClaimMapper},
		Apps: Apps{
			Keycloak: defaultKeycloak(g.Keycloak), Harbor: defaultHarbor(g.Harbor), Gitea: defaultGitea(g.Gitea), Drone: defaultDrone(g.Drone),
			ArgoCD: ArgoCD{Enabled: g.ArgoCD},
		},
		Teams: map[string]Team{},
	}
}

// sharedSettings belong to no application.
func sharedSettings(v *Values) []setting {
	return []setting{
		{path: "cluster.domainSuffix", reading: text(&v.Cluster.DomainSuffix, rule.DomainName)},
		{path: "otomi.hasExternalIDP", variables: []string{"FEAT_EXTERNAL_IDP"}, reading: flag(&v.Otomi.HasExternalIDP), fallback: "false"},
		{path: "otomi.adminPassword", reading: secret(&v.Otomi.AdminPassword)},
	}
}

// decode reads the tree over the defaults in v. What it does not know is left
// out.
func decode(top tree.Cursor, limit map[string]bool, v *Values) {
	readSettings(top, settings(v))
	checkRealms(top, v.Apps.Keycloak)
	var all Team
	readTeamHarbor(top.At("apps.harbor.teamDefaults"), &all.Harbor)
	readTeams(top.Section("teamConfig"), limit, all, v)
	readGiteaParts(top, v)
	readDroneBuilds(top, v)
	for _, app := range applications() {
		app.derive(v)
	}
}
