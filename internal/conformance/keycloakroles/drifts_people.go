package keycloakroles

import (
	"context"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"
)

func roleDrifts() map[string]drift {
	return map[string]drift{
		"RoleDeleted": {reason: "the team has no access; its group lost the role with it", want: []string{"create role team-a", "create group-role team-a/team-a"}, writes: 2, make: func(h *operator) error {
			return h.kc.DeleteRealmRole(h.ctx, h.admin, h.realm, "team-a")
		}},
		"RoleDescription": {reason: "the mark that the role is ours was edited", want: []string{"update role team-b"}, writes: 1, make: func(h *operator) error {
			role := h.role("team-b")
			role.Description = gocloak.StringP("by hand")
			return h.kc.UpdateRealmRole(h.ctx, h.admin, h.realm, "team-b", role)
		}},
	}
}

func groupDrifts() map[string]drift {
	return map[string]drift{
		"GroupLostRole": {reason: "the team has no access", want: []string{"create group-role team-a/team-a"}, writes: 1, make: func(h *operator) error {
			return h.kc.DeleteRealmRoleFromGroup(h.ctx, h.admin, h.realm, *h.group("team-a").ID, []gocloak.Role{h.role("team-a")})
		}},
		"GroupLostClientRole": {reason: "the team cannot see users", want: []string{"create group-role team-a/realm-management/view-users"}, writes: 1, make: func(h *operator) error {
			client := *h.client("realm-management").ID
			return h.kc.DeleteClientRoleFromGroup(h.ctx, h.admin, h.realm, client, *h.group("team-a").ID, []gocloak.Role{h.clientRole(client, "view-users")})
		}},
		"GroupGotRole": {reason: "a team was made administrator", want: []string{"delete group-role team-a/admin"}, writes: 1, make: func(h *operator) error {
			return h.kc.AddRealmRoleToGroup(h.ctx, h.admin, h.realm, *h.group("team-a").ID, []gocloak.Role{h.role("admin")})
		}},
		"GroupGotClientRole": {reason: "a team may manage the realm", want: []string{"delete group-role team-a/realm-management/manage-realm"}, writes: 1, make: func(h *operator) error {
			client := *h.client("realm-management").ID
			return h.kc.AddClientRolesToGroup(h.ctx, h.admin, h.realm, client, *h.group("team-a").ID, []gocloak.Role{h.clientRole(client, "manage-realm")})
		}},
		"GroupDeleted": {reason: "the group went with its roles, its members and the list of those whom we gave it", writes: 2, want: []string{
			"create group team-a", "create group-role team-a/realm-management/view-users", "create group-role team-a/team-a",
			"adopt user alice", "create membership alice/team-a",
		}, make: func(h *operator) error { return h.kc.DeleteGroup(h.ctx, h.admin, h.realm, *h.group("team-a").ID) }},
		"GroupMark": {reason: "the mark that the group is ours is gone", want: []string{"adopt group team-c"}, writes: 1, make: func(h *operator) error {
			group := h.group("team-c")
			group.Attributes = &map[string][]string{}
			return h.kc.UpdateGroup(h.ctx, h.admin, h.realm, group)
		}},
	}
}

func userDrifts() map[string]drift {
	return map[string]drift{
		"UserEmail": {reason: "mail goes elsewhere", want: []string{"update user alice"}, writes: 1, make: func(h *operator) error {
			user := h.user("alice")
			user.Email = gocloak.StringP("other@example.com")
			return h.kc.UpdateUser(h.ctx, h.admin, h.realm, user)
		}},
		"UserDeleted": {reason: "the person cannot log in", want: []string{"create user bob", "create membership bob/team-b"}, writes: 2, make: func(h *operator) error {
			return h.kc.DeleteUser(h.ctx, h.admin, h.realm, *h.user("bob").ID)
		}},
		"UserLeftGroup": {reason: "the person has no access", want: []string{"create membership bob/team-b"}, writes: 1, make: func(h *operator) error {
			return h.kc.DeleteUserFromGroup(h.ctx, h.admin, h.realm, *h.user("bob").ID, *h.group("team-b").ID)
		}},
		"UserJoinedGroup": {reason: "the person sees another team", want: []string{"delete membership bob/team-a"}, writes: 1, make: func(h *operator) error {
			return h.kc.AddUserToGroup(h.ctx, h.admin, h.realm, *h.user("bob").ID, *h.group("team-a").ID)
		}},
		"AdminLeftGroup": {reason: "the platform has no administrator", want: []string{"create membership otomi-admin/otomi-admin"}, writes: 1, make: func(h *operator) error {
			return h.kc.DeleteUserFromGroup(h.ctx, h.admin, h.realm, *h.user("otomi-admin").ID, *h.group("otomi-admin").ID)
		}},
	}
}

