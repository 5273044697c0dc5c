package tree

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Rule says what is wrong with a text, "" for nothing. The answer completes
// the sentence that begins with the text and never quotes it.
type Rule func(string) string

// EncryptedMark begins every value that SOPS encrypted.
const EncryptedMark = "ENC[AES256_GCM,"

var (
	// A template that nothing expanded: of a shell or Helmfile, of Go, of
	// Kubernetes' env, or what Go leaves where there was no value.
	template = regexp.MustCompile(`\$\{[^}]*\}|\{\{|\$\([A-Za-z_][A-Za-z0-9_]*\)|<no value>|<nil>`)
	// Keycloak's own placeholders in mapper templates.
	claim = regexp.MustCompile(`\$\{\s*(ALIAS|CLAIM\.[^}|{$]+)\s*(\|\s*[a-z]+\s*)*\}`)
)

func withoutClaims(s string) string {
	if !strings.Contains(s, "${") {
		return s // as nearly every value
	}
	return claim.ReplaceAllString(s, "")
}

// NotPlaceholder refuses a placeholder for a value.
func NotPlaceholder(s string) string {
	switch {
	case strings.Trim(s, "*") == "" && s != "":
		return `is only "*": a masked value, not the real one`
	case s == "<redacted>":
		return "is a redacted value, not the real one"
	case strings.HasPrefix(s, EncryptedMark):
		return "is still encrypted: the file has lost its sops metadata"
	case strings.ContainsAny(s, "${<") && template.MatchString(s):
		return "holds a template that was not expanded"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "holds a line break or another control character"
	}
	return ""
}

// Quote shows a text in a message, but for what may hold a password or a token.
func Quote(s string) string {
	if !strings.Contains(s, "//") {
		return strconv.Quote(Shorten(s))
	}
	if strings.Contains(s, "@") {
		return "the address"
	}
	if address, _, query := strings.Cut(s, "?"); query {
		s = address + "?…"
	}
	return strconv.Quote(Shorten(s))
}
