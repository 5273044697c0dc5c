// Package layout knows which file of a values folder holds which settings, in
// each layout of the platform. What is not in a table is not read: what teams
// write must never become the platform's values.
package layout

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"otomi.io/tasks/tasks/platform"
)

// File is a file below the folder env.
type File struct {
	Name string // with slashes
	// Link says that it is a symbolic link that is not followed, Folder that it is
	// a folder, which may be empty. Both say where the link leads.
	Link, Folder bool
}

// Place is where the content of a file belongs.
type Place struct {
	File string
	// Path are the names that lead to it; none for a file with full paths.
	Path []string
	// Kind is that of a document whose spec is taken, "" for a file with full
	// paths.
	Kind string
	// Item says that it is one of a list at Path, with this name. A service has
	// the name in its metadata.
	Item string
	// Within is all that a team's file with full paths may fill.
	Within []string

	level int
}

// Left is a file that is not read, and why. Fault says that it looks like one
// that should be.
type Left struct {
	File, Reason string
	Fault        bool
}

// row says what files of a name hold. <base> stands for the name of the file
// without secrets. and .yaml, <team> for the folder or the end of the name.
type row struct {
	glob, path, kind string
	item             bool
	within           string
	level            int
}

// reason says why files are left out.
type reason struct{ glob, text string }

// Detect tells from the names alone what can be told: LayoutB also stands for
// LayoutC, and LayoutA for plain files, which the version tells apart.
func Detect(files []File) platform.Layout {
	has := func(name string) bool {
		return slices.ContainsFunc(files, func(f File) bool { return f.Name == name })
	}
	switch {
	case has(Versions):
		return platform.LayoutB
	case has(Settings):
		return platform.LayoutA
	}
	return platform.LayoutPlain
}

// The files that say the version.
const (
	Versions = "settings/versions.yaml"
	Settings = "settings.yaml"
)

// Sort tells what to read, in the order in which later files win, and what is
// left out.
func Sort(l platform.Layout, files []File) (places []Place, left []Left) {
	all := names(files)
	for _, f := range files {
		switch {
		case hidden(f.Name), f.Folder && !f.Link:
		case f.Link:
			left = append(left, sortLink(l, f))
		case l != platform.LayoutPlain && all[f.Name+decrypted]:
			left = append(left, Left{File: f.Name, Reason: "its decrypted copy is read"})
		default:
			place, skipped := sortFile(l, f.Name)
			if skipped.Reason != "" {
				left = append(left, skipped)
				continue
			}
			places = append(places, place)
		}
	}
	slices.SortStableFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.File, b.File))
	})
	return places, left
}

// decrypted ends the name of the copy that the platform decrypts for itself.
const decrypted = ".dec"

func names(files []File) map[string]bool {
	out := make(map[string]bool, len(files))
	for _, f := range files {
		out[f.Name] = true
	}
	return out
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }

// sortLink refuses a link in whose place settings may be.
func sortLink(l platform.Layout, f File) Left {
	place, skipped := sortFile(l, f.Name)
	fault := f.Folder || path.Ext(f.Name) == "" || place.File != "" || skipped.Fault
	if why := whyNot(l, f.Name); why != "" {
		return Left{File: f.Name, Reason: why}
	}
	return Left{File: f.Name, Reason: "is a symbolic link, which is not followed", Fault: fault}
}

func sortFile(l platform.Layout, name string) (Place, Left) {
	if why := whyNot(l, name); why != "" {
		return Place{}, Left{File: name, Reason: why}
	}
	read := name
	if l != platform.LayoutPlain {
		read = strings.TrimSuffix(name, decrypted)
	}
	for _, r := range slices.Backward(rows(l)) {
		if matches(r.glob, read) {
			place := r.place(read)
			place.File, place.level = name, r.level
			return place, Left{}
		}
	}
	if better := withYAML(l, name); better != "" {
		return Place{}, Left{File: name, Reason: "is not read under this name: call it " + better, Fault: true}
	}
	return Place{}, Left{File: name, Reason: "no settings of ours"}
}

func whyNot(l platform.Layout, name string) string {
	for _, r := range reasons(l) {
		if matches(r.glob, name) {
			return r.text
		}
	}
	return ""
}

// withYAML is the name under which a file would be read that has another ending.
// Other kinds of files than JSON and YAML are not meant.
func withYAML(l platform.Layout, name string) string {
	ending := path.Ext(name)
	low := strings.ToLower(ending)
	if low != ".yaml" && low != ".yml" && (low != ".json" || l == platform.LayoutPlain) {
		return ""
	}
	better := strings.TrimSuffix(name, ending) + ".yaml"
	for _, r := range rows(l) {
		if matches(r.glob, better) {
			return better
		}
	}
	return ""
}

// matches takes no error: the globs are ours.
func matches(glob, name string) bool { return doublestar.MatchUnvalidated(glob, name) }

func (r row) place(name string) Place {
	folders := strings.Split(name, "/")
	base := strings.TrimPrefix(strings.TrimSuffix(path.Base(name), ".yaml"), "secrets.")
	team := base
	if len(folders) > 2 {
		team = folders[1]
	}
	kind, id, _ := strings.Cut(base, ".")
	fill := func(pattern string) []string {
		if pattern == "" {
			return nil
		}
		parts := strings.Split(pattern, ".")
		for i, part := range parts {
			switch part {
			case "<base>":
				parts[i] = base
			case "<team>":
				parts[i] = team
			case "<type>":
				parts[i] = kind
			case "<id>":
				parts[i] = id
			}
		}
		return parts
	}
	out := Place{Path: fill(r.path), Kind: r.kind, Within: fill(r.within)}
	if r.item {
		out.Item = base
	}
	return out
}

// Teams are the folders below teams, in order, in the layouts where a folder is
// a team.
func Teams(files []File) []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range files {
		parts := strings.Split(f.Name, "/")
		if len(parts) < 2 || len(parts) == 2 && (!f.Folder || f.Link) || parts[0] != "teams" || hidden(parts[1]) || seen[parts[1]] {
			continue
		}
		seen[parts[1]] = true
		out = append(out, parts[1])
	}
	slices.Sort(out)
	return out
}

// TeamFiles are the types of the files of teams in layout A.
func TeamFiles(files []File) []string {
	var out []string
	for _, f := range files {
		if kind, _, typed := strings.Cut(path.Base(f.Name), "."); typed && path.Dir(f.Name) == "teams" && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// Group is the folder under which a file is counted, the same for all teams; the
// file itself where it is in no folder.
func Group(file string) string {
	parts := strings.Split(file, "/")
	if len(parts) > 2 && parts[0] == "teams" {
		parts[1] = "*"
	}
	if len(parts) > 3 {
		parts = parts[:3]
	}
	if path.Ext(parts[len(parts)-1]) != "" && len(parts) > 1 {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "/")
}
