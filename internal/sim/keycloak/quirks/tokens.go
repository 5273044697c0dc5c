package quirks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"otomi.io/tasks/internal/sim/apitest"
)

// runTokenQuirks are those that are not about the admin API.
func runTokenQuirks(t *testing.T, s *session) {
	t.Run("TokenEndpoint", s.tokenEndpoint)
	t.Run("TokensAreNeeded", s.tokensAreNeeded)
	t.Run("RefreshAndLogout", s.refreshAndLogout)
	t.Run("TokensOfUsers", s.tokensOfUsers)
	t.Run("PublicDocuments", s.publicDocuments)
	t.Run("LightTokensSeeNewRealms", s.lightTokens)
	t.Run("TokenOlderThanRealm", s.tokenOlderThanRealm)
}

// expect compares an answer with what it must be.
func (s *session) expect(t *testing.T, what string, got apitest.Answer, status int, want string) {
	t.Helper()
	s.kept.Check(t, what, got, apitest.Want{Status: status, JSON: want})
}

// absent takes a field out of a form: an empty one is something else.
const absent = "absent"

func (s *session) tokenEndpoint(t *testing.T) {
	right := func(changes map[string]string) map[string]string {
		form := map[string]string{"grant_type": "password", "client_id": "admin-cli", "username": s.username, "password": s.password}
		for key, v := range changes {
			form[key] = v
			if v == absent {
				delete(form, key)
			}
		}
		return form
	}
	cases := map[string]struct {
		realm  string
		form   map[string]string
		status int
		want   string
	}{
		"Right":         {"master", right(nil), 200, `{"token_type":"Bearer","expires_in":60,"access_token":"{any}","refresh_token":"{any}","session_state":"{any}","scope":"{any}","not-before-policy":0}`},
		"WrongPassword": {"master", right(map[string]string{"password": "wrong"}), 401, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`},
		"UnknownUser":   {"master", right(map[string]string{"username": "nosuch"}), 401, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`},
		"UnknownClient": {"master", right(map[string]string{"client_id": "nosuch"}), 401, `{"error":"invalid_client","error_description":"Invalid client or Invalid client credentials"}`},
		"UnknownGrant":  {"master", right(map[string]string{"grant_type": "nosuch"}), 400, `{"error":"unsupported_grant_type","error_description":"Unsupported grant_type"}`},
		"NoGrant":       {"master", right(map[string]string{"grant_type": absent}), 400, `{"error":"invalid_request","error_description":"Missing form parameter: grant_type"}`},
		"NoUser":        {"master", right(map[string]string{"username": absent}), 401, `{"error":"invalid_request","error_description":"Missing parameter: username"}`},
		"NoDirectGrant": {"master", right(map[string]string{"client_id": "account-console"}), 400, `{"error":"unauthorized_client","error_description":"Client not allowed for direct access grants"}`},
		"BearerOnly":    {"master", right(map[string]string{"client_id": "broker"}), 401, `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`},
		"PublicService": {"master", right(map[string]string{"grant_type": "client_credentials"}), 401, `{"error":"unauthorized_client","error_description":"Public client not allowed to retrieve service account"}`},
		"NoRefresh":     {"master", right(map[string]string{"grant_type": "refresh_token"}), 400, `{"error":"invalid_request","error_description":"No refresh token"}`},
		"BadRefresh":    {"master", right(map[string]string{"grant_type": "refresh_token", "refresh_token": "x"}), 400, `{"error":"invalid_grant","error_description":"Invalid refresh token"}`},
		"OtherRealm":    {s.kept["realm"], right(nil), 401, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`},
		"NoRealm":       {"nosuch", right(nil), 404, `{"error":"Realm does not exist"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.expect(t, "asking for a token", s.form(t, "/realms/"+tc.realm+"/protocol/openid-connect/token", tc.form), tc.status, tc.want)
		})
	}
}

