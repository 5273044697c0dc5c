package gitearepos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "gitea-repos"

// pageSize is the most that Gitea gives in one list request, unless it was set
// to give less or more.
const pageSize = 50

// introspection is where an application asks what a token is worth. It lets in
// who has the application's secret, and so proves that secret.
const introspection = "/login/oauth/introspect"

// Task is gitea-repos as the loop knows it.
func Task() task.Task {
	o := &options{}
	return task.Task{
		Name:             name,
		Short:            "Make Gitea's organisation, teams, repositories and hooks equal to the Otomi Values",
		App:              values.AppGitea,
		Secrets:          true,
		Flags:            o.add,
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: introspection}},
		Connect:          task.Typed(o.connect),
	}
}

// options are the flags that only this task has.
type options struct {
	// trustAccess spares the one question for each repository that no list of
	// Gitea's answers.
	trustAccess bool
}

func (o *options) add(f *pflag.FlagSet) {
	f.BoolVar(&o.trustAccess, "trust-access", false,
		"take who may see a repository for unchanged where that was right before: spares one request for each repository, but what was changed by hand stays unseen")
}

// Application is one Gitea server with the values that it shall equal.
type Application struct {
	values  values.Values
	setting task.Setting
	options options
	session *gitea.Session
	api     *gitea.Client
	probe   *gitea.Client // without retries
	plain   *http.Client  // without a log-in
	me      string        // the account that we work with, in lower case

	mu      sync.Mutex // guards what is below
	state   *inventory.Inventory
	teams   map[string]int64  // ids by name
	repos   map[string]string // ids by name
	seen    map[string]string // who may see what, and rightly, as our inventory notes it
	pending map[string]string // what a Secret waits for, by the application's name
}

// connect makes the application; it sends nothing.
func (o *options) connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	g := v.Apps.Gitea
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	a := &Application{values: v, setting: s, options: *o, plain: c.Client, teams: map[string]int64{}, repos: map[string]string{}, pending: map[string]string{}}
	a.session = gitea.NewSession(g.Address, c.Client, gitea.Credentials{
		Username: g.AdminUsername, Password: g.AdminPassword.Reveal(), Token: g.AdminToken.Reveal()})
	var err error
	if a.api, err = a.through(c.Client); err == nil {
		a.probe, err = a.through(c.NoRetry)
	}
	return a, err
}

// through is a client that logs in.
func (a *Application) through(c *http.Client) (*gitea.Client, error) {
	client := &http.Client{Transport: a.session.Authorize(c.Transport), CheckRedirect: c.CheckRedirect}
	api, err := gitea.New(a.values.Apps.Gitea.Address, gitea.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("preparing the Gitea client: %w", err)
	}
	return api, nil
}

// Ready asks who we are: the one request that also proves the log-in.
func (a *Application) Ready(ctx context.Context) error {
	if !a.values.Apps.Gitea.Enabled {
		return nil
	}
	return a.introduce(ctx, a.probe)
}

// introduce opens our state, takes the token that it holds, and asks who we are.
func (a *Application) introduce(ctx context.Context, api *gitea.Client) error {
	if err := a.open(ctx); err != nil || a.me != "" {
		return err
	}
	user, err := response.OK(api.GetCurrentUserWithResponse(ctx))
	if err != nil {
		return fmt.Errorf("logging in as %s: %w", a.values.Apps.Gitea.AdminUsername, err)
	}
	a.me = fold(value(user.Login))
	return nil
}

// open reads our state: once, or each time where other shards write it, too, so
// that what they adopt is seen.
func (a *Application) open(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state != nil && a.setting.Shard.Count == 0 {
		return nil
	}
	state, err := inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory)
	if err != nil {
		return err
	}
	again := a.state != nil
	if a.state = state; again || !a.values.Apps.Gitea.AdminToken.IsZero() {
		return nil
	}
	if token := state.Credential(a.tokenKey()); !token.IsZero() {
		a.session.Use(token.Reveal())
	}
	return nil
}

// scopes are the least that a token needs for these values.
func (a *Application) scopes() []string {
	scopes := []string{"write:organization", "write:repository", "write:user"}
	if len(desiredUsers(a.values)) > 0 {
		scopes = append(scopes, "write:admin")
	}
	return scopes
}

// tokenKey changes with the account and the scopes: values that name another one
// or need more of them get another token.
func (a *Application) tokenKey() string {
	return "token " + a.values.Apps.Gitea.AdminUsername + " " + strings.Join(a.scopes(), " ") + a.shard()
}

// tokenName tells the installations apart that share a Gitea, and the shards of
// a run: a token that is made anew ends the one of the same name.
func (a *Application) tokenName() string {
	return a.setting.Namespace + "/" + a.setting.Inventory.Name + a.shard()
}

func (a *Application) shard() string {
	if a.setting.Shard.Count == 0 {
		return ""
	}
	return " " + a.setting.Shard.String()
}

// takeToken makes a token where we still work with the password, and keeps it.
func (a *Application) takeToken(ctx context.Context) error {
	if a.session.HasToken() {
		return nil
	}
	token, err := a.session.MakeToken(ctx, a.tokenName(), a.scopes()...)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.KeepCredential(a.tokenKey(), values.NewSecret(token))
	return a.state.Save(ctx)
}

// Desired is the state of the values; nothing where Gitea is switched off.
func (a *Application) Desired(context.Context) (State, error) { return Desired(a.values), nil }

// Plan is the pure difference of two states.
func (a *Application) Plan(desired, current State) *Plan { return Diff(desired, current) }

// accepted asks Gitea whether the secret is the application's.
func (a *Application) accepted(ctx context.Context, clientID string, secret values.Secret) (bool, error) {
	// It names no token: Gitea takes one in the form for the log-in of this very
	// request, and refuses it.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.values.Apps.Gitea.Address+introspection, http.NoBody)
	if err != nil {
		return false, err
	}
	req.SetBasicAuth(clientID, secret.Reveal())
	resp, err := a.plain.Do(req)
	if transport.IsUnauthorized(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("proving the secret of the application: %w", err)
	}
	defer resp.Body.Close()
	var told struct{ Active *bool }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&told); err != nil || told.Active == nil {
		return false, fmt.Errorf("proving the secret of the application: %w", &response.UnexpectedError{
			Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Want: "JSON that says whether a token is active"})
	}
	return true, nil
}
