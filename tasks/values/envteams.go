package values

import "strings"

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

// base returns OTOMI_VALUES, over which everything else is laid.
func (e *environment) base() *node {
	return e.mapping(valuesVariable)
}

func (e *environment) mapping(name string) *node {
	return e.ofKind(name, mapping)
}

// ofKind returns the JSON of a variable, nil with a problem where it is of
// another kind.
func (e *environment) ofKind(name string, want kind) *node {
	out := e.structure(name)
	if out == nil || out.kind == want {
		return out
	}
	e.problems = append(e.problems, out.at.problem("", "want %s, got %s", (&node{kind: want}).describe(), out.describe()))
	return nil
}

// teams lays TEAM_IDS over root and returns the ids as the limit of teams,
// nil where the variable is not set.
func (e *environment) teams(root *node) (*node, map[string]bool) {
	list := e.ofKind(teamsVariable, sequence)
	if list == nil {
		return root, nil
	}
	limit := make(map[string]bool, len(list.items))
	keys := &node{kind: mapping, at: list.at}
	for _, item := range list.items {
		if item.kind != scalar || item.tag != tagText {
			e.problems = append(e.problems, item.at.problem("", "want text, got %s", item.describe()))
			continue
		}
		if !limit[item.text] {
			keys.fields = append(keys.fields, field{name: item.text, at: item.at, value: newScalar(tagNull, "", item.at)})
		}
		limit[item.text] = true
	}
	return merge(root, nest(keys, "teamConfig")), limit
}

// groups lays IDP_GROUP_MAPPINGS_TEAMS (team-<id> to group) over root.
func (e *environment) groups(root *node) *node {
	groups := e.mapping(groupsVariable)
	if groups == nil {
		return root
	}
	for _, f := range groups.fields {
		id, prefixed := strings.CutPrefix(f.name, teamPrefix)
		if !prefixed || root.get("teamConfig").get(id) == nil {
			e.problems = append(e.problems, f.at.problem("", "there is no such team: want %s<id> of a team", teamPrefix))
			continue
		}
		root = merge(root, nest(f.value, "teamConfig", id, "oidc", "groupMapping"))
	}
	return root
}

// wait returns the variables about readiness as one tree. The predecessor's
// chart gives numbers as texts.
func (e *environment) wait() *node {
	out := &node{kind: mapping, at: inVariable("")}
	add := func(name string, value *node) {
		if value != nil {
			out.fields = append(out.fields, field{name: name, at: value.at, value: value})
		}
	}
	add("url", e.value(variable{name: waitURLVariable}))
	add("host", e.value(variable{name: waitHost}))
	options := e.mapping(waitOptions)
	add("options", options)
	if options != nil {
		for i, f := range options.fields {
			if f.value.kind == scalar && f.value.tag == tagText {
				options.fields[i].value = plainNumber(f.value)
			}
		}
	}
	return out
}
