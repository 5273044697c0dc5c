package address_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"otomi.io/tasks/clients/internal/address"
)

func TestJoin(t *testing.T) {
	cases := map[string]struct {
		reason string
		base   string
		path   string
		want   string
	}{
		"Plain":         {reason: "the API's path is added", base: "https://harbor.example", path: "/api/v2.0", want: "https://harbor.example/api/v2.0"},
		"TrailingSlash": {reason: "a slash at the end does not double", base: "https://harbor.example/", path: "/api/v2.0", want: "https://harbor.example/api/v2.0"},
		"SubPath":       {reason: "a server may live below a path", base: "https://example/gitea", path: "/api/v1", want: "https://example/gitea/api/v1"},
		"DoubledSlash":  {reason: "doubled slashes would be refused later", base: "https://example//auth//", path: "/", want: "https://example/auth/"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := address.Join(tc.base, tc.path)
			if err != nil || got != tc.want {
				t.Errorf("%s: got %q and error %v, want %q", tc.reason, got, err, tc.want)
			}
		})
	}
	if _, err := address.Join("http://h:port", "/"); err == nil {
		t.Error("an address that cannot be parsed must be an error")
	}
}

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		reason  string
		url     string
		refused bool
	}{
		"Plain":        {reason: "a plain path is sent", url: "http://h/admin/realms/otomi/roles/a"},
		"EscapedSlash": {reason: "an escaped slash is part of a name", url: "http://h/admin/realms/otomi/roles/a%2F"},
		"SlashInQuery": {reason: "the query is not the path", url: "http://h/admin/realms/otomi/users?search=//"},
		"EndsInSlash":  {reason: "the last name is empty, . or ..", url: "http://h/admin/realms/otomi/", refused: true},
		"DoubledSlash": {reason: "a name inside the path is empty", url: "http://h/admin/realms//roles", refused: true},
		"Parent":       {reason: "an unresolved name leads elsewhere", url: "http://h/api/repos/../secrets", refused: true},
		"LastParent":   {reason: "an unresolved name leads elsewhere", url: "http://h/api/repos/otomi/..", refused: true},
		"Self":         {reason: "an unresolved name is not a name", url: "http://h/api/repos/./values", refused: true},
		"Dots":         {reason: "a name may begin with dots", url: "http://h/api/repos/otomi/..values"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = address.Check(t.Context(), request)
			if errors.Is(err, address.ErrPath) != tc.refused {
				t.Errorf("%s: got error %v, want it refused: %t", tc.reason, err, tc.refused)
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	cases := map[string]struct {
		reason, one, other string
		same               bool
	}{
		"Path":        {"paths do not matter", "https://h/a", "https://h/b?c", true},
		"DefaultPort": {"the scheme's own port may be left out", "https://h", "https://H:443", true},
		"Port":        {"another port is another server", "http://h:1", "http://h:2", false},
		"Scheme":      {"another scheme is another server", "http://h:443", "https://h", false},
		"Host":        {"another host is another server", "http://h", "http://h.example", false},
		"IPv6":        {"an address in brackets", "http://[::1]:80/", "http://[::1]", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			one, err := url.Parse(tc.one)
			if err != nil {
				t.Fatal(err)
			}
			other, err := url.Parse(tc.other)
			if err != nil {
				t.Fatal(err)
			}
			if got := address.OriginOf(one) == address.OriginOf(other); got != tc.same {
				t.Errorf("%s: %s and %s are one: %t", tc.reason, one, other, got)
			}
		})
	}
}
