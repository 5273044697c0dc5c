package keycloakroles

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
)

// docsLogin is where the docs say what a login depends on.
const docsLogin = "docs/keycloak-roles.md#what-a-login-depends-on"

// Checks look at the outcome: the tokens that people get.
func (a *Application) Checks() []task.Check {
	checks := []task.Check{
		{Name: "lives of tokens", Run: a.checkLives},
		{Name: "tokens of people", Outcome: true, Run: a.checkTokens},
	}
	if a.values.Otomi.HasExternalIDP {
		return append([]task.Check{{Name: "external identity provider", Run: a.checkIssuer}}, checks...)
	}
	return checks
}

func (a *Application) checkIssuer(ctx context.Context) (string, error) {
	d, err := a.discover(ctx)
	if err != nil {
		return "", err
	}
	if missing := d.unsupportedClaims(a.values.OIDC); len(missing) > 0 {
		return fmt.Sprintf("%s answers, but does not list the claims %s: a user name made of a claim that is not sent is empty", d.Issuer, strings.Join(missing, ", ")), nil
	}
	return d.Issuer + " answers", nil
}

// checkLives finds a token that would outlive its session: it ends with it.
func (a *Application) checkLives(ctx context.Context) (string, error) {
	realm, err := response.OK(a.api.GetRealmWithResponse(ctx, a.realmName))
	if transport.IsNotFound(err) {
		return "", &task.Fault{Class: task.ClassUnsettled, Cause: "realm " + a.realmName + " does not exist", Remedy: "run apply", Docs: docsLogin}
	}
	if err != nil {
		return "", fmt.Errorf("reading realm %s: %w", a.realmName, err)
	}
	token, session := value(realm.AccessTokenLifespan), value(realm.SsoSessionMaxLifespan)
	if token > session {
		return "", &task.Fault{Class: task.ClassUnsettled, Docs: docsLogin,
			Cause:  fmt.Sprintf("access tokens of %d s end with the session after %d s", token, session),
			Remedy: "lower apps.keycloak.tokenTTL, or raise the realm's SSO Session Max"}
	}
	return fmt.Sprintf("access tokens live %d s, sessions %d s", token, session), nil
}

// promise is what the token of a person must say.
type promise struct {
	user   string
	groups map[string]string // role by the group that gives it
}

// promises are those of an administrator and of a member of a team.
func (a *Application) promises() []promise {
	desired := Desired(a.values, Discovery{})
	roles := map[string]string{}
	for _, r := range desired.GroupRoles {
		if r.Client == "" {
			roles[r.Group] = r.Role
		}
	}
	first := a.values.Platform.Keycloak.FirstAdmin.Username
	var admin, member string
	for _, name := range slices.Sorted(maps.Keys(desired.Users)) {
		switch {
		case name == first:
			admin = name
		case member == "" && desired.Users[name].Team != "":
			member = name
		}
	}
	var list []promise
	for _, user := range []string{admin, member} {
		p := promise{user: user, groups: map[string]string{}}
		for _, m := range desired.Memberships {
			if m.User == user {
				p.groups[m.Group] = roles[m.Group]
			}
		}
		if user != "" {
			list = append(list, p)
		}
	}
	return list
}

// checkTokens lets Keycloak show the tokens that some people would get. The number
// of requests does not depend on the number of teams.
func (a *Application) checkTokens(ctx context.Context) (string, error) {
	name := a.values.Apps.Keycloak.ClientID
	clients, err := response.OK(a.api.ListClientsWithResponse(ctx, a.realmName, &keycloak.ListClientsParams{ClientID: &name}))
	if err != nil {
		return "", fmt.Errorf("reading client %s: %w", name, err)
	}
	if len(clients) == 0 {
		return "", &task.Fault{Class: task.ClassUnsettled, Cause: "client " + name + " does not exist", Remedy: "run apply", Docs: docsLogin}
	}
	promised := a.promises()
	if a.values.Otomi.HasExternalIDP {
		promised = []promise{{}} // any user, the one who logged in last
	}
	var looked []string
	for _, p := range promised {
		user, err := a.findUser(ctx, p.user)
		if err != nil {
			return "", err
		}
		if value(user.ID) == "" {
			continue
		}
		if err := a.checkToken(ctx, value(clients[0].ID), user, p); err != nil {
			return "", err
		}
		looked = append(looked, value(user.Username))
	}
	if len(looked) == 0 {
		return "no user to look at", nil
	}
	return "the tokens of " + strings.Join(looked, " and ") + " are as promised", nil
}

// findUser finds a user by name, or any user of the external provider.
func (a *Application) findUser(ctx context.Context, name string) (keycloak.UserRepresentation, error) {
	params := &keycloak.ListUsersParams{Max: number(1), Exact: new(true), Username: &name}
	if name == "" {
		params = &keycloak.ListUsersParams{Max: number(1), IdpAlias: &a.values.Apps.Keycloak.IDP.Alias}
	}
	users, err := response.OK(a.api.ListUsersWithResponse(ctx, a.realmName, params))
	if err != nil || len(users) == 0 {
		return keycloak.UserRepresentation{}, err
	}
	return users[0], nil
}

// checkToken compares the token with what the user's own groups promise: whether
// the memberships are right is up to the plan.
func (a *Application) checkToken(ctx context.Context, client string, user keycloak.UserRepresentation, p promise) error {
	// The groups first: another shard may put the user into a group at any time.
	groups, err := a.listUserGroups(ctx, value(user.ID))
	if err != nil {
		return fmt.Errorf("reading the groups of user %s: %w", value(user.Username), err)
	}
	claims, err := a.exampleToken(ctx, client, value(user.ID))
	if err != nil {
		return err
	}
	var missing []string
	for _, claim := range []string{"sub", "preferred_username", "groups"} {
		if claims[claim] == nil {
			missing = append(missing, "claim "+claim)
		}
	}
	if value(user.Email) != "" && claims["email"] == nil {
		missing = append(missing, "claim email")
	}
	roles, _ := claims["groups"].([]any)
	for _, group := range groups {
		if role := p.groups[value(group.Name)]; role != "" && !slices.Contains(roles, any(role)) {
			missing = append(missing, "role "+role)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &task.Fault{Class: task.ClassUnsettled, Docs: docsLogin,
		Cause:  fmt.Sprintf("the token of user %s for client %s lacks %s", value(user.Username), a.values.Apps.Keycloak.ClientID, strings.Join(missing, ", ")),
		Remedy: "see in Keycloak under Client scopes, Evaluate, what keeps it out: a scope that is limited to roles, a client policy, or a mapper"}
}

// exampleToken is the access token as Keycloak would issue it, without a login.
func (a *Application) exampleToken(ctx context.Context, client, user string) (map[string]any, error) {
	resp, err := a.api.EvaluateAccessToken(ctx, a.realmName, client, &keycloak.EvaluateAccessTokenParams{UserID: &user, Scope: new("openid")})
	if err != nil {
		return nil, fmt.Errorf("evaluating a token: %w", err)
	}
	defer resp.Body.Close()
	claims := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&claims); err != nil {
		return nil, fmt.Errorf("reading the evaluated token: %w", err)
	}
	return claims, nil
}
