package keycloakroles

import (
	"maps"
	"slices"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values"
)

// Names that the platform's other parts rely on, whatever its generation.
const (
	roleTeamAdmin   = "team-admin"
	scopeOpenID     = "openid"
	scopeBasic      = "basic" // holds sub from Keycloak 25 on
	scopeOffline    = "offline_access"
	oidc            = "openid-connect"
	realmManagement = "realm-management"
	secretPrint     = "otomi.secretFingerprint" // in a provider's configuration

	roleMapper  = "oidc-role-idp-mapper"
	groupToRole = " group to role"

	scopeKind  = "scope"
	clientKind = "client"
)

// builtInScopes come with every realm, with mappers of their own.
func builtInScopes() []string { return []string{"email", "profile"} }

func teamRole(id string) string { return values.TeamName(id) }

// Desired is the state that the values ask for. Discovery counts only with an
// external identity provider.
func Desired(v values.Values, d Discovery) State {
	client := v.Apps.Keycloak.ClientID
	s := State{
		Realms:   desiredRealms(v),
		Profiles: desiredProfiles(v),
		Scopes:   desiredScopes(),
		Mappers:  desiredMappers(client, v.Platform.Keycloak.ClientMappers),
		Roles:    desiredRoles(v),
		Clients:  map[string]Client{client: desiredClient(v)},
	}
	if v.Otomi.HasExternalIDP {
		s.Providers = map[string]Provider{v.Apps.Keycloak.IDP.Alias: desiredProvider(v, d)}
		s.ProviderMappers = desiredProviderMappers(v)
	}
	if !v.Otomi.HasExternalIDP || v.Platform.Keycloak.GroupsWithProvider {
		s.Groups, s.GroupRoles = desiredGroups(v)
	}
	if !v.Otomi.HasExternalIDP {
		s.Users, s.Memberships = desiredUsers(v)
		s.listMembers()
	}
	return s
}

func desiredRealms(v values.Values) map[string]Realm {
	k, lives := v.Apps.Keycloak, v.Apps.Keycloak.Lives
	return map[string]Realm{
		k.Realm: {
			Meta:    plan.Meta{Ownership: plan.Ours},
			Enabled: new(true), DisplayName: new(k.Realm), DisplayNameHTML: optional(v.Platform.Keycloak.DisplayNameHTML), SSLRequired: new("external"),
			LoginTheme: new(k.Theme), AccountTheme: k.AccountTheme, EmailTheme: k.EmailTheme, RememberMe: k.RememberMe,
			RegistrationAllowed: new(false), RegistrationEmailAsUsername: new(false),
			LoginWithEmailAllowed: new(true), DuplicateEmailsAllowed: new(false),
			ResetPasswordAllowed: new(true), EditUsernameAllowed: new(false), BruteForceProtected: new(true),
			SSOSessionIdleTimeout: seconds(lives.SSOIdle), SSOSessionMaxLifespan: seconds(lives.SSOMax),
			AccessTokenLifespan: seconds(lives.AccessToken), AccessTokenLifespanForImplicitFlow: seconds(lives.ImplicitToken),
			OfflineSessionIdleTimeout: seconds(lives.OfflineIdle), OfflineSessionMaxLifespan: seconds(lives.OfflineMax),
			OfflineSessionMaxLifespanEnabled: new(lives.OfflineMaxEnabled),
		},
		k.AdminRealm: {LoginTheme: new(k.Theme)},
	}
}

// seconds leaves a life alone that is 0.
func seconds(n int) *int32 {
	if n == 0 {
		return nil
	}
	return new(int32(n)) //nolint:gosec // values bounds it
}

func desiredProfiles(v values.Values) map[string]UserProfile {
	k := v.Platform.Keycloak
	if k.UnmanagedAttributes == "" {
		return nil
	}
	return map[string]UserProfile{v.Apps.Keycloak.Realm: {UnmanagedAttributePolicy: k.UnmanagedAttributes, Attributes: k.ProfileAttributes}}
}

func desiredScopes() map[string]Scope {
	return map[string]Scope{
		scopeOpenID: {Protocol: oidc, Attributes: map[string]string{
			"include.in.token.scope": "true", "display.on.consent.screen": "true"}},
		"email":   {Protocol: oidc},
		"profile": {Protocol: oidc},
	}
}

func desiredRoles(v values.Values) map[string]Role {
	roles := map[string]Role{}
	for _, access := range v.Platform.Keycloak.Accesses {
		roles[access.Role] = Role{Meta: plan.Meta{Ownership: plan.Ours}, Description: describe(v, v.OIDC.GroupIDs[access.Purpose])}
	}
	for id, team := range v.Teams {
		if v.Otomi.HasExternalIDP && v.Platform.Keycloak.MappedTeams && team.OIDC.GroupMapping == "" {
			continue
		}
		roles[teamRole(id)] = Role{Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Description: describe(v, team.OIDC.GroupMapping)}
	}
	return roles
}

func describe(v values.Values, group string) string {
	createdBy := v.Platform.Keycloak.RoleDescription
	if !v.Otomi.HasExternalIDP || group == "" {
		return createdBy
	}
	return createdBy + " - mapped for incoming IDP GROUP_ID: " + group
}

