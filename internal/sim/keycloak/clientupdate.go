package keycloak

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UpdateClient keeps the simple fields that the body leaves out, merges
// attributes, replaces mappers if there are any in the body, does not
// look at scopes and switches authorisation off unless told not to.
func (a admin) UpdateClient(_ context.Context, request UpdateClientRequestObject) (UpdateClientResponseObject, error) {
	r, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if err := r.checkClientUpdate(c, rep); err != nil {
		return nil, err
	}
	c.update(rep)
	r.renameClient(c, orElse(rep.ClientID, *c.rep.ClientID))
	c.settleSecret(a.now())
	if rep.ServiceAccountsEnabled != nil {
		r.settleServiceAccount(c, a.now())
	}
	if value(rep.AuthorizationServicesEnabled) && !value(c.rep.PublicClient) {
		r.enableAuthorization(c)
	} else {
		c.authorization = nil
	}
	return UpdateClient204Response{}, nil
}

func orElse(field *string, otherwise string) string {
	if field == nil {
		return otherwise
	}
	return *field
}

func (r *realm) checkClientUpdate(c *client, rep ClientRepresentation) error {
	if err := checkClient(rep); err != nil {
		return err
	}
	account := value(c.rep.ServiceAccountsEnabled)
	if rep.ServiceAccountsEnabled != nil {
		account = *rep.ServiceAccountsEnabled
	}
	if value(rep.AuthorizationServicesEnabled) && !account {
		return crash()
	}
	if other := r.clients.byName[value(rep.ClientID)]; other != nil && other != c {
		return duplicate()
	}
	if !areDistinct(value(rep.ProtocolMappers)) {
		return conflict("Client already exists")
	}
	return nil
}

func (c *client) update(rep ClientRepresentation) {
	if rep.ProtocolMappers != nil {
		c.mappers = c.mappers.replace(*rep.ProtocolMappers)
	}
	// Origins follow from redirects only while there are none.
	if rep.WebOrigins == nil && rep.RedirectUris != nil && len(*c.rep.WebOrigins) == 0 {
		rep.WebOrigins = new(originsOf(*rep.RedirectUris))
	}
	attributes := mergeMap(*c.rep.Attributes, value(rep.Attributes))
	settings := settingsOfClient(rep)
	settings.ID, settings.ClientID = nil, nil
	merge(&c.rep, settings)
	c.rep.Attributes = &attributes
}

// settingsOfClient are the fields of a body that the client itself keeps.
func settingsOfClient(rep ClientRepresentation) ClientRepresentation {
	rep.ProtocolMappers, rep.DefaultClientScopes, rep.OptionalClientScopes = nil, nil, nil
	rep.AuthorizationServicesEnabled, rep.AuthorizationSettings, rep.Access, rep.Attributes = nil, nil, nil, nil
	rep.Origin, rep.RegistrationAccessToken, rep.DefaultRoles, rep.DirectGrantsOnly = nil, nil, nil, nil
	rep.ClientTemplate, rep.UseTemplateConfig, rep.UseTemplateMappers, rep.UseTemplateScope = nil, nil, nil, nil
	return rep
}

// settleSecret: a confidential client has a secret, any other has none.
func (c *client) settleSecret(now time.Time) {
	if value(c.rep.PublicClient) || value(c.rep.BearerOnly) {
		c.rep.Secret = nil
		return
	}
	if c.rep.Secret == nil {
		c.newSecret(now)
	}
}

func (c *client) newSecret(now time.Time) {
	c.rep.Secret = new((rand.Text() + rand.Text())[:32])
	c.setAttribute("client.secret.creation.time", strconv.FormatInt(now.Unix(), 10))
}

func (a admin) GetClientSecret(_ context.Context, request GetClientSecretRequestObject) (GetClientSecretResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return GetClientSecret200JSONResponse{Type: new("secret"), Value: c.rep.Secret}, nil
}

func (a admin) RegenerateClientSecret(_ context.Context, request RegenerateClientSecretRequestObject) (RegenerateClientSecretResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	c.newSecret(a.now())
	return RegenerateClientSecret200JSONResponse{Type: new("secret"), Value: c.rep.Secret}, nil
}

// originsOf are the web origins that follow from redirects: scheme, host and port
// of those that begin with http.
func originsOf(redirects []string) []string {
	origins := []string{}
	for _, redirect := range redirects {
		if !strings.HasPrefix(redirect, "http") {
			continue
		}
		scheme, rest, _ := strings.Cut(redirect, "://")
		host, _, _ := strings.Cut(rest, "/")
		if origin := scheme + "://" + host; !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins
}

// checkClient refuses what the server calls invalid input, all of it in one line.
func checkClient(rep ClientRepresentation) error {
	var problems []string
	note := func(bad bool, problem string) {
		if bad && !slices.Contains(problems, problem) {
			problems = append(problems, problem)
		}
	}
	note(rep.ClientID != nil && strings.TrimSpace(*rep.ClientID) == "", "Client ID cannot be blank")
	note(hasIllegalScheme(value(rep.RootURL)), "Root URL uses an illegal scheme")
	note(hasIllegalScheme(value(rep.BaseURL)), "Base URL uses an illegal scheme")
	for _, redirect := range value(rep.RedirectUris) {
		_, err := url.Parse(redirect)
		note(err != nil, "A redirect URI is not a valid URI")
		note(hasIllegalScheme(redirect), "A redirect URI uses an illegal scheme")
		note(strings.Contains(redirect, "#"), "Redirect URIs must not contain an URI fragment")
	}
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	return refusal{http.StatusBadRequest, failure{Error: "invalid_input", ErrorDescription: strings.Join(problems, "; ")}}
}

func hasIllegalScheme(address string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(address), ":")
	return found && slices.Contains([]string{"javascript", "data", "vbscript"}, scheme)
}
