package keycloak

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// signer signs tokens. One key serves all realms, and where none was given it is
// made when it is first needed.
type signer struct {
	once sync.Once
	key  *rsa.PrivateKey
	mac  []byte
	err  error
}

// keyBits is small: it makes a simulator start fast, and protects nothing.
const keyBits = 1024

const keyID = "simulator"

func (s *signer) prepare() error {
	s.once.Do(func() {
		s.mac = []byte(rand.Text())
		if s.key == nil {
			s.key, s.err = rsa.GenerateKey(rand.Reader, keyBits)
		}
	})
	return s.err
}

func (s *signer) access(claims jwt.MapClaims) (string, error) {
	if err := s.prepare(); err != nil {
		return "", fmt.Errorf("making the key: %w", err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = keyID
	return token.SignedString(s.key)
}

func (s *signer) refresh(claims jwt.MapClaims) (string, error) {
	if err := s.prepare(); err != nil {
		return "", fmt.Errorf("making the key: %w", err)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS512, claims).SignedString(s.mac)
}

// secret is the key of refresh tokens, as the parser asks for it.
func (s *signer) secret(*jwt.Token) (any, error) { return s.mac, s.prepare() }

func refreshClaims(s *session, issuer string, now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"exp": now.Add(refreshLife).Unix(), "iat": now.Unix(), "jti": uuid.NewString(),
		"iss": issuer, "aud": issuer, "typ": "Refresh", "azp": value(s.client.rep.ClientID), "sid": s.id, "scope": tokenScope,
	}
}

// accessClaims are the few of a lightweight token, or what a full one always has.
func accessClaims(s *session, issuer string, now time.Time, life time.Duration) jwt.MapClaims {
	claims := jwt.MapClaims{
		"exp": now.Add(life).Unix(), "iat": now.Unix(), "jti": uuid.NewString(),
		"iss": issuer, "typ": "Bearer", "azp": value(s.client.rep.ClientID), "scope": tokenScope,
	}
	if s.id != "" {
		claims["sid"] = s.id
	}
	if !s.client.isLightweight() {
		maps.Copy(claims, jwt.MapClaims{
			"sub": value(s.user.rep.ID), "acr": "1", "preferred_username": value(s.user.rep.Username),
			"email_verified": value(s.user.rep.EmailVerified), "realm_access": map[string]any{"roles": s.user.grants.realmRoles()},
		})
	}
	return claims
}

// publicRealm is the public part of a realm, enabled or not.
func (m *memory) publicRealm(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("realm")
	if m.realms[name] == nil {
		refuse(w, r, notFound("Realm does not exist"))
		return
	}
	if err := m.signer.prepare(); err != nil {
		refuse(w, r, err)
		return
	}
	der, err := x509.MarshalPKIXPublicKey(&m.signer.key.PublicKey)
	if err != nil {
		refuse(w, r, err)
		return
	}
	base := callOf(r.Context()).base + "/realms/" + name
	answerJSON(w, http.StatusOK, map[string]any{
		"realm": name, "public_key": base64.StdEncoding.EncodeToString(der), "tokens-not-before": 0,
		"token-service": base + "/protocol/openid-connect", "account-service": base + "/account",
	})
}

func (m *memory) certificates(w http.ResponseWriter, r *http.Request) {
	if m.realms[r.PathValue("realm")] == nil {
		refuse(w, r, notFound("Realm does not exist"))
		return
	}
	if err := m.signer.prepare(); err != nil {
		refuse(w, r, err)
		return
	}
	encode := base64.RawURLEncoding.EncodeToString
	answerJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kid": keyID, "kty": "RSA", "alg": "RS256", "use": "sig",
		"n": encode(m.signer.key.N.Bytes()), "e": encode(big.NewInt(int64(m.signer.key.E)).Bytes()),
	}}})
}

// discovery is the part of the document that clients look at.
func (m *memory) discovery(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("realm")
	realm := m.realms[name]
	if realm == nil {
		refuse(w, r, notFound("Realm does not exist"))
		return
	}
	issuer := callOf(r.Context()).base + "/realms/" + name
	endpoint := issuer + "/protocol/openid-connect/"
	scopes := append([]string{"openid"}, slices.Sorted(maps.Keys(realm.sameProtocol(realm.scopes.byName)))...)
	answerJSON(w, http.StatusOK, map[string]any{
		"issuer": issuer, "jwks_uri": endpoint + "certs",
		"authorization_endpoint": endpoint + "auth", "token_endpoint": endpoint + "token", "introspection_endpoint": endpoint + "token/introspect",
		"userinfo_endpoint": endpoint + "userinfo", "end_session_endpoint": endpoint + "logout", "revocation_endpoint": endpoint + "revoke",
		"grant_types_supported":    []string{"authorization_code", "client_credentials", "implicit", "password", "refresh_token"},
		"response_types_supported": []string{"code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"},
		"response_modes_supported": []string{"query", "fragment", "form_post"}, "subject_types_supported": []string{"public", "pairwise"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          []string{"private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"},
		"claims_supported":                               []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "name", "given_name", "family_name", "preferred_username", "email", "acr", "azp", "nonce"},
		"scopes_supported":                               scopes,
		"code_challenge_methods_supported":               []string{"plain", "S256"},
		"backchannel_logout_supported":                   true,
		"authorization_response_iss_parameter_supported": true,
	})
}
