package keycloak

import (
	"context"
	"net/http"
)

// ImportIntoRealm makes many groups with their roles, or none where it refuses
// one of them. Nothing but groups is simulated.
func (a admin) ImportIntoRealm(_ context.Context, request ImportIntoRealmRequestObject) (ImportIntoRealmResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if rep.Roles != nil || rep.Users != nil || rep.Clients != nil || rep.IdentityProviders != nil || rep.IdentityProviderMappers != nil {
		return nil, refusal{http.StatusNotImplemented, failure{Error: "simulator: an import of anything but groups is not simulated"}}
	}
	results, fresh, err := r.compare(value(rep.Groups), value(rep.IfResourceExists))
	if err != nil {
		return nil, err
	}
	if err := r.checkImport(fresh); err != nil {
		return nil, err
	}
	for _, g := range fresh {
		results = append(results, importResult("ADDED", *g.Name, r.importGroup(g)))
	}
	return ImportIntoRealm200JSONResponse{
		Added: new(int32(len(fresh))), Skipped: new(int32(len(results) - len(fresh))), Overwritten: new(int32(0)), Results: &results, //nolint:gosec // few
	}, nil
}

// compare tells the groups that are not there yet, by their paths and not by
// their names, and what happens to the others.
func (r *realm) compare(groups []GroupRepresentation, ifExists string) (skipped []PartialImportResult, fresh []GroupRepresentation, err error) {
	skipped = []PartialImportResult{}
	for _, g := range groups {
		if g.Path == nil {
			return nil, nil, crash()
		}
		exists := r.groupAt(*g.Path)
		switch {
		case exists == nil:
			fresh = append(fresh, g)
		case ifExists == "SKIP":
			skipped = append(skipped, importResult("SKIPPED", value(g.Name), exists))
		case ifExists == "" || ifExists == "FAIL":
			return nil, nil, conflict("Group '%s' already exists", *g.Path)
		case ifExists == "OVERWRITE":
			return nil, nil, conflict("Duplicate resource error")
		}
	}
	switch ifExists {
	case "", "FAIL", "SKIP", "OVERWRITE":
		return skipped, fresh, nil
	}
	return nil, nil, unreadableImport()
}

// checkImport knows of no word that names the group or says what is wrong with it.
func (r *realm) checkImport(groups []GroupRepresentation) error {
	names := map[string]bool{}
	for _, g := range groups {
		name := value(g.Name)
		switch {
		case g.SubGroups != nil:
			return refusal{http.StatusNotImplemented, failure{Error: "simulator: an import of groups below others is not simulated"}}
		case g.Name == nil, len(name) > maxName:
			return crash()
		case names[name], r.topGroups[name] != nil, g.ID != nil && r.groups[*g.ID] != nil:
			return conflict("Duplicate resource error")
		case *g.Path != "/"+name:
			return crash()
		}
		for client := range value(g.ClientRoles) {
			if r.clients.byName[client] == nil {
				return crash()
			}
		}
		names[name] = true
	}
	return nil
}

// importGroup gives the group its roles, and makes those that do not exist. It
// forgets the description.
func (r *realm) importGroup(rep GroupRepresentation) *group {
	rep.Description = nil
	g := r.addGroup(nil, rep)
	give := func(c *client, names []string) {
		for _, name := range names {
			given := r.rolesOf(c).byName[name]
			if given == nil {
				given = r.addRole(c, RoleRepresentation{Name: &name})
			}
			g.grants.add(given)
		}
	}
	give(nil, value(rep.RealmRoles))
	for id, names := range value(rep.ClientRoles) {
		give(r.clients.byName[id], names)
	}
	return g
}

func importResult(action, name string, g *group) PartialImportResult {
	return PartialImportResult{Action: &action, ResourceType: new("GROUP"), ResourceName: &name, ID: &g.id}
}
