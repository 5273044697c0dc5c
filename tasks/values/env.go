package values

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// The variables with a structure that is not that of one setting.
const (
	valuesVariable  = "OTOMI_VALUES"
	teamsVariable   = "TEAM_IDS"
	groupsVariable  = "IDP_GROUP_MAPPINGS_TEAMS"
	waitURLVariable = "WAIT_URL"
	waitHost        = "WAIT_HOST"
	waitOptions     = "WAIT_OPTIONS"
	extraCAVariable = "NODE_EXTRA_CA_CERTS"
)

// environment reads settings from variables. An empty variable counts as
// absent: charts set variables that they have no value for.
type environment struct {
	ctx      context.Context //nolint:containedctx // of one Load
	env      map[string]string
	problems tree.Problems
}

// overlay returns what the variables of the settings say, nil for nothing.
func (e *environment) overlay(all []setting) *tree.Node {
	var out *tree.Node
	for _, s := range all {
		for _, name := range s.variables {
			if value := e.value(name, s.shape); value != nil {
				out = tree.Merge(out, tree.Nest(value, strings.Split(s.path, ".")...))
			}
		}
	}
	return out
}

// value returns what a variable holds, or the file that <name>_FILE names where
// it is a credential.
func (e *environment) value(name string, s shape) *tree.Node {
	if raw := e.env[name]; raw != "" {
		return e.shaped(name, raw, s)
	}
	path := e.env[name+"_FILE"]
	if s != credentialShape || path == "" {
		return nil
	}
	return e.credential(path, tree.InVariable(name+"_FILE"))
}

func (e *environment) shaped(name, raw string, s shape) *tree.Node {
	at := tree.InVariable(name)
	switch s {
	case structureShape:
		return e.structure(name)
	case numberShape:
		if _, err := strconv.Atoi(raw); err == nil {
			return tree.NewScalar(tree.TagInt, raw, at)
		}
	case flagShape:
		if word := tree.FlagWord(raw); word != "" {
			return tree.NewScalar(tree.TagBool, word, at)
		}
	case textShape, credentialShape:
	}
	return tree.NewScalar(tree.TagText, raw, at)
}

// structure reads the JSON in a variable; every node of it then names the
// variable and the path in it as its place.
func (e *environment) structure(name string) *tree.Node {
	out, problems := tree.ParseAny(tree.EnvFile, []byte(e.env[name]))
	if len(problems) > 0 {
		e.fail(tree.InVariable(name), "is not valid JSON")
		return nil
	}
	if out != nil {
		relocate(out, name)
	}
	return out
}

func (e *environment) fail(at tree.Position, format string, args ...any) {
	e.problems = append(e.problems, at.Problem("", format, args...))
}

func relocate(n *tree.Node, variable string) {
	n.At = tree.InVariable(variable)
	for i, f := range n.Fields {
		n.Fields[i].At = tree.InVariable(tree.Join(variable, f.Name))
		relocate(f.Value, tree.Join(variable, f.Name))
	}
	for i, item := range n.Items {
		relocate(item, fmt.Sprintf("%s[%d]", variable, i))
	}
}

