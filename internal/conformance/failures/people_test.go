package failures_test

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/tasks/run"
)

func logins() []failure {
	return []failure{
		{"a wrong password", roles, run.ExitUnauthorized, login, true, env("KEYCLOAK_ADMIN_PASSWORD", "wrong")},
		{"a wrong password", projects, run.ExitUnauthorized, login, true, env("HARBOR_PASSWORD", "wrong")},
		{"a wrong password", repos, run.ExitUnauthorized, login, true, env("GITEA_PASSWORD", "wrong")},
		{"a wrong password of Gitea", builds, run.ExitUnauthorized, login, true, env("GITEA_PASSWORD", "wrong")},
		{"a token that Gitea does not know", repos, run.ExitUnauthorized, login, true, env("GITEA_TOKEN", "0123456789abcdef0123456789abcdef01234567")},
		{"a token that Drone does not know", builds, run.ExitUnauthorized, login, true, env("DRONE_TOKEN", "expired")},
		{"the account has two factors", repos, run.ExitUnauthorized, login, true, refusedBy("/", 401, "Only signed in user is allowed to call APIs.")},
		{"the password must be changed first", builds, run.ExitUnauthorized, login, false, func(s *scene) {
			s.ask(http.MethodPatch, "/admin/users/otomi-admin", `{"login_name":"otomi-admin","source_id":0,"must_change_password":true}`)
		}},
		{"Drone has no login of the account, and the values no password", builds, run.ExitUnauthorized, "drone-activate.md#when-no-build-starts", false, func(s *scene) {
			s.env["GITEA_PASSWORD"] = ""
			s.values = nil
			s.values.Add(s, "cluster: {domainSuffix: platform.example.com}\n")
		}},
		{"the token is a machine's", builds, run.ExitUnauthorized, "drone-activate.md#when-no-build-starts", false, seeds(func(s *scene) {
			s.drone(drone.User{Login: "otomi-admin", Token: password, Admin: true, Machine: true})
		}, verb("doctor"))},
	}
}

// refusedBy answers requests of a path with a status and the server's words.
func refusedBy(path string, status int, message string) func(*scene) {
	return func(s *scene) {
		app := s.server.Config.Handler
		inner := app
		s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, path) || r.URL.Path == "/api/healthz" {
				inner.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"message":"` + message + `","errorMessage":"` + message + `","errors":[{"code":"DENIED","message":"` + message + `"}]}`))
		})
	}
}

// writes answers writes below a path so.
func writes(path string, status int) func(*scene) {
	return faults(sim.Fault{Effect: sim.Refuse, WritesOnly: true, Path: path, Status: status, Times: -1})
}

// reads answers reads below a path so.
func reads(path string, status int) func(*scene) {
	return faults(sim.Fault{Effect: sim.Refuse, Method: "GET", Path: path, Status: status, Times: -1})
}

func rights() []failure {
	return []failure{
		{"the account may not read", roles, run.ExitUnauthorized, right, true, after(reads("/clients", 403))},
		{"the account may not read", repos, run.ExitUnauthorized, right, false, reads("/teams", 403)},
		{"the account may write nothing", roles, run.ExitUnauthorized, right, false, writes("/admin/", 403)},
		{"Harbor is read-only", projects, run.ExitFailed, rule, true, readOnly},
		{"one object is forbidden", roles, run.ExitUnsettled, right, false, writes("/users", 403)},
		{"the ServiceAccount may not read Secrets", projects, run.ExitUnauthorized, right, false, denies("secrets", `secrets is forbidden: User "system:serviceaccount:otomi:core" cannot get resource "secrets" in API group "" in the namespace "otomi"`)},
		{"the ServiceAccount may not take the lock", roles, run.ExitUnauthorized, right, false, denies("leases", `leases.coordination.k8s.io is forbidden: User "system:serviceaccount:otomi:core" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "otomi"`)},
		{"a quota is used up", projects, run.ExitUnsettled, right, false, deniesWrites("secrets", `secrets \"harbor-pullsecret\" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=9, limited: secrets=9`)},
		{"an admission policy forbids the Secrets", projects, run.ExitUnsettled, right, false, deniesWrites("secrets", `secrets \"harbor-pullsecret\" is forbidden: ValidatingAdmissionPolicy 'labels' with binding 'labels' denied request: a label is missing`)},
		{"a webhook refuses the Secrets", repos, run.ExitUnsettled, right, false, deniesWrites("secrets", `admission webhook \"policy.example.com\" denied the request: a label is missing`)},
	}
}

// readOnly is a Harbor that collects its garbage.
func readOnly(s *scene) {
	s.front = nil
	app := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			app.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"errors":[{"code":"DENIED","message":"The system is in read only mode. Any modification is prohibited."}]}`))
	})
}

// denies is a cluster that refuses all requests for a resource.
func denies(resource, message string) func(*scene) {
	return func(s *scene) {
		s.api(func(w http.ResponseWriter, r *http.Request) bool {
			return deny(w, r, resource, strings.ReplaceAll(message, `"`, `\"`))
		})
	}
}

// deniesWrites is a cluster that refuses to write a resource of teams and of Drone.
func deniesWrites(resource, message string) func(*scene) {
	return func(s *scene) {
		s.api(func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method != http.MethodGet && (strings.Contains(r.URL.Path, "/team-") || strings.Contains(r.URL.Path, "/drone/")) && deny(w, r, resource, message)
		})
	}
}

func deny(w http.ResponseWriter, r *http.Request, resource, message string) bool {
	if !strings.Contains(r.URL.Path, "/"+resource) {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"` + message + `"}`))
	return true
}

func rules() []failure {
	return []failure{
		{"a rule of the server (400)", roles, run.ExitInvalid, rule, true, writes("/users", 400)},
		{"a rule of the server (422)", repos, run.ExitInvalid, rule, false, writes("/orgs/otomi/teams", 422)},
		{"a name that something else holds (409)", projects, run.ExitUnsettled, rule, false, writes("/projects", 409)},
		{"a host that Gitea's hooks may not go to", repos, run.ExitInvalid, rule, true, writes("/hooks", 422)},
	}
}

// pass refuses nothing.
func pass(http.ResponseWriter, *http.Request) bool { return false }

// put makes an object in the cluster.
func put(memory http.Handler, path, body string) {
	memory.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
}

// dropPuts says yes to what would be replaced, and keeps it.
func dropPuts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
