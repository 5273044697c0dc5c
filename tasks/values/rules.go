package values

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// rule says what is wrong with a text, "" for nothing. The answer completes
// the sentence that begins with the text and never quotes it.
type rule func(string) string

var (
	// A template that nothing expanded: of a shell or Helmfile, of Go, of
	// Kubernetes' env, or what Go leaves where there was no value.
	template = regexp.MustCompile(`\$\{[^}]*\}|\{\{|\$\([A-Za-z_][A-Za-z0-9_]*\)|<no value>|<nil>`)
	// Keycloak's own placeholders in mapper templates.
	claim    = regexp.MustCompile(`\$\{\s*(ALIAS|CLAIM\.[^}|{$]+)\s*(\|\s*[a-z]+\s*)*\}`)
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
)

func withoutClaims(s string) string {
	if !strings.Contains(s, "${") {
		return s // as nearly every value
	}
	return claim.ReplaceAllString(s, "")
}

// genuine refuses what stands in the place of a value.
func genuine(s string) string {
	switch {
	case strings.Trim(s, "*") == "" && s != "":
		return `is only "*": a masked value, not the real one`
	case s == "<redacted>":
		return "is a redacted value, not the real one"
	case strings.HasPrefix(s, encryptedMark):
		return "is still encrypted: the file has lost its sops metadata"
	case strings.ContainsAny(s, "${<") && template.MatchString(s):
		return "holds a template that was not expanded"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "holds a line break or another control character"
	}
	return ""
}

// quote shows a text in a message, but for what may hold a password or a token.
func quote(s string) string {
	if !strings.Contains(s, "//") {
		return strconv.Quote(shorten(s))
	}
	if strings.Contains(s, "@") {
		return "the address"
	}
	if address, _, query := strings.Cut(s, "?"); query {
		s = address + "?…"
	}
	return strconv.Quote(shorten(s))
}

func webAddress(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !isHost(u.Host):
		return "is not an http or https address"
	case u.User != nil:
		return "must not hold a user name or password"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must not have a query or a fragment"
	}
	return ""
}

// redirectURI is an address at whose end Keycloak takes a "*" for anything.
func redirectURI(s string) string {
	address, wild := strings.CutSuffix(s, "*")
	u, err := url.Parse(address)
	if err == nil && wild && u.Path == "" {
		return "must have a path before its *: it would match other hosts"
	}
	if strings.Contains(address, "*") {
		return "may hold a * at its end only"
	}
	return webAddress(address)
}

// isHost takes names and addresses, with a port or without.
func isHost(s string) bool {
	host := s
	if name, port, err := net.SplitHostPort(s); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		host = name
	}
	// Names inside a cluster or a compose file may hold an underscore.
	return net.ParseIP(strings.Trim(host, "[]")) != nil || domainName(strings.ReplaceAll(strings.ToLower(host), "_", "-")) == ""
}

func hostAndPort(s string) string {
	if !isHost(s) {
		return "is not a host with or without a port"
	}
	return ""
}

func domainName(s string) string {
	const longest = 253
	for label := range strings.SplitSeq(s, ".") {
		if dnsName(label) != "" || len(s) > longest {
			return "is not a domain name"
		}
	}
	return ""
}

// dnsName is a label as RFC 1123 has it.
func dnsName(s string) string {
	const longest = 63
	if len(s) > longest || !dnsLabel.MatchString(s) {
		return "is not a DNS label (a-z, 0-9 and -, at most 63)"
	}
	return ""
}

// word is a name that stands in the paths of addresses.
func word(s string) string {
	if s == "." || s == ".." {
		return "is a step in a path, not a name"
	}
	if strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, `/\?#%`) {
		return `must not hold a space, /, \, ?, # or %`
	}
	return ""
}

// realmName keeps Keycloak's rule for the names of realms.
func realmName(s string) string {
	if strings.ContainsAny(s, `:/?#@!$&()*+,;=[]\`) {
		return "holds a character that Keycloak refuses in names of realms"
	}
	return ""
}

// masterRealm is Keycloak's own realm.
const masterRealm = "master"

// notMaster refuses Keycloak's own realm: its settings are the
// administrators', and no platform's.
func notMaster(s string) string {
	if strings.EqualFold(s, masterRealm) {
		return "is Keycloak's own realm: the platform needs one of its own"
	}
	return ""
}

// ownClient refuses the clients that Keycloak makes in every realm. It
// compares the ids of clients letter by letter.
func ownClient(s string) string {
	switch s {
	case "account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console":
		return "is one of Keycloak's own clients: the platform needs one of its own"
	}
	return ""
}

func email(s string) string {
	const longest = 254
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > longest || domainName(strings.ToLower(s[strings.LastIndex(s, "@")+1:])) != "" {
		return "is not an e-mail address"
	}
	return ""
}

// username keeps Keycloak's rules for user names.
func username(s string) string {
	const shortest, longest = 3, 255
	switch n := len([]rune(s)); {
	case n < shortest:
		return "is shorter than 3 characters, which Keycloak refuses"
	case n > longest:
		return "is longer than 255 characters, which Keycloak refuses"
	case strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, "<>&\"'$%!#?§,;:*~/\\|^=[]{}()`"):
		return "holds a character that Keycloak refuses in user names"
	}
	return ""
}

// personName keeps Keycloak's rules for first and last names.
func personName(s string) string {
	const longest = 255
	if len([]rune(s)) > longest || strings.ContainsAny(s, "<>&\"$%!#?§;*~/\\|^=[]{}()") {
		return "is too long or holds a character that Keycloak refuses in names of people"
	}
	return ""
}
