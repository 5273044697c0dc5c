package keycloakroles

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/fingerprint"
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
		Dump: []task.DumpRule{
			{State: "ProviderMappers", Path: "oidc", Fields: map[string]string{"groupMapping": "Config/claim.value"}},
			{State: "Users", Path: "users", List: true, Fields: map[string]string{"username": "name", "email": "Email", "firstName": "FirstName", "lastName": "LastName"}},
		},
	}
}

// Application is one Keycloak server with the values that it should equal.
type Application struct {
	// Rounds are those of a secret's fingerprint: as many as fingerprint.Rounds,
	// unless a proof that makes thousands of them wants fewer.
	Rounds int

	values    values.Values
	realmName string
	api       *keycloak.Client
	session   *keycloak.Session
	admin     *http.Client // with the session's token
	probe     *http.Client // without a token and without retries
	issuer    *http.Client // without a token
	setting   task.Setting
}

// Connect makes the application; it sends nothing.
func Connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	k := v.Apps.Keycloak
	session := keycloak.NewSession(k.Address, c.PassThrough, keycloak.Credentials{
		Realm: k.AdminRealm, Username: k.AdminUsername, Password: k.AdminPassword.Reveal()})
	admin := &http.Client{Transport: session.Authorize(c.Client.Transport), CheckRedirect: c.Client.CheckRedirect}
	api, err := keycloak.New(k.Address, keycloak.WithHTTPClient(admin))
	if err != nil {
		return nil, fmt.Errorf("preparing the Keycloak client: %w", err)
	}
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	return &Application{Rounds: fingerprint.Rounds, values: v, realmName: k.Realm, api: api, session: session, admin: admin, probe: c.NoRetry, issuer: c.Client, setting: s}, nil
}

// Ready asks for the administrators' realm, which needs no login and answers as
// soon as Keycloak has started.
func (a *Application) Ready(ctx context.Context) error {
	k := a.values.Apps.Keycloak
	return getJSON(ctx, a.probe, k.Address+"/realms/"+url.PathEscape(k.AdminRealm), &struct{}{})
}

// Server is the Keycloak of this run.
func (a *Application) Server() task.Server {
	k := a.values.Apps.Keycloak
	return task.Server{Application: "Keycloak", Version: a.session.Version(), Oldest: keycloak.OldestVersion, Newest: keycloak.NewestVersion,
		Address: k.Address, Account: k.AdminUsername}
}

// Desired is the state of the values, completed by the issuer's discovery
// document.
func (a *Application) Desired(ctx context.Context, _ task.Scope) (State, error) {
	d, err := a.discover(ctx)
	if err != nil {
		return State{}, err
	}
	desired := Desired(a.values, d)
	desired.leavers = a.setting.Leavers
	return desired, nil
}

// Plan is the pure difference of both states.
func (a *Application) Plan(desired, current State) *Plan { return Diff(desired, current) }
