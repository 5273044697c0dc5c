package keycloak

import (
	"context"
	"slices"
)

// mapperKey is what a mapper is unique by: the alias that it says it belongs to,
// whether there is such a provider or not, and its name.
func mapperKey(rep *IdentityProviderMapperRepresentation) string {
	return value(rep.IdentityProviderAlias) + "\x00" + value(rep.Name)
}

// mappersOf are the mappers of one alias, in no order.
func (r *realm) mappersOf(alias string) []*IdentityProviderMapperRepresentation {
	return slices.DeleteFunc(r.providerMappers.unsorted(), func(rep *IdentityProviderMapperRepresentation) bool {
		return value(rep.IdentityProviderAlias) != alias
	})
}

func (r *realm) removeProviderMapper(rep *IdentityProviderMapperRepresentation) {
	r.providerMappers.remove(value(rep.ID), mapperKey(rep))
}

// clashes says whether another mapper of the same alias has that name.
func (r *realm) clashes(rep IdentityProviderMapperRepresentation) bool {
	other := r.providerMappers.byName[mapperKey(&rep)]
	return other != nil && value(other.ID) != value(rep.ID)
}

func isWhole(rep IdentityProviderMapperRepresentation) bool {
	return rep.Name != nil && rep.IdentityProviderAlias != nil && rep.IdentityProviderMapper != nil
}

func (r *realm) putProviderMapper(rep IdentityProviderMapperRepresentation) {
	rep.Config = new(withoutEmpty(value(rep.Config)))
	if old := r.providerMappers.byID[*rep.ID]; old != nil {
		r.removeProviderMapper(old)
	}
	r.providerMappers.add(*rep.ID, mapperKey(&rep), &rep)
}

func (a admin) ListIdentityProviderMappers(_ context.Context, request ListIdentityProviderMappersRequestObject) (ListIdentityProviderMappersResponseObject, error) {
	r, _, err := a.provider(request.Realm, request.Alias)
	if err != nil {
		return nil, err
	}
	return ListIdentityProviderMappers200JSONResponse(each(r.mappersOf(request.Alias), value)), nil
}

// CreateIdentityProviderMapper does not ask whether the type of the mapper, the
// provider or the role in it exist.
func (a admin) CreateIdentityProviderMapper(ctx context.Context, request CreateIdentityProviderMapperRequestObject) (CreateIdentityProviderMapperResponseObject, error) {
	r, p, err := a.provider(request.Realm, request.Alias)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	switch {
	case !isWhole(rep), r.providerMappers.byID[value(rep.ID)] != nil:
		return nil, duplicate()
	case r.clashes(rep):
		return nil, invalid("Failed to add mapper '%s' to identity provider [%s].", *rep.Name, value(p.rep.ProviderID))
	}
	rep.ID = new(orNew(rep.ID))
	r.putProviderMapper(rep)
	return CreateIdentityProviderMapper201Response{CreateIdentityProviderMapper201ResponseHeaders{Location: created(ctx, *rep.ID)}}, nil
}

func (a admin) providerMapper(realm, alias, id string) (*realm, *IdentityProviderMapperRepresentation, error) {
	r, _, err := a.provider(realm, alias)
	if err != nil {
		return nil, nil, err
	}
	if rep, exists := r.providerMappers.byID[id]; exists {
		return r, rep, nil
	}
	return nil, nil, notFound("Model not found")
}

func (a admin) GetIdentityProviderMapper(_ context.Context, request GetIdentityProviderMapperRequestObject) (GetIdentityProviderMapperResponseObject, error) {
	_, rep, err := a.providerMapper(request.Realm, request.Alias, request.ID)
	if err != nil {
		return nil, err
	}
	return GetIdentityProviderMapper200JSONResponse(*rep), nil
}

// UpdateIdentityProviderMapper replaces the mapper that the body names.
func (a admin) UpdateIdentityProviderMapper(_ context.Context, request UpdateIdentityProviderMapperRequestObject) (UpdateIdentityProviderMapperResponseObject, error) {
	r, _, err := a.providerMapper(request.Realm, request.Alias, request.ID)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	switch {
	case r.providerMappers.byID[value(rep.ID)] == nil:
		return nil, crash()
	case !isWhole(rep):
		return nil, duplicate()
	case r.clashes(rep):
		return nil, crash()
	}
	r.putProviderMapper(rep)
	return UpdateIdentityProviderMapper204Response{}, nil
}

func (a admin) DeleteIdentityProviderMapper(_ context.Context, request DeleteIdentityProviderMapperRequestObject) (DeleteIdentityProviderMapperResponseObject, error) {
	r, rep, err := a.providerMapper(request.Realm, request.Alias, request.ID)
	if err != nil {
		return nil, err
	}
	r.removeProviderMapper(rep)
	return DeleteIdentityProviderMapper204Response{}, nil
}
