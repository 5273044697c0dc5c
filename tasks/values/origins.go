package values

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"otomi.io/tasks/tasks/values/tree"
)

// Origins tell where the values came from: a file with its line, or a variable.
type Origins struct {
	root     *tree.Node
	app      string
	Settings []Origin
}

// Origin is one setting. Its value is ready to print; a secret one is masked.
type Origin struct {
	Path   string `json:"path"`
	Value  string `json:"value,omitempty"`
	Source string `json:"source"`
}

// originsOf lists what an application reads, the platform's settings first.
func originsOf(root *tree.Node, v *Values, app string) *Origins {
	o := &Origins{root: root, app: app}
	for _, s := range settings(v) {
		if path, ofApp := strings.CutPrefix(s.path, "apps."); !ofApp || strings.HasPrefix(path, app+".") {
			o.add("", s, v.Cluster.DomainSuffix)
		}
	}
	all := slices.DeleteFunc(teamRows(), func(s setting) bool { return s.path == "harbor" || otherApp(s.path, app) })
	for _, id := range v.TeamIDs() {
		for _, s := range all {
			o.add("teamConfig."+id+".", s, "")
		}
	}
	return o
}

// otherApp tells the settings of a team that another application reads.
func otherApp(path, app string) bool {
	section, _, _ := strings.Cut(path, ".")
	return section != app && slices.ContainsFunc(applications(), func(a application) bool { return a.name == section })
}

// add notes a setting that is given, or the default of one of the platform's.
func (o *Origins) add(prefix string, s setting, suffix string) {
	for _, path := range append([]string{s.path}, s.aliases...) {
		if node := (tree.Cursor{Node: o.root}).At(prefix + path).Node; !node.IsNull() {
			o.Settings = append(o.Settings, Origin{prefix + path, shown(node, s.shape), node.At.String()})
			return
		}
	}
	if prefix == "" && s.fallback != "" && s.fallback != unmanaged {
		o.Settings = append(o.Settings, Origin{s.path, strings.ReplaceAll(s.fallback, "<suffix>", suffix), "default"})
	}
}

func shown(n *tree.Node, s shape) string {
	switch {
	case s == credentialShape:
		return "***"
	case n.Kind == tree.Mapping:
		return fmt.Sprintf("(%d settings)", len(n.Fields))
	case n.Kind == tree.Sequence:
		return fmt.Sprintf("(list of %d)", len(n.Items))
	case n.Tag == tree.TagText:
		return strconv.Quote(n.Text)
	}
	return n.Text
}

// Entry is the part of the values that an object was made of: an entry of a list that
// its name names, or else the section of its team or of the application.
type Entry struct {
	node *tree.Node
	at   tree.Position
}

// Entry finds the entry of an object.
func (o *Origins) Entry(team, name string) Entry {
	section := Entry{node: o.root.Get("apps").Get(o.app)}
	if team != "" {
		section = teamEntry(o.root.Get("teamConfig"), team)
	}
	if section.node == nil {
		return section
	}
	if found, ok := deepest(section.node, wordsOf(name)); ok {
		return found
	}
	return section
}

// wordsOf are the names that may be in the name of an object, such as "shop ci" or
// "otomi/shop/npm".
func wordsOf(name string) []string {
	words := append([]string{name}, strings.Fields(name)...)
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '/' })
	words = append(words, parts...)
	if len(parts) > 1 {
		words = append(words, parts[0]+"/"+parts[1])
	}
	for i, word := range words {
		words[i] = strings.ToLower(word)
	}
	return words
}

func teamEntry(teams *tree.Node, id string) Entry {
	if teams == nil {
		return Entry{}
	}
	i := slices.IndexFunc(teams.Fields, func(f tree.Field) bool { return f.Name == id })
	if i < 0 {
		return Entry{}
	}
	return Entry{teams.Fields[i].Value, teams.Fields[i].At}
}

// deepest looks for the innermost entry of a list that one of the words names.
func deepest(n *tree.Node, words []string) (found Entry, ok bool) {
	for _, f := range n.Fields {
		if inner, deeper := deepest(f.Value, words); deeper {
			found, ok = inner, true
		}
	}
	for _, item := range n.Items {
		if !slices.Contains(words, entryName(item)) {
			continue
		}
		found, ok = Entry{item, item.At}, true
		if inner, deeper := deepest(item, words); deeper {
			found = inner
		}
	}
	return found, ok
}

// entryName is what an entry of a list is called, in lower case.
func entryName(item *tree.Node) string {
	for _, key := range []string{"name", "username", "title", "email"} {
		if text := item.Get(key).ScalarText(); text != "" {
			return strings.ToLower(text)
		}
	}
	return strings.ToLower(item.ScalarText())
}

// Source is the place of an entry; "" where there is none.
func (e Entry) Source() string { return e.at.String() }

// Field finds the value that a field of the object was made of: the one of the same
// name, or the only one with the same text. "" is a default, or follows from others.
func (e Entry) Field(path, text string) string {
	if e.node == nil {
		return ""
	}
	if at := byName(e.node, plainName(path[strings.LastIndex(path, ".")+1:])); e.at != (tree.Position{}) && at != (tree.Position{}) {
		return at.String()
	}
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	if places := byText(e.node, text, nil); len(places) == 1 {
		return places[0].String()
	}
	return ""
}

// byName looks in mappings only: each entry of a list is an object of its own. What
// the values call storageQuota may be storage on a server.
func byName(n *tree.Node, name string) (at tree.Position) {
	const long = 6
	for _, f := range n.Fields {
		if plain := plainName(f.Name); plain == name || len(name) >= long && strings.HasPrefix(plain, name) {
			return f.At
		}
		if inner := byName(f.Value, name); inner != (tree.Position{}) {
			at = inner
		}
	}
	return at
}

// plainName makes names alike that servers and values spell differently.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// byText finds texts that are long enough to be no coincidence.
func byText(n *tree.Node, text string, found []tree.Position) []tree.Position {
	const short = 3
	if n.Kind == tree.Scalar && n.Text == text && len(text) >= short && tree.FlagWord(text) == "" {
		return append(found, n.At)
	}
	for _, f := range n.Fields {
		found = byText(f.Value, text, found)
	}
	for _, item := range n.Items {
		found = byText(item, text, found)
	}
	return found
}
