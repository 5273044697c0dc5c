package transport

import (
	"cmp"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const maxRequestBody = 1 << 20 // bytes of a request's body that are searched for secrets

var (
	quotedPattern = regexp.MustCompile(`(?i)((?:passwd|password|secret|token)\\?["']?\s*[:=]\s*\\?["'])[^"'\\]+`)
	barePattern   = regexp.MustCompile(`(?i)((?:passwd|password|secret|token)\s*=\s*)[^\s"'&,;}]+`)
	headerPattern = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9+/=._~-]{16,}`)
	jwtPattern    = regexp.MustCompile(`\beyJ[\w-]{8,}(?:\.[\w-]*)*`)
)

// mask hides in a server's words what the request carried as a secret, for servers repeat what they
// refuse.
type mask struct{ secrets *strings.Replacer }

// newMask collects the secrets of a request: password and secret parameters of the address,
// Authorization and the secret fields of a form or JSON body.
func newMask(req *http.Request) mask {
	found := slices.Concat(urlSecrets(req.URL), headerSecrets(req), bodySecrets(req))
	var pairs []string
	for _, secret := range found {
		pairs = append(pairs, spellings(secret)...)
	}
	// The replacer takes the first that fits: the longest must come before its own beginning.
	slices.SortFunc(pairs, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	var replacements []string
	for _, p := range slices.Compact(pairs) {
		replacements = append(replacements, p, masked)
	}
	return mask{strings.NewReplacer(replacements...)}
}

// known hides the request's own secrets.
func (m mask) known(s string) string { return m.secrets.Replace(s) }

// likely hides what looks like a secret that the request did not carry: the value of a field or
// parameter of such a name, a header of credentials, a JSON Web Token. What is cut off in the middle
// is hidden too.
func likely(s string) string {
	s = quotedPattern.ReplaceAllString(s, "${1}"+masked)
	s = barePattern.ReplaceAllString(s, "${1}"+masked)
	s = headerPattern.ReplaceAllString(s, "${1} "+masked)
	return jwtPattern.ReplaceAllString(s, masked)
}

// spellings gives a secret as text, form, JSON and HTML write it.
func spellings(secret string) []string {
	if secret == "" || secret == "true" || secret == "false" { // "storeToken": "true"
		return nil
	}
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	return all
}

func urlSecrets(u *url.URL) []string {
	found := formSecrets(u.Query())
	if password, ok := u.User.Password(); ok {
		found = append(found, password)
	}
	return found
}

func headerSecrets(req *http.Request) []string {
	var found []string
	if _, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		found = append(found, token)
	}
	if _, password, ok := req.BasicAuth(); ok {
		found = append(found, password)
	}
	return found
}

func bodySecrets(req *http.Request) []string {
	body := sentBody(req)
	var object any
	if json.Unmarshal(body, &object) == nil {
		return jsonSecrets(object)
	}
	if form, err := url.ParseQuery(string(body)); err == nil {
		return formSecrets(form)
	}
	return nil
}

// sentBody reads the body again: the request itself was used up by sending it.
func sentBody(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxRequestBody))
	if err != nil {
		return nil
	}
	return data
}

func formSecrets(form url.Values) []string {
	var found []string
	for name, values := range form {
		if secretName(name) {
			found = append(found, values...)
		}
	}
	return found
}

func jsonSecrets(value any) []string {
	var found []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, jsonSecrets(item)...)
		}
	case map[string]any:
		for name, field := range v {
			found = append(found, fieldSecrets(v, name, field)...)
		}
	}
	return found
}

// fieldSecrets looks at one field. A credential of Keycloak is {"type": "password", "value": …}.
func fieldSecrets(object map[string]any, name string, field any) []string {
	text, ok := field.(string)
	if !ok {
		return jsonSecrets(field)
	}
	if secretName(name) || name == "value" && object["type"] == "password" {
		return []string{text}
	}
	return nil
}
