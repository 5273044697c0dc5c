package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRedact(t *testing.T) {
	cases := map[string]struct {
		reason  string
		address string
		want    string
	}{
		"Plain":         {"nothing to hide", "https://kc/admin/realms?first=0&max=100", "https://kc/admin/realms?first=0&max=100"},
		"UserInfo":      {"name and password go", "https://admin:pw@kc:8443/x", "https://kc:8443/x"},
		"OAuthLogin":    {"code and state are credentials for a while", "https://drone/login?code=abc&state=def&x=1", "https://drone/login?code=***&state=***&x=1"},
		"Tokens":        {"all kinds of tokens", "/x?access_token=a&refresh_token=b&id_token_hint=c&private-token=d", "/x?access_token=***&refresh_token=***&id_token_hint=***&private-token=***"},
		"Secrets":       {"client_secret and password", "/x?client_secret=a&password=b", "/x?client_secret=***&password=***"},
		"Case":          {"names in any case", "/x?Token=a&ACCESS_TOKEN=b", "/x?Token=***&ACCESS_TOKEN=***"},
		"EscapedName":   {"names in any spelling", "/x?%74oken=a", "/x?%74oken=***"},
		"BadEscape":     {"what cannot be read is hidden", "/x?a=1&%zz=token", "/x?a=1&***"},
		"Semicolon":     {"not a pair as servers read it", "/x?a=1;token=b", "/x?***"},
		"Repeated":      {"each of them", "/x?token=a&token=b", "/x?token=***&token=***"},
		"EmptyValue":    {"nothing to hide", "/x?token=&code", "/x?token=&code"},
		"SimilarNames":  {"a token's settings are not a token", "/x?tokenUrl=a&stateless=b", "/x?tokenUrl=a&stateless=b"},
		"Order":         {"the order is kept", "/x?z=1&a=2", "/x?z=1&a=2"},
		"Fragment":      {"the implicit flow's answer", "https://app/cb#access_token=a", "https://app/cb"},
		"NotAnAddress":  {"hidden as a whole", "http://a b:pw@\x7f", "***"},
		"NoScheme":      {"a password may stand anywhere", "admin:pw@host/path", "***"},
		"AlreadyMasked": {"stays", "/x?code=***", "/x?code=***"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Redact(tc.address)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"https://a:b@c/d?token=e&f=g#h", "?code=1", "x;y", "%zz", "a:b@c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		once := Redact(address)
		if twice := Redact(once); twice != once {
			t.Errorf("redacting again changes nothing: %q, then %q", once, twice)
		}
		u, err := url.Parse(once)
		if err != nil {
			t.Fatalf("an address stays one: %v", err)
		}
		for name, values := range u.Query() {
			for _, value := range values {
				if secretName(name) && value != "" && value != masked {
					t.Errorf("%s is shown in %q", name, once)
				}
			}
		}
		if u.User != nil {
			t.Errorf("user information is shown in %q", once)
		}
	})
}

func TestRedactError(t *testing.T) {
	errBoom := errors.New("boom")
	client := &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, errBoom })}
	_, err := client.Do(newRequest(t, "GET", "http://server.test/login?code=s3cr3t", "")) //nolint:bodyclose // there is no answer
	err = RedactError(err)
	if want := `Get "http://server.test/login?code=***": boom`; err.Error() != want || !errors.Is(err, errBoom) {
		t.Errorf("want %s, got %v", want, err)
	}
	if RedactError(nil) != nil || !errors.Is(RedactError(errBoom), errBoom) {
		t.Error("what is not from an http.Client is passed on")
	}
}

// TestSecretsAreNotEchoed sends a secret in each place and lets the server repeat it in its error.
func TestSecretsAreNotEchoed(t *testing.T) {
	const secret = `S3cr3t+"värd/<x>`
	form := url.Values{"grant_type": {"password"}, "password": {secret}}.Encode()
	quoted := strings.ReplaceAll(secret, `"`, `\"`)
	cases := map[string]struct {
		reason string
		build  func(*http.Request)
		body   string
		echo   string
	}{
		"Query":          {"a parameter", func(r *http.Request) { r.URL.RawQuery = url.Values{"token": {secret}}.Encode() }, "", secret},
		"UserInfo":       {"a password in the address", func(r *http.Request) { r.URL.User = url.UserPassword("admin", secret) }, "", secret},
		"Bearer":         {"a token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }, "", "bad token " + secret},
		"Basic":          {"a password", func(r *http.Request) { r.SetBasicAuth("admin", secret) }, "", `{"message":"` + quoted + ` is wrong"}`},
		"Form":           {"a login", nil, form, "cannot use " + secret},
		"FormEchoed":     {"a login, repeated as it was sent", nil, form, "cannot parse " + form},
		"JSON":           {"a client", nil, `{"clientId":"otomi","secret":"` + quoted + `"}`, `{"errorMessage":"unknown: ` + quoted + `"}`},
		"JSONEchoed":     {"an object, repeated as it was sent", nil, `{"oidc_client_secret":"` + quoted + `"}`, `unexpected in {"oidc_client_secret":"` + quoted + `"}`},
		"JSONNested":     {"a provider's settings", nil, `{"config":[{"clientSecret":"` + quoted + `"}]}`, secret},
		"JSONCredential": {"a user's password", nil, `{"credentials":[{"type":"password","value":"` + quoted + `"}]}`, secret},
		"JSONData":       {"a secret of Drone", nil, `{"name":"x","data":"` + quoted + `"}`, secret},
		"Page":           {"a title", nil, form, "<html><title>bad password S3cr3t+&quot;v&auml;rd/&lt;x&gt;</title>"},
		"LaterPart":      {"a long message that ends within the secret", nil, form, strings.Repeat("x", maxMessage-5) + secret},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			base := tripper(func(*http.Request) (*http.Response, error) { return answer(http.StatusBadRequest, tc.echo), nil })
			req := newRequest(t, "POST", "http://server.test/x", tc.body)
			if tc.build != nil {
				tc.build(req)
			}
			_, err := Strict(Retry(base, RetryOptions{Clock: newFakeClock()})).RoundTrip(req) //nolint:bodyclose // it fails
			text := fmt.Sprintf("%v %+v", err, *mustStatusError(t, err))
			for _, part := range []string{secret, quoted, url.QueryEscape(secret), "S3cr3t", "S3c"} {
				if strings.Contains(text, part) {
					t.Errorf("%s: %q is in %s", tc.reason, part, text)
				}
			}
		})
	}
}

