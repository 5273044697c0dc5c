package gitearepos

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "gitea-repos"

// pageSize is the most that Gitea gives in one list request, unless it was set
// to give less or more.
const pageSize = 50

// Task is gitea-repos as the loop knows it.
func Task() task.Task {
	o := &options{}
	return task.Task{
		Name:             name,
		Short:            "Make Gitea's organisation, teams, repositories and hooks equal to the Otomi Values",
		App:              values.AppGitea,
		Secrets:          true,
		Flags:            o.add,
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: tokenPath}, gitea.SignIn()},
		Connect:          task.Typed(o.connect),
		Dump: []task.DumpRule{
			{State: "Members", Path: "gitea.members", List: true, Fields: map[string]string{"": "User"}},
			{State: "Repositories", Path: "gitea.repos", List: true, Fields: map[string]string{
				"name": "Name", "private": "Private", "description": "Description", "defaultBranch": "DefaultBranch"}},
			{State: "DeployKeys", Path: "gitea.repos", List: true, Parent: "Repository", Below: "deployKeys", Fields: map[string]string{
				"title": "Title", "key": "Key", "readOnly": "ReadOnly"}},
		},
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
		"assume that access to a repository is unchanged where it was right before: saves one request for each repository, but does not see changes made by hand")
}

// Application is one Gitea server with the values that it should equal.
type Application struct {
	values    values.Values
	setting   task.Setting
	options   options
	session   *gitea.Session
	api       *gitea.Client
	probe     *gitea.Client // without retries
	client    *http.Client  // for what the generated client does not know
	plain     *http.Client  // without a login; answers of any status
	inventory *inventory.Inventory
}

// connect makes the application; it sends nothing.
func (o *options) connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	g := v.Apps.Gitea
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	a := &Application{values: v, setting: s, options: *o, plain: c.PassThrough}
	a.session = gitea.NewSession(g.Address, c.Client, gitea.Credentials{
		Username: g.AdminUsername, Password: g.AdminPassword.Reveal(), Token: g.AdminToken.Reveal()})
	a.client = a.authorized(c.Client)
	var err error
	if a.api, err = gitea.New(g.Address, gitea.WithHTTPClient(a.client)); err == nil {
		a.probe, err = gitea.New(g.Address, gitea.WithHTTPClient(a.authorized(c.NoRetry)))
	}
	if err != nil {
		return nil, fmt.Errorf("preparing the Gitea client: %w", err)
	}
	return a, nil
}

// authorized is a client that logs in.
func (a *Application) authorized(c *http.Client) *http.Client {
	return &http.Client{Transport: a.session.Authorize(c.Transport), CheckRedirect: c.CheckRedirect}
}

// Ready proves the login.
func (a *Application) Ready(ctx context.Context) error {
	if !a.values.Apps.Gitea.Enabled {
		return nil
	}
	_, err := a.authenticate(ctx, a.probe)
	return err
}

// Desired is the state of the values; nothing where Gitea is switched off.
func (a *Application) Desired(context.Context, task.Scope) (State, error) {
	desired := Desired(a.values)
	desired.leavers = a.setting.Leavers
	return desired, nil
}

// Plan is the pure difference of two states.
func (a *Application) Plan(desired, current State) *Plan { return Diff(desired, current) }

// authenticate opens the inventory, uses the token that is stored in it, and asks
// which account that is and which version the server has.
func (a *Application) authenticate(ctx context.Context, api *gitea.Client) (gitea.Identity, error) {
	if err := a.open(ctx); err != nil {
		return gitea.Identity{}, err
	}
	return a.session.Identify(ctx, api)
}

// Server is what the login showed.
func (a *Application) Server() task.Server {
	known := a.session.Known()
	return task.Server{
		Application: "Gitea", Version: known.Version.Text, Oldest: gitea.Oldest, Newest: gitea.Newest,
		Address: a.values.Apps.Gitea.Address, Account: known.Login,
	}
}

// open reads the inventory each time: other shards write it, too, and another run may
// have, between the wait for the server and the lock.
func (a *Application) open(ctx context.Context) error {
	if a.inventory != nil {
		return a.inventory.Reopen(ctx)
	}
	opened, err := inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory)
	if err != nil {
		return err
	}
	a.inventory = opened
	if !a.values.Apps.Gitea.AdminToken.IsZero() {
		return nil
	}
	for _, version := range []gitea.Version{{}, {Major: 1}} { // the scopes follow from the version, which is not known yet
		if token := opened.Credential(a.tokenKey(version)); !token.IsZero() {
			a.session.Use(token.Reveal())
		}
	}
	return nil
}

