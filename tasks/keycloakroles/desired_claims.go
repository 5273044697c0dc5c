package keycloakroles

import (
	"slices"
	"strconv"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// desiredMappers are the claims that every application of the platform reads.
// email and profile come with the realm; they are named here so that one that
// was deleted comes back with its claim.
func desiredMappers(client string, ofClient []string) map[string]Mapper {
	mappers := map[string]Mapper{}
	add := func(p Parent, name, kind string, config map[string]string) {
		mappers[mapperName(p, name)] = Mapper{Parent: p, Protocol: oidc, ProtocolMapper: kind, Config: config}
	}
	openid := Parent{scopeKind, scopeOpenID}
	add(openid, "groups", "oidc-usermodel-realm-role-mapper", claim("groups", everyToken, "multivalued", "true"))
	add(openid, "email", propertyMapper, claim("email", everyToken, "user.attribute", "email"))
	add(openid, "username", propertyMapper, claim("preferred_username", everyToken, "user.attribute", "username"))
	add(openid, "realm roles", "oidc-usermodel-realm-role-mapper", claim("realm_access.roles", accessToken, "multivalued", "true"))
	add(openid, "client roles", "oidc-usermodel-client-role-mapper", claim("resource_access.${client_id}.roles", accessToken, "multivalued", "true"))
	add(Parent{scopeKind, "email"}, "email", attributeMapper, claim("email", everyToken, "user.attribute", "email"))
	add(Parent{scopeKind, "profile"}, "username", attributeMapper, claim("preferred_username", everyToken, "user.attribute", "username"))
	for name, m := range clientMappers(client) {
		if slices.Contains(ofClient, name) {
			add(Parent{clientKind, client}, name, m.ProtocolMapper, m.Config)
		}
	}
	return mappers
}

const (
	propertyMapper  = "oidc-usermodel-property-mapper"
	attributeMapper = "oidc-usermodel-attribute-mapper"
)

// clientMappers are the mappers that a generation of the platform may have on
// its client, by name.
func clientMappers(client string) map[string]Mapper {
	five := func(name, attribute string) map[string]string {
		return with(claim(name, everyToken, "user.attribute", attribute), "introspection.token.claim", "lightweight.claim")
	}
	return map[string]Mapper{
		"email":    {ProtocolMapper: propertyMapper, Config: claim("email", everyToken, "user.attribute", "email")},
		"sub":      {ProtocolMapper: propertyMapper, Config: five("sub", "id")},
		"nickname": {ProtocolMapper: attributeMapper, Config: five("nickname", "nickname")},
		"aud-mapper-otomi": {ProtocolMapper: "oidc-audience-mapper", Config: with(map[string]string{"included.client.audience": client},
			"access.token.claim", "id.token.claim", "introspection.token.claim", "lightweight.claim")},
		"name": {ProtocolMapper: "oidc-full-name-mapper", Config: with(map[string]string{},
			"access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim")},
	}
}

// with switches keys of a mapper's configuration on.
func with(config map[string]string, on ...string) map[string]string {
	for _, key := range on {
		config[key] = "true"
	}
	return config
}

func mapperName(p Parent, name string) string { return p.Kind + " " + p.Name + "/" + name }

// The tokens that a claim goes into.
const (
	everyToken  = true
	accessToken = false
)

func claim(name string, everywhere bool, key, value string) map[string]string {
	return map[string]string{
		"claim.name": name, "jsonType.label": "String", key: value, "access.token.claim": "true",
		"id.token.claim": strconv.FormatBool(everywhere), "userinfo.token.claim": strconv.FormatBool(everywhere),
	}
}

// desiredProvider declares every address, empty where the issuer names none: the
// tokens of one issuer must not go to another one.
func desiredProvider(v values.Values, d Discovery) Provider {
	idp := v.Apps.Keycloak.IDP
	return Provider{
		Meta:       plan.Meta{Ownership: plan.Ours},
		ProviderID: providerOIDC, DisplayName: idp.Alias, Enabled: true, TrustEmail: true, LinkOnly: false,
		FirstBrokerLoginFlowAlias: "first broker login", ClientSecret: v.OIDC.ClientSecret,
		Config: map[string]string{
			"clientId": v.OIDC.ClientID, "clientAuthMethod": "client_secret_post", "defaultScope": "openid email profile",
			"issuer": d.Issuer, "authorizationUrl": d.AuthorizationEndpoint, "tokenUrl": d.TokenEndpoint, "jwksUrl": d.JWKSURI,
			"userInfoUrl": d.UserinfoEndpoint, "logoutUrl": d.EndSessionEndpoint, "tokenIntrospectionUrl": "",
			"useJwksUrl": "true", "validateSignature": "true", "syncMode": "FORCE",
			"disableUserInfo": "", "filteredByClaim": "", "hideOnLoginPage": "", "publicKeySignatureVerifier": "",
		},
	}
}

const providerOIDC = "oidc"

func desiredProviderMappers(v values.Values) map[string]ProviderMapper {
	alias := v.Apps.Keycloak.IDP.Alias
	mappers := map[string]ProviderMapper{}
	add := func(team, name, kind string, config map[string]string) {
		config["syncMode"] = "INHERIT"
		mappers[alias+"/"+name] = ProviderMapper{Meta: plan.Meta{Team: team}, Provider: alias, IdentityProviderMapper: kind, Config: config}
	}
	add("", "upn to email", "oidc-user-attribute-idp-mapper", map[string]string{"claim": "upn", "user.attribute": "email"})
	add("", "username mapping", "oidc-username-idp-mapper", map[string]string{"template": v.OIDC.UsernameClaimMapper})
	add("", "sub", "oidc-user-attribute-idp-mapper", map[string]string{"claim": v.OIDC.SubClaimMapper, "user.attribute": "sub"})
	role := func(team, purpose, group, role string) {
		if group != "" {
			add(team, purpose+groupToRole, roleMapper, map[string]string{"claim": "groups", "claim.value": group, "role": role})
		}
	}
	for _, access := range v.Platform.Keycloak.Accesses {
		role("", access.Group, v.OIDC.GroupIDs[access.Purpose], access.Role)
	}
	for id, team := range v.Teams {
		role(id, teamRole(id), team.OIDC.GroupMapping, teamRole(id))
	}
	return mappers
}
