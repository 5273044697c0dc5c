package gitearepos

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// The keys of the Secret that holds an application's credentials.
const (
	keyClientID     = "clientId"
	keyClientSecret = "clientSecret"
)

// tokenPath is where an application gets tokens. Asked with a refresh token that
// was never issued it changes nothing, and tells by its refusal whether the client
// secret is right: every supported version does.
const tokenPath = "/login/oauth/access_token"

// refusedSecret is why a secret is not issued again.
const refusedSecret = "the server refused the client secret right after it had issued it: another one would meet the same; look at what stands between the task and " + tokenPath

func desiredApplications(v values.Values) map[string]OAuth2App {
	if !v.Apps.Drone.Enabled || !v.Platform.Gitea.DroneApplication {
		return map[string]OAuth2App{}
	}
	return map[string]OAuth2App{droneApp: {
		Meta:         plan.Meta{Ownership: plan.Ours},
		RedirectURIs: []string{v.Apps.Drone.Address + "/login"}, ConfidentialClient: true, SkipConsent: new(true),
		SecretWorks: true, SecretStored: true,
		Namespace: v.Apps.Drone.Namespace, SecretName: droneSecret,
	}}
}

// applications are those of the account that we work with; no other account's can be
// seen.
func (r *reader) applications(ctx context.Context) error {
	r.current.Applications = map[string]OAuth2App{}
	note, ours := r.inventory.Owned(kindApp)[droneApp]
	if _, wanted := r.desired.Applications[droneApp]; !ours && !wanted || !r.selected("") {
		return nil
	}
	reps, err := response.Counted(r.setting.PageSize, func(p transport.Page) (*gitea.ListOAuth2ApplicationsResponse, error) {
		return r.api.ListOAuth2ApplicationsWithResponse(ctx, &gitea.ListOAuth2ApplicationsParams{Page: number(p.Number), Limit: number(p.Size)})
	}, func(r *gitea.ListOAuth2ApplicationsResponse) *http.Response { return r.HTTPResponse })
	if err != nil {
		return fmt.Errorf("reading OAuth2 applications: %w", err)
	}
	return r.readApplication(ctx, reps, note)
}

// readApplication finds Drone's among all of them. Names are not unique: it is the
// one that the Secret names, or that is ours, or the oldest. One of which we know
// no secret is foreign.
func (r *reader) readApplication(ctx context.Context, reps []gitea.OAuth2Application, note string) error {
	namespace := r.values.Apps.Drone.Namespace
	stored, _, err := r.setting.Secrets.Secret(ctx, namespace, droneSecret)
	if err != nil {
		return err
	}
	named := slices.DeleteFunc(reps, func(rep gitea.OAuth2Application) bool { return response.Value(rep.Name) != droneApp })
	if len(named) == 0 {
		return nil
	}
	rep := slices.MinFunc(named, func(a, b gitea.OAuth2Application) int {
		return cmp.Or(cmp.Compare(rank(a, stored, note), rank(b, stored, note)), cmp.Compare(response.Value(a.ID), response.Value(b.ID)))
	})
	app := OAuth2App{
		RedirectURIs: response.Value(rep.RedirectUris), ConfidentialClient: response.Value(rep.ConfidentialClient), SkipConsent: rep.SkipSecondaryAuthorization,
		Namespace: namespace, SecretName: droneSecret, ClientID: response.Value(rep.ClientID),
		Pending: r.inventory.Observed(kindPending)[droneApp],
	}
	candidates := r.secretsOf(app, stored)
	app.Known = len(candidates) > 0
	app.Meta = plan.Meta{ID: id(rep.ID), Ownership: r.ownership(kindApp, droneApp, id(rep.ID), len(candidates) > 0)}
	if _, wanted := r.desired.Applications[droneApp]; wanted {
		err = r.prove(ctx, &app, stored, candidates)
	}
	r.current.Applications[droneApp] = app
	return err
}

