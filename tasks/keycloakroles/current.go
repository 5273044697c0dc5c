package keycloakroles

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/fingerprint"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// pageSize is how many objects one list request asks for: Keycloak has no cap.
const pageSize = 10000

// pace is how many groups with their roles, or users, one request asks for. What
// is not in Keycloak's cache, which is all of them after its start, costs it the
// square of their number: half a second for 600 groups, a minute for 5,000. What
// is there comes at once. There may be any number of users, and only the page at
// hand is in memory.
func (a *Application) pace() *transport.Pace {
	const first, least, most = 600, 150, 2400
	size := a.setting.PageSize
	return &transport.Pace{Size: min(first, size), Least: min(least, size), Most: min(most, size), Soon: 300 * time.Millisecond, Now: a.setting.Now}
}

// Task is keycloak-roles as the loop knows it.
func Task() task.Task {
	return task.Task{
		Name:             "keycloak-roles",
		Short:            "Make the Keycloak realm equal to the Otomi Values",
		App:              values.AppKeycloak,
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: "/protocol/openid-connect/token"}},
		Connect:          task.Typed(Connect),
	}
}

// Application is one Keycloak server with the values that it shall equal.
type Application struct {
	// Rounds are those of a secret's fingerprint: as many as fingerprint.Rounds,
	// unless a proof that makes thousands of them wants fewer.
	Rounds int

	values    values.Values
	realmName string
	api       *keycloak.Client
	session   *keycloak.Session
	probe     *http.Client // without a token and without retries
	issuer    *http.Client // without a token
	setting   task.Setting

	discovered Discovery // of the external issuer, as soon as it is known
}

// Connect makes the application; it sends nothing.
func Connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	k := v.Apps.Keycloak
	session := keycloak.NewSession(k.Address, c.PassThrough, keycloak.Credentials{
		Realm: k.AdminRealm, Username: k.AdminUsername, Password: k.AdminPassword.Reveal()})
	api, err := keycloak.New(k.Address, keycloak.WithHTTPClient(&http.Client{Transport: session.Authorize(c.Client.Transport), CheckRedirect: c.Client.CheckRedirect}))
	if err != nil {
		return nil, fmt.Errorf("preparing the Keycloak client: %w", err)
	}
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	return &Application{Rounds: fingerprint.Rounds, values: v, realmName: k.Realm, api: api, session: session, probe: c.NoRetry, issuer: c.Client, setting: s}, nil
}

// Ready asks for the admin's realm, which needs no log-in and answers as soon
// as Keycloak has started.
func (a *Application) Ready(ctx context.Context) error {
	k := a.values.Apps.Keycloak
	return getJSON(ctx, a.probe, k.Address+"/realms/"+url.PathEscape(k.AdminRealm), &struct{}{})
}

// Desired is the state of the values, completed by what the external issuer
// says of itself when it is asked for the first time.
func (a *Application) Desired(ctx context.Context) (State, error) {
	if a.values.Otomi.HasExternalIDP && a.discovered == (Discovery{}) {
		var d Discovery
		if err := getJSON(ctx, a.issuer, discoveryAddress(a.values.OIDC.Issuer), &d); err != nil {
			return State{}, &IssuerError{Reason: err.Error()}
		}
		if err := d.check(a.values.OIDC.Issuer); err != nil {
			return State{}, err
		}
		a.discovered = d
	}
	return Desired(a.values, a.discovered), nil
}

// Current reads what desired speaks of, in lists that grow by page and not by
// team. One failed list fails all: nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State) (State, error) {
	r := &reader{Application: a, desired: desired}
	if err := r.realms(ctx); err != nil {
		return State{}, err
	}
	if _, exists := r.current.Realms[a.realmName]; !exists {
		r.fillNewRealm()
		return r.current, nil
	}
	for _, read := range []func(context.Context) error{r.scopes, r.roles, r.clients, r.groups, r.users, r.providers} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	desired, current State
}

// realms are few: one list costs less than a request for each of ours. It holds
// what the administrator may see.
func (r *reader) realms(ctx context.Context) error {
	reps, err := response.OK(r.api.ListRealmsWithResponse(ctx, &keycloak.ListRealmsParams{BriefRepresentation: new(false)}))
	if err != nil {
		return fmt.Errorf("reading realms: %w", err)
	}
	r.current.Realms = map[string]Realm{}
	for _, rep := range reps {
		name, marked := value(rep.Realm), value(rep.Attributes)[markKey] == markValue
		if _, ours := r.desired.Realms[name]; ours || marked {
			r.current.Realms[name] = realmFrom(rep)
		}
	}
	if admin := r.values.Apps.Keycloak.AdminRealm; r.current.Realms[admin].Enabled == nil {
		return &RightsError{Realm: admin}
	}
	return nil
}

// RightsError is an administrator who may not see the realm that he logged in at.
type RightsError struct{ Realm string }

func (e *RightsError) Error() string {
	return "reading realms: the administrator may not see realm " + e.Realm + ": the role admin or view-realm is missing"
}

// Unauthorized says that trying again does not help.
func (e *RightsError) Unauthorized() bool { return true }

