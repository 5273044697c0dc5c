package run_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

const events = "/api/v1/namespaces/otomi/events"

// event is what a person sees of one.
type event struct {
	Type, Reason, Message string
	InvolvedObject        struct{ Kind, Name, UID string }
}

// inJob are the variables that the chart gives a pod.
func inJob() map[string]string {
	return map[string]string{"POD_NAMESPACE": "otomi", "POD_NAME": "core-x", "JOB_NAME": "core", "JOB_UID": "u"}
}

// TestEvent: the Job gets an event for each run, also for one that never began.
func TestEvent(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, plan.Change[item]) (bool, error) { return false, status(400) }
	forgets := func(context.Context, plan.Change[item]) (bool, error) { return false, nil }
	early := func(p *shelfPlan) { p.Items.Changes[0].Blocked = "namespace team-red does not exist yet" }
	refuses := func(context.Context, int) error { return refusal{true} }
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		code   int
		// want is type, reason and message.
		want [3]string
	}{
		"Converged":   {"what was done", &app{desired: owned("a", "b")}, []string{"apply"}, run.ExitOK, [3]string{"Normal", "Converged", "shelf-items: 2 created, 0 updated, 0 deleted"}},
		"Unchanged":   {"nothing was to do", &app{}, []string{"apply"}, run.ExitOK, [3]string{"Normal", "Unchanged", "shelf-items: 0 created, 0 updated, 0 deleted"}},
		"Blocked":     {"what the policy left alone", &app{desired: owned("b"), current: owned("a", "b")}, []string{"apply"}, run.ExitOK, [3]string{"Normal", "Unchanged", "shelf-items: 0 created, 0 updated, 0 deleted, 1 blocked"}},
		"Waits":       {"what is missing outside", &app{desired: owned("b"), marks: early}, []string{"apply"}, run.ExitOK, [3]string{"Normal", "Unchanged", "shelf-items: 0 created, 0 updated, 0 deleted, 1 blocked; namespace team-red does not exist yet"}},
		"Planned":     {"differences are not a failure", &app{desired: owned("a")}, []string{"plan", "--detailed-exitcode"}, run.ExitDifferences, [3]string{"Normal", "Planned", "shelf-items: 1 to create, 0 to update, 0 to delete"}},
		"Shard":       {"which part it was", &app{}, []string{"apply", "--shard", "1/3"}, run.ExitOK, [3]string{"Normal", "Unchanged", "shelf-items 1/3: 0 created, 0 updated, 0 deleted"}},
		"Failed":      {"every object, in one line", &app{desired: owned("a", "b"), write: broken}, []string{"apply", "--workers", "1"}, run.ExitInvalid, [3]string{"Warning", "Invalid", "shelf-items: exit 3, the input is wrong, or the server is not supported: creating item a: 400 Bad Request; creating item b: 400 Bad Request"}},
		"Invalid":     {"before a cluster was looked for", &app{}, []string{"apply", "--values", "gone.yaml"}, run.ExitInvalid, [3]string{"Warning", "Invalid", "shelf-items: exit 3, the input is wrong, or the server is not supported: gone.yaml: reading: no such file or directory"}},
		"BadFlag":     {"before anything at all", &app{}, []string{"apply", "--workers", "0"}, run.ExitInvalid, [3]string{"Warning", "Invalid", "shelf-items: exit 3, the input is wrong, or the server is not supported: --workers must be at least 1"}},
		"Refused":     {"a guard", &app{current: owned("a", "b", "c", "d")}, []string{"apply", "--policy", "sync"}, run.ExitRefused, [3]string{"Warning", "Refused", "shelf-items: exit 4, a guard refused the plan: "}},
		"NoRights":    {"a login", &app{read: refuses}, []string{"apply"}, run.ExitUnauthorized, [3]string{"Warning", "Unauthorized", "shelf-items: exit 5, the login failed or rights are missing: wrong user name"}},
		"Locked":      {"another run", &app{}, []string{"apply", "--lock-wait", "0s"}, run.ExitLocked, [3]string{"Warning", "Locked", "shelf-items: exit 6, another run holds the lock: "}},
		"Unsettled":   {"a server that forgets", &app{desired: owned("a"), write: forgets}, []string{"apply"}, run.ExitUnsettled, [3]string{"Warning", "Unsettled", "shelf-items: exit 7, applied, but the plan or the outcome is not as it should be: "}},
		"Validate":    {"a verb that needs no cluster", &app{}, []string{"validate"}, run.ExitOK, [3]string{"Normal", "Valid", "shelf-items: no changes"}},
		"UnknownFlag": {"arguments that cannot be read", &app{}, []string{"apply", "--what"}, run.ExitInvalid, [3]string{"Warning", "Invalid", "shelf-items: exit 3, the input is wrong, or the server is not supported: unknown flag: --what"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory, kubeconfig := cluster(t)
			if tc.code == run.ExitLocked {
				call(t, memory, http.MethodPost, leases, `{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "shelf-items", "namespace": "otomi"},
					"spec": {"holderIdentity": "pod-2/x", "leaseDurationSeconds": 3600, "renewTime": "2999-01-01T00:00:00.000000Z"}}`)
			}

			if r := execute(t, tc.app, setup{args: slices.Insert(tc.args, 1, "--kubeconfig", kubeconfig), env: inJob()}); r.code != tc.code {
				t.Fatalf("%s: exit %d, want %d\n%s", tc.reason, r.code, tc.code, r.output())
			}
			var list struct{ Items []event }
			if err := json.Unmarshal([]byte(call(t, memory, http.MethodGet, events, "")), &list); err != nil || len(list.Items) != 1 {
				t.Fatalf("%s: %d events, %v", tc.reason, len(list.Items), err)
			}
			got := list.Items[0]
			if diff := cmp.Diff(tc.want[:2], []string{got.Type, got.Reason}); diff != "" || !strings.HasPrefix(got.Message, tc.want[2]) || strings.Contains(got.Message, "\n") {
				t.Errorf("%s: message %q: -want, +got:\n%s", tc.reason, got.Message, diff)
			}
			if o := got.InvolvedObject; o.Kind != "Job" || o.Name != "core" || o.UID != "u" {
				t.Errorf("%s: the event is about %v", tc.reason, o)
			}
		})
	}
}

