package cluster

import (
	"fmt"
	"strings"
	"testing"
)

// secret is a manifest.
func secret(namespace, name, kind string) string {
	return fmt.Sprintf(`{"apiVersion": "v1", "kind": "Secret", "type": %q, "stringData": {".dockerconfigjson": "{\"auths\":{}}"},
		"metadata": {"name": %q, "namespace": %q, "annotations": {"kubernetes.io/service-account.name": "default"}}}`, kind, name, namespace)
}

// TestRights asks the API server in the name of each task: for what it must be
// able to do, in the way in which it does it, and for what it must not.
func TestRights(t *testing.T) {
	t.Parallel()
	const opaque, token = "Opaque", "kubernetes.io/service-account-token"
	r := newRelease(t, "v3", "taskDefaults: {mode: cronjob-only}")
	team, other := newNamespace(t, "team-e2e-rights"), newNamespace(t, "e2e-rights-other")
	r.do(t, "install")
	own := r.namespace
	apply(t, secret(own, "somebodys", opaque), "create", "--filename=-")

	put := []string{"apply", "--server-side", "--field-manager=otomi-tasks", "--filename=-"}
	post := []string{"create", "--filename=-"}
	pulls := func(namespace string) []string {
		return []string{"patch", "serviceaccount", "default", "--namespace=" + namespace, "--type=merge", `--patch={"imagePullSecrets":[{"name":"harbor-pullsecret"}]}`}
	}
	lease := func(name string) string {
		return `{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "` + name + `", "namespace": "` + own + `"}}`
	}
	const no, refused = "cannot", "denied request"
	cases := []struct {
		reason, task, stdin string
		args                []string
		says                string // empty: it succeeds
	}{
		{"the lock is made", "keycloak-roles", lease("core-keycloak-roles"), post, ""},
		{"and read", "keycloak-roles", "", []string{"get", "lease", "core-keycloak-roles", "--namespace=" + own}, ""},
		{"and renewed", "keycloak-roles", lease("core-keycloak-roles"), []string{"replace", "--filename=-"}, ""},
		{"that of another task is not", "harbor-projects", "", []string{"get", "lease", "core-keycloak-roles", "--namespace=" + own}, no},
		{"this task has no Secrets", "keycloak-roles", secret(own, "otomi-tasks-core-keycloak-roles", opaque), post, no},
		{"the inventory is made", "gitea-repos", secret(own, "otomi-tasks-core-gitea-repos", opaque), post, ""},
		{"and read", "gitea-repos", "", []string{"get", "secret", "otomi-tasks-core-gitea-repos", "--namespace=" + own}, ""},
		{"another task's is not", "drone-activate", "", []string{"get", "secret", "otomi-tasks-core-gitea-repos", "--namespace=" + own}, no},
		{"nor any other Secret", "gitea-repos", "", []string{"get", "secret", "somebodys", "--namespace=" + own}, no},
		{"nor all of them", "gitea-repos", "", []string{"get", "secrets", "--namespace=" + own}, no},
		{"Drone's Secret, created by a patch", "gitea-repos", secret(own, "drone-source-control", opaque), put, ""},
		{"another one there", "gitea-repos", secret(own, "drone-other", opaque), put, no},
		{"a team's Secret, created by a patch", "harbor-projects", secret(team, "harbor-pullsecret", "kubernetes.io/dockerconfigjson"), put, ""},
		{"and changed by one", "harbor-projects", secret(team, "harbor-pullsecret", "kubernetes.io/dockerconfigjson"), put, ""},
		{"another Secret of the team", "harbor-projects", secret(team, "other", opaque), put, no},
		{"the pull secrets of the team's pods", "harbor-projects", "", pulls(team), ""},
		{"a missing namespace differs from a forbidden one", "harbor-projects", secret("team-e2e-absent", "harbor-pullsecret", opaque), put, "not found"},
		{"a namespace that is not a team's", "harbor-projects", secret(other, "harbor-pullsecret", opaque), put, refused},
		{"its pods", "harbor-projects", "", pulls(other), refused},
		{"another account's token, by way of a Secret", "harbor-projects", secret(team, "harbor-pushsecret", token), put, refused},
		{"the same in the release's namespace", "drone-activate", secret(own, "otomi-tasks-core-drone-activate", token), post, refused},
		{"what is no longer wanted is deleted", "harbor-projects", "", []string{"delete", "secret", "harbor-pullsecret", "--namespace=" + team}, ""},
	}
	// The API server learns of a policy a moment after it was made.
	until(t, "the admission policy holds", func() bool {
		_, err := here.run(t.Context(), secret(other, "harbor-pullsecret", opaque), "kubectl", append(put, "--dry-run=server", "--as=system:serviceaccount:"+own+":core-harbor-projects")...)
		return err != nil && strings.Contains(err.Error(), refused)
	})
	for _, tc := range cases {
		account := "--as=system:serviceaccount:" + own + ":core-" + tc.task
		_, err := here.run(t.Context(), tc.stdin, "kubectl", append([]string{account, "--as-group=system:authenticated"}, tc.args...)...)
		switch {
		case tc.says == "" && err != nil:
			t.Errorf("%s: %v", tc.reason, err)
		case tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)):
			t.Errorf("%s: want a refusal that says %q, got %v", tc.reason, tc.says, err)
		}
	}
}
