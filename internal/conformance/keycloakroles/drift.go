package keycloakroles

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// drift is one thing that was done by hand, and what repairs it.
type drift struct {
	reason string
	make   func(*operator) error
	want   []string // "action kind name", the whole plan
	writes int      // requests that change something
}

// drifts makes each drift alone: one run repairs exactly that, the next one
// finds nothing.
func drifts(t *testing.T, s Server) {
	local := newEnv(t, s, Platform)
	local.apply(t)
	for name, d := range localDrifts() {
		t.Run(name, func(t *testing.T) { d.run(t, local) })
	}
	brokered := newEnv(t, s, Platform, external(issuer(t)))
	brokered.realm += "-idp"
	brokered.installation = brokered.realm
	brokered.values.Add(t, "apps: {keycloak: {realm: "+brokered.realm+"}}")
	brokered.apply(t)
	for name, d := range brokeredDrifts() {
		t.Run(name, func(t *testing.T) { d.run(t, brokered) })
	}
}

func (d drift) run(t *testing.T, b *env) {
	b.settled(t, "--policy", "sync")
	if err := d.make(b.operator(t)); err != nil {
		t.Fatalf("making the drift: %v", err)
	}
	r := b.run(t, append(d.allowed(), "apply", "--policy", "sync")...).Want(t, run.ExitOK, "converged", d.writes)
	if diff := cmp.Diff(d.want, runner.Names(r.Lines)); diff != "" {
		t.Errorf("%s: plan (-want +got):\n%s", d.reason, diff)
	}
	b.settled(t, "--policy", "sync")
}

// allowed says that the mappers may go which the drift added: they are the platform's own.
func (d drift) allowed() []string {
	removed := 0
	for _, line := range d.want {
		if strings.HasPrefix(line, "delete mapper ") {
			removed++
		}
	}
	if removed == 0 {
		return nil
	}
	return []string{"--allow-removals", fmt.Sprintf("mapper=%d", removed)}
}

// operator is a person at the admin console.
type operator struct {
	*env
	t     *testing.T
	ctx   context.Context
	admin string
}

func (b *env) operator(t *testing.T) *operator {
	t.Helper()
	return &operator{env: b, t: t, ctx: context.Background(), admin: b.token(t)}
}

// must ends the test when the person cannot even look.
func must[T any](h *operator, v T, err error) T {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("looking at the realm: %v", err)
	}
	return v
}

func (h *operator) realmChange(change func(*gocloak.RealmRepresentation)) error {
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	if err != nil {
		return err
	}
	change(realm)
	return h.kc.UpdateRealm(h.ctx, h.admin, *realm)
}

func (h *operator) scope(name string) gocloak.ClientScope {
	all, err := h.kc.GetClientScopes(h.ctx, h.admin, h.realm)
	scopes := must(h, all, err)
	i := slices.IndexFunc(scopes, func(s *gocloak.ClientScope) bool { return *s.Name == name })
	return *scopes[i]
}

func (h *operator) mapper(scope gocloak.ClientScope, name string) gocloak.ProtocolMappers {
	all, err := h.kc.GetClientScopeProtocolMappers(h.ctx, h.admin, h.realm, *scope.ID)
	mappers := must(h, all, err)
	i := slices.IndexFunc(mappers, func(m *gocloak.ProtocolMappers) bool { return *m.Name == name })
	return *mappers[i]
}

func (h *operator) client(name string) gocloak.Client {
	all, err := h.kc.GetClients(h.ctx, h.admin, h.realm, gocloak.GetClientsParams{ClientID: &name})
	return *must(h, all, err)[0]
}

func (h *operator) clientChange(change func(*gocloak.Client)) error {
	client := h.client("otomi")
	change(&client)
	return h.kc.UpdateClient(h.ctx, h.admin, h.realm, client)
}

func (h *operator) group(name string) gocloak.Group {
	all, err := h.kc.GetGroups(h.ctx, h.admin, h.realm, gocloak.GetGroupsParams{Search: &name, Exact: gocloak.BoolP(true)})
	group, err := h.kc.GetGroup(h.ctx, h.admin, h.realm, *must(h, all, err)[0].ID)
	return *must(h, group, err)
}

func (h *operator) clientRole(client, name string) gocloak.Role {
	all, err := h.kc.GetClientRoles(h.ctx, h.admin, h.realm, client, gocloak.GetRoleParams{})
	roles := must(h, all, err)
	i := slices.IndexFunc(roles, func(r *gocloak.Role) bool { return *r.Name == name })
	return *roles[i]
}

func (h *operator) role(name string) gocloak.Role {
	role, err := h.kc.GetRealmRole(h.ctx, h.admin, h.realm, name)
	return *must(h, role, err)
}

func (h *operator) user(name string) gocloak.User {
	all, err := h.kc.GetUsers(h.ctx, h.admin, h.realm, gocloak.GetUsersParams{Username: &name, Exact: gocloak.BoolP(true)})
	return *must(h, all, err)[0]
}

func (h *operator) providerMapper(name string) gocloak.IdentityProviderMapper {
	all, err := h.kc.GetIdentityProviderMappers(h.ctx, h.admin, h.realm, "staff")
	mappers := must(h, all, err)
	i := slices.IndexFunc(mappers, func(m *gocloak.IdentityProviderMapper) bool { return *m.Name == name })
	return *mappers[i]
}

func (h *operator) providerChange(change func(*gocloak.IdentityProviderRepresentation)) error {
	provider, err := h.kc.GetIdentityProvider(h.ctx, h.admin, h.realm, "staff")
	if err != nil {
		return err
	}
	change(provider)
	return h.kc.UpdateIdentityProvider(h.ctx, h.admin, h.realm, "staff", *provider)
}