func rank(rep gitea.OAuth2Application, stored kube.Secret, note string) int {
	switch {
	case response.Value(rep.ClientID) == stored.Data[keyClientID].Reveal():
		return 0
	case note == id(rep.ID):
		return 1
	default:
		return 2
	}
}

// secretsOf are the secrets of an application that we know: the one that we keep,
// then the one that Drone was given.
func (r *reader) secretsOf(app OAuth2App, stored kube.Secret) []values.Secret {
	var known []values.Secret
	if kept := r.inventory.Credential(appCredential(app.ClientID)); !kept.IsZero() {
		known = append(known, kept)
	}
	given := stored.Data[keyClientSecret]
	if stored.Data[keyClientID].Reveal() == app.ClientID && !given.IsZero() && (len(known) == 0 || !given.Equal(known[0])) {
		known = append(known, given)
	}
	return known
}

// prove tries the secrets that we know at Gitea itself.
func (r *reader) prove(ctx context.Context, app *OAuth2App, stored kube.Secret, candidates []values.Secret) error {
	for _, secret := range candidates {
		works, err := r.accepted(ctx, app.ClientID, secret)
		if err != nil {
			return err
		}
		if works {
			app.SecretWorks, app.Secret = true, secret
			app.SecretStored = stored.Data[keyClientID].Reveal() == app.ClientID && stored.Data[keyClientSecret].Equal(secret)
			return nil
		}
		r.current.RefusedSecret = r.current.RefusedSecret || r.inventory.Matches(refusedPrint(app.ClientID), secret)
	}
	return nil
}

// appCredential names the secret that we keep. With the id in it a secret is
// never tried at another application.
func appCredential(clientID string) string { return kindApp + " " + clientID }

// refusedPrint names the fingerprint of a secret that was refused right after it
// had been issued.
func refusedPrint(clientID string) string { return "refused " + appCredential(clientID) }

// accepted asks Gitea whether the secret is the application's. Only Gitea's own
// words count as a refusal, not the status of a proxy in front of it.
func (a *Application) accepted(ctx context.Context, clientID string, secret values.Secret) (bool, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "client_secret": {secret.Reveal()}, "refresh_token": {"none"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.values.Apps.Gitea.Address+tokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := a.plain.Do(req)
	if err != nil {
		return false, fmt.Errorf("proving the secret of the application: %w", err)
	}
	defer resp.Body.Close()
	var told struct{ Error string }
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&told)
	switch {
	case err == nil && resp.StatusCode == http.StatusBadRequest && told.Error == "invalid_client":
		return false, nil
	case err == nil && resp.StatusCode == http.StatusBadRequest && (told.Error == "unauthorized_client" || told.Error == "invalid_grant"):
		return true, nil // all that is wrong is the token
	}
	return false, fmt.Errorf("proving the secret of the application: %w", &response.UnexpectedError{
		Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Want: "Gitea's refusal of a refresh token"})
}

// renewsSecret tells whether an update makes a new secret: Gitea does so with every
// change of the application.
func renewsSecret(c plan.Change[OAuth2App]) bool {
	return c.Before.Secret.IsZero() || c.Differs("redirect_uris", "confidential_client", "skip_secondary_authorization")
}

func (w *writer) application(ctx context.Context, c plan.Change[OAuth2App]) error {
	switch {
	case c.Action == plan.Delete:
		return w.deleteApplication(ctx, c)
	case c.Action == plan.Create || c.Foreign != "":
		return w.createApplication(ctx, c)
	}
	app := *c.After
	app.ID, app.ClientID, app.Secret = c.Before.ID, c.Before.ClientID, c.Before.Secret
	if !renewsSecret(c) {
		err := w.keepApplication(ctx, c.Name, app)
		if err != nil || !c.Differs("secret_stored") {
			return err
		}
		return w.storeApplication(ctx, c.Name, app)
	}
	rep, err := response.OK(w.api.UpdateOAuth2ApplicationWithResponse(ctx, serverID(app.ID), applicationOption(c)))
	if err == nil {
		app, err = w.keepIssued(ctx, c, rep)
	}
	if err != nil {
		return err
	}
	return w.storeApplication(ctx, c.Name, app)
}

