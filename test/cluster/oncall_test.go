package cluster

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim"
)

// onCall is a failure that a person on call has to understand from kubectl describe
// job alone.
type onCall struct {
	what   string
	values func(*server) string // over those that work
	seed   func(*testing.T, *server, *release)
	cause  string
	remedy string
}

// docs is where each remedy leads.
const docs = "docs/operations.md#"

// TestOnCall: kubectl describe job says what is wrong, what to do and where to read on.
func TestOnCall(t *testing.T) {
	t.Parallel()
	for _, tc := range onCalls() {
		t.Run(strings.ReplaceAll(tc.what, " ", "-"), func(t *testing.T) {
			t.Parallel()
			keycloak := newKeycloak(t)
			r := newRelease(t, "v3", keycloak.values("alpha", "beta", "gamma"), "taskDefaults: {mode: cronjob-only, job: {backoffLimit: 0}}")
			if tc.values != nil {
				r.change(t, tc.values(keycloak))
			}
			r.do(t, "install")
			if tc.seed != nil {
				tc.seed(t, keycloak, r)
			}
			job := r.byHand(t, hookJob, "now")
			seen := ""
			until(t, fmt.Sprintf("%q, %q and %s are in kubectl describe job: %s", tc.cause, tc.remedy, docs, seen), func() bool {
				seen = kubectl(t, "describe", "job", job, "--namespace="+r.namespace)
				return strings.Contains(seen, tc.cause) && strings.Contains(seen, tc.remedy) && (tc.remedy == "" || strings.Contains(seen, docs))
			})
			hidden(t, "kubectl describe job", seen)
		})
	}
}

// reaching is another address of Keycloak.
func reaching(address string) func(*server) string {
	return func(*server) string {
		return fmt.Sprintf("tasks: {keycloak-roles: {extraEnv: {KEYCLOAK_ADDRESS_INTERNAL: %q}}}", address)
	}
}

// fixed are values that depend on nothing.
func fixed(values string) func(*server) string { return func(*server) string { return values } }

// broken answers every request so.
func broken(f sim.Fault) func(*testing.T, *server, *release) {
	return func(_ *testing.T, s *server, _ *release) {
		f.Times = -1
		s.faults.Inject(f)
	}
}

// moved is a release that finds Keycloak at another address.
func moved(t *testing.T, s *server, r *release, address string) {
	t.Helper()
	r.change(t, reaching(address)(s))
	r.do(t, "upgrade")
}