func mustStatusError(t *testing.T, err error) *StatusError {
	t.Helper()
	e, ok := errors.AsType[*StatusError](err)
	if !ok {
		t.Fatalf("want a StatusError, got %v", err)
	}
	return e
}

func TestMaskPatterns(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
		want   string
	}{
		"JSONField":  {"a secret that the request did not carry", `{"secret":"abc d","x":1}`, `{"secret":"***","x":1}`},
		"Escaped":    {"JSON within JSON", `{\"client_secret\": \"abc\"}`, `{\"client_secret\": \"***\"}`},
		"Pair":       {"a form", "user=a&password=b&x=c", "user=a&password=***&x=c"},
		"JWT":        {"a token of Keycloak", "bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln here", "bad *** here"},
		"JWTCut":     {"a token that is cut off", "bad eyJhbGciOiJSUzI1NiJ9.eyJz", "bad ***"},
		"Header":     {"a header", "got Authorization: Basic YWRtaW46c2VjcmV0cGFzcw==", "got Authorization: Basic ***"},
		"PlainWords": {"a sentence about a token stays", "Invalid token: it is expired", "Invalid token: it is expired"},
		"Mechanism":  {"the name of a mechanism stays", "Basic authentication failed", "Basic authentication failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, likely(tc.text)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMaskKnown(t *testing.T) {
	cases := map[string]struct {
		reason string
		body   string
		echo   string
		want   string
	}{
		"Prefix":     {"one secret begins with another", `{"password":"abc","secret":"abcdef"}`, "abcdef and abc", "*** and ***"},
		"FormValue":  {"spelt as in a form", "password=a%2Bb%26c", "bad value a%2Bb%26c", "bad value ***"},
		"WhiteSpace": {"changed by making one line of it", `{"password":"a  b\tc"}`, "bad a  b\tc", "bad ***"},
		"Parted":     {"joined by making one line of it", `{"password":"abcdef"}`, "bad abc\u200bdef", "bad ***"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := message([]byte(tc.echo), newMask(newRequest(t, "POST", "http://server.test/", tc.body)))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMaskLeavesSettings(t *testing.T) {
	req := newRequest(t, "PUT", "http://server.test/", `{"config":{"storeToken":"true","tokenUrl":"https://idp/token","clientSecret":""}}`)
	const text = "it is true that https://idp/token is not reachable"
	if diff := cmp.Diff(text, newMask(req).known(text)); diff != "" {
		t.Errorf("a word that is not a secret stays (-want +got):\n%s", diff)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	cases := map[string]struct {
		reason string
		value  string
		date   string
		want   time.Duration
	}{
		"Absent":    {"nothing asked", "", "", 0},
		"Seconds":   {"seconds", "120", "", 2 * time.Minute},
		"Spaces":    {"white space does not count", " 3 ", "", 3 * time.Second},
		"Zero":      {"at once", "0", "", 0},
		"Negative":  {"senseless", "-5", "", 0},
		"Fraction":  {"not in the standard", "1.5", "", 0},
		"Huge":      {"bounded", "18446744073709551615", "", maxRetryAfter},
		"Words":     {"senseless", "soon", "", 0},
		"Date":      {"by our clock", at(time.Minute), "", time.Minute},
		"ByAnswer":  {"by the server's clock", at(time.Hour), at(59 * time.Minute), time.Minute},
		"Past":      {"over already", at(-time.Minute), "", 0},
		"FarFuture": {"bounded", "Fri, 31 Dec 9999 23:59:59 GMT", "", maxRetryAfter},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := http.Header{"Retry-After": {tc.value}, "Date": {tc.date}}
			if got := retryAfter(h, now); got != tc.want {
				t.Errorf("%s: want %v, got %v", tc.reason, tc.want, got)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, seed := range []string{"", "7", "-1", "99999999999999999999", "Fri, 02 Jan 2026 03:05:05 GMT", "Friday, 02-Jan-26 03:05:05 GMT"} {
		f.Add(seed, "")
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if got := retryAfter(h, now); got < 0 || got > maxRetryAfter {
			t.Errorf("want 0 to %v, got %v", maxRetryAfter, got)
		}
	})
}