// scopes are the least that a token needs for these values. A server that cannot
// limit tokens gets the scope for everything, and sudo for the accounts.
func (a *Application) scopes(version gitea.Version) []string {
	leaves := a.setting.Leavers != task.LeaversShow && len(a.inventory.Owned(kindUser)) > 0
	accounts := leaves || len(desiredUsers(a.values))+len(desiredServiceAccounts(a.values)) > 0
	scopes, administers := []string{"write:organization", "write:repository", "write:user", "read:issue"}, "write:admin"
	if !version.Supports(gitea.ScopedTokens) {
		scopes, administers = []string{"all"}, "sudo"
	}
	if accounts {
		scopes = append(scopes, administers)
	}
	return scopes
}

// tokenKey changes with the account and the scopes: values that name another one
// or need more of them get another token.
func (a *Application) tokenKey(version gitea.Version) string {
	return "token " + a.values.Apps.Gitea.AdminUsername + " " + strings.Join(a.scopes(version), " ") + a.shard()
}

// tokenName is different for each inventory and shard: a token that is recreated
// replaces the one of the same name, which must not have another owner.
func (a *Application) tokenName() string {
	return cmp.Or(a.setting.Installation, a.setting.Namespace) + "/" + a.setting.Inventory.Name + " " + a.inventory.ID() + a.shard()
}

func (a *Application) shard() string {
	if a.setting.Shard.Count == 0 {
		return ""
	}
	return " " + a.setting.Shard.String()
}

// takeToken makes a token where we still work with the password, and keeps it.
func (a *Application) takeToken(ctx context.Context, version gitea.Version) error {
	if a.session.HasToken() {
		return nil
	}
	token, err := a.session.MakeToken(ctx, a.tokenName(), a.scopes(version)...)
	if err != nil {
		return err
	}
	a.inventory.KeepCredential(a.tokenKey(version), values.NewSecret(token))
	return a.inventory.Save(ctx)
}

// get reads what the generated client does not know. What is not found, or only
// under another name to which Gitea redirects, is not there.
func (a *Application) get(ctx context.Context, path string, into any) (found bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.values.Apps.Gitea.Address+"/api/v1/"+path, http.NoBody)
	if err != nil {
		return false, err
	}
	resp, err := a.client.Do(req)
	if transport.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.Request.URL.Path != req.URL.Path {
		return false, nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return false, &response.UnexpectedError{Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Want: "JSON"}
	}
	return true, nil
}

func intend[T plan.Object](w *writer, kind string, k *plan.Kind[T]) (any bool) {
	for _, c := range k.Changes {
		if c.Action == plan.Create && c.Blocked == "" {
			w.inventory.Own(kind, c.Name, intended)
			any = true
		}
	}
	return any
}

// own notes that an object is ours. One that was there before us stays an adopted
// one: Gitea has no place for a mark, and another installation may have made it.
func own[T plan.Object](w *writer, kind, note string, c plan.Change[T]) {
	was, _ := w.inventory.Note(kind, c.Name)
	switch {
	case c.Adopts && c.Foreign == "" && was != intended:
		w.inventory.Own(kindAdopted, kind+" "+c.Name, "")
	case c.Action == plan.Create || c.Adopts:
		w.inventory.Disown(kindAdopted, kind+" "+c.Name)
	}
	w.inventory.Own(kind, c.Name, note)
}

// describe notes whether the values gave an object its text: one that they no longer
// give is taken back.
func (w *writer) describe(kind, name string, text *string) {
	if response.Value(text) != "" {
		w.inventory.Own(kindText, kind+" "+name, "")
	} else {
		w.inventory.Disown(kindText, kind+" "+name)
	}
}

// abandon drops the note of an object that the server refused to create. Where the
// answer was lost the object may be there.
func abandon[T plan.Object](w *writer, kind string, c plan.Change[T], err error) error {
	if _, refused := errors.AsType[*transport.StatusError](err); refused && c.Action == plan.Create {
		w.inventory.Disown(kind, c.Name)
	}
	return err
}
