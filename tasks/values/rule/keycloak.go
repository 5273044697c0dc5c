package rule

import (
	"net/url"
	"strings"
	"unicode"
)

// RedirectURI is an address at whose end Keycloak takes a "*" for anything.
func RedirectURI(s string) string {
	address, wild := strings.CutSuffix(s, "*")
	u, err := url.Parse(address)
	if err == nil && wild && u.Path == "" {
		return "must have a path before its *: it would match other hosts"
	}
	if strings.Contains(address, "*") {
		return "may hold a * at its end only"
	}
	return WebAddress(address)
}

// Issuer refuses Entra's addresses for every tenant: tokens name their own tenant
// as the issuer, which Keycloak compares.
func Issuer(s string) string {
	for _, all := range []string{"common", "organizations", "consumers"} {
		if IsEntra(s) && strings.Contains(s+"/", "/"+all+"/") {
			return "is Entra's address for all tenants: want that of the tenant"
		}
	}
	return ""
}

// IsEntra says whether the issuer is Entra ID.
func IsEntra(issuer string) bool { return strings.HasPrefix(issuer, "https://login.microsoftonline.") }

// HasPlaceholder refuses a template that gives all users the same name.
func HasPlaceholder(s string) string {
	if !strings.Contains(s, "${") {
		return "holds no placeholder such as ${CLAIM.email}: every person would get this name"
	}
	return ""
}

// RealmName keeps Keycloak's rule for the names of realms.
func RealmName(s string) string {
	if strings.ContainsAny(s, `:/?#@!$&()*+,;=[]\`) {
		return "holds a character that Keycloak refuses in names of realms"
	}
	return ""
}

// MasterRealm is Keycloak's own realm.
const MasterRealm = "master"

// NotMaster refuses Keycloak's own realm: its settings are the
// administrators', and no platform's.
func NotMaster(s string) string {
	if strings.EqualFold(s, MasterRealm) {
		return "is Keycloak's own realm: the platform needs one of its own"
	}
	return ""
}

// NotBuiltInClient refuses the clients that Keycloak makes in every realm. It
// compares the ids of clients letter by letter.
func NotBuiltInClient(s string) string {
	switch s {
	case "account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console":
		return "is one of Keycloak's own clients: the platform needs one of its own"
	}
	return ""
}

// KeycloakUsername keeps Keycloak's rules for user names.
func KeycloakUsername(s string) string {
	const shortest, longest = 3, 255
	switch n := len([]rune(s)); {
	case n < shortest:
		return "is shorter than 3 characters, which Keycloak refuses"
	case n > longest:
		return "is longer than 255 characters, which Keycloak refuses"
	case strings.ContainsFunc(s, foreignScript):
		return "holds a letter that is not Latin, which Keycloak refuses in user names"
	case strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, "<>&\"'$%!#?§,;:*~/\\|^=[]{}()`"):
		return "holds a character that Keycloak refuses in user names"
	}
	return ""
}

// EmailAsUsername keeps the rules for both, where the e-mail is the username.
func EmailAsUsername(s string) string {
	if fault := KeycloakUsername(s); fault != "" {
		return "is the username, too, and " + fault
	}
	return ""
}

// PersonName keeps Keycloak's rules for first and last names.
func PersonName(s string) string {
	const longest = 255
	if len([]rune(s)) > longest || strings.ContainsAny(s, "<>&\"$%!#?§;*~/\\|^=[]{}()") {
		return "is too long or holds a character that Keycloak refuses in names of people"
	}
	return ""
}

// foreignScript tells letters that Keycloak takes for look-alikes of Latin ones.
func foreignScript(r rune) bool { return !unicode.In(r, unicode.Latin, unicode.Common) }
