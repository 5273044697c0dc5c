package failures_test

import (
	"context"
	"net/http/httptest"
	"os"

	"otomi.io/tasks/internal/sim/git"
	"otomi.io/tasks/tasks/run"
)

const (
	codes     = "operations.md#exit-codes"
	guards    = "operations.md#guards"
	inventory = "operations.md#the-inventory-and-its-backups"
	locks     = "operations.md#two-runs-at-once"
	shards    = "operations.md#shards"
)

func inputs() []failure {
	return []failure{
		{"an unknown flag", roles, run.ExitInvalid, codes, false, flags("--polcy", "sync")},
		{"an unknown verb", roles, run.ExitInvalid, codes, false, verb("aply")},
		{"an unknown policy", roles, run.ExitInvalid, codes, false, flags("--policy", "snyc")},
		{"a misspelt variable", roles, run.ExitInvalid, codes, false, env("OTOMI_TASKS_POLCY", "sync")},
		{"a team that does not exist", roles, run.ExitInvalid, codes, false, flags("--team", "paymets")},
		{"a kind that does not exist", roles, run.ExitInvalid, codes, false, flags("--allow-removals", "rol=2")},
		{"the report cannot be written", roles, run.ExitFailed, codes, false, flags("--report", "/nowhere/report.html")},
		{"no values", roles, run.ExitInvalid, codes, false, func(s *scene) { s.values = nil }},
		{"the values' file is missing", roles, run.ExitInvalid, codes, false, flags("--values", "/nowhere/values.yaml")},
		{"a Secret or its key is missing (chart)", roles, run.ExitInvalid, codes, false, flags("--values", "/etc/otomi/values/0/otomi-values/values.yaml")},
		{"the Secret of a credential is missing (chart)", roles, run.ExitInvalid, codes, false, seeds(env("KEYCLOAK_ADMIN_PASSWORD", ""), env("KEYCLOAK_ADMIN_PASSWORD_FILE", "/etc/otomi/credentials/KEYCLOAK_ADMIN_PASSWORD/keycloak-admin/password"))},
		{"broken YAML", roles, run.ExitInvalid, codes, false, laid("teamConfig: {red: [}\n")},
		{"a value of the wrong type", roles, run.ExitInvalid, codes, false, laid("teamConfig: {red: {users: none}}\n")},
		{"a template that was not expanded", roles, run.ExitInvalid, codes, false, laid("cluster: {domainSuffix: \"${DOMAIN}\"}\n")},
		{"a masked secret", roles, run.ExitInvalid, codes, false, laid("apps: {keycloak: {idp: {clientSecret: \"****\"}}}\n")},
		{"a misspelt key", repos, run.ExitInvalid, codes, false, laid("teamConfig: {red: {gitea: {repos: [{name: a, hook: []}]}}}\n")},
		{"values for a key that is not here (SOPS)", roles, run.ExitInvalid, codes, true, laid(encrypted)},
		{"Git cannot be reached", roles, run.ExitFailed, noAnswer, true, flags("--wait", "1s", "--values", "git+http://127.0.0.1:1/values.git")},
		{"Git refuses the login", roles, run.ExitUnauthorized, login, false, seeds(repository(""), env("OTOMI_TASKS_GIT_USERNAME", "ada"), env("OTOMI_TASKS_GIT_PASSWORD", "wrong"))},
		{"Git asks for a login, and none was given", roles, run.ExitUnauthorized, login, false, repository("")},
		{"a branch that does not exist", roles, run.ExitInvalid, codes, false, seeds(repository("?ref=mian"), gitLogin)},
		{"a folder that is not in the repository", roles, run.ExitInvalid, codes, false, seeds(repository("?path=evn"), gitLogin)},
		{"a saved plan that is none", roles, run.ExitInvalid, codes, false, func(s *scene) { s.args = append(s.args, s.file("plan.json", "{}")) }},
	}
}

// encrypted is a file for another owner's age key.
const encrypted = `apps: {keycloak: {idp: {clientSecret: "ENC[AES256_GCM,data:cXdl,iv:JOPmB8C2kGVZRCBTGn3HcUMwFeUShJGhqIFLK0DJEbU=,tag:y2cHq7e3QYJ1cHq5H0tcbQ==,type:str]"}}}
sops:
  age:
    - recipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudcwgzsqtndz3y
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCg==
        -----END AGE ENCRYPTED FILE-----
  lastmodified: "2026-01-01T00:00:00Z"
  mac: "ENC[AES256_GCM,data:cXdl,iv:JOPmB8C2kGVZRCBTGn3HcUMwFeUShJGhqIFLK0DJEbU=,tag:y2cHq7e3QYJ1cHq5H0tcbQ==,type:str]"
  version: 3.9.0
`

func gitLogin(s *scene) {
	s.env["OTOMI_TASKS_GIT_USERNAME"], s.env["OTOMI_TASKS_GIT_PASSWORD"] = "ada", "git-password-1"
}

