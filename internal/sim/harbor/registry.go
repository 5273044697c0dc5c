package harbor

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The registry is there as far as `docker login` and a look at the rights need
// it: no images.

const registryService = "harbor-registry"

// registry is the address that clients try a login on.
func (m *memory) registry(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if callOf(r.Context()).caller.isAuthenticated() || m.signer.holds(r, m.now) {
		answerJSON(w, http.StatusOK, struct{}{})
		return
	}
	challenge := fmt.Sprintf(`Bearer realm="http://%s/service/token",service="%s"`, r.Host, registryService)
	if r.Header.Get("Authorization") != "" {
		challenge = `Basic realm="harbor"`
	}
	w.Header().Set("Www-Authenticate", challenge)
	refuse(w, r, unauthorized())
}

// resourceAccess is one entry of a token: what its bearer may do.
type resourceAccess struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

type registryClaims struct {
	jwt.RegisteredClaims
	Access []resourceAccess `json:"access"`
}

// token answers every caller with the rights that it has, also an
// anonymous one, unless it is the login, which asks for nothing.
func (m *memory) token(w http.ResponseWriter, r *http.Request) {
	if service := r.FormValue("service"); service != registryService {
		http.Error(w, "Unable to handle service: "+service, http.StatusBadRequest)
		return
	}
	c := callOf(r.Context()).caller
	var wanted []string
	for _, scopes := range r.Form["scope"] {
		wanted = append(wanted, strings.Fields(scopes)...)
	}
	if !c.isAuthenticated() && len(wanted) == 0 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	now, life := m.time(), time.Duration(m.configuration.number("token_expiration"))*time.Minute
	signed, err := m.signer.sign(registryClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "harbor-token-issuer", Subject: c.name, Audience: jwt.ClaimStrings{registryService},
			ExpiresAt: jwt.NewNumericDate(now.Add(life)), NotBefore: jwt.NewNumericDate(now), IssuedAt: jwt.NewNumericDate(now),
		},
		Access: each(wanted, func(s string) resourceAccess { return m.accessFor(c, s) }),
	})
	if err != nil {
		refuse(w, r, err)
		return
	}
	answerJSON(w, http.StatusOK, map[string]any{
		"token": signed, "access_token": "", "expires_in": int64(life / time.Second), "issued_at": now.Format(time.RFC3339),
	})
}

// accessFor answers type:name:actions with all that the caller may do, whatever
// was asked for.
func (m *memory) accessFor(c caller, wanted string) resourceAccess {
	kind, rest, _ := strings.Cut(wanted, ":")
	name := rest
	if i := strings.LastIndex(rest, ":"); i >= 0 {
		name = rest[:i]
	}
	granted := resourceAccess{Type: kind, Name: name, Actions: []string{}}
	projectName, _, inProject := strings.Cut(name, "/")
	p := m.projects.byName[projectName]
	if kind != "repository" || !inProject || p == nil {
		return granted
	}
	for _, action := range []string{"pull", "push", "delete"} {
		if m.canProject(c, p, right{"repository", action}) {
			granted.Actions = append(granted.Actions, action)
		}
	}
	return granted
}

// signer signs tokens for the registry.
type signer struct{ key []byte }

func newSigner() signer { return signer{[]byte(rand.Text())} }

func (s signer) sign(claims registryClaims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.key)
}

// holds says whether a request shows a token that this server issued
// to a logged-in caller. Later changes of the caller do not matter.
func (s signer) holds(r *http.Request, now func() time.Time) bool {
	token, isToken := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isToken {
		return false
	}
	var claims registryClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithTimeFunc(now), jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}))
	return err == nil && claims.Subject != ""
}
