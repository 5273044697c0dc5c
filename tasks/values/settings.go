package values

import (
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/tree"
)

// The applications whose requirements Load can check.
const (
	AppKeycloak = "keycloak"
	AppHarbor   = "harbor"
	AppGitea    = "gitea"
	AppDrone    = "drone"
)

// application is what the values know of one application.
type application struct {
	name string
	// settings are its own, bound to the Values that they are read into.
	settings func(*Values) []setting
	// derive fills in what follows from other settings and was not given.
	derive func(*Values, tree.Cursor)
	// needs lists what it cannot do without.
	needs func(Values) []requirement
}

// applications is where one is switched on. What one derives may rest on an
// earlier one.
func applications() []application {
	return []application{
		{AppKeycloak, keycloakSettings, deriveKeycloak, keycloakNeeds},
		{AppHarbor, harborSettings, deriveHarbor, harborNeeds},
		{AppGitea, giteaSettings, deriveGitea, giteaNeeds},
		{AppDrone, droneSettings, deriveDrone, droneNeeds},
	}
}

// settings are all but those of the teams.
func settings(v *Values) []setting {
	out := sharedSettings(v)
	for _, app := range applications() {
		out = append(out, app.settings(v)...)
	}
	return out
}

// setting is all about one setting. Its row in the package comment is made of it.
type setting struct {
	path string // dotted
	// aliases are other names that the platform has for it.
	aliases []string
	// variables stand for it, a later one before an earlier one.
	variables []string
	reading
	// fallback says in the documentation what it is without a value.
	fallback string
	// variableOnly ignores what files say.
	variableOnly bool
}

// reading is how a value is read and what its variables hold.
type reading struct {
	shape shape
	read  func(tree.Cursor)
}

// shape is how the text of a variable is read.
type shape int

const (
	textShape shape = iota
	credentialShape
	numberShape
	flagShape
	structureShape // JSON
)

func text(into *string, rules ...tree.Rule) reading {
	return reading{textShape, func(c tree.Cursor) { c.Trimmed().Text(into, rules...) }}
}

func optional(into **string, rules ...tree.Rule) reading {
	return reading{textShape, func(c tree.Cursor) { c.Optional(into, rules...) }}
}

func secret(into *Secret) reading {
	return reading{credentialShape, func(c tree.Cursor) { c.Secret(into) }}
}

func flag(into *bool) reading { return reading{flagShape, func(c tree.Cursor) { c.Flag(into) }} }

func optionalFlag(into **bool) reading {
	return reading{flagShape, func(c tree.Cursor) { c.OptionalFlag(into) }}
}

func number(into *int, low, high int) reading {
	return reading{numberShape, func(c tree.Cursor) { c.Number(into, low, high) }}
}

func texts(into *[]string, rules ...tree.Rule) reading {
	return reading{structureShape, func(c tree.Cursor) { c.Texts(into, rules...) }}
}

// structure is read by a function of its own.
func structure(read func(tree.Cursor)) reading { return reading{structureShape, read} }

// readSettings reads every setting below c.
func readSettings(c tree.Cursor, all []setting) {
	checkSections(c, all)
	for _, s := range all {
		if s.read == nil {
			continue
		}
		at := c.At(s.path)
		for _, alias := range s.aliases {
			if at.Node.IsNull() {
				at = c.At(alias)
			}
		}
		if !s.variableOnly || at.Node != nil && at.Node.At.IsVariable() {
			s.read(at)
		}
	}
}

// checkSections reports once what should be a mapping and is not.
func checkSections(c tree.Cursor, all []setting) {
	seen := map[string]bool{}
	for _, s := range all {
		path := ""
		at := c
		parts := strings.Split(s.path, ".")
		for _, name := range parts[:len(parts)-1] {
			path = tree.Join(path, name)
			if seen[path] {
				at = at.Child(name)
				continue
			}
			seen[path], at = true, at.Section(name)
		}
	}
}

// names lists the paths of settings.
func names(all []setting) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.path
	}
	return out
}

// unmanaged is what a setting is that leaves the server as it is.
const unmanaged = "unmanaged"

// requirement is a setting that an application cannot do without.
type requirement struct {
	path    string
	missing bool
	// others are what may be given instead.
	others []string
	// bySuffix says that cluster.domainSuffix would have given it.
	bySuffix bool
	// secret is where the platform keeps it.
	secret platform.SecretRef
}

// require reports what the application lacks. What was given and is invalid has
// been reported already and does not count as missing.
func require(r *tree.Reader, root *tree.Node, v Values, app string) {
	i := slices.IndexFunc(applications(), func(a application) bool { return a.name == app })
	if i < 0 {
		return
	}
	var bySuffix []string
	for _, need := range applications()[i].needs(v) {
		switch {
		case need.missing && !need.bySuffix:
			need.secret = v.Platform.Secret(append(need.others, need.path)...)
			missing(r, root, need)
		case need.missing && !given(root, need.path):
			bySuffix = append(bySuffix, need.path)
		}
	}
	if len(bySuffix) > 0 && v.Cluster.DomainSuffix == "" {
		missing(r, root, requirement{path: "cluster.domainSuffix", others: []string{strings.Join(bySuffix, " and ")}})
	}
}

// given says whether the tree has something at a dotted path.
func given(root *tree.Node, path string) bool {
	n := root
	for name := range strings.SplitSeq(path, ".") {
		n = n.Get(name)
	}
	return !n.IsNull() && (n.Kind != tree.Scalar || n.Text != "")
}

// missing blames the innermost mapping that is there.
func missing(r *tree.Reader, root *tree.Node, need requirement) {
	for _, path := range append([]string{need.path}, need.others...) {
		if given(root, path) {
			return
		}
	}
	message := "is missing"
	if len(need.others) > 0 {
		message += ": set it, or " + strings.Join(need.others, ", or ")
	}
	if need.secret.Name != "" {
		message += "; the platform keeps it in " + need.secret.String()
	}
	r.Problems = append(r.Problems, innermost(root, need.path).Problem(need.path, "%s", message))
}

// innermost returns the place of the last mapping on a dotted path that came
// from a file; none where there is only the top.
func innermost(root *tree.Node, path string) tree.Position {
	var at tree.Position
	n := root
	for name := range strings.SplitSeq(path, ".") {
		n = n.Get(name)
		if n.IsNull() || n.At.IsVariable() {
			break
		}
		at = n.At
	}
	return at
}

func password(path string, given Secret, others ...string) requirement {
	return requirement{path: path, missing: given.IsZero(), others: others}
}

func address(path string, missing bool) requirement {
	return requirement{path: path, missing: missing, bySuffix: true}
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