// repository takes the values from Git.
func repository(query string) func(*scene) {
	return func(s *scene) {
		ctx, cancel := context.WithCancel(context.Background())
		s.Cleanup(cancel)
		server, err := git.New(ctx, s.folder, os.Stderr)
		if err != nil {
			s.Fatal(err)
		}
		if _, err := server.Commit(ctx, "values.git", map[string]string{"env/cluster.yaml": "cluster: {domainSuffix: example.com}\n"}); err != nil {
			s.Fatal(err)
		}
		server.Guard("ada", "git-password-1")
		running := httptest.NewServer(server)
		s.Cleanup(running.Close)
		s.args = append(s.args, "--values", "git+"+running.URL+"/values.git"+query)
	}
}

func clusters() []failure {
	return []failure{
		{"there is no cluster for the Secrets", projects, run.ExitInvalid, locks, true, func(s *scene) { delete(s.env, "OTOMI_TASKS_SECRETS_DIR") }},
		{"the kubeconfig is missing", repos, run.ExitInvalid, codes, false, flags("--kubeconfig", "/nowhere/config")},
		{"the API server does not answer", projects, run.ExitFailed, noAnswer, false, seeds(verb("plan"), func(s *scene) { s.kubeconfig("http://127.0.0.1:1") })},
		{"another run holds the lock", roles, run.ExitLocked, locks, true, func(s *scene) {
			memory := s.api(pass)
			s.args = append(s.args, "--lock-wait", "0s")
			put(memory, "/apis/coordination.k8s.io/v1/namespaces/otomi/leases", `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"keycloak-roles","namespace":"otomi"},
				"spec":{"holderIdentity":"core-keycloak-roles-x2x","leaseDurationSeconds":3600,"renewTime":"2999-01-01T00:00:00.000000Z"}}`)
		}},
		{"the inventory is half of one", repos, run.ExitInvalid, inventory, false, func(s *scene) {
			memory := s.api(pass)
			put(memory, "/api/v1/namespaces/otomi/secrets", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"otomi-tasks-gitea-repos","namespace":"otomi","labels":{"app.kubernetes.io/managed-by":"otomi-tasks"}},"data":{"inventory":"bm9uc2Vuc2U="}}`)
		}},
		{"the inventory is another installation's", repos, run.ExitRefused, inventory, false, func(s *scene) {
			s.api(pass)
			s.args = append(s.args, "--installation", "here")
			s.well()
			s.args = append(s.args, "--installation", "there")
		}},
		{"the Secret of a team cannot be changed", projects, run.ExitUnsettled, "operations.md#blocked-repairs", false, func(s *scene) {
			memory := s.api(pass)
			put(memory, "/api/v1/namespaces/team-payments/secrets", `{"apiVersion":"v1","kind":"Secret","immutable":true,"type":"kubernetes.io/dockerconfigjson","metadata":{"name":"harbor-pullsecret","namespace":"team-payments"},"data":{".dockerconfigjson":"e30="}}`)
		}},
		{"other shards have not made what this one needs", roles, run.ExitFailed, shards, false, flags("--shard", "1/2", "--wait", "1s")},
	}
}

func outcomes() []failure {
	return []failure{
		{"too much would be removed", roles, run.ExitRefused, guards, false, after(func(s *scene) {
			s.values = nil
			s.values.Add(s, bare+"teamConfig: {payments: {}}\n")
			s.args = append(s.args, "--policy", "sync")
		})},
		{"values without a team", roles, run.ExitRefused, guards, false, after(func(s *scene) {
			s.values = nil
			s.values.Add(s, bare)
		})},
		{"a private repository would become public", repos, run.ExitRefused, guards, false, after(laid("teamConfig: {payments: {gitea: {repos: [{name: checkout, private: false}]}}}\n"))},
		{"a second realm", roles, run.ExitRefused, guards, false, after(laid("apps: {keycloak: {realm: second}}\n"))},
		{"the server holds something else than was written", roles, run.ExitUnsettled, codes, false, forgetful},
		{"a signal ends the run", roles, run.ExitFailed, codes, false, func(s *scene) { close(s.stop) }},
		{"a saved plan no longer fits", roles, run.ExitRefused, guards, false, func(s *scene) {
			file := s.folder + "/plan.json"
			verb("plan", "--out", file)(s)
			s.well()
			s.args = []string{"apply", "--workers", "1", "--wait", "60s"}
			s.well()
			s.args = append(s.args, file)
		}},
		{"a push starts no build: no pipeline", builds, run.ExitFailed, "drone-activate.md#when-no-build-starts", false, seeds(func(s *scene) { s.well() }, verb("doctor"))},
		{"Drone without any login", builds, run.ExitFailed, "drone-activate.md#when-no-build-starts", false, verb("doctor")},
		{"Drone's application is missing", repos, run.ExitUnsettled, "gitea-repos.md#checks", false, verb("doctor")},
		{"the realm is missing", roles, run.ExitUnsettled, "keycloak-roles.md#what-a-login-depends-on", false, verb("doctor")},
	}
}

const bare = "cluster: {domainSuffix: platform.example.com}\notomi: {adminPassword: example-only-admin}\napps: {keycloak: {idp: {clientSecret: example-only-client}}}\n"

// forgetful is a Keycloak that takes what it is given for users and keeps the old.
func forgetful(s *scene) {
	s.well()
	laid("apps: {keycloak: {tokenTTL: 7777}}\n")(s)
	inner := s.server.Config.Handler
	s.front = nil
	s.server.Config.Handler = dropPuts(inner)
}
