package keycloak

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// groupSearch is a search for groups at any depth.
type groupSearch struct {
	view
	text  string
	exact bool
}

func (s groupSearch) hits(g *group) bool {
	return s.exact && g.name == s.text || !s.exact && containsFold(g.name, s.text)
}

// flat are the groups that are hit.
func (s groupSearch) flat(siblings map[string]*group) []*group {
	var found []*group
	for _, g := range inOrder(siblings) {
		if s.hits(g) {
			found = append(found, g)
		}
		found = append(found, s.flat(g.children)...)
	}
	return found
}

// tree are those at the top that are hit or have hits below, with these inside.
func (s groupSearch) tree(siblings map[string]*group) []GroupRepresentation {
	found := []GroupRepresentation{}
	for _, g := range inOrder(siblings) {
		below := s.tree(g.children)
		if len(below) == 0 && !s.hits(g) {
			continue
		}
		rep := s.of(g)
		rep.SubGroups = &below
		found = append(found, rep)
	}
	return found
}

// The generated server has no routes for the groups below a group.

// listChildren is sorted by name, ten unless asked for more, and long unless
// asked to be brief.
func (m *memory) listChildren(w http.ResponseWriter, r *http.Request) {
	_, g, err := admin{m}.group(r.PathValue("realm"), r.PathValue("group"))
	if err != nil {
		refuse(w, r, err)
		return
	}
	query := r.URL.Query()
	first, limit, err := bounds(query)
	if err != nil {
		refuseParameter(w, r, err)
		return
	}
	v := view{brief: query.Get("briefRepresentation") == "true", count: query.Get("subGroupsCount") != "false", access: true}
	found := slices.DeleteFunc(inOrder(g.children), func(child *group) bool { return !containsFold(child.name, query.Get("search")) })
	answerJSON(w, http.StatusOK, each(page(found, first, limit, 10), v.of))
}

func bounds(query url.Values) (first, limit *int32, err error) {
	for name, into := range map[string]**int32{"first": &first, "max": &limit} {
		if !query.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(query.Get(name), 10, 32)
		if err != nil {
			return nil, nil, err
		}
		*into = new(int32(n))
	}
	return first, limit, nil
}

// createChild answers with the new group, as no other POST does.
func (m *memory) createChild(w http.ResponseWriter, r *http.Request) {
	realm, parent, err := admin{m}.group(r.PathValue("realm"), r.PathValue("group"))
	if err != nil {
		refuse(w, r, err)
		return
	}
	var rep GroupRepresentation
	if err := json.Unmarshal(callOf(r.Context()).body, &rep); err != nil {
		refuseBody(w, r, err)
		return
	}
	name := strings.TrimSpace(value(rep.Name))
	switch {
	case name == "":
		refuse(w, r, invalid("Group name is missing"))
		return
	case parent.children[name] != nil:
		refuse(w, r, conflict("Sibling group named '%s' already exists.", name))
		return
	case rep.ID != nil:
		refuse(w, r, notFound("Could not find child by id")) // an id asks for a move, which is not simulated
		return
	}
	g := realm.addGroup(parent, rep)
	w.Header().Set("Location", callOf(r.Context()).base+"/admin/realms/"+url.PathEscape(value(realm.rep.Realm))+"/groups/"+g.id)
	answerJSON(w, http.StatusCreated, view{access: true}.of(g))
}