// createApplication takes the place of another installation's, too: with a new id,
// so that the other one does not take ours for its own.
func (w *writer) createApplication(ctx context.Context, c plan.Change[OAuth2App]) error {
	rep, err := response.Created(w.api.CreateOAuth2ApplicationWithResponse(ctx, applicationOption(c)))
	if err != nil {
		return abandon(w, kindApp, c, err)
	}
	app, err := w.keepIssued(ctx, c, rep)
	if err == nil {
		err = w.storeApplication(ctx, c.Name, app)
	}
	if err == nil && c.Before != nil {
		err = w.dropApplication(ctx, *c.Before)
	}
	return err
}

func applicationOption(c plan.Change[OAuth2App]) gitea.CreateOAuth2ApplicationOptions {
	return gitea.CreateOAuth2ApplicationOptions{
		Name: &c.Name, RedirectUris: &c.After.RedirectURIs, ConfidentialClient: &c.After.ConfidentialClient, SkipSecondaryAuthorization: new(true)}
}

// keepIssued keeps what Gitea shows once before anything else happens.
func (w *writer) keepIssued(ctx context.Context, c plan.Change[OAuth2App], rep gitea.OAuth2Application) (OAuth2App, error) {
	app := *c.After
	app.ID, app.ClientID, app.Secret = id(rep.ID), response.Value(rep.ClientID), values.NewSecret(response.Value(rep.ClientSecret))
	if app.ClientID == "" || app.Secret.IsZero() {
		return app, errors.New("the answer holds no client id and secret")
	}
	return app, w.keepApplication(ctx, c.Name, app)
}

func (w *writer) keepApplication(ctx context.Context, name string, app OAuth2App) error {
	w.inventory.KeepCredential(appCredential(app.ClientID), app.Secret)
	w.inventory.Own(kindApp, name, app.ID)
	return w.inventory.Save(ctx)
}

// storeApplication publishes the credentials and proves them. Where it is too
// early for that, they are kept, and the next run tries again.
func (w *writer) storeApplication(ctx context.Context, name string, app OAuth2App) error {
	err := w.setting.Secrets.ApplySecret(ctx, kube.Secret{
		Namespace: app.Namespace, Name: app.SecretName,
		Data: map[string]values.Secret{keyClientID: values.NewSecret(app.ClientID), keyClientSecret: app.Secret},
	})
	if kube.Pending(err) {
		w.inventory.Observe(kindPending, map[string]string{name: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	works, err := w.accepted(ctx, app.ClientID, app.Secret)
	if err == nil && !works {
		w.inventory.Remember(refusedPrint(app.ClientID), app.Secret)
		return errors.New(refusedSecret)
	}
	return err
}

// dropApplication deletes an application that still is the same one.
func (w *writer) dropApplication(ctx context.Context, app OAuth2App) error {
	now, err := response.OK(w.api.GetOAuth2ApplicationWithResponse(ctx, serverID(app.ID)))
	if err == nil && response.Value(now.ClientID) != app.ClientID {
		return changed("it has another client id")
	}
	if err == nil {
		_, err = w.api.DeleteOAuth2ApplicationWithResponse(ctx, serverID(app.ID))
	}
	return ignoreNotFound(err)
}

// deleteApplication deletes the application and then the Secret, unless that belongs
// to another owner.
func (w *writer) deleteApplication(ctx context.Context, c plan.Change[OAuth2App]) error {
	err := w.gone(w.dropApplication(ctx, *c.Before), kindApp, c.Name, appCredential(c.Before.ClientID), refusedPrint(c.Before.ClientID))
	if err != nil {
		return err
	}
	err = w.setting.Secrets.DeleteSecret(ctx, c.Before.Namespace, c.Before.SecretName)
	if _, foreign := errors.AsType[*kube.ForeignError](err); foreign {
		return nil
	}
	return err
}