// brokeredDrifts are made in a realm with an external provider.
func brokeredDrifts() map[string]drift {
	const mapper = "identity-provider-mapper staff/"
	mapperChange := func(name string, do func(*gocloak.IdentityProviderMapper)) func(*operator) error {
		return func(h *operator) error {
			m := h.providerMapper(name)
			do(&m)
			return h.kc.UpdateIdentityProviderMapper(h.ctx, h.admin, h.realm, "staff", m)
		}
	}
	provider := []string{"update identity-provider staff"}
	return map[string]drift{
		"ProviderDisabled": {reason: "no login works", want: provider, writes: 1, make: func(h *operator) error {
			return h.providerChange(func(p *gocloak.IdentityProviderRepresentation) { p.Enabled = gocloak.BoolP(false) })
		}},
		"ProviderLinkOnly": {reason: "only linked people can log in", want: provider, writes: 1, make: func(h *operator) error {
			return h.providerChange(func(p *gocloak.IdentityProviderRepresentation) { p.LinkOnly = gocloak.BoolP(true) })
		}},
		"ProviderFiltered": {reason: "some people cannot log in", want: provider, writes: 1, make: func(h *operator) error {
			return h.providerChange(func(p *gocloak.IdentityProviderRepresentation) { (*p.Config)["filteredByClaim"] = "true" })
		}},
		"ProviderURL": {reason: "logins may be sent elsewhere", want: provider, writes: 1, make: func(h *operator) error {
			return h.providerChange(func(p *gocloak.IdentityProviderRepresentation) {
				(*p.Config)["authorizationUrl"] = "https://evil.example.org"
			})
		}},
		"ProviderSecret": {reason: "a secret was set without us: the fingerprint went with the configuration", want: provider, writes: 1, make: func(h *operator) error {
			return h.providerChange(func(p *gocloak.IdentityProviderRepresentation) {
				(*p.Config)["clientSecret"] = "by-hand"
				delete(*p.Config, "otomi.secretFingerprint")
			})
		}},
		"ProviderDeleted": {reason: "the provider went with its mappers", writes: 9, want: []string{
			"create identity-provider staff", "create " + mapper + "otomi-admin group to role", "create " + mapper + "sub",
			"create " + mapper + "team-a group to role", "create " + mapper + "team-admin group to role", "create " + mapper + "team-b group to role",
			"create " + mapper + "team-c group to role", "create " + mapper + "upn to email", "create " + mapper + "username mapping",
		}, make: func(h *operator) error { return h.kc.DeleteIdentityProvider(h.ctx, h.admin, h.realm, "staff") }},
		"ProviderMapperGone": {reason: "the team gets no role", want: []string{"create " + mapper + "team-a group to role"}, writes: 1, make: func(h *operator) error {
			return h.kc.DeleteIdentityProviderMapper(h.ctx, h.admin, h.realm, "staff", *h.providerMapper("team-a group to role").ID)
		}},
		"ProviderMapperClaim": {reason: "another group gets the role", want: []string{"update " + mapper + "team-a group to role"}, writes: 1,
			make: mapperChange("team-a group to role", func(m *gocloak.IdentityProviderMapper) { (*m.Config)["claim.value"] = "everybody" })},
		"ProviderMapperRole": {reason: "the group becomes administrator", want: []string{"update " + mapper + "team-b group to role"}, writes: 1,
			make: mapperChange("team-b group to role", func(m *gocloak.IdentityProviderMapper) { (*m.Config)["role"] = "admin" })},
		"ProviderMapperTemplate": {reason: "people get other names", want: []string{"update " + mapper + "username mapping"}, writes: 1,
			make: mapperChange("username mapping", func(m *gocloak.IdentityProviderMapper) { (*m.Config)["template"] = "${CLAIM.email}" })},
		"ProviderMapperAdded": {reason: "a team that the values do not know gets a role", want: []string{"delete " + mapper + "team-ghost group to role"}, writes: 1, make: func(h *operator) error {
			m := h.providerMapper("team-a group to role")
			m.ID, m.Name = nil, gocloak.StringP("team-ghost group to role")
			_, err := h.kc.CreateIdentityProviderMapper(h.ctx, h.admin, h.realm, "staff", m)
			return err
		}},
		"BrokeredRoleDescription": {reason: "the mark that the role is ours was edited", want: []string{"update role team-b"}, writes: 1, make: func(h *operator) error {
			role := h.role("team-b")
			role.Description = gocloak.StringP("Created by Otomi")
			return h.kc.UpdateRealmRole(h.ctx, h.admin, h.realm, "team-b", role)
		}},
	}
}

// Print makes the fingerprint of a secret as slow to try as the product does, and
// knows the secret again.
func Print(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	b.settled(t)
	provider, err := b.kc.GetIdentityProvider(context.Background(), b.token(t), b.realm, "staff")
	if err != nil {
		t.Fatal(err)
	}
	if print := (*provider.Config)["otomi.secretFingerprint"]; !strings.HasPrefix(print, "pbkdf2-sha256:50000:") {
		t.Errorf("the fingerprint is %s", print)
	}
}
