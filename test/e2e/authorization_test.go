package e2e

import (
	"errors"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
)

// testAuthorizationSettings shows that what others configured in the client's
// authorization services outlives a repair of the client.
func testAuthorizationSettings(t *testing.T, s suite.Server) {
	p := newPlatform(t, s, "login-authorization", local)
	client := p.client(t)
	p.addAuthorization(t, *client.ID)
	before := p.authorizationSettings(t, *client.ID)
	if len(before) < 3 {
		t.Fatalf("the settings lack what was just made: %v", before)
	}
	client.RedirectURIs = &[]string{"https://evil.example.org/*"}
	if err := p.kc.UpdateClient(t.Context(), p.admin(t), p.realm, *client); err != nil {
		t.Fatalf("making the drift: %v", err)
	}
	if diff := cmp.Diff(before, p.authorizationSettings(t, *client.ID)); diff != "" {
		t.Fatalf("the drift itself changed the settings (-before +after):\n%s", diff)
	}
	p.apply(t, "converged")
	if got := *p.client(t).RedirectURIs; cmp.Equal(got, *client.RedirectURIs) {
		t.Error("the redirect URI was not repaired")
	}
	if diff := cmp.Diff(before, p.authorizationSettings(t, *client.ID)); diff != "" {
		t.Errorf("authorization settings (-before +after):\n%s", diff)
	}
	p.settled(t)
}

func (p *platform) client(t *testing.T) *gocloak.Client {
	t.Helper()
	found, err := p.kc.GetClients(t.Context(), p.admin(t), p.realm, gocloak.GetClientsParams{ClientID: new(clientID)})
	if err != nil || len(found) != 1 {
		t.Fatalf("looking for client %s: %d found, %v", clientID, len(found), err)
	}
	return found[0]
}

// addAuthorization makes a resource that a team's people may use.
func (p *platform) addAuthorization(t *testing.T, client string) {
	t.Helper()
	admin := p.admin(t)
	resource, err := p.kc.CreateResource(t.Context(), admin, p.realm, client, gocloak.ResourceRepresentation{
		Name: new("dashboards"), URIs: &[]string{"/dashboards/*"}, Scopes: &[]gocloak.ScopeRepresentation{{Name: new("view")}}})
	if err != nil {
		t.Fatalf("creating a resource: %v", err)
	}
	role, err := p.kc.GetRealmRole(t.Context(), admin, p.realm, "team-a")
	if err != nil {
		t.Fatalf("looking for role team-a: %v", err)
	}
	policy, err := p.kc.CreatePolicy(t.Context(), admin, p.realm, client, gocloak.PolicyRepresentation{
		Name: new("people of team a"), Type: new("role"), Logic: gocloak.POSITIVE,
		RolePolicyRepresentation: gocloak.RolePolicyRepresentation{Roles: &[]gocloak.RoleDefinition{{ID: role.ID}}}})
	if err != nil {
		t.Fatalf("creating a policy: %v", err)
	}
	_, err = p.kc.CreatePermission(t.Context(), admin, p.realm, client, gocloak.PermissionRepresentation{
		Name: new("see dashboards"), Type: new("resource"), Resources: &[]string{*resource.ID}, Policies: &[]string{*policy.ID}})
	if err != nil {
		t.Fatalf("creating a permission: %v", err)
	}
}

// authorizationSettings are the resources, policies and permissions by id.
func (p *platform) authorizationSettings(t *testing.T, client string) map[string]any {
	t.Helper()
	admin, all := p.admin(t), map[string]any{}
	resources, err := p.kc.GetResources(t.Context(), admin, p.realm, client, gocloak.GetResourceParams{})
	for _, r := range resources {
		all["resource "+*r.ID] = r
	}
	policies, err2 := p.kc.GetPolicies(t.Context(), admin, p.realm, client, gocloak.GetPolicyParams{})
	for _, policy := range policies {
		all["policy "+*policy.ID] = policy
	}
	permissions, err3 := p.kc.GetPermissions(t.Context(), admin, p.realm, client, gocloak.GetPermissionParams{})
	for _, permission := range permissions {
		all["permission "+*permission.ID] = permission
	}
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatalf("reading the authorization settings: %v", err)
	}
	return all
}
