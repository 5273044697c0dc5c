package values

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/typo"
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
	if r.Origins != "" {
		v.Origins = originsOf(root, &v, r.Origins)
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

// ofOurs says whether a section belongs to an application that a task looks after.
func ofOurs(section string) bool {
	return section == "oidc" || slices.ContainsFunc(applications(), func(a application) bool {
		return strings.HasPrefix(section+".", "apps."+a.name+".")
	})
}

// unused lists the settings of our applications that nothing reads, but for
// what only its chart reads. One that is near a known name is a warning, too.
func unused(root *tree.Node, v *Values) []string {
	known := map[string][]string{}
	for _, s := range settings(v) {
		for _, path := range append(s.aliases, s.path) {
			parts := strings.Split(path, ".")
			for i := 1; i < len(parts); i++ {
				section := strings.Join(parts[:i], ".")
				if ignored := s.variableOnly && i == len(parts)-1; !ignored {
					known[section] = append(known[section], parts[i])
				}
			}
		}
	}
	var out []string
	for _, section := range slices.Sorted(maps.Keys(known)) {
		at := tree.Cursor{Node: root}.At(section)
		if at.Node == nil || !ofOurs(section) {
			continue
		}
		for _, f := range at.Node.Fields {
			if slices.Contains(known[section], f.Name) || slices.Contains([]string{"resources", "_rawValues", "autoscaling", "image"}, f.Name) {
				continue
			}
			if !f.At.IsVariable() {
				out = append(out, tree.Join(section, f.Name))
			}
			if near := typo.Near(f.Name, known[section]); near != "" {
				v.Warnings = append(v.Warnings, f.At.Problem(tree.Join(section, f.Name), "is not read: did you mean %s?", near))
			}
		}
	}
	return out
}

// loader reads sources and lays one over the other.
type loader struct {
	request  Request
	keys     sops.Keys
	root     *tree.Node
	problems tree.Problems
	stdin    bool // already read
	layout   platform.Layout
	unread   []Unread
	// teamFiles are the parts of teams that layout A has a file for.
	teamFiles []string
}

func (l *loader) fail(file, format string, args ...any) {
	l.problems = append(l.problems, tree.Problem{File: file, Message: fmt.Sprintf(format, args...)})
}

// load reads every source. Its error is that of the context or of the remote.
func (l *loader) load(ctx context.Context) error {
	for _, source := range l.request.Sources {
		if err := l.source(ctx, source); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) source(ctx context.Context, source string) error {
	switch {
	case source == "-":
		return l.standardInput(ctx)
	case strings.HasPrefix(source, gitPrefix):
		return l.repository(ctx, source)
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		l.fail(source, "reading: %s", tree.Reason(err))
	case info.IsDir():
		return l.directory(ctx, source)
	default:
		return l.file(ctx, source)
	}
	return nil
}

func (l *loader) standardInput(ctx context.Context) error {
	if l.stdin || l.request.Stdin == nil {
		l.fail("-", "there is no standard input, or it is named twice")
		return nil
	}
	l.stdin = true
	data, err := tree.ReadAll(ctx, l.request.Stdin)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		l.fail("-", "reading: %s", tree.Reason(err))
		return nil
	}
	l.single(ctx, "-", data)
	return context.Cause(ctx)
}

func (l *loader) file(ctx context.Context, name string) error {
	data, err := tree.ReadFile(ctx, name)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		l.fail(name, "reading: %s", tree.Reason(err))
		return nil
	}
	l.single(ctx, name, data)
	return context.Cause(ctx)
}

// single reads a file that is a source of its own.
func (l *loader) single(ctx context.Context, name string, data []byte) {
	l.add(l.parse(ctx, name, data), name)
}

// add lays a file with full paths over what there is.
func (l *loader) add(root *tree.Node, name string) {
	if kind := root.Get("kind").ScalarText(); kind != "" && root.Get("spec") != nil {
		l.fail(name, "is a document of kind %s, not a file of values: %s", tree.Quote(kind), wantsFolder)
		return
	}
	l.merge(root)
}

const wantsFolder = "values of APL 4.5 and later are read from the folder that holds env/settings/versions.yaml"

func (l *loader) merge(root *tree.Node) {
	if root != nil {
		l.root = tree.Merge(l.root, root)
	}
}

// lfsPointer begins what Git has in the place of a large file.
const lfsPointer = "version https://git-lfs.github.com/spec/"

// parse returns the decrypted content of a file, nil for none.
func (l *loader) parse(ctx context.Context, name string, data []byte) *tree.Node {
	if bytes.HasPrefix(data, []byte(lfsPointer)) {
		l.fail(name, "is a Git LFS pointer, not the file itself: fetch it with git lfs pull")
		return nil
	}
	root, problems := tree.Parse(name, data)
	if root != nil {
		root, problems = sops.Decrypt(ctx, root, &l.keys)
	}
	l.problems = append(l.problems, problems...)
	return root
}
