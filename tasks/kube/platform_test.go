package kube_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

var _ values.Secrets = kube.PlatformSecrets{}

// TestPlatformList: a list is read to its last page, and a page that fails is no
// shorter list.
func TestPlatformList(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		second *http.Response
		want   []string
		fails  bool
	}{
		"Pages":  {"all users are wanted", answer(200, `{"kind":"SecretList","metadata":{},"items":[{"metadata":{"name":"b"},"data":{"email":"Yg=="}}]}`), []string{"a@", "b"}, false}, //nolint:bodyclose // the client under test closes it
		"Broken": {"half of the users would seem to have left", answer(410, status(410, "Expired", "continue")), nil, true},                                                            //nolint:bodyclose // the same
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			config := &rest.Config{Host: "http://kubernetes.test", Transport: tripper(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r.URL.RequestURI())
				if len(asked) == 1 {
					return answer(200, `{"kind":"SecretList","metadata":{"continue":"x/y"},"items":[{"metadata":{"name":"a"},"data":{"email":"YUA="}}]}`), nil
				}
				return tc.second, nil
			})}
			list, err := kube.PlatformSecrets{Cluster: connect(t, config)}.List(t.Context(), "apl-users")
			if (err != nil) != tc.fails {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			var emails []string
			for _, user := range []string{"a", "b"} {
				if list != nil {
					emails = append(emails, list[user]["email"].Reveal())
				}
			}
			if diff := cmp.Diff(tc.want, emails); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			want := []string{"/api/v1/namespaces/apl-users/secrets?limit=250", "/api/v1/namespaces/apl-users/secrets?continue=x%2Fy&limit=250"}
			if diff := cmp.Diff(want, asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlatformDenied: without the right the run ends, and takes no user for one
// who left.
func TestPlatformDenied(t *testing.T) {
	t.Parallel()
	cluster := connect(t, always(403, status(403, "Forbidden", `User "x" cannot list resource "secrets"`)))
	_, err := kube.PlatformSecrets{Cluster: cluster}.List(t.Context(), "apl-users")
	if _, denied := errors.AsType[*kube.DeniedError](err); !denied {
		t.Errorf("listing: %v", err)
	}
}
