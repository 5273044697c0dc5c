package gitearepos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// The keys of the Secret that holds an application's credentials.
const (
	keyClientID     = "clientId"
	keyClientSecret = "clientSecret"
)

// applications are those of the account that we work with; nobody else's can be
// seen.
func (r *reader) applications(ctx context.Context) error {
	r.current.Applications = map[string]OAuth2App{}
	inventory := r.owned(kindApp)
	_, wanted := r.desired.Applications[droneApp]
	if _, ours := inventory[droneApp]; !ours && !wanted || !r.selected("") {
		return nil
	}
	reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.OAuth2Application, int, error) {
		resp, err := r.api.ListOAuth2ApplicationsWithResponse(ctx, &gitea.ListOAuth2ApplicationsParams{Page: number(p.Number), Limit: number(p.Size)})
		if err != nil {
			return nil, 0, err
		}
		items, err := response.OK(resp, nil)
		return items, total(resp.HTTPResponse), err
	})
	if err != nil {
		return fmt.Errorf("reading OAuth2 applications: %w", err)
	}
	return r.application(ctx, reps, inventory[droneApp])
}

// application finds Drone's among all of them. Names are not unique: it is the
// one that the Secret names, or that is ours, or the oldest.
func (r *reader) application(ctx context.Context, reps []gitea.OAuth2Application, note string) error {
	namespace := r.values.Apps.Drone.Namespace
	held, _, err := r.setting.Secrets.Secret(ctx, namespace, droneSecret)
	if err != nil {
		return err
	}
	named := slices.DeleteFunc(reps, func(rep gitea.OAuth2Application) bool { return value(rep.Name) != droneApp })
	if len(named) == 0 {
		return nil
	}
	rep := slices.MinFunc(named, func(a, b gitea.OAuth2Application) int {
		return cmp.Or(cmp.Compare(rank(a, held, note), rank(b, held, note)), cmp.Compare(value(a.ID), value(b.ID)))
	})
	app := OAuth2App{
		Meta:         plan.Meta{ID: id(rep.ID), Ownership: plan.OursIf(note == id(rep.ID), plan.Predecessor)},
		RedirectURIs: value(rep.RedirectUris), ConfidentialClient: value(rep.ConfidentialClient), SkipConsent: value(rep.SkipSecondaryAuthorization),
		Namespace: namespace, SecretName: droneSecret, ClientID: value(rep.ClientID),
	}
	if _, wanted := r.desired.Applications[droneApp]; wanted {
		err = r.prove(ctx, &app, held)
	}
	r.current.Applications[droneApp] = app
	return err
}

func rank(rep gitea.OAuth2Application, held kube.Secret, note string) int {
	switch {
	case value(rep.ClientID) == held.Data[keyClientID].Reveal():
		return 0
	case note == id(rep.ID):
		return 1
	default:
		return 2
	}
}

// prove tries the secrets that we know at Gitea itself: the one that we keep,
// then the one that Drone was given.
func (r *reader) prove(ctx context.Context, app *OAuth2App, held kube.Secret) error {
	r.Application.mu.Lock()
	known := []values.Secret{r.state.Credential(appCredential(app.ClientID)), held.Data[keyClientSecret]}
	app.Pending = r.pending[droneApp]
	r.Application.mu.Unlock()
	for i, secret := range known {
		if secret.IsZero() || i > 0 && secret.Equal(known[0]) {
			continue
		}
		works, err := r.accepted(ctx, app.ClientID, secret)
		if err != nil {
			return err
		}
		if works {
			app.SecretWorks, app.Secret = true, secret
			app.SecretStored = held.Data[keyClientID].Reveal() == app.ClientID && held.Data[keyClientSecret].Equal(secret)
			return nil
		}
	}
	return nil
}

// appCredential names the secret that we keep. With the id in it a secret is
// never tried at another application.
func appCredential(clientID string) string { return kindApp + " " + clientID }

