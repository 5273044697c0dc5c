package keycloakroles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
)

func (w *writer) client(ctx context.Context, c plan.Change[Client]) error {
	attributes := w.marks()
	attributes[redirectsKey] = digest(c.After.RedirectURIs)
	secret := fields{"secret": c.After.Secret.Reveal(), "attributes": attributes}
	if c.Action == plan.Create {
		return create(func(doc io.Reader) (*keycloak.CreateClientResponse, error) {
			return w.api.CreateClientWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		}, fields{"clientId": c.Name}, c.After, secret)
	}
	read, err := w.api.GetClientWithResponse(ctx, w.realmName, c.Before.ID)
	current, err := response.OK(read, err)
	if err != nil {
		return err
	}
	if !onlyScopesDiffer(c) {
		// A PUT without authorizationServicesEnabled drops the client's policies,
		// and one with mappers replaces them all.
		err = rewrite(read, nil, func(doc io.Reader) (*keycloak.UpdateClientResponse, error) {
			return w.api.UpdateClientWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
		}, c.After, secret)
	}
	return errors.Join(err, w.assignScopes(ctx, c, current))
}

func onlyScopesDiffer(c plan.Change[Client]) bool {
	return !c.Adopts && !slices.ContainsFunc(c.Reason, func(f plan.Field) bool {
		return f.Path != "defaultClientScopes" && f.Path != "optionalClientScopes"
	})
}

// assignScopes adds the scopes that the client lacks, default ones and optional
// ones. One of the other kind must be removed first.
func (w *writer) assignScopes(ctx context.Context, c plan.Change[Client], current keycloak.ClientRepresentation) error {
	var errs []error
	for _, name := range c.After.DefaultScopes {
		if !slices.Contains(c.Before.DefaultScopes, name) {
			errs = append(errs, w.assignScope(ctx, c.Before.ID, name, true, slices.Contains(value(current.OptionalClientScopes), name)))
		}
	}
	for _, name := range c.After.OptionalScopes {
		if !slices.Contains(c.Before.OptionalScopes, name) {
			errs = append(errs, w.assignScope(ctx, c.Before.ID, name, false, slices.Contains(value(current.DefaultClientScopes), name)))
		}
	}
	return errors.Join(errs...)
}

func (w *writer) assignScope(ctx context.Context, client, name string, asDefault, other bool) error {
	id, err := w.ids.scopes.id(name)
	switch {
	case err != nil:
	case other && asDefault:
		_, err = w.api.RemoveClientOptionalScopeWithResponse(ctx, w.realmName, client, id)
	case other:
		_, err = w.api.RemoveClientDefaultScopeWithResponse(ctx, w.realmName, client, id)
	}
	switch {
	case err != nil:
	case asDefault:
		_, err = w.api.AddClientDefaultScopeWithResponse(ctx, w.realmName, client, id)
	default:
		_, err = w.api.AddClientOptionalScopeWithResponse(ctx, w.realmName, client, id)
	}
	if err != nil {
		return fmt.Errorf("assigning scope %s: %w", name, err)
	}
	return nil
}
