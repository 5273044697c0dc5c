package keycloak

import (
	"net/netip"
	"net/url"
	"strings"
)

// checkAddress refuses an endpoint of an identity provider that the realm does
// not take.
func (r *realm) checkAddress(name, address string) error {
	if address == "" {
		return nil
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(address), "://")
	host, _, _ := strings.Cut(rest, "/")
	switch strings.ToLower(scheme) {
	case "https":
	case "http":
		if r.requiresTLS((&url.URL{Host: host}).Hostname()) {
			return invalid("The url [%s] requires secure connections", name)
		}
	case "ftp", "file", "jar":
		return invalid("Invalid protocol/scheme for url [%s]", name)
	default:
		return invalid("The url [%s] is malformed", name)
	}
	return nil
}

// requiresTLS says whether the address of a host must be https: with "external"
// every host outside of private networks, and every name is outside.
func (r *realm) requiresTLS(host string) bool {
	switch value(r.rep.SslRequired) {
	case "all":
		return true
	case "none":
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast())
}
