package servers

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// TestKeycloak starts a real Keycloak, logs in as its administrator and stops it.
func TestKeycloak(t *testing.T) {
	server, err := Keycloak(t.Context(), Options{Username: "root"})
	if err != nil {
		t.Fatal(err)
	}
	if got := login(t, server, server.Password); got != http.StatusOK {
		t.Errorf("logging in as %s answered %d", server.Username, got)
	}
	if got := login(t, server, "another"); got != http.StatusUnauthorized {
		t.Errorf("logging in with a wrong password answered %d", got)
	}
	stopped(t, server)
	if log := tail(server.Log); !strings.Contains(log, "Keycloak 26.4.0") {
		t.Errorf("the log does not name the server's version:\n%s", log)
	}
}

// stopped stops a server and looks for what it may have left behind.
func stopped(t *testing.T, server *Server) {
	t.Helper()
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://")); err == nil {
		t.Errorf("the server still listens after Stop: closing the connection: %v", conn.Close())
	}
	if _, err := os.Stat(server.home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server's data are left behind in %s: %v", server.home, err)
	}
}

func login(t *testing.T, server *Server, password string) int {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"},
		"username": {server.Username}, "password": {password},
	}
	endpoint := server.URL + "/realms/master/protocol/openid-connect/token"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	return response.StatusCode
}
