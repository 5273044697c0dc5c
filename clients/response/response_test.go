package response_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/response"
)

// page has the shape of a generated response with JSON for 200 and 201.
type page struct {
	status int
	kind   string
	json   *[]string
}

func (p *page) StatusCode() int       { return p.status }
func (p *page) ContentType() string   { return p.kind }
func (p *page) GetJSON200() *[]string { return p.json }
func (p *page) GetJSON201() *[]string { return p.json }

var errBoom = errors.New("boom")

func TestBody(t *testing.T) {
	cases := map[string]struct {
		reason string
		page   *page
		err    error
		want   []string
		fails  error
	}{
		"Documented": {
			reason: "the payload of a documented answer is returned",
			page:   &page{status: 200, kind: "application/json", json: &[]string{"a"}},
			want:   []string{"a"},
		},
		"CallFailed": {
			reason: "the call's own error comes back as it is and the nil response is not touched",
			err:    errBoom,
			fails:  errBoom,
		},
		"LoginPage": {
			reason: "a page of a proxy is an error, not nil",
			page:   &page{status: 200, kind: "text/html"},
			fails:  &response.UnexpectedError{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, take := range []func() ([]string, error){
				func() ([]string, error) { return response.OK(tc.page, tc.err) },
				func() ([]string, error) { return response.Created(tc.page, tc.err) },
			} {
				got, err := take()
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", tc.reason, diff)
				}
				checkError(t, tc.reason, tc.fails, err)
			}
		})
	}
}

func checkError(t *testing.T, reason string, want, got error) {
	t.Helper()
	var unexpected *response.UnexpectedError
	if errors.As(want, &unexpected) {
		if !errors.As(got, &unexpected) {
			t.Errorf("%s: got error %v, want an UnexpectedError", reason, got)
		}
		return
	}
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", reason, got, want)
	}
}

func TestID(t *testing.T) {
	cases := map[string]struct {
		reason   string
		location string
		want     string
		fails    bool
	}{
		"Absolute":     {reason: "Keycloak sends the whole address", location: "https://h/admin/realms/otomi/groups/42", want: "42"},
		"Relative":     {reason: "Harbor sends a path", location: "/api/v2.0/robots/7", want: "7"},
		"EscapedSlash": {reason: "a role's name may hold a slash", location: "http://h/admin/realms/otomi/roles/a%2Fb%20c", want: "a/b c"},
		"Absent":       {reason: "no header is an error", fails: true},
		"NoSegment":    {reason: "an address that names nothing is an error", location: "http://h/", fails: true},
		"Broken":       {reason: "an address that cannot be read is an error", location: "http://h/%zz", fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := response.ID(&http.Response{StatusCode: http.StatusCreated, Header: http.Header{"Location": {tc.location}}})
			if got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.want)
			}
			var unexpected *response.UnexpectedError
			if errors.As(err, &unexpected) != tc.fails {
				t.Errorf("%s: got error %v, want an UnexpectedError: %t", tc.reason, err, tc.fails)
			}
		})
	}
}
