package harbor_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/transport"
)

// TestLoginStaysAtHome: whatever a redirect says, the password goes to Harbor alone, and no other server's answer is taken.
func TestLoginStaysAtHome(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := httptest.NewServer(http.RedirectHandler(other.URL+"/api/v2.0/systeminfo", status))
		for _, login := range []harbor.Login{{}, {Username: "admin", Password: "secret-password"}} {
			authorized, err := login.Authorize(server.URL, http.DefaultTransport)
			if err != nil {
				t.Fatal(err)
			}
			client, err := harbor.New(server.URL, harbor.WithHTTPClient(&http.Client{Transport: authorized}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.GetSystemInfoWithResponse(t.Context())
			if _, refused := errors.AsType[*transport.RefusedError](err); !refused || asked > 0 {
				t.Errorf("redirect %d as %q: %v, the other server was asked %d times", status, login.Username, err, asked)
			}
		}
		server.Close()
	}
}

func TestVersion(t *testing.T) {
	for text, want := range map[string]string{
		"v2.15.2-5c9b5e2f": "2.15.2", "v2.6.4": "2.6.4", "dev": "of an unknown version", "": "of an unknown version",
	} {
		v := harbor.ParseVersion(text)
		if got := v.String(); got != want || v.Known() != (want[0] == '2') {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, refuses := range map[string]bool{"v2.6.4": true, "v2.9.0": true, "v2.10.0": false, "v2.15.2": false, "": false} {
		if got := harbor.ParseVersion(text).RefusesRobot("member:list"); got != refuses {
			t.Errorf("%s refuses members to robot accounts: %v", fmt.Sprint(harbor.ParseVersion(text)), got)
		}
	}
}