// credential reads a secret from a file, without the one line break that
// editors and echo put at its end.
func (e *environment) credential(path string, at tree.Position) *tree.Node {
	data, err := tree.ReadFile(e.ctx, path)
	if err != nil {
		e.fail(at, "reading %s: %s", path, tree.Reason(err))
		return nil
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	data = bytes.TrimSuffix(data, []byte("\r"))
	if len(data) == 0 {
		e.fail(at, "%s is empty", path)
		return nil
	}
	return tree.NewScalar(tree.TagText, string(data), at)
}

// base returns OTOMI_VALUES, over which everything else is laid.
func (e *environment) base() *tree.Node { return e.ofKind(valuesVariable, tree.Mapping) }

// ofKind returns the JSON of a variable, nil with a problem where it is of
// another kind.
func (e *environment) ofKind(name string, want tree.Kind) *tree.Node {
	out := e.structure(name)
	if out == nil || out.Kind == want {
		return out
	}
	e.fail(out.At, "want %s, got %s", (&tree.Node{Kind: want}).Describe(), out.Describe())
	return nil
}

// teams lays TEAM_IDS over root and returns the ids as the limit of teams,
// nil where the variable is not set.
func (e *environment) teams(root *tree.Node) (*tree.Node, map[string]bool) {
	list := e.ofKind(teamsVariable, tree.Sequence)
	if list == nil {
		return root, nil
	}
	limit := make(map[string]bool, len(list.Items))
	keys := &tree.Node{Kind: tree.Mapping, At: list.At}
	for _, item := range list.Items {
		if item.Kind != tree.Scalar || item.Tag != tree.TagText {
			e.fail(item.At, "want text, got %s", item.Describe())
			continue
		}
		if !limit[item.Text] {
			keys.Fields = append(keys.Fields, tree.Field{Name: item.Text, At: item.At, Value: tree.NewScalar(tree.TagNull, "", item.At)})
		}
		limit[item.Text] = true
	}
	return tree.Merge(root, tree.Nest(keys, "teamConfig")), limit
}

// groups lays IDP_GROUP_MAPPINGS_TEAMS (team-<id> to group) over root.
func (e *environment) groups(root *tree.Node) *tree.Node {
	groups := e.ofKind(groupsVariable, tree.Mapping)
	if groups == nil {
		return root
	}
	for _, f := range groups.Fields {
		id, prefixed := strings.CutPrefix(f.Name, teamPrefix)
		if !prefixed || root.Get("teamConfig").Get(id) == nil {
			e.fail(f.At, "there is no such team: want %s<id> of a team", teamPrefix)
			continue
		}
		root = tree.Merge(root, tree.Nest(f.Value, "teamConfig", id, "oidc", "groupMapping"))
	}
	return root
}

// Wait is how long to wait for an application (WAIT_URL, WAIT_HOST and
// WAIT_OPTIONS); the zero value leaves all to the task.
type Wait struct {
	// URL is asked instead of the application's own address; Host is the Host
	// header that goes with it.
	URL, Host string
	// Retries is how often to ask again; nil is not said.
	Retries *int
	// Status is the HTTP status that means ready; 0 is not said.
	Status int
	// MinDelay and MaxDelay bound the time between two questions; 0 is not
	// said.
	MinDelay, MaxDelay time.Duration
}

// wait returns the variables about readiness as one tree. The predecessor's
// chart gives numbers as texts.
func (e *environment) wait() *tree.Node {
	out := &tree.Node{Kind: tree.Mapping, At: tree.InVariable("")}
	add := func(name string, value *tree.Node) {
		if value != nil {
			out.Fields = append(out.Fields, tree.Field{Name: name, At: value.At, Value: value})
		}
	}
	add("url", e.value(waitURLVariable, textShape))
	add("host", e.value(waitHost, textShape))
	options := e.ofKind(waitOptions, tree.Mapping)
	add("options", options)
	if options != nil {
		for i, f := range options.Fields {
			if f.Value.Kind == tree.Scalar && f.Value.Tag == tree.TagText {
				options.Fields[i].Value = plainNumber(f.Value)
			}
		}
	}
	return out
}

// plainNumber turns a text of digits into the number, and leaves any other.
func plainNumber(n *tree.Node) *tree.Node {
	if _, err := strconv.Atoi(n.Text); err != nil {
		return n
	}
	return tree.NewScalar(tree.TagInt, n.Text, n.At)
}

// readWait reads the options of the predecessor's readiness check. Those
// that make no sense with a backoff (factor, confirmations) are ignored.
func readWait(c tree.Cursor, w *Wait) {
	c.Child("url").Text(&w.URL, rule.WebAddress)
	c.Child("host").Text(&w.Host, rule.HostAndPort)
	options := c.Section("options")
	if options.Child("retries").Node != nil {
		w.Retries = new(int)
		options.Child("retries").Number(w.Retries, 0, maxSeconds)
	}
	options.Child("status").Number(&w.Status, 100, 599)
	options.Child("minTimeout").Milliseconds(&w.MinDelay)
	options.Child("maxTimeout").Milliseconds(&w.MaxDelay)
}
