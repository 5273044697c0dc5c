package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestStatusErrorText(t *testing.T) {
	cases := map[string]struct {
		err  StatusError
		want string
	}{
		"Message":       {StatusError{Status: 404, Message: "Could not find role"}, "404 Not Found: Could not find role"},
		"NoMessage":     {StatusError{Status: 409}, "409 Conflict"},
		"UnknownStatus": {StatusError{Status: 599, Message: "odd"}, "599: odd"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusPredicates(t *testing.T) {
	type verdict struct{ NotFound, Conflict, Unauthorized, Forbidden bool }
	wrapped := func(status int) error { return fmt.Errorf("reading role x: %w", &StatusError{Status: status}) }
	cases := map[string]struct {
		err  error
		want verdict
	}{
		"NotFound":     {wrapped(404), verdict{NotFound: true}},
		"Conflict":     {wrapped(409), verdict{Conflict: true}},
		"Unauthorized": {wrapped(401), verdict{Unauthorized: true}},
		"Forbidden":    {wrapped(403), verdict{Forbidden: true}},
		"Other":        {wrapped(500), verdict{}},
		"Foreign":      {io.EOF, verdict{}},
		"Nil":          {nil, verdict{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := verdict{IsNotFound(tc.err), IsConflict(tc.err), IsUnauthorized(tc.err), IsForbidden(tc.err)}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStrict(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  fault
		failed bool
	}{
		"OK":                  {"success", status(200), false},
		"NoContent":           {"success", status(204), false},
		"Redirect":            {"the http.Client follows it", status(302, "Location", "/x"), false},
		"RedirectKeepsMethod": {"the http.Client follows it", status(308, "Location", "/x"), false},
		"RedirectNowhere":     {"it is not followed, so it is not a success", status(302), true},
		"NotModified":         {"nothing was sent that could be unmodified", status(304, "Location", "/x"), true},
		"NotFound":            {"failure", status(404), true},
		"ServerError":         {"failure", status(500), true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newFaultyServer(t, tc.fault)
			resp, err := Strict(freshConnections(t)).RoundTrip(newRequest(t, "GET", server.URL, ""))
			if err == nil {
				_ = readBody(t, resp)
			}
			if is[*StatusError](err) != tc.failed || (resp == nil) != tc.failed {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

func TestStrictKeepsOtherErrors(t *testing.T) {
	errBoom := errors.New("boom")
	base := tripper(func(*http.Request) (*http.Response, error) { return nil, errBoom })
	_, err := Strict(base).RoundTrip(newRequest(t, "GET", "http://server.test/", "")) //nolint:bodyclose // it fails
	if !errors.Is(err, errBoom) {
		t.Errorf("an error of the transport is passed on: %v", err)
	}
}

func TestStatusErrorThroughClient(t *testing.T) {
	server := newFaultyServer(t, status(503, "Retry-After", "7"))
	client := &http.Client{Transport: Strict(freshConnections(t))}
	resp, err := client.Do(newRequest(t, "PUT", server.URL+"/roles/a?token=s3cr3t&first=2", "{}"))
	if err == nil {
		_ = readBody(t, resp)
	}
	got, _ := errors.AsType[*StatusError](err)
	want := &StatusError{
		Method: "PUT", URL: server.URL + "/roles/a?token=***&first=2", Status: 503,
		Message: "body of Service Unavailable", RetryAfter: 7 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found inside the *url.Error (-want +got):\n%s", diff)
	}
}

func TestStrictKeepsConnections(t *testing.T) {
	cases := map[string]struct {
		reason string
		length int
	}{
		"Short": {"a short body", 10},
		"Long":  {"a body beyond what is read for the message", 2 * maxErrorBody},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var opened atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, strings.Repeat("x", tc.length))
			}))
			server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			base, err := Base(BaseOptions{})
			if err != nil {
				t.Fatalf("making the base: %v", err)
			}
			for range 5 {
				_, err := Strict(base).RoundTrip(newRequest(t, "GET", server.URL, "")) //nolint:bodyclose // it fails
				if !IsNotFound(err) {
					t.Fatalf("want 404, got %v", err)
				}
			}
			if n := opened.Load(); n != 1 {
				t.Errorf("%s is read away, so that the connection is used again: %d connections", tc.reason, n)
			}
		})
	}
}

func TestMessage(t *testing.T) {
	long := strings.Repeat("é", maxMessage+1)
	cases := map[string]struct {
		reason string
		body   string
		want   string
	}{
		"KeycloakAdmin":       {"admin API, conflict", `{"errorMessage":"Role with name a already exists"}`, "Role with name a already exists"},
		"KeycloakError":       {"admin API, absent", `{"error":"Could not find role","error_description":""}`, "Could not find role"},
		"KeycloakToken":       {"the message, not the code", `{"error":"invalid_grant","error_description":"Invalid user credentials"}`, "Invalid user credentials"},
		"KeycloakUserProfile": {"the field is named", `{"errors":[{"field":"email","errorMessage":"error-invalid-email","params":["email"]},{"field":"username","errorMessage":"error-length"}]}`, "email: error-invalid-email; username: error-length"},
		"Harbor":              {"all errors", `{"errors":[{"code":"CONFLICT","message":"project team-a exists"},{"code":"X","message":"second"}]}`, "project team-a exists; second"},
		"Gitea":               {"message", `{"message":"user already exists [name: a]","url":"https://git/api/swagger"}`, "user already exists [name: a]"},
		"GiteaErrors":         {"an empty message and a list", `{"errors":["not allowed","at all"],"message":"","url":"u"}`, "not allowed; at all"},
		"Drone":               {"message", `{"message":"Unauthorized"}`, "Unauthorized"},
		"Nested":              {"an error object", `{"error":{"code":7,"message":"inner"}}`, "inner"},
		"JSONString":          {"a bare string", `"just words"`, "just words"},
		"UnknownObject":       {"shown as it is", `{"reason":"quota"}`, `{"reason":"quota"}`},
		"NumberAsMessage":     {"a wrong type is not a message", `{"message":7}`, `{"message":7}`},
		"EmptyObject":         {"says nothing", `{}`, ""},
		"EmptyList":           {"says nothing", ` [] `, ""},
		"Null":                {"says nothing", `null`, ""},
		"Empty":               {"says nothing", "", ""},
		"Text":                {"one line", "no healthy\r\n\tupstream\n", "no healthy upstream"},
		"CutJSON":             {"what arrived is shown", `{"errorMessage":"Role wi`, `{"errorMessage":"Role wi`},
		"HTMLTitle":           {"a page is its title", "<!DOCTYPE html><html><head><TITLE lang=en>\n502 Bad &amp; Gateway</title></head><body>much</body>", "502 Bad & Gateway"},
		"HTMLNoTitle":         {"a page is never shown whole", "\n<html><body><h1>oops</h1></body></html>", "a web page without a title"},
		"Terminal":            {"no control or hidden characters", "a\x1b[2Jb\u202ec\x00d", "a [2Jbc d"},
		"InvalidUTF8":         {"made valid", "a\xffb", "a\uFFFDb"},
		"Long":                {"cut by characters, not bytes", long, long[:2*(maxMessage-1)] + "…"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := message([]byte(tc.body), newMask(newRequest(t, "GET", "http://server.test/", "")))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMessageBounded(t *testing.T) {
	read := 0
	base := tripper(func(*http.Request) (*http.Response, error) {
		resp := answer(http.StatusBadGateway, "")
		resp.Body = io.NopCloser(countReader{&read})
		return resp, nil
	})
	_, err := Strict(base).RoundTrip(newRequest(t, "GET", "http://server.test/", "")) //nolint:bodyclose // it fails
	if !is[*StatusError](err) {
		t.Fatalf("want a StatusError, got %v", err)
	}
	if read > maxErrorBody+maxDrain {
		t.Errorf("an endless body is not read to its end: %d bytes", read)
	}
}

// countReader never ends.
type countReader struct{ n *int }

func (c countReader) Read(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}

// FuzzMessage: whatever a server sends, the message can be printed and holds no secret.
func FuzzMessage(f *testing.F) {
	const secret = "Sw0rd fish&\"<é"
	for _, seed := range []string{
		``, `{}`, `{"errorMessage":"x"}`, `{"errors":[{"field":"a","message":"b"}]}`, `<html><title>a&amp;b</title>`,
		`{"error":"bad value ` + strings.ReplaceAll(secret, `"`, `\"`) + `"}`, secret, "Sw0rd\u200b fish&\"<é", "a\x1b[0m\xff", `[[[["a"]]]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req := newRequest(t, "POST", "http://server.test/", `{"clientSecret":"Sw0rd fish&\"<é"}`)
		got := message(body, newMask(req))
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxMessage {
			t.Errorf("valid text of at most %d characters: %q", maxMessage, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("no control characters: %q", got)
		}
		if strings.Contains(got, secret) {
			t.Errorf("no secret: %q", got)
		}
	})
}
