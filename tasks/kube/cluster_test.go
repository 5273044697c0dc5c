package kube_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/tasks/task"
)

func status(code int, reason, message string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%q}`, code, reason, message)
}

// TestAnswers: only the API server's own 404 means absent, and only a missing
// right ends the run.
func TestAnswers(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason               string
		code                 int
		body                 string
		absent, unauthorized bool
	}{
		"Absent":    {"the server knows no such secret", 404, status(404, "NotFound", `secrets "one" not found`), true, false},
		"Page":      {"the 404 of a proxy says nothing of the secret", 404, "<h1>404 page not found</h1>", false, false},
		"Empty":     {"nor does one without a body", 404, "", false, false},
		"JSON":      {"nor one of another API", 404, `{"message":"no route"}`, false, false},
		"LogIn":     {"the token is not taken", 401, status(401, "Unauthorized", "Unauthorized"), false, true},
		"Right":     {"RBAC says no", 403, status(403, "Forbidden", `secrets "one" is forbidden: User "x" cannot get resource "secrets" in API group "" in the namespace "red"`), false, true},
		"Quota":     {"a quota concerns one namespace only", 403, status(403, "Forbidden", `secrets "one" is forbidden: exceeded quota: few`), false, false},
		"Broken":    {"half an answer is an error", 200, `{"kind":"Secret","data":{"a":`, false, false},
		"NotBase64": {"so is a value that cannot be read", 200, `{"kind":"Secret","data":{"a":"%"}}`, false, false},
		"Down":      {"a server in trouble", 500, status(500, "InternalError", "etcdserver: leader changed"), false, false},
		"Moved":     {"a redirect is not followed", 302, "", false, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found, err := connect(t, always(tc.code, tc.body)).Secret(t.Context(), "red", "one")
			if found || (err == nil) != tc.absent || task.Unauthorized(err) != tc.unauthorized {
				t.Errorf("%s: found %v: %v", tc.reason, found, err)
			}
		})
	}
}

// TestNames: an invalid name is never sent: a read would become a list.
func TestNames(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ reason, namespace, name string }{
		"NoName":      {"it would read all secrets of the namespace", "red", ""},
		"NoNamespace": {"it would read another kind", "", "one"},
		"Parent":      {"it would leave the collection", "red", ".."},
		"Slash":       {"it would read below the secret", "red", "one/status"},
		"Upper":       {"no names of Kubernetes", "Red", "one"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w watched
			cluster := connect(t, w.config(memory(t)))
			_, _, err := cluster.Secret(t.Context(), tc.namespace, tc.name)
			s := secret(tc.name, "x")
			s.Namespace = tc.namespace
			for doing, err := range map[string]error{
				"reading": err, "applying": cluster.ApplySecret(t.Context(), s),
				"deleting":  cluster.DeleteSecret(t.Context(), tc.namespace, tc.name),
				"extending": cluster.AddPullSecrets(t.Context(), tc.namespace, tc.name, "x"),
			} {
				if err == nil {
					t.Errorf("%s: %s was not refused", tc.reason, doing)
				}
			}
			if len(w.requests) > 0 {
				t.Errorf("%s: sent %v", tc.reason, w.requests)
			}
		})
	}
}

// TestSecretsStayHidden: no error shows what was to be written.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	s := secret("one", "geheim")
	for _, config := range []int{400, 401, 403, 404, 409, 422, 500} {
		err := connect(t, always(config, status(config, "Invalid", "no"))).ApplySecret(t.Context(), s)
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "geheim") {
			t.Errorf("status %d: %v", config, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(text, "geheim") {
		t.Errorf("a secret prints as %s", text)
	}
}

// TestDeletionOfAnother: what changed after its mark was read stays.
func TestDeletionOfAnother(t *testing.T) {
	t.Parallel()
	m := memory(t)
	plain := connect(t, m.Config())
	if err := plain.ApplySecret(t.Context(), secret("one", "x")); err != nil {
		t.Fatal(err)
	}
	w := watched{spoil: func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			return nil, plain.ApplySecret(r.Context(), secret("one", "y"))
		}
		return nil, nil
	}}
	if err := connect(t, w.config(m)).DeleteSecret(t.Context(), "red", "one"); err == nil {
		t.Error("a secret that had changed was deleted")
	}
	if _, found, err := plain.Secret(t.Context(), "red", "one"); !found || err != nil {
		t.Errorf("afterwards: found %v: %v", found, err)
	}
}

// TestPullSecretsConflict: another writer between the read and the write loses
// nothing, and one that never stops ends in an error.
func TestPullSecretsConflict(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		between int // writes of the other one
		fails   bool
	}{
		"Once":    {"read again and written", 1, false},
		"Thrice":  {"as often as needed", 3, false},
		"ForEver": {"but not endlessly", 1000, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memory(t)
			put(t, m, "/api/v1/namespaces/red/serviceaccounts", `{"kind":"ServiceAccount","metadata":{"name":"default"},"imagePullSecrets":[{"name":"theirs"}]}`)
			other, written := connect(t, m.Config()), 0
			w := watched{spoil: func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet || written == tc.between {
					return nil, nil
				}
				written++
				return nil, other.AddPullSecrets(r.Context(), "red", "default", fmt.Sprintf("other-%d", written))
			}}
			err := connect(t, w.config(m)).AddPullSecrets(t.Context(), "red", "default", "ours")
			if (err != nil) != tc.fails {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			names, err := other.PullSecrets(t.Context(), "red", "default")
			if want := written + 2; err != nil || !tc.fails && len(names) != want {
				t.Errorf("%s: %d names, want %d: %v", tc.reason, len(names), want, err)
			}
		})
	}
}