func desiredClient(v values.Values) Client {
	k := v.Apps.Keycloak
	return Client{
		Meta:    plan.Meta{Ownership: plan.Ours},
		Enabled: true, Protocol: oidc, PublicClient: false, Secret: k.ClientSecret,
		FullScopeAllowed: true, ClientAuthenticatorType: "client-secret",
		StandardFlowEnabled: true, ImplicitFlowEnabled: true, DirectAccessGrantsEnabled: true,
		ServiceAccountsEnabled: true, AuthorizationServicesEnabled: true,
		RedirectURIs: sorted(k.RedirectURIs), WebOrigins: []string{k.HostnameURL}, Attributes: offAttributes(),
		DefaultScopes: []string{scopeBasic, "email", scopeOpenID, "profile"}, OptionalScopes: []string{scopeOffline},
	}
}

// offAttributes are the settings of a client that shorten its tokens' lives,
// empty its tokens, or ask for what the platform's applications do not send.
func offAttributes() map[string]string {
	off := map[string]string{}
	for _, key := range []string{
		"access.token.lifespan", "client.session.idle.timeout", "client.session.max.lifespan",
		"client.use.lightweight.access.token.enabled", "dpop.bound.access.tokens", "tls.client.certificate.bound.access.tokens",
		"require.pushed.authorization.requests", "pkce.code.challenge.method",
	} {
		off[key] = ""
	}
	return off
}

// desiredGroups are the platform's own groups, which may also look after users,
// and those of the teams.
func desiredGroups(v values.Values) (map[string]Group, map[string]GroupRole) {
	groups, roles := map[string]Group{}, map[string]GroupRole{}
	add := func(meta plan.Meta, a platform.Access, former bool) {
		groups[a.Group] = Group{Meta: meta, former: former}
		meta.Ownership = plan.Unowned
		for _, r := range append([]GroupRole{{Role: a.Role}}, managementRoles(v, a)...) {
			r.Meta, r.Group = meta, a.Group
			roles[r.name()] = r
		}
	}
	k := v.Platform.Keycloak
	for _, access := range k.Accesses {
		add(plan.Meta{Ownership: plan.Ours}, access, false)
	}
	for group, purpose := range k.FormerGroups {
		for _, access := range k.Accesses {
			if access.Purpose == purpose {
				access.Group = group
				add(plan.Meta{}, access, true)
			}
		}
	}
	for id := range v.Teams {
		add(plan.Meta{Team: id, Ownership: plan.Ours}, platform.Access{Role: teamRole(id), Group: teamRole(id), Management: k.TeamManagement}, false)
	}
	return groups, roles
}

// managementRoles let a group look after the realm's own users; with an external
// provider there are none.
func managementRoles(v values.Values, a platform.Access) []GroupRole {
	if v.Otomi.HasExternalIDP {
		return nil
	}
	roles := make([]GroupRole, 0, len(a.Management))
	for _, role := range a.Management {
		roles = append(roles, GroupRole{Client: realmManagement, Role: role})
	}
	return roles
}

func (r GroupRole) name() string {
	if r.Client == "" {
		return r.Group + "/" + r.Role
	}
	return r.Group + "/" + r.Client + "/" + r.Role
}

func (m Membership) name() string { return m.User + "/" + m.Group }

func desiredUsers(v values.Values) (map[string]User, map[string]Membership) {
	first, admins := v.Platform.Keycloak.FirstAdmin, v.Platform.Keycloak.Access(platform.PlatformAdmin).Group
	users := map[string]User{first.Username: {
		Meta:     plan.Meta{Ownership: plan.Ours},
		Initial:  Profile{Email: first.Email, EmailVerified: true, FirstName: first.FirstName, LastName: first.LastName},
		Password: v.Otomi.AdminPassword,
	}}
	memberships := map[string]Membership{}
	join := func(user, group, team string) {
		m := Membership{Meta: plan.Meta{Team: team}, User: user, Group: group}
		memberships[m.name()] = m
	}
	join(first.Username, admins, "")
	for _, id := range slices.Sorted(maps.Keys(v.Teams)) {
		for _, u := range v.Teams[id].Users {
			users[u.Username] = desiredUser(u, append(users[u.Username].Teams(), id))
			join(u.Username, teamRole(id), id)
		}
	}
	for _, u := range v.Users {
		users[u.Email] = platformUser(u)
		for _, group := range u.Groups {
			join(u.Email, group, teamOf(group))
		}
	}
	return users, memberships
}

func desiredUser(u values.User, teams []string) User {
	return User{
		Meta:  plan.Meta{Team: teams[0], Ownership: plan.Ours, Extra: &plan.Extra{Shared: teams[1:]}},
		Email: optional(u.Email), EmailVerified: new(true), FirstName: optional(u.FirstName), LastName: optional(u.LastName),
		Password: u.InitialPassword, Temporary: true,
	}
}

// platformUser is a person whom the platform's values list.
func platformUser(u values.PlatformUser) User {
	user := desiredUser(values.User{Username: u.Email, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, InitialPassword: u.InitialPassword}, append(slices.Clone(u.Teams), ""))
	user.Extra.Shared = slices.DeleteFunc(user.Extra.Shared, func(team string) bool { return team == "" })
	if u.Nickname != "" {
		user.Attributes = map[string][]string{"nickname": {u.Nickname}}
	}
	return user
}

// listMembers notes on each group whom it gets from us.
func (s State) listMembers() {
	for _, name := range slices.Sorted(maps.Keys(s.Memberships)) {
		m := s.Memberships[name]
		if group, exists := s.Groups[m.Group]; exists {
			group.Members = append(group.Members, m.User)
			s.Groups[m.Group] = group
		}
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
