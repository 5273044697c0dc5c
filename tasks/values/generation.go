package values

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/tree"
)

// inCluster is a variable that Kubernetes sets in every pod.
const inCluster = "KUBERNETES_SERVICE_HOST"

// recognition is how the generation of the values is found, before anything is
// read as values.
type recognition struct {
	root      *tree.Node
	layout    platform.Layout
	teamFiles []string
	problems  tree.Problems
	warnings  tree.Problems
}

// generation returns what was asked for, else what the values say.
func (r *recognition) generation(asked string) (platform.Generation, int) {
	path := "version"
	if r.layout == platform.LayoutB {
		path = "versions.specVersion"
	}
	version, at := r.version(path)
	switch {
	case asked != "":
		g, err := platform.ByName(asked)
		if err != nil {
			r.problems = append(r.problems, tree.Problem{Path: "--platform", Message: err.Error()})
		}
		if at != nil && (version < g.From || g.To < version) {
			r.warn(at, path, "values version %d is of another release: read as %s, as asked", version, g)
		}
		return g, version
	case at != nil:
		return r.byVersion(version, at, path), version
	case r.layout == platform.LayoutB && len(r.problems) > 0: // which say what is wrong with it
	case r.layout == platform.LayoutB:
		r.problems = append(r.problems, tree.Problem{Path: path, Message: "is missing: want the values version in env/settings/versions.yaml"})
	case r.renamed():
		g := platform.ByVersion(renamedIn)
		r.warn(r.root.Get("oidc"), "oidc", "the names of the groups are those of APL 4.0 and later: read as %s; say the release with --platform", g)
		return g, 0
	}
	return platform.Unversioned(), 0
}

// renamedIn is the values version that gave the groups of administrators their
// names of today. Before it, the new ones have no other meaning.
const renamedIn = 30

func (r *recognition) renamed() bool {
	return given(r.root, "oidc.platformAdminGroupID") || given(r.root, "oidc.allTeamsAdminGroupID")
}

// version returns a whole number and where it is, nil for none. In our own files
// anything else is not the platform's version.
func (r *recognition) version(path string) (int, *tree.Node) {
	const most = 1_000_000
	rd := tree.Reader{}
	c := tree.Cursor{Reader: &rd, Node: r.root}.At(path)
	version := 0
	c.Number(&version, 0, most)
	if r.layout != platform.LayoutPlain {
		r.problems = append(r.problems, rd.Problems...)
	}
	if c.Node.IsNull() || len(rd.Problems) > 0 {
		return 0, nil
	}
	return version, c.Node
}

func (r *recognition) byVersion(version int, at *tree.Node, path string) platform.Generation {
	g := platform.Find(version, r.layout, r.teamFiles...)
	if r.renamed() && version < renamedIn && !given(r.root, "oidc.adminGroupID") {
		r.warn(r.root.Get("oidc"), "oidc", "the names of the groups are those of values version %d and later, and the version is %d", renamedIn, version)
		g = platform.Find(renamedIn, r.layout, r.teamFiles...)
	}
	switch {
	case version > platform.Newest:
		r.warn(at, path, "values version %d is newer than %d, the newest that is known: read as %s", version, platform.Newest, g)
	case version < platform.Oldest:
		r.warn(at, path, "values version %d is older than %d, the oldest that is supported: read as %s", version, platform.Oldest, g)
	case !g.Layout.Like(r.layout):
		r.problems = append(r.problems, at.At.Problem(path, "values version %d belongs to %s, and the folder has %s", version, g.Layout, r.layout))
	}
	return g
}

func (r *recognition) warn(at *tree.Node, path, format string, args ...any) {
	r.warnings = append(r.warnings, at.At.Problem(path, format, args...))
}

// groupSettings are the groups of the generation's administrators.
func groupSettings(v *Values) []setting {
	var out []setting
	for _, a := range v.Platform.Keycloak.Accesses {
		read := func(c tree.Cursor) {
			var id string
			if c.Trimmed().Text(&id); id != "" {
				v.OIDC.addGroup(a.Purpose, id)
			}
		}
		out = append(out, setting{path: "oidc." + a.GroupID, variables: a.Variables, reading: reading{textShape, read}})
	}
	return out
}

// checkNames refuses what another generation calls by another name: the same name
// has two meanings.
func checkNames(top tree.Cursor, env map[string]string, g platform.Generation) {
	settings, variables := platform.GroupIDs()
	var known []string
	for _, a := range g.Keycloak.Accesses {
		known = append(known, a.GroupID)
		variables = slices.DeleteFunc(variables, func(name string) bool { return slices.Contains(a.Variables, name) })
	}
	for _, name := range settings {
		if c := top.At("oidc." + name); !slices.Contains(known, name) && !c.Node.IsNull() {
			c.Fail("is not a setting of %s: want %s", g, strings.Join(known, ", "))
		}
	}
	for _, name := range variables {
		if env[name] != "" {
			top.Reader.Problems = append(top.Reader.Problems, tree.InVariable(name).Problem("", "is not a variable of %s: say the release with --platform", g))
		}
	}
	checkOldLayout(top)
}

// checkOldLayout refuses what the platform had before values version 2.
func checkOldLayout(top tree.Cursor) {
	if c := top.At("charts"); c.Node != nil && c.Node.Kind == tree.Mapping && top.Node.Get("apps") == nil {
		c.Fail("is the layout of Otomi before 0.15: want apps")
	}
	c := top.At("teamConfig.teams")
	if c.Node == nil || c.Node.Kind != tree.Mapping || len(c.Node.Fields) == 0 {
		return
	}
	own := []string{"id", "name", "oidc", "password", "selfService", "settings", "services", "users", "harbor", "gitea", "drone", "apps"}
	for _, f := range c.Node.Fields {
		if f.Value.Kind != tree.Mapping || slices.Contains(own, f.Name) {
			return
		}
	}
	c.Fail("is the layout of Otomi before 0.15: want teamConfig.<id>, without teams")
}

// sealed lays what the platform keeps in Secrets only below what files and
// variables say.
func (l *loader) sealed(ctx context.Context, root *tree.Node, g platform.Generation) (*tree.Node, error) {
	external := root.Get("otomi").Get("hasExternalIDP").ScalarText() == "true"
	for _, ref := range g.Secrets {
		needed := len(ref.Apps) == 0 || l.request.App == "" || slices.Contains(ref.Apps, l.request.App)
		if l.request.Secrets == nil || !needed || given(root, ref.Path) || ref.ExternalIDP && !external {
			continue
		}
		data, _, err := l.request.Secrets.Secret(ctx, ref.Namespace, ref.Name)
		if err != nil {
			return root, fmt.Errorf("reading %s: %w", ref, err)
		}
		if value := data[ref.Key]; !value.IsZero() {
			node := tree.NewScalar(tree.TagText, value.Reveal(), tree.InFile(ref.String()))
			root = tree.Merge(root, tree.Nest(node, strings.Split(ref.Path, ".")...))
		}
	}
	return root, nil
}