// TestNoEvent: outside of a Job no event is sent, and trouble with an Event is a
// warning and no more.
func TestNoEvent(t *testing.T) {
	t.Parallel()
	asked := 0
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind": "Status", "code": 403, "reason": "Forbidden", "message": "pods cannot create resource events"}`))
	}))
	t.Cleanup(refusing.Close)
	cases := map[string]struct {
		reason string
		env    map[string]string
		server string
		asked  int
		says   string
	}{
		"NoJob":       {"a run by hand", map[string]string{"POD_NAMESPACE": "otomi"}, refusing.URL, 0, ""},
		"Refused":     {"the right is missing", inJob(), refusing.URL, 1, `"no event"`},
		"Unreachable": {"no server listens", inJob(), "http://127.0.0.1:1", 0, `"no event"`},
		"NoCluster":   {"nothing names a cluster", inJob(), "", 0, `"error":"there is no cluster"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			asked = 0
			args := []string{"plan"}
			if tc.server != "" {
				file := filepath.Join(t.TempDir(), "config")
				text := `{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c"}}], "clusters": [{"name": "c", "cluster": {"server": "` + tc.server + `"}}]}`
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--kubeconfig", file)
			}
			r := execute(t, &app{}, setup{args: args, env: tc.env})
			if r.code != run.ExitOK || asked != tc.asked || strings.Contains(r.stderr, "event") != (tc.says != "") || !strings.Contains(r.stderr, tc.says) {
				t.Errorf("%s: exit %d, asked %d times\n%s", tc.reason, r.code, asked, r.stderr)
			}
		})
	}
}
