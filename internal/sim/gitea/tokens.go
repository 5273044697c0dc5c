package gitea

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// token is an access token.
type token struct {
	id      int64
	owner   *account
	name    string
	secret  string
	scopes  scopes
	created time.Time
}

func (f CreateAccessTokenOption) problem() error { return required("Name", f.Name) }

func (t *token) json() AccessToken {
	return AccessToken{
		ID: &t.id, Name: &t.name, Sha1: new(""), TokenLastEight: new(t.secret[len(t.secret)-8:]),
		Scopes: new([]string(t.scopes)), CreatedAt: &t.created, LastUsedAt: &t.created,
	}
}

func (a api) CreateAccessToken(ctx context.Context, request CreateAccessTokenRequestObject) (CreateAccessTokenResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if len(a.memory.tokensOf(c.user, f.Name)) > 0 {
		return nil, refused(http.StatusBadRequest, "access token name has been used already")
	}
	given, err := a.memory.newScopes(value(f.Scopes))
	if err != nil {
		return nil, err
	}
	if len(given) == 0 && !a.memory.before(20) {
		return nil, refused(http.StatusBadRequest, "access token must have a scope")
	}
	t := &token{id: a.memory.next("token"), owner: c.user, name: f.Name, secret: newSecret(), scopes: given, created: a.memory.time()}
	a.memory.tokens[t.secret] = t
	shown := t.json()
	shown.Sha1 = &t.secret
	return CreateAccessToken201JSONResponse(shown), nil
}

// newSecret has forty hexadecimal digits.
func newSecret() string {
	bytes := make([]byte, 20)
	_, _ = rand.Read(bytes) // it never fails
	return hex.EncodeToString(bytes)
}

// tokensOf are the tokens of a user, newest first; of that name, if one is given.
func (m *memory) tokensOf(owner *account, name string) []*token {
	all := filtered(slices.Collect(maps.Values(m.tokens)), func(t *token) bool { return t.owner == owner && (name == "" || t.name == name) })
	slices.SortFunc(all, func(a, b *token) int { return cmp.Compare(b.id, a.id) })
	return all
}

func (a api) ListAccessTokens(ctx context.Context, request ListAccessTokensRequestObject) (ListAccessTokensResponseObject, error) {
	c := callOf(ctx)
	p := window(c, a.memory.tokensOf(c.user, ""), request.Params.Page, request.Params.Limit)
	return ListAccessTokens200JSONResponse{Body: each(p.part, (*token).json), Headers: ListAccessTokens200ResponseHeaders{XTotalCount: p.count}}, nil
}

// DeleteAccessToken takes a text that is not a number for a name.
func (a api) DeleteAccessToken(ctx context.Context, request DeleteAccessTokenRequestObject) (DeleteAccessTokenResponseObject, error) {
	c, id := callOf(ctx), idOf(strings.TrimSpace(request.Token))
	found := a.memory.tokensOf(c.user, "")
	i := slices.IndexFunc(found, func(t *token) bool { return t.id == id || id == 0 && t.name == request.Token })
	if i < 0 {
		return nil, notFound()
	}
	delete(a.memory.tokens, found[i].secret)
	return DeleteAccessToken204Response{}, nil
}