func realmFrom(rep keycloak.RealmRepresentation) Realm {
	return Realm{
		Attributes: value(rep.Attributes), Enabled: rep.Enabled, DisplayName: rep.DisplayName, SSLRequired: rep.SslRequired,
		LoginTheme: rep.LoginTheme, AccountTheme: rep.AccountTheme, EmailTheme: rep.EmailTheme,
		RegistrationAllowed: rep.RegistrationAllowed, LoginWithEmailAllowed: rep.LoginWithEmailAllowed,
		DuplicateEmailsAllowed: rep.DuplicateEmailsAllowed, ResetPasswordAllowed: rep.ResetPasswordAllowed,
		EditUsernameAllowed: rep.EditUsernameAllowed, BruteForceProtected: rep.BruteForceProtected,
		AccessTokenLifespan: rep.AccessTokenLifespan, AccessTokenLifespanForImplicitFlow: rep.AccessTokenLifespanForImplicitFlow,
		OfflineSessionIdleTimeout: rep.OfflineSessionIdleTimeout, OfflineSessionMaxLifespan: rep.OfflineSessionMaxLifespan,
		OfflineSessionMaxLifespanEnabled: rep.OfflineSessionMaxLifespanEnabled,
	}
}

// fillNewRealm takes for there what a realm brings along when it is made, so
// that the plan does not create it. The reading after the apply proves it.
func (r *reader) fillNewRealm() {
	r.current.Scopes, r.current.Mappers = map[string]Scope{}, map[string]Mapper{}
	for _, name := range builtInScopes() {
		r.current.Scopes[name] = r.desired.Scopes[name]
	}
	for name, m := range r.desired.Mappers {
		if m.Parent.Kind == scopeKind && slices.Contains(builtInScopes(), m.Parent.Name) {
			r.current.Mappers[name] = m
		}
	}
}

func (r *reader) scopes(ctx context.Context) error {
	reps, err := response.OK(r.api.ListClientScopesWithResponse(ctx, r.realmName))
	if err != nil {
		return fmt.Errorf("reading client scopes: %w", err)
	}
	r.current.Scopes, r.current.Mappers = map[string]Scope{}, map[string]Mapper{}
	for _, rep := range reps {
		name := value(rep.Name)
		if _, ours := r.desired.Scopes[name]; !ours {
			continue
		}
		r.current.Scopes[name] = Scope{Meta: plan.Meta{ID: value(rep.ID)}, Protocol: value(rep.Protocol), Attributes: value(rep.Attributes)}
		// Nobody but us fills the scope openid: what is in it is ours to keep or to remove.
		r.addMappers(Parent{scopeKind, name}, rep.ProtocolMappers, name == scopeOpenID)
	}
	return nil
}

func (r *reader) addMappers(p Parent, reps *[]keycloak.ProtocolMapperRepresentation, owned bool) {
	for _, rep := range value(reps) {
		r.current.Mappers[mapperName(p, value(rep.Name))] = Mapper{
			Meta: plan.Meta{ID: value(rep.ID), Ownership: plan.OursIf(owned, plan.Unowned)}, Parent: p,
			Protocol: value(rep.Protocol), ProtocolMapper: value(rep.ProtocolMapper), Config: value(rep.Config),
		}
	}
}

func (r *reader) roles(ctx context.Context) error {
	reps, err := r.listRoles(ctx)
	if err != nil {
		return fmt.Errorf("reading roles: %w", err)
	}
	r.current.Roles = make(map[string]Role, len(reps))
	for _, rep := range reps {
		name, description := value(rep.Name), value(rep.Description)
		team := teamOf(name)
		r.current.Roles[name] = Role{
			Meta:        plan.Meta{ID: value(rep.ID), Team: team, Ownership: plan.OursIf(team != "" && strings.HasPrefix(description, createdBy), plan.Unowned)},
			Description: description,
		}
	}
	return nil
}

func (r *reader) clients(ctx context.Context) error {
	r.current.Clients = map[string]Client{}
	for name, desired := range r.desired.Clients {
		reps, err := response.OK(r.api.ListClientsWithResponse(ctx, r.realmName, &keycloak.ListClientsParams{ClientID: &name}))
		if err != nil {
			return fmt.Errorf("reading client %s: %w", name, err)
		}
		for _, rep := range reps {
			r.current.Clients[name] = clientFrom(rep, desired)
			r.addMappers(Parent{clientKind, name}, rep.ProtocolMappers, false)
		}
	}
	return nil
}

func clientFrom(rep keycloak.ClientRepresentation, desired Client) Client {
	return Client{
		Meta: plan.Meta{ID: value(rep.ID)},
		Name: value(rep.Name), Enabled: value(rep.Enabled), Protocol: value(rep.Protocol), PublicClient: value(rep.PublicClient),
		Secret:              values.NewSecret(value(rep.Secret)),
		StandardFlowEnabled: value(rep.StandardFlowEnabled), ImplicitFlowEnabled: value(rep.ImplicitFlowEnabled),
		DirectAccessGrantsEnabled: value(rep.DirectAccessGrantsEnabled), ServiceAccountsEnabled: value(rep.ServiceAccountsEnabled),
		AuthorizationServicesEnabled: value(rep.AuthorizationServicesEnabled),
		RedirectURIs:                 sorted(value(rep.RedirectUris)), WebOrigins: sorted(value(rep.WebOrigins)),
		DefaultScopes: common(desired.DefaultScopes, value(rep.DefaultClientScopes)),
	}
}

// common keeps those of ours that the server has; what else it has is not ours.
func common(ours, theirs []string) []string {
	return slices.DeleteFunc(slices.Clone(ours), func(s string) bool { return !slices.Contains(theirs, s) })
}

// teamOf is the team of a role or group by its name, empty for the platform's.
func teamOf(name string) string {
	id, found := strings.CutPrefix(name, "team-")
	if !found || name == roleTeamAdmin {
		return ""
	}
	return id
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

func number(n int) *int32 { return new(int32(n)) } //nolint:gosec // pages are small
