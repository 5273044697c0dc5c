package address_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/transport"
)

// body notes that it was closed.
type body struct {
	*strings.Reader
	closed bool
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

func TestAllow(t *testing.T) {
	cases := map[string]struct {
		reason, base, url string
		admitted          bool
	}{
		"Same":      {"the server itself, wherever on it", "https://kc.test/auth", "https://kc.test:443/admin", true},
		"Elsewhere": {"another server must not see the credential", "https://kc.test", "https://evil.test", false},
		"Nowhere":   {"an invalid address is not a server", "http://[", "http://kc.test", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			origin, _ := address.NewOrigin("Keycloak", "login", tc.base)
			sent := &body{Reader: strings.NewReader("{}")}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tc.url, sent)
			if err != nil {
				t.Fatal(err)
			}
			err = origin.Allow(req)
			_, refused := errors.AsType[*transport.RefusedError](err)
			if refused == tc.admitted || sent.closed == tc.admitted {
				t.Errorf("%s: got error %v, body closed: %t", tc.reason, err, sent.closed)
			}
		})
	}
}
