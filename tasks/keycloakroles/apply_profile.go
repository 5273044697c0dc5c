package keycloakroles

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
)

// profile sets the policy and adds the attributes that are missing; the others
// keep their settings.
func (w *writer) profile(ctx context.Context, c plan.Change[UserProfile]) error {
	read, err := w.api.GetUserProfileWithResponse(ctx, w.realmName)
	current, err := response.OK(read, err)
	if err != nil {
		return err
	}
	var held struct {
		Attributes []json.RawMessage `json:"attributes"`
	}
	if err := json.Unmarshal(read.Body, &held); err != nil {
		return err
	}
	for _, name := range c.After.Attributes {
		known := func(a keycloak.UPAttribute) bool { return value(a.Name) == name }
		if slices.ContainsFunc(value(current.Attributes), known) {
			continue
		}
		both := []string{"admin", "user"}
		attribute, err := json.Marshal(fields{"name": name, "displayName": "${" + name + "}", "permissions": fields{"view": both, "edit": both}})
		if err != nil {
			return err
		}
		held.Attributes = append(held.Attributes, attribute)
	}
	return rewrite(read, nil, func(doc io.Reader) (*keycloak.UpdateUserProfileResponse, error) {
		return w.api.UpdateUserProfileWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
	}, fields{"unmanagedAttributePolicy": c.After.UnmanagedAttributePolicy, "attributes": held.Attributes})
}
