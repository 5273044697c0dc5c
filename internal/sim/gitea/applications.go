package gitea

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/google/uuid"
)

// application is an OAuth2 application; it belongs to its maker.
type application struct {
	id                 int64
	owner              *account
	clientID, secret   string
	name               string
	redirectURIs       []string
	confidential, skip bool
	created            time.Time
}

func (f CreateOAuth2ApplicationOptions) problem() error {
	return firstOf(required("Name", value(f.Name)), wrong("RedirectURIs", "Required", f.RedirectUris == nil))
}

// json hides the secret.
func (app *application) json(m *memory) OAuth2Application {
	shown := OAuth2Application{
		ID: &app.id, ClientID: &app.clientID, ClientSecret: new(""), Name: &app.name, RedirectUris: &app.redirectURIs, Created: &app.created,
		ConfidentialClient: &app.confidential, SkipSecondaryAuthorization: &app.skip,
	}
	if m.before(23) {
		shown.SkipSecondaryAuthorization = nil
	}
	return shown
}

// change replaces all, and makes a new secret, which is shown this once.
func (app *application) change(m *memory, f CreateOAuth2ApplicationOptions) OAuth2Application {
	app.name, app.redirectURIs = value(f.Name), value(f.RedirectUris)
	app.confidential, app.skip = value(f.ConfidentialClient), value(f.SkipSecondaryAuthorization)
	app.secret = "gto_" + strings.ToLower(rand.Text()+rand.Text())
	shown := app.json(m)
	shown.ClientSecret = &app.secret
	return shown
}

func (a api) CreateOAuth2Application(ctx context.Context, request CreateOAuth2ApplicationRequestObject) (CreateOAuth2ApplicationResponseObject, error) {
	app := &application{id: a.memory.next("application"), owner: callOf(ctx).caller, clientID: uuid.NewString(), created: a.memory.time()}
	a.memory.applications[app.id] = app
	return CreateOAuth2Application201JSONResponse(app.change(a.memory, *request.Body)), nil
}

func (a api) ListOAuth2Applications(ctx context.Context, request ListOAuth2ApplicationsRequestObject) (ListOAuth2ApplicationsResponseObject, error) {
	c := callOf(ctx)
	p := window(c, byID(a.memory.applications, func(app *application) bool { return c.is(app.owner) }), request.Params.Page, request.Params.Limit)
	return ListOAuth2Applications200JSONResponse{
		Body: each(p.part, func(app *application) OAuth2Application { return app.json(a.memory) }), Headers: ListOAuth2Applications200ResponseHeaders{XTotalCount: p.count},
	}, nil
}

// ownApplication: others' are not found.
func (c *call) ownApplication(id int64) (*application, error) {
	app := c.memory.applications[id]
	if app == nil || !c.is(app.owner) {
		return nil, notFound()
	}
	return app, nil
}

func (a api) GetOAuth2Application(ctx context.Context, request GetOAuth2ApplicationRequestObject) (GetOAuth2ApplicationResponseObject, error) {
	app, err := callOf(ctx).ownApplication(request.ID)
	if err != nil {
		return nil, err
	}
	return GetOAuth2Application200JSONResponse(app.json(a.memory)), nil
}

func (a api) UpdateOAuth2Application(ctx context.Context, request UpdateOAuth2ApplicationRequestObject) (UpdateOAuth2ApplicationResponseObject, error) {
	c, app := callOf(ctx), a.memory.applications[request.ID]
	switch {
	case app == nil:
		return nil, notFound()
	case !c.is(app.owner):
		return nil, crash("UID mismatch")
	}
	return UpdateOAuth2Application200JSONResponse(app.change(a.memory, *request.Body)), nil
}

func (a api) DeleteOAuth2Application(ctx context.Context, request DeleteOAuth2ApplicationRequestObject) (DeleteOAuth2ApplicationResponseObject, error) {
	app, err := callOf(ctx).ownApplication(request.ID)
	if err != nil {
		return nil, err
	}
	delete(a.memory.applications, app.id)
	return DeleteOAuth2Application204Response{}, nil
}

// GetVersion needs no login, and no scope either.
func (a api) GetVersion(context.Context, GetVersionRequestObject) (GetVersionResponseObject, error) {
	return GetVersion200JSONResponse{Version: &a.memory.version}, nil
}
