package keycloak

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const masked = "**********"

// provider is an identity provider. One whose alias was lost by an update stays
// in the list, out of reach.
type provider struct {
	rep IdentityProviderRepresentation // with its secret
}

func (p *provider) shown() IdentityProviderRepresentation {
	rep := p.rep
	if value(rep.Config)["clientSecret"] != "" {
		rep.Config = new(mergeMap(*rep.Config, map[string]string{"clientSecret": masked}))
	}
	return rep
}

func (p *provider) brief() IdentityProviderRepresentation {
	rep := p.rep
	rep.Config = &map[string]string{}
	return rep
}

func (a admin) provider(realm, alias string) (*realm, *provider, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	if p, exists := r.providers.byName[alias]; exists {
		return r, p, nil
	}
	return nil, nil, httpError(http.StatusNotFound)
}

// ListIdentityProviders is sorted by alias, 100 unless asked for more.
func (a admin) ListIdentityProviders(_ context.Context, request ListIdentityProvidersRequestObject) (ListIdentityProvidersResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	p := request.Params
	found := slices.DeleteFunc(r.providers.unsorted(), func(one *provider) bool {
		return p.Search != nil && !wildcard(strings.ToLower(value(one.rep.Alias)), strings.ToLower(*p.Search))
	})
	slices.SortStableFunc(found, func(one, other *provider) int { return cmp.Compare(value(one.rep.Alias), value(other.rep.Alias)) })
	shown := (*provider).shown
	if value(p.BriefRepresentation) {
		shown = (*provider).brief
	}
	return ListIdentityProviders200JSONResponse(each(page(found, p.First, p.Max, hundred), shown)), nil
}

func (a admin) GetIdentityProvider(_ context.Context, request GetIdentityProviderRequestObject) (GetIdentityProviderResponseObject, error) {
	_, p, err := a.provider(request.Realm, request.Alias)
	if err != nil {
		return nil, err
	}
	return GetIdentityProvider200JSONResponse(p.shown()), nil
}

func (a admin) CreateIdentityProvider(ctx context.Context, request CreateIdentityProviderRequestObject) (CreateIdentityProviderResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	switch {
	case strings.ContainsAny(value(rep.Alias), " \t\n"):
		return nil, refusal{http.StatusBadRequest, failure{Error: "Empty Space not allowed."}}
	case !isProviderID(value(rep.ProviderID)):
		return nil, unknownProvider(rep.ProviderID)
	case rep.Alias == nil:
		return nil, invalid("path is null")
	case r.providers.byName[*rep.Alias] != nil:
		return nil, conflict("Identity Provider %s already exists", *rep.Alias)
	}
	if err := r.checkProvider(rep); err != nil {
		return nil, err
	}
	if isTooLong(rep.InternalID) {
		return nil, crash()
	}
	p := &provider{rep: completeProvider(rep)}
	p.rep.InternalID = new(orNew(rep.InternalID))
	r.providers.add(*p.rep.InternalID, *rep.Alias, p)
	return CreateIdentityProvider201Response{CreateIdentityProvider201ResponseHeaders{Location: created(ctx, url.PathEscape(*rep.Alias))}}, nil
}

func unknownProvider(id *string) error {
	if id == nil {
		id = new("null")
	}
	return invalid("Invalid identity provider id [%s]", *id)
}

func isProviderID(id string) bool {
	return slices.Contains([]string{"saml", "oauth2", "oidc", "keycloak-oidc", "linkedin-openid-connect", "twitter", "github", "openshift-v4",
		"facebook", "google", "gitlab", "microsoft", "bitbucket", "paypal", "stackoverflow"}, id)
}

// completeProvider is what the server makes of a body: a provider is always
// replaced as a whole.
func completeProvider(rep IdentityProviderRepresentation) IdentityProviderRepresentation {
	withDefault(&rep.Enabled, true)
	for _, field := range []**bool{&rep.TrustEmail, &rep.StoreToken, &rep.AddReadTokenRoleOnCreate, &rep.AuthenticateByDefault, &rep.LinkOnly, &rep.HideOnLogin} {
		withDefault(field, false)
	}
	rep.FirstBrokerLoginFlowAlias, rep.PostBrokerLoginFlowAlias = filled(rep.FirstBrokerLoginFlowAlias), filled(rep.PostBrokerLoginFlowAlias)
	rep.UpdateProfileFirstLoginMode, rep.UpdateProfileFirstLogin = new("on"), nil
	config := withoutEmpty(value(rep.Config))
	if config["syncMode"] == "" {
		config["syncMode"] = "LEGACY"
	}
	rep.Config = &config
	return rep
}

// checkProvider refuses flows that do not exist and addresses that the realm
// does not take.
func (r *realm) checkProvider(rep IdentityProviderRepresentation) error {
	config := value(rep.Config)
	for _, u := range []struct{ key, name string }{
		{"authorizationUrl", "authorization_url"}, {"tokenUrl", "token_url"}, {"userInfoUrl", "userinfo_url"},
		{"logoutUrl", "logout_url"}, {"jwksUrl", "jwks_url"}, {"tokenIntrospectionUrl", "tokenIntrospection_url"},
	} {
		if err := r.checkAddress(u.name, config[u.key]); err != nil {
			return err
		}
	}
	if !knownSettings(RealmRepresentation{BrowserFlow: rep.FirstBrokerLoginFlowAlias, DirectGrantFlow: rep.PostBrokerLoginFlowAlias}) {
		return crash()
	}
	return nil
}

// UpdateIdentityProvider replaces all but the kind and the secret that is sent
// back masked; without an alias in the body the provider loses its own.
func (a admin) UpdateIdentityProvider(_ context.Context, request UpdateIdentityProviderRequestObject) (UpdateIdentityProviderResponseObject, error) {
	r, p, err := a.provider(request.Realm, request.Alias)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if !isProviderID(value(rep.ProviderID)) {
		return nil, unknownProvider(rep.ProviderID)
	}
	if other := r.providers.byName[value(rep.Alias)]; rep.Alias != nil && other != nil && other != p {
		return nil, conflict("Identity Provider %s already exists", *rep.Alias)
	}
	if err := r.checkProvider(rep); err != nil {
		return nil, err
	}
	old := p.rep
	p.rep = completeProvider(rep)
	p.rep.InternalID, p.rep.ProviderID = old.InternalID, old.ProviderID
	if (*p.rep.Config)["clientSecret"] == masked {
		p.rep.Config = new(mergeMap(*p.rep.Config, map[string]string{"clientSecret": (*old.Config)["clientSecret"]}))
	}
	delete(r.providers.byName, request.Alias)
	if rep.Alias != nil {
		r.providers.byName[*rep.Alias] = p
	}
	return UpdateIdentityProvider204Response{}, nil
}

func (a admin) DeleteIdentityProvider(_ context.Context, request DeleteIdentityProviderRequestObject) (DeleteIdentityProviderResponseObject, error) {
	r, p, err := a.provider(request.Realm, request.Alias)
	if err != nil {
		return nil, err
	}
	r.providers.remove(value(p.rep.InternalID), request.Alias)
	for _, mapper := range r.mappersOf(request.Alias) {
		r.removeProviderMapper(mapper)
	}
	return DeleteIdentityProvider204Response{}, nil
}
