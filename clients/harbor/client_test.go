package harbor_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/clients/harbor"
)

func TestNewSendsResourceNameHeader(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-Is-Resource-Name")
	}))
	defer server.Close()
	client, err := harbor.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetProjectWithResponse(t.Context(), "2024"); err != nil {
		t.Fatal(err)
	}
	if got != "true" {
		t.Errorf("a project whose name is a number is addressed by name: got header %q, want %q", got, "true")
	}
}

func TestNewRefusesCookieJar(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = harbor.New("http://127.0.0.1", harbor.WithHTTPClient(&http.Client{Jar: jar}))
	if !errors.Is(err, harbor.ErrCookieJar) {
		t.Errorf("the server refuses writes with a session cookie: got error %v, want %v", err, harbor.ErrCookieJar)
	}
}
