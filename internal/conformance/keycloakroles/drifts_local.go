package keycloakroles

import (
	"github.com/Nerzal/gocloak/v13"
)

// localDrifts are made in a realm without an external provider.
func localDrifts() map[string]drift {
	all := map[string]drift{}
	for _, some := range []map[string]drift{realmDrifts(), scopeDrifts(), clientDrifts(), roleDrifts(), groupDrifts(), userDrifts()} {
		for name, d := range some {
			all[name] = d
		}
	}
	return all
}

func realmDrifts() map[string]drift {
	realm := []string{"update realm tdrift"}
	change := func(reason string, do func(*gocloak.RealmRepresentation)) drift {
		return drift{reason: reason, want: realm, writes: 1, make: func(h *operator) error { return h.realmChange(do) }}
	}
	return map[string]drift{
		"Theme":        change("a theme was tried", func(r *gocloak.RealmRepresentation) { r.LoginTheme = gocloak.StringP("base") }),
		"TokenLife":    change("tokens live shorter", func(r *gocloak.RealmRepresentation) { r.AccessTokenLifespan = gocloak.IntP(300) }),
		"BruteForce":   change("the protection is off", func(r *gocloak.RealmRepresentation) { r.BruteForceProtected = gocloak.BoolP(false) }),
		"Registration": change("visitors may register", func(r *gocloak.RealmRepresentation) { r.RegistrationAllowed = gocloak.BoolP(true) }),
		"OfflineMax": change("offline sessions never expire", func(r *gocloak.RealmRepresentation) {
			r.OfflineSessionMaxLifespanEnabled = gocloak.BoolP(false)
		}),
		"DisplayName": change("the realm was renamed", func(r *gocloak.RealmRepresentation) { r.DisplayName = gocloak.StringP("Hello") }),
	}
}

func scopeDrifts() map[string]drift {
	return map[string]drift{
		"MapperEdited": {reason: "the claim has another name", want: []string{"update mapper scope openid/groups"}, writes: 1, make: func(h *operator) error {
			scope := h.scope("openid")
			m := h.mapper(scope, "groups")
			m.ProtocolMappersConfig.ClaimName = gocloak.StringP("teams")
			return h.kc.UpdateClientScopeProtocolMapper(h.ctx, h.admin, h.realm, *scope.ID, m)
		}},
		"MapperDeleted": {reason: "tokens lack the roles", want: []string{"create mapper scope openid/realm roles"}, writes: 1, make: func(h *operator) error {
			scope := h.scope("openid")
			return h.kc.DeleteClientScopeProtocolMapper(h.ctx, h.admin, h.realm, *scope.ID, *h.mapper(scope, "realm roles").ID)
		}},
		"MapperAdded": {reason: "an undeclared claim in our own scope", want: []string{"delete mapper scope openid/extra"}, writes: 1, make: func(h *operator) error {
			scope := h.scope("openid")
			m := h.mapper(scope, "email")
			m.ID, m.Name = nil, gocloak.StringP("extra")
			_, err := h.kc.CreateClientScopeProtocolMapper(h.ctx, h.admin, h.realm, *scope.ID, m)
			return err
		}},
		"BuiltInMapperDeleted": {reason: "a claim of the built-in scope is gone", want: []string{"create mapper scope email/email"}, writes: 1, make: func(h *operator) error {
			scope := h.scope("email")
			return h.kc.DeleteClientScopeProtocolMapper(h.ctx, h.admin, h.realm, *scope.ID, *h.mapper(scope, "email").ID)
		}},
		"ScopeAttribute": {reason: "the scope is hidden from the token", want: []string{"update client-scope openid"}, writes: 1, make: func(h *operator) error {
			scope := h.scope("openid")
			scope.ClientScopeAttributes.IncludeInTokenScope = gocloak.StringP("false")
			return h.kc.UpdateClientScope(h.ctx, h.admin, h.realm, scope)
		}},
		"ScopeDeleted": {reason: "the scope went with all its mappers", writes: 7, want: []string{
			"create client-scope openid", "update client otomi",
			"create mapper scope openid/client roles", "create mapper scope openid/email", "create mapper scope openid/groups",
			"create mapper scope openid/realm roles", "create mapper scope openid/username",
		}, make: func(h *operator) error {
			client, scope := h.client("otomi"), h.scope("openid")
			if err := h.kc.RemoveDefaultScopeFromClient(h.ctx, h.admin, h.realm, *client.ID, *scope.ID); err != nil {
				return err
			}
			return h.kc.DeleteClientScope(h.ctx, h.admin, h.realm, *scope.ID)
		}},
	}
}

