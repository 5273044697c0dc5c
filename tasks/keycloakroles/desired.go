package keycloakroles

import (
	"maps"
	"slices"
	"strconv"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Names that the platform's other parts rely on.
const (
	roleAdmin       = "admin"
	roleTeamAdmin   = "team-admin"
	groupOtomiAdmin = "otomi-admin"
	groupTeamAdmin  = "team-admin"
	userOtomiAdmin  = "otomi-admin"
	scopeOpenID     = "openid"
	scopeBasic      = "basic" // holds sub from Keycloak 25 on
	oidc            = "openid-connect"
	realmManagement = "realm-management"

	createdBy   = "Created by Otomi"
	markKey     = "managed-by"
	markValue   = "otomi-tasks"
	secretPrint = "otomi.secretFingerprint" // in a provider's configuration

	roleMapper  = "oidc-role-idp-mapper"
	groupToRole = " group to role"

	scopeKind  = "scope"
	clientKind = "client"
)

// builtInScopes come with every realm, with mappers of their own.
func builtInScopes() []string { return []string{"email", "profile"} }

func teamRole(id string) string { return "team-" + id }

// Desired is the state that the values ask for. Discovery counts only with an
// external identity provider.
func Desired(v values.Values, d Discovery) State {
	client := v.Apps.Keycloak.ClientID
	s := State{
		Realms:  desiredRealms(v),
		Scopes:  desiredScopes(),
		Mappers: desiredMappers(client),
		Roles:   desiredRoles(v),
		Clients: map[string]Client{client: desiredClient(v)},
	}
	if v.Otomi.HasExternalIDP {
		alias := v.Apps.Keycloak.IDP.Alias
		s.Providers = map[string]Provider{alias: desiredProvider(v, d)}
		s.ProviderMappers = desiredProviderMappers(v)
		return s
	}
	s.Groups, s.GroupRoles = desiredGroups(v)
	s.Users, s.Memberships = desiredUsers(v)
	return s
}

func desiredRealms(v values.Values) map[string]Realm {
	k := v.Apps.Keycloak
	return map[string]Realm{
		k.Realm: {
			Attributes: map[string]string{markKey: markValue},
			Enabled:    new(true), DisplayName: new(k.Realm), SSLRequired: new("external"),
			LoginTheme: new(k.Theme), AccountTheme: k.AccountTheme, EmailTheme: k.EmailTheme,
			RegistrationAllowed: new(false), LoginWithEmailAllowed: new(true), DuplicateEmailsAllowed: new(false),
			ResetPasswordAllowed: new(true), EditUsernameAllowed: new(false), BruteForceProtected: new(true),
			AccessTokenLifespan: seconds(k.TokenTTL), AccessTokenLifespanForImplicitFlow: seconds(k.TokenTTL),
			OfflineSessionIdleTimeout: seconds(k.OfflineTTL), OfflineSessionMaxLifespan: seconds(k.OfflineTTL),
			OfflineSessionMaxLifespanEnabled: new(k.OfflineMaxEnabled),
		},
		k.AdminRealm: {LoginTheme: new(k.Theme)},
	}
}

func seconds(n int) *int32 { return new(int32(n)) } //nolint:gosec // values bounds it

func desiredScopes() map[string]Scope {
	return map[string]Scope{
		scopeOpenID: {Protocol: oidc, Attributes: map[string]string{
			"include.in.token.scope": "true", "display.on.consent.screen": "true"}},
		"email":   {Protocol: oidc},
		"profile": {Protocol: oidc},
	}
}

// desiredMappers are the claims that every application of the platform reads.
// email and profile come with the realm; they are named here so that one that
// somebody deleted comes back with its claim.
func desiredMappers(client string) map[string]Mapper {
	openid, own := Parent{scopeKind, scopeOpenID}, Parent{clientKind, client}
	mappers := map[string]Mapper{}
	add := func(p Parent, name, kind string, config map[string]string) {
		mappers[mapperName(p, name)] = Mapper{Parent: p, Protocol: oidc, ProtocolMapper: kind, Config: config}
	}
	add(openid, "groups", "oidc-usermodel-realm-role-mapper", claim("groups", everyToken, "multivalued", "true"))
	add(openid, "email", "oidc-usermodel-property-mapper", claim("email", everyToken, "user.attribute", "email"))
	add(openid, "username", "oidc-usermodel-property-mapper", claim("preferred_username", everyToken, "user.attribute", "username"))
	add(openid, "realm roles", "oidc-usermodel-realm-role-mapper", claim("realm_access.roles", accessToken, "multivalued", "true"))
	add(openid, "client roles", "oidc-usermodel-client-role-mapper", claim("resource_access.${client_id}.roles", accessToken, "multivalued", "true"))
	add(own, "email", "oidc-usermodel-property-mapper", claim("email", everyToken, "user.attribute", "email"))
	add(Parent{scopeKind, "email"}, "email", "oidc-usermodel-attribute-mapper", claim("email", everyToken, "user.attribute", "email"))
	add(Parent{scopeKind, "profile"}, "username", "oidc-usermodel-attribute-mapper", claim("preferred_username", everyToken, "user.attribute", "username"))
	return mappers
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

func desiredRoles(v values.Values) map[string]Role {
	roles := map[string]Role{
		roleAdmin:     {Description: describe(v, v.OIDC.AdminGroupID)},
		roleTeamAdmin: {Description: describe(v, v.OIDC.TeamAdminGroupID)},
	}
	for id, team := range v.Teams {
		roles[teamRole(id)] = Role{Meta: plan.Meta{Team: id}, Description: describe(v, team.OIDC.GroupMapping)}
	}
	return roles
}

// describe is the mark by which a role is known to be ours.
func describe(v values.Values, group string) string {
	if !v.Otomi.HasExternalIDP || group == "" {
		return createdBy
	}
	return createdBy + " - mapped for incoming IDP GROUP_ID: " + group
}

func desiredClient(v values.Values) Client {
	k := v.Apps.Keycloak
	return Client{
		Name: k.ClientID, Enabled: true, Protocol: oidc, PublicClient: false, Secret: k.ClientSecret,
		StandardFlowEnabled: true, ImplicitFlowEnabled: true, DirectAccessGrantsEnabled: true,
		ServiceAccountsEnabled: true, AuthorizationServicesEnabled: true,
		RedirectURIs: sorted(k.RedirectURIs), WebOrigins: []string{k.HostnameURL},
		DefaultScopes: []string{scopeBasic, "email", scopeOpenID, "profile"},
	}
}

func desiredProvider(v values.Values, d Discovery) Provider {
	idp := v.Apps.Keycloak.IDP
	config := map[string]string{
		"clientId": v.OIDC.ClientID, "clientAuthMethod": "client_secret_post", "defaultScope": "openid email profile",
		"issuer": d.Issuer, "authorizationUrl": d.AuthorizationEndpoint, "tokenUrl": d.TokenEndpoint,
		"jwksUrl": d.JWKSURI, "useJwksUrl": "true", "validateSignature": "true", "syncMode": "FORCE",
	}
	for key, value := range map[string]string{"userInfoUrl": d.UserinfoEndpoint, "logoutUrl": d.EndSessionEndpoint} {
		if value != "" {
			config[key] = value
		}
	}
	return Provider{
		ProviderID: "oidc", DisplayName: idp.Alias, Enabled: true, TrustEmail: true,
		FirstBrokerLoginFlowAlias: "first broker login", Config: config, ClientSecret: v.OIDC.ClientSecret,
	}
}

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
	role("", groupOtomiAdmin, v.OIDC.AdminGroupID, roleAdmin)
	role("", groupTeamAdmin, v.OIDC.TeamAdminGroupID, roleTeamAdmin)
	for id, team := range v.Teams {
		role(id, teamRole(id), team.OIDC.GroupMapping, teamRole(id))
	}
	return mappers
}

// desiredGroups are the groups of a platform without an external provider: the
// platform's own may also look after users.
func desiredGroups(v values.Values) (map[string]Group, map[string]GroupRole) {
	groups, roles := map[string]Group{}, map[string]GroupRole{}
	group := func(team, name, realmRole string, management ...string) {
		meta := plan.Meta{Team: team}
		groups[name] = Group{Meta: meta, Attributes: map[string][]string{markKey: {markValue}}}
		add := func(r GroupRole) { r.Meta = meta; roles[r.name()] = r }
		add(GroupRole{Group: name, Role: realmRole})
		for _, role := range management {
			add(GroupRole{Group: name, Client: realmManagement, Role: role})
		}
	}
	group("", groupOtomiAdmin, roleAdmin, "view-users", "manage-realm")
	group("", groupTeamAdmin, roleTeamAdmin, "view-users", "manage-users")
	for id := range v.Teams {
		group(id, teamRole(id), teamRole(id), "view-users")
	}
	return groups, roles
}

func (r GroupRole) name() string {
	if r.Client == "" {
		return r.Group + "/" + r.Role
	}
	return r.Group + "/" + r.Client + "/" + r.Role
}

func (m Membership) name() string { return m.User + "/" + m.Group }

func desiredUsers(v values.Values) (map[string]User, map[string]Membership) {
	users := map[string]User{userOtomiAdmin: {
		Initial:  Profile{Email: "admin@oto.mi", EmailVerified: true, FirstName: "otomi", LastName: "admin"},
		Password: v.Otomi.AdminPassword,
	}}
	memberships := map[string]Membership{}
	join := func(user, group, team string) {
		m := Membership{Meta: plan.Meta{Team: team}, User: user, Group: group}
		memberships[m.name()] = m
	}
	join(userOtomiAdmin, groupOtomiAdmin, "")
	for _, id := range slices.Sorted(maps.Keys(v.Teams)) {
		for _, u := range v.Teams[id].Users {
			users[u.Username] = desiredUser(u, append(users[u.Username].Teams(), id))
			join(u.Username, teamRole(id), id)
		}
	}
	return users, memberships
}

func desiredUser(u values.User, teams []string) User {
	return User{
		Meta:  plan.Meta{Team: teams[0], Extra: &plan.Extra{Shared: teams[1:]}},
		Email: optional(u.Email), EmailVerified: new(true), FirstName: optional(u.FirstName), LastName: optional(u.LastName),
		Password: u.InitialPassword, Temporary: true,
	}
}

// optional leaves a field alone that the values do not mention.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
