package run_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// TestInventory: each release of the chart has an inventory of its own, and reads
// the one of earlier versions.
func TestInventory(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		want   inventory.Options
	}{
		"ByHand": {"a run without the chart", nil,
			inventory.Options{Namespace: "otomi", Name: "otomi-tasks-shelf-items", Former: "otomi-tasks-shelf-items", Installation: "platform.example.com/otomi"}},
		"Release": {"two releases in one namespace share nothing", []string{"--release", "core"},
			inventory.Options{Namespace: "otomi", Name: "otomi-tasks-core-shelf-items", Former: "otomi-tasks-shelf-items", Installation: "platform.example.com/otomi/core"}},
		"Accepted": {"a person takes over what another installation has", []string{"--accept", "owner", "--installation", "blue"},
			inventory.Options{Namespace: "otomi", Name: "otomi-tasks-shelf-items", Former: "otomi-tasks-shelf-items", Installation: "blue", TakeOver: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, kubeconfig := cluster(t)
			a := &app{}
			execute(t, a, setup{args: append([]string{"plan", "--values", "testdata/values.yaml", "--kubeconfig", kubeconfig}, tc.args...), task: keeper})
			if diff := cmp.Diff(tc.want, a.setting.Inventory); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestFromPlatform: what the values lack comes from the platform's own Secrets
// where it was asked for, and from nowhere else.
func TestFromPlatform(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason   string
		args     []string
		password string
		users    int
		unread   bool
	}{
		"Nothing":     {"a run reads no Secret of others unasked", nil, "", 0, true},
		"Credentials": {"the users' namespace was not named", []string{"--from-platform", "credentials"}, "hush", 0, true},
		"Users":       {"all that APL 6 keeps in Secrets", []string{"--from-platform", "credentials,users"}, "hush", 1, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory, kubeconfig := cluster(t)
			for path, data := range map[string]string{
				"apl-secrets/otomi-secrets": `{"adminPassword": "aHVzaA=="}`,
				"apl-users/1":               `{"email": "YWRhQGV4YW1wbGUub3Jn", "firstName": "QWRh", "lastName": "UA==", "teams": "W10=", "initialPassword": "eA=="}`,
			} {
				putSecret(t, memory, path, data)
			}
			a := &app{}
			r := execute(t, a, setup{args: append([]string{"plan", "--values", "../../examples/platform-c/env", "--kubeconfig", kubeconfig}, tc.args...), task: func(t *task.Task) { t.App = "" }})
			v := a.values
			if r.code != run.ExitOK || v.Apps.Keycloak.AdminPassword.Reveal() != tc.password || len(v.Users) != tc.users || v.UsersUnread != tc.unread {
				t.Errorf("%s: exit %d, %s; password %q, %d users, unread %v", tc.reason, r.code, r.outcome.Error, v.Apps.Keycloak.AdminPassword.Reveal(), len(v.Users), v.UsersUnread)
			}
		})
	}
}

// putSecret stores a Secret of the platform.
func putSecret(t *testing.T, memory *suite.Memory, path, data string) {
	t.Helper()
	namespace, name, _ := strings.Cut(path, "/")
	call(t, memory, http.MethodPost, "/api/v1/namespaces", fmt.Sprintf(`{"metadata": {"name": %q}}`, namespace))
	call(t, memory, http.MethodPost, "/api/v1/namespaces/"+namespace+"/secrets", fmt.Sprintf(`{"kind": "Secret", "metadata": {"name": %q}, "data": %s}`, name, data))
}