func onCalls() []onCall {
	refuse := func(status int, path string) sim.Fault {
		return sim.Fault{Effect: sim.Refuse, Status: status, Path: path}
	}
	return []onCall{
		{"nothing listens", reaching("http://" + here.host + ":9"), nil, "waiting for the server at http://" + here.host + ":9", "see that the server runs"},
		{"no such path", func(s *server) string { return reaching(s.url + "/auth")(s) }, nil, "404 Not Found", "look at the path of the address"},
		{"https to an http port", func(s *server) string {
			return reaching(strings.Replace(s.url, "http:", "https:", 1))(s)
		}, nil, "server gave HTTP response to HTTPS client", "write http://"},
		{"gateway", nil, broken(refuse(http.StatusBadGateway, "")), "502 Bad Gateway", "see that the server is up"},
		{"hang", nil, broken(sim.Fault{Effect: sim.Hang}), "waiting for the server at", "see that the server is up"},
		{"wrong password", fixed("tasks: {keycloak-roles: {credentials: {KEYCLOAK_ADMIN_PASSWORD: {value: wrong-password}}}}"), nil, "401 Unauthorized", "set the password or token"},
		{"missing right", nil, broken(refuse(http.StatusForbidden, "/admin/")), "403 Forbidden", "grant the account the right"},
		{"server rule", nil, broken(sim.Fault{Effect: sim.Refuse, WritesOnly: true, Path: "/roles", Status: http.StatusBadRequest}), "400 Bad Request", "change the setting"},
		{"missing Secret", fixed("otomiValues: {from: [{secret: {name: platform-values, key: all.yaml}}]}"), nil, "platform-values/all.yaml", "create the Secret or ConfigMap"},
		{"missing credential", fixed("tasks: {keycloak-roles: {credentials: {KEYCLOAK_CLIENT_SECRET: {secret: keycloak-clients, key: otomi}}}}"), nil, "keycloak-clients/otomi", "create the Secret or ConfigMap"},
		{"missing CA", fixed("global: {caBundle: {configMap: company-ca}}"), nil, "company-ca/ca.crt", "global.caBundle"},
		{"wrong values", fixed("otomiValues: {inline: {teamConfig: {alpha: {users: none}}}}"), nil, "teamConfig.alpha.users", "repair the values"},
		{"SOPS", fixed("otomiValues: {inline: {sops: {age: [{recipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudcwgzsqtndz3y, enc: x}], lastmodified: \"2026-01-01T00:00:00Z\", mac: x, version: 3.9.0}}}"), nil, "SOPS_AGE_KEY", "repair the values"},
		{"Git away", fixed("otomiValues: {from: [{git: {url: \"http://" + here.host + ":9/values.git\"}}]}"), nil, "waiting for the Git server", "see that the server runs"},
		{"guard", fixed("tasks: {keycloak-roles: {policy: sync}}"), func(t *testing.T, s *server, r *release) {
			completed(t, r.namespace, r.byHand(t, hookJob, "first"))
			r.values = r.values[:1] // maps merge
			r.change(t, s.values("alpha"))
			r.change(t, "taskDefaults: {mode: cronjob-only, policy: sync, job: {backoffLimit: 0}}")
			r.do(t, "upgrade")
		}, "removes 2 of", "--allow-removals"},
		{"lock", fixed("tasks: {keycloak-roles: {extraArgs: [--lock-wait=1s]}}"), func(t *testing.T, _ *server, r *release) {
			apply(t, `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"core-keycloak-roles","namespace":"`+r.namespace+`"},"spec":{"holderIdentity":"somebody","leaseDurationSeconds":3600,"renewTime":"2999-01-01T00:00:00.000000Z"}}`, "create", "--filename=-")
		}, "another run holds the lock: somebody", "wait until the other run has ended"},
		{"no rights in the cluster", nil, func(t *testing.T, _ *server, r *release) {
			apply(t, `[{"op":"remove","path":"/rules/1"}]`, "patch", "role", "core-keycloak-roles", "--namespace="+r.namespace, "--type=json", "--patch-file=/dev/stdin")
		}, "cannot get resource", "grant the task's ServiceAccount the right"},
		{"one object is forbidden", nil, broken(sim.Fault{Effect: sim.Refuse, WritesOnly: true, Path: "/users", Status: http.StatusForbidden}), "exit 7", "grant the account the right"},
		{"unknown authority", nil, func(t *testing.T, s *server, r *release) {
			_, certificate := certify(t)
			moved(t, s, r, serve(t, http.NotFoundHandler(), certificate))
		}, "signed by unknown authority", "global.caBundle"},
		{"maintenance", nil, func(t *testing.T, s *server, r *release) {
			moved(t, s, r, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte("<html><title>Back soon</title></html>"))
			}), nil))
		}, "a web page", "another application answers there"},
		{"pod security", fixed("taskDefaults: {containerSecurityContext: {allowPrivilegeEscalation: true}}"), nil, "violates PodSecurity", ""},
		{"too little memory", fixed("tasks: {keycloak-roles: {resources: {requests: {memory: 8Mi}, limits: {memory: 8Mi}}}}"), nil, "exit code 137", ""},
		{"deadline", fixed("tasks: {keycloak-roles: {timeoutSeconds: 10, job: {activeDeadlineSeconds: 70}}}"), broken(sim.Fault{Effect: sim.Hang}), "waiting", "--timeout"},
		{"quota of pods", nil, func(t *testing.T, _ *server, r *release) {
			kubectl(t, "create", "quota", "none", "--hard=pods=0", "--namespace="+r.namespace)
		}, "exceeded quota: none", ""},
	}
}
