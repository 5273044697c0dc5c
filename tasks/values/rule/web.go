// Package rule knows what each destination of a value takes: Keycloak, Gitea,
// Harbor, Drone and Kubernetes have rules of their own for names, lengths and
// characters. A rule names its server where it is the server's.
package rule

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"otomi.io/tasks/tasks/values/tree"
)

// OneOf takes these words only.
func OneOf(allowed ...string) tree.Rule {
	return func(s string) string {
		if slices.Contains(allowed, s) {
			return ""
		}
		return "is not one of " + strings.Join(allowed, ", ")
	}
}

// AtMost bounds the characters.
func AtMost(n int) tree.Rule {
	return func(s string) string {
		if len([]rune(s)) > n {
			return fmt.Sprintf("is longer than %d characters", n)
		}
		return ""
	}
}

// WebAddress is http or https, and an origin with a path.
func WebAddress(s string) string {
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
	return net.ParseIP(strings.Trim(host, "[]")) != nil || DomainName(strings.ReplaceAll(strings.ToLower(host), "_", "-")) == ""
}

// HostAndPort is a host with a port or without.
func HostAndPort(s string) string {
	if !isHost(s) {
		return "is not a host with or without a port"
	}
	return ""
}

// DomainName is a name of DNS labels.
func DomainName(s string) string {
	const longest = 253
	for label := range strings.SplitSeq(s, ".") {
		if DNSLabel(label) != "" || len(s) > longest {
			return "is not a domain name"
		}
	}
	return ""
}

// PathPart is a name that is part of the paths of addresses.
func PathPart(s string) string {
	if s == "." || s == ".." {
		return "is a step in a path, not a name"
	}
	if strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, `/\?#%`) {
		return `must not hold a space, /, \, ?, # or %`
	}
	return ""
}

// Email is an address without a name.
func Email(s string) string {
	const longest, longestName = 254, 64
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > longest || DomainName(strings.ToLower(s[strings.LastIndex(s, "@")+1:])) != "" {
		return "is not an e-mail address"
	}
	if name := s[:strings.LastIndex(s, "@")]; len(name) > longestName {
		return "has more than 64 characters before its @, which Keycloak refuses"
	}
	return ""
}