func (s *session) tokensAreNeeded(t *testing.T) {
	for name, token := range map[string]string{"NoToken": "", "Noise": "noise"} {
		got := s.request(t, http.MethodGet, "/admin/realms/nosuch", "", "", token)
		s.expect(t, name, got, http.StatusUnauthorized, `{"error":"HTTP 401 Unauthorized"}`)
	}
}

// tokens logs in and gives both tokens.
func (s *session) tokens(t *testing.T, form map[string]string) (access, refresh string) {
	t.Helper()
	got := s.form(t, tokenPath, form)
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(got.Body, &tokens); err != nil || tokens.AccessToken == "" {
		t.Fatalf("asking for a token: %s", got)
	}
	return tokens.AccessToken, tokens.RefreshToken
}

func (s *session) refreshAndLogout(t *testing.T) {
	first, refresh := s.tokens(t, map[string]string{"grant_type": "password", "client_id": "admin-cli", "username": s.username, "password": s.password})
	again := map[string]string{"grant_type": "refresh_token", "client_id": "admin-cli", "refresh_token": refresh}
	second, _ := s.tokens(t, again)
	for name, token := range map[string]string{"first": first, "second": second} {
		s.expect(t, name+" token", s.request(t, http.MethodGet, "/admin/realms/master", "", "", token), http.StatusOK, "")
	}
	logout := map[string]string{"client_id": "admin-cli", "refresh_token": refresh}
	s.expect(t, "logging out", s.form(t, "/realms/master/protocol/openid-connect/logout", logout), http.StatusNoContent, "")
	s.expect(t, "token after the log-out", s.request(t, http.MethodGet, "/admin/realms/master", "", "", second), http.StatusUnauthorized, "")
	s.expect(t, "refresh after the log-out", s.form(t, tokenPath, again), http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Session not active"}`)
}

// tokensOfUsers: who logs in, and that the admin API is closed to people of
// another realm.
func (s *session) tokensOfUsers(t *testing.T) {
	s.logIn(t)
	for _, user := range []string{
		`{"username":"login","enabled":true,"email":"login@example.com","firstName":"L","lastName":"L","credentials":[{"type":"password","value":"pw"}]}`,
		`{"username":"disabled","email":"disabled@example.com","firstName":"L","lastName":"L","credentials":[{"type":"password","value":"pw"}]}`,
		`{"username":"temporary","enabled":true,"email":"temporary@example.com","firstName":"L","lastName":"L","credentials":[{"type":"password","value":"pw","temporary":true}]}`,
	} {
		s.mustDo(t, step{do: "POST users", body: user})
	}
	path := "/realms/" + s.kept["realm"] + "/protocol/openid-connect/token"
	form := func(user string) map[string]string {
		return map[string]string{"grant_type": "password", "client_id": "admin-cli", "username": user, "password": "pw"}
	}
	s.expect(t, "disabled", s.form(t, path, form("disabled")), http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Account disabled"}`)
	s.expect(t, "temporary password", s.form(t, path, form("temporary")), http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Account is not fully set up"}`)
	s.expect(t, "by address", s.form(t, path, form("LOGIN@example.com")), http.StatusOK, "")
	got := s.form(t, path, form("login"))
	s.expect(t, "right", got, http.StatusOK, `{"expires_in":300}`)
	token, _ := got.JSON(t).(map[string]any)["access_token"].(string)
	for _, address := range []string{"/admin/realms/" + s.kept["realm"] + "/roles", "/admin/realms/master"} {
		s.expect(t, address, s.request(t, http.MethodGet, address, "", "", token), http.StatusForbidden, `{"error":"HTTP 403 Forbidden"}`)
	}
}

func (s *session) publicDocuments(t *testing.T) {
	realm := s.base + "/realms/" + s.kept["realm"]
	cases := map[string]struct{ path, want string }{
		"Realm":     {"", fmt.Sprintf(`{"realm":"{realm}","public_key":"{any}","token-service":"%s/protocol/openid-connect","tokens-not-before":0}`, realm)},
		"Discovery": {"/.well-known/openid-configuration", fmt.Sprintf(`{"issuer":"%s","authorization_endpoint":"%[1]s/protocol/openid-connect/auth","token_endpoint":"%[1]s/protocol/openid-connect/token","jwks_uri":"%[1]s/protocol/openid-connect/certs","userinfo_endpoint":"%[1]s/protocol/openid-connect/userinfo","end_session_endpoint":"%[1]s/protocol/openid-connect/logout"}`, realm)},
		"Keys":      {"/protocol/openid-connect/certs", `{"keys":["...",{"kid":"{any}","kty":"RSA","alg":"RS256","use":"sig","n":"{any}","e":"AQAB"}]}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.expect(t, name, s.request(t, http.MethodGet, "/realms/"+s.kept["realm"]+tc.path, "", "", ""), http.StatusOK, tc.want)
			s.expect(t, "unknown realm", s.request(t, http.MethodGet, "/realms/nosuch"+tc.path, "", "", ""), http.StatusNotFound, `{"error":"Realm does not exist"}`)
		})
	}
}

// lightTokens: admin-cli's tokens name no roles, so the server looks them up.
func (s *session) lightTokens(t *testing.T) {
	s.logIn(t)
	s.mustDo(t, step{do: "DELETE /admin/realms/{realm}-new", status: -1})
	s.mustDo(t, step{do: "POST /admin/realms", body: `{"realm":"{realm}-new"}`})
	s.expect(t, "reading the new realm", s.send(t, step{do: "GET /admin/realms/{realm}-new"}), http.StatusOK, `{"id":"{any}","realm":"{realm}-new"}`)
	s.expect(t, "reading its roles", s.send(t, step{do: "GET /admin/realms/{realm}-new/roles"}), http.StatusOK, "")
	s.mustDo(t, step{do: "DELETE /admin/realms/{realm}-new"})
}

// tokenOlderThanRealm: any other client's token names the roles that its user
// had when it was issued, and those of a new realm are not among them.
func (s *session) tokenOlderThanRealm(t *testing.T) {
	s.logIn(t)
	light := s.token
	s.mustDo(t, step{do: "POST /admin/realms/master/clients", body: `{"clientId":"{realm}","publicClient":true,"directAccessGrantsEnabled":true}`, as: "grantclient"})
	t.Cleanup(func() {
		s.logIn(t)
		s.mustDo(t, step{do: "DELETE /admin/realms/{realm}-new", status: -1})
		s.mustDo(t, step{do: "DELETE /admin/realms/master/clients/{grantclient}"})
	})
	form := map[string]string{"grant_type": "password", "client_id": s.kept["realm"], "username": s.username, "password": s.password}
	full, refresh := s.tokens(t, form)
	s.token = full
	s.mustDo(t, step{do: "POST /admin/realms", body: `{"realm":"{realm}-new","enabled":true}`})
	s.expect(t, "the realm looks almost empty", s.send(t, step{do: "GET /admin/realms/{realm}-new"}), http.StatusOK, `{"realm":"{realm}-new","id":null,"enabled":null,"bruteForceProtected":false,"supportedLocales":[]}`)
	for _, do := range []string{"GET /admin/realms/{realm}-new/roles", "GET /admin/realms/{realm}-new/clients"} {
		s.expect(t, do, s.send(t, step{do: do}), http.StatusForbidden, `{"error":"HTTP 403 Forbidden"}`)
	}
	s.expect(t, "writing", s.send(t, step{do: "PUT /admin/realms/{realm}-new", body: `{"displayName":"x"}`}), http.StatusForbidden, "")
	s.token = light
	s.expect(t, "admin-cli's older token", s.send(t, step{do: "GET /admin/realms/{realm}-new/roles"}), http.StatusOK, "")
	form["grant_type"], form["refresh_token"] = "refresh_token", refresh
	s.token, _ = s.tokens(t, form)
	s.expect(t, "a refreshed token", s.send(t, step{do: "GET /admin/realms/{realm}-new/roles"}), http.StatusOK, "")
}
