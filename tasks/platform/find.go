package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Newest is the newest values version that the tables were read from.
const Newest = 71

// Oldest is the oldest values version of a supported release.
const Oldest = 15

var releaseName = regexp.MustCompile(`^(?:v|otomi-|apl-)?(\d{1,4})\.(\d{1,4})(?:\.\d+)?$`)

// ByName finds a generation by its name, or by a release of it: "apl-4.5",
// "4.6" and "v4.6.1" are one.
func ByName(name string) (Generation, error) {
	low := strings.ToLower(strings.TrimSpace(name))
	if low == Unversioned().Name {
		return Unversioned(), nil
	}
	if match := releaseName.FindStringSubmatch(low); match != nil {
		// The pattern lets only a few digits through.
		major, _ := strconv.Atoi(match[1])
		minor, _ := strconv.Atoi(match[2])
		if g, found := byRelease(Release{major, minor}); found {
			return g, nil
		}
	}
	return Generation{}, fmt.Errorf("unknown platform %q: want unversioned, or a release from %s to %s", name, first(), last())
}

func byRelease(r Release) (Generation, bool) {
	for _, g := range Generations() {
		if !r.before(g.First) && !g.Last.before(r) {
			return g, true
		}
	}
	return Generation{}, false
}

// ByVersion finds the generation of a values version, whatever its layout.
func ByVersion(version int) Generation { return Find(version, LayoutPlain) }

// Find finds the generation of a values version. Where releases share a version,
// the layout and the files that a repository has for parts of teams tell them
// apart. Versions that are older or newer than the tables get the oldest or
// newest.
func Find(version int, layout Layout, teamFiles ...string) Generation {
	all := Generations()
	within := slices.DeleteFunc(slices.Clone(all), func(g Generation) bool { return version < g.From || g.To < version })
	switch {
	case version < all[0].From:
		return all[0]
	case len(within) == 0:
		return all[len(all)-1]
	}
	if i := slices.IndexFunc(within, func(g Generation) bool {
		return g.Layout.Like(layout) && knowsAll(g, newestFiles(within), teamFiles)
	}); i >= 0 {
		return within[i]
	}
	return within[0]
}

// Like says whether a folder of one layout may be of the other: B and C differ in
// their secrets only, and plain files may be anything.
func (l Layout) Like(other Layout) bool {
	return other == LayoutPlain || (l == LayoutA) == (other == LayoutA)
}

// knowsAll says whether g has a file for each of the parts that any generation of
// its version has one for.
func knowsAll(g Generation, known, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool {
		return slices.Contains(known, part) && !slices.Contains(g.TeamFiles, part)
	})
}

func newestFiles(within []Generation) []string {
	var out []string
	for _, g := range within {
		out = append(out, g.TeamFiles...)
	}
	return out
}

func first() Release { return Generations()[0].First }

func last() Release {
	all := Generations()
	return all[len(all)-1].Last
}

// Access finds the platform's own access of a purpose; absent is the zero
// Access.
func (k Keycloak) Access(p Purpose) Access {
	for _, a := range k.Accesses {
		if a.Purpose == p {
			return a
		}
	}
	return Access{}
}

// Secret finds where the platform keeps the first of the settings that it keeps;
// absent is the zero SecretRef.
func (g Generation) Secret(paths ...string) SecretRef {
	for _, path := range paths {
		for _, ref := range g.Secrets {
			if path == ref.Path {
				return ref
			}
		}
	}
	return SecretRef{}
}

// Operator is the Deployment that writes to an application again and again, and
// its namespace, too; "" where there is none.
func (g Generation) Operator(app string) string {
	if !slices.Contains(g.Operators, app) {
		return ""
	}
	return "apl-" + app + "-operator"
}

// GroupIDs are the settings below oidc for groups of administrators, and the
// variables for them, of all generations.
func GroupIDs() (settings, variables []string) {
	for _, g := range append(Generations(), Unversioned()) {
		for _, a := range g.Keycloak.Accesses {
			settings, variables = append(settings, a.GroupID), append(variables, a.Variables...)
		}
	}
	slices.Sort(settings)
	slices.Sort(variables)
	return slices.Compact(settings), slices.Compact(variables)
}

// Organization is the team's own in Gitea. Names with "otomi" in them have no
// prefix there, as the platform's tool has it.
func (g Gitea) Organization(team string) string {
	if strings.Contains(team, "otomi") {
		return team
	}
	return "team-" + team
}
