package sim

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIsWrite(t *testing.T) {
	cases := map[string]struct {
		reason  string
		request Request
		want    bool
	}{
		"Get":         {"a GET reads", Request{Method: "GET", Path: "/a"}, false},
		"Head":        {"a HEAD reads", Request{Method: "HEAD", Path: "/a"}, false},
		"Post":        {"a POST writes", Request{Method: "POST", Path: "/a"}, true},
		"Put":         {"a PUT writes", Request{Method: "PUT", Path: "/a"}, true},
		"Patch":       {"a PATCH writes", Request{Method: "PATCH", Path: "/a"}, true},
		"Delete":      {"a DELETE writes", Request{Method: "DELETE", Path: "/a"}, true},
		"Token":       {"asking for a token changes nothing", Request{Method: "POST", Path: "/realms/master/protocol/openid-connect/token"}, false},
		"TokenQuery":  {"whatever follows it", Request{Method: "POST", Path: "/login/oauth/access_token?x=/y"}, false},
		"NamedTokens": {"a list of tokens is not a token endpoint", Request{Method: "POST", Path: "/users/x/tokens"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.request.IsWrite(); got != tc.want {
				t.Errorf("%s: got %v", tc.reason, got)
			}
		})
	}
}

func TestLog(t *testing.T) {
	var log Log
	handler := log.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/silent":
		default:
			_, _ = w.Write([]byte("body"))
		}
	}))
	for _, request := range []struct{ method, path string }{
		{"GET", "/a?first=0"}, {"POST", "/realms/r/protocol/openid-connect/token"}, {"PUT", "/missing"}, {"DELETE", "/silent"},
	} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(request.method, request.path, nil))
	}
	want := []Request{{"GET", "/a?first=0", 200}, {"POST", "/realms/r/protocol/openid-connect/token", 200}, {"PUT", "/missing", 404}, {"DELETE", "/silent", 0}}
	if diff := cmp.Diff(want, log.Requests()); diff != "" {
		t.Errorf("requests in their order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], log.Writes()); diff != "" {
		t.Errorf("writes in their order (-want +got):\n%s", diff)
	}
	if reads, writes := log.Counts(); reads != 2 || writes != 2 {
		t.Errorf("got %d reads and %d writes, want 2 and 2", reads, writes)
	}
	log.Reset()
	if reads, writes := log.Counts(); reads+writes != 0 {
		t.Errorf("%d reads and %d writes after a reset", reads, writes)
	}
}
