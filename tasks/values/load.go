package values

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	known := recognition{root: l.root, layout: l.layout, teamFiles: l.teamFiles}
	g, version := known.generation(r.Platform)
	v := defaults(g, r.Env[inCluster] != "")
	v.Version, v.Unread, v.Warnings, v.ExtraCAFile = version, l.unread, known.warnings, r.Env[extraCAVariable]

	root, limit := e.teams(tree.Merge(l.root, e.overlay(settings(&v))))
	root, err := l.fromCluster(ctx, e.groups(root), &v)
	if err != nil {
		return Values{}, fmt.Errorf("loading values: %w", err)
	}
	wait := e.wait()
	v.Unused = unused(root, &v)
	rd := tree.Reader{Problems: slices.Concat(l.problems, known.problems, e.problems)}
	complete := len(rd.Problems) == 0
	top := tree.Cursor{Reader: &rd, Node: root}
	checkNames(top, r.Env, g)
	decode(top, limit, &v)
	readWait(tree.Cursor{Reader: &rd, Node: wait}, &v.Wait)
	// What is missing may be in what could not be read.
	if complete {
		require(&rd, root, v, r.App)
	}
	if len(rd.Problems) > 0 {
		return Values{}, rd.Problems.Sorted()
	}
	return v, nil
}

// fromCluster adds what only Kubernetes has.
func (l *loader) fromCluster(ctx context.Context, root *tree.Node, v *Values) (*tree.Node, error) {
	root, err := l.sealed(ctx, root, v.Platform)
	if err != nil || v.Platform.Keycloak.UsersNamespace == "" || l.request.App != "" && l.request.App != AppKeycloak {
		return root, err
	}
	if l.request.Secrets == nil || l.request.WithoutUsers {
		v.UsersUnread = true
		v.Warnings = append(v.Warnings, tree.Problem{Path: "users",
			Message: "the users are Secrets in namespace " + v.Platform.Keycloak.UsersNamespace + ", which cannot be read from here: they are left as they are"})
		return root, nil
	}
	return l.sealedUsers(ctx, root, v.Platform)
}

// defaults are the settings that do not depend on others.
func defaults(g platform.Generation, cluster bool) Values {
	v := Values{
		Platform: g,
		OIDC:     OIDC{UsernameClaimMapper: g.OIDC.UsernameClaimMapper, SubClaimMapper: g.OIDC.SubClaimMapper},
		Apps: Apps{
			Keycloak: defaultKeycloak(g.Keycloak), Harbor: defaultHarbor(g.Harbor), Gitea: defaultGitea(g.Gitea), Drone: defaultDrone(g.Drone),
			ArgoCD: ArgoCD{Enabled: g.ArgoCD},
		},
		Teams: map[string]Team{},
	}
	if cluster {
		v.Apps.Keycloak.Address, v.Apps.Harbor.Address, v.Apps.Gitea.Address = g.Keycloak.ClusterAddress, g.Harbor.ClusterAddress, g.Gitea.ClusterAddress
	}
	return v
}

// sharedSettings belong to no application.
func sharedSettings(v *Values) []setting {
	return []setting{
		{path: "cluster.domainSuffix", reading: text(&v.Cluster.DomainSuffix, rule.DomainName)},
		{path: "otomi.hasExternalIDP", variables: []string{"FEAT_EXTERNAL_IDP"}, reading: flag(&v.Otomi.HasExternalIDP), fallback: "false"},
		{path: "otomi.adminPassword", reading: secret(&v.Otomi.AdminPassword)},
		{path: "users", variables: []string{"USERS"}, reading: reading{shape: structureShape}, fallback: "only for a release of the platform"},
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
	if v.Platform.AdminTeamAlways && v.AdminTeam == nil {
		v.AdminTeam = &all
	}
	readGiteaParts(top, v)
	readDroneBuilds(top, v)
	readPlatformUsers(top.Child("users"), v)
	for _, app := range applications() {
		app.derive(v, top)
	}
}

// unused lists the settings of our applications that nothing reads. One that is
// near a known name is a warning, too.
func unused(root *tree.Node, v *Values) []string {
	known := map[string][]string{}
	for _, s := range settings(v) {
		for _, path := range append(s.aliases, s.path) {
			parts := strings.Split(path, ".")
			for i := 1; i < len(parts); i++ {
				section := strings.Join(parts[:i], ".")
				known[section] = append(known[section], parts[i])
			}
		}
	}
	var out []string
	for _, section := range slices.Sorted(maps.Keys(known)) {
		at := tree.Cursor{Node: root}.At(section)
		if at.Node == nil || section == "apps" || section == "otomi" || section == "cluster" {
			continue
		}
		for _, f := range at.Node.Fields {
			if slices.Contains(known[section], f.Name) {
				continue
			}
			out = append(out, tree.Join(section, f.Name))
			if near := tree.Near(f.Name, known[section]); near != "" {
				v.Warnings = append(v.Warnings, f.At.Problem(tree.Join(section, f.Name), "is not read: did you mean %s?", near))
			}
		}
	}
	return out
}