func clientDrifts() map[string]drift {
	update := []string{"update client otomi"}
	change := func(reason string, do func(*gocloak.Client)) drift {
		return drift{reason: reason, want: update, writes: 1, make: func(h *operator) error { return h.clientChange(do) }}
	}
	return map[string]drift{
		"RedirectURI": change("logins may be sent elsewhere", func(c *gocloak.Client) { c.RedirectURIs = &[]string{"https://evil.example.org/*"} }),
		"WebOrigins":  change("every origin may read tokens", func(c *gocloak.Client) { c.WebOrigins = &[]string{"*"} }),
		"Secret":      change("the applications' secret no longer works", func(c *gocloak.Client) { c.Secret = gocloak.StringP("changed-by-hand") }),
		"FullScope":   change("no token names a role", func(c *gocloak.Client) { c.FullScopeAllowed = gocloak.BoolP(false) }),
		"Consent":     change("every person is asked", func(c *gocloak.Client) { c.ConsentRequired = gocloak.BoolP(true) }),
		"Authenticator": change("the secret no longer counts", func(c *gocloak.Client) {
			c.ClientAuthenticatorType = gocloak.StringP("client-jwt")
		}),
		"Lightweight": change("tokens are empty", func(c *gocloak.Client) {
			(*c.Attributes)["client.use.lightweight.access.token.enabled"] = "true"
		}),
		"TokenLifeOfClient": change("tokens of this client live shorter", func(c *gocloak.Client) {
			(*c.Attributes)["access.token.lifespan"] = "60"
		}),
		"BoundTokens": change("applications send no proof", func(c *gocloak.Client) { (*c.Attributes)["dpop.bound.access.tokens"] = "true" }),
		"OfflineScope": {reason: "offline tokens are refused", want: update, writes: 1, make: func(h *operator) error {
			return h.kc.RemoveOptionalScopeFromClient(h.ctx, h.admin, h.realm, *h.client("otomi").ID, *h.scope("offline_access").ID)
		}},
		"Disabled":     change("no login works", func(c *gocloak.Client) { c.Enabled = gocloak.BoolP(false) }),
		"DirectAccess": change("the command line cannot log in", func(c *gocloak.Client) { c.DirectAccessGrantsEnabled = gocloak.BoolP(false) }),
		"Authorization": change("authorisation was switched off", func(c *gocloak.Client) {
			c.AuthorizationServicesEnabled = gocloak.BoolP(false)
		}),
		"DefaultScopeRemoved": {reason: "tokens lack the claims", want: update, writes: 1, make: func(h *operator) error {
			return h.kc.RemoveDefaultScopeFromClient(h.ctx, h.admin, h.realm, *h.client("otomi").ID, *h.scope("profile").ID)
		}},
		"DefaultScopeMadeOptional": {reason: "tokens lack the claims unless asked for", want: update, writes: 2, make: func(h *operator) error {
			client, scope := *h.client("otomi").ID, *h.scope("profile").ID
			if err := h.kc.RemoveDefaultScopeFromClient(h.ctx, h.admin, h.realm, client, scope); err != nil {
				return err
			}
			return h.kc.AddOptionalScopeToClient(h.ctx, h.admin, h.realm, client, scope)
		}},
		"ClientMapperDeleted": {reason: "the client lost its claim", want: []string{"create mapper client otomi/email"}, writes: 1, make: func(h *operator) error {
			client := h.client("otomi")
			for _, m := range *client.ProtocolMappers {
				if *m.Name == "email" {
					return h.kc.DeleteClientProtocolMapper(h.ctx, h.admin, h.realm, *client.ID, *m.ID)
				}
			}
			return nil
		}},
		"ClientDeleted": {reason: "the whole platform cannot log in", want: []string{"create client otomi", "create mapper client otomi/email"}, writes: 2, make: func(h *operator) error {
			return h.kc.DeleteClient(h.ctx, h.admin, h.realm, *h.client("otomi").ID)
		}},
	}
}
