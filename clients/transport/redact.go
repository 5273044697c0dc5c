package transport

import (
	"errors"
	"net/url"
	"strings"
)

const masked = "***"

// Redact gives an address that may be printed: no user name and password, no fragment, and three
// stars for every query parameter that carries a credential (code, token, access_token,
// client_secret, password, state and their kin). What is not an address becomes three stars.
func Redact(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" {
		return masked
	}
	u.User = nil
	u.Fragment, u.RawFragment = "", "" // the implicit flow hands tokens over in it
	u.RawQuery = redactQuery(u.RawQuery)
	return u.String()
}

// RedactError masks the address in the *url.Error of an http.Client, which hides a password but
// shows the query. It changes that error in place and returns err; an error that wraps it already
// has its text, so call it first.
func RedactError(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		e.URL = Redact(e.URL)
	}
	return err
}

// redactQuery keeps the order of the parameters, which url.Values would not.
func redactQuery(query string) string {
	if query == "" {
		return ""
	}
	params := strings.Split(query, "&")
	for i, param := range params {
		params[i] = redactParam(param)
	}
	return strings.Join(params, "&")
}

func redactParam(param string) string {
	key, value, _ := strings.Cut(param, "=")
	name, err := url.QueryUnescape(key)
	switch {
	case err != nil, strings.Contains(param, ";"): // not a pair as servers read it
		return masked
	case value != "" && secretName(name):
		return key + "=" + masked
	}
	return param
}

// secretName tells the names under which the four applications and OAuth carry credentials, in a
// query, a form or a JSON body, such as clientSecret, oidc_client_secret or session_code.
func secretName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
	for _, end := range []string{
		"secret", "password", "passwd", "passphrase", "token", "tokenhint", "assertion", "credential",
		"authorization", "authorizationheader", "privatekey", "apikey", "code", "verifier", "state", "nonce",
	} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "data" // Drone's and Gitea's secrets
}