func (w *writer) application(ctx context.Context, c plan.Change[OAuth2App]) error {
	if c.Action == plan.Delete {
		return w.dropApplication(ctx, c)
	}
	app := *c.After
	if c.Before != nil {
		app.ID, app.ClientID, app.Secret = c.Before.ID, c.Before.ClientID, c.Before.Secret
	}
	if c.Action == plan.Create || app.Secret.IsZero() || c.Differs("redirect_uris", "confidential_client", "skip_secondary_authorization") {
		if err := w.renewApplication(ctx, c, &app); err != nil {
			return err
		}
	} else if err := w.keepApplication(ctx, c.Name, app); err != nil || !c.Differs("secret_stored") {
		return err
	}
	return w.storeApplication(ctx, c.Name, app)
}

// renewApplication makes or changes the application, which makes a new secret,
// and keeps that before anything else happens: Gitea shows it once.
func (w *writer) renewApplication(ctx context.Context, c plan.Change[OAuth2App], app *OAuth2App) error {
	option := gitea.CreateOAuth2ApplicationOptions{
		Name: &c.Name, RedirectUris: &app.RedirectURIs, ConfidentialClient: &app.ConfidentialClient, SkipSecondaryAuthorization: &app.SkipConsent}
	var rep gitea.OAuth2Application
	var err error
	if c.Action == plan.Create {
		rep, err = response.Created(w.api.CreateOAuth2ApplicationWithResponse(ctx, option))
	} else {
		rep, err = response.OK(w.api.UpdateOAuth2ApplicationWithResponse(ctx, serverID(app.ID), option))
	}
	if err != nil {
		return err
	}
	app.ID, app.ClientID, app.Secret = id(rep.ID), value(rep.ClientID), values.NewSecret(value(rep.ClientSecret))
	if app.ClientID == "" || app.Secret.IsZero() {
		return errNoCredentials
	}
	return w.keepApplication(ctx, c.Name, *app)
}

var errNoCredentials = errors.New("the answer holds no client id and secret")

func (w *writer) keepApplication(ctx context.Context, name string, app OAuth2App) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.KeepCredential(appCredential(app.ClientID), app.Secret)
	w.state.Own(kindApp, name, app.ID)
	return w.state.Save(ctx)
}

// storeApplication hands the credentials out and proves them. Where it is too
// early for that, they are kept, and the next run tries again.
func (w *writer) storeApplication(ctx context.Context, name string, app OAuth2App) error {
	err := w.setting.Secrets.ApplySecret(ctx, kube.Secret{
		Namespace: app.Namespace, Name: app.SecretName,
		Data: map[string]values.Secret{keyClientID: values.NewSecret(app.ClientID), keyClientSecret: app.Secret},
	})
	if kube.Pending(err) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pending[name] = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	works, err := w.accepted(ctx, app.ClientID, app.Secret)
	if err == nil && !works {
		return errRefusedSecret
	}
	return err
}

var errRefusedSecret = errors.New("the server refuses the client secret that it gave")

// dropApplication takes the application away and then the Secret, unless
// somebody else made that.
func (w *writer) dropApplication(ctx context.Context, c plan.Change[OAuth2App]) error {
	if _, err := w.api.DeleteOAuth2ApplicationWithResponse(ctx, serverID(c.Before.ID)); err != nil && !transport.IsNotFound(err) {
		return err
	}
	w.forget(kindApp, c.Name, appCredential(c.Before.ClientID))
	err := w.setting.Secrets.DeleteSecret(ctx, c.Before.Namespace, c.Before.SecretName)
	if _, foreign := errors.AsType[*kube.ForeignError](err); foreign {
		return nil
	}
	return err
}

// blockApplications holds back what only waits for its namespace.
func (p *Plan) blockApplications() {
	for i := range p.Applications.Changes {
		c := &p.Applications.Changes[i]
		if c.Action == plan.Update && c.Before.Pending != "" && c.DiffersOnly("secret_stored") {
			c.Blocked = c.Before.Pending
		}
	}
}

var _ task.Converger[State, *Plan] = (*Application)(nil)
