package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
)

// grants are rules as lines: "get,update leases keycloak-roles", without names
// where every object is meant.
func grants(rules []rbacv1.PolicyRule) []string {
	var lines []string
	for _, rule := range rules {
		line := strings.Join(rule.Verbs, ",") + " " + strings.Join(rule.Resources, ",")
		if len(rule.ResourceNames) > 0 {
			line += " " + strings.Join(rule.ResourceNames, ",")
		}
		lines = append(lines, line)
	}
	return lines
}

// rights are the grants of all roles, by the role's place and name, which name
// whom they are bound to.
func rights(o objects) map[string][]string {
	all := map[string][]string{}
	for _, role := range o.Roles {
		all[role.Namespace+"/"+role.Name] = grants(role.Rules)
	}
	for _, role := range o.ClusterRoles {
		all[role.Name] = grants(role.Rules)
	}
	return all
}

func TestRights(t *testing.T) {
	lock := func(names string) []string {
		return []string{"create leases", "get,update,patch leases core-" + strings.ReplaceAll(names, ",", ",core-"), "create events"}
	}
	state := func(task string) []string {
		own := "otomi-tasks-core-" + task
		names := []string{own}
		for part := 1; part <= 8; part++ {
			names = append(names, fmt.Sprintf("%s-%d", own, part))
		}
		return append(lock(task), "create secrets", "get,update,patch,delete secrets "+strings.Join(append(names, "otomi-tasks-"+task), ","))
	}
	teams := []string{
		"get,create,patch,delete secrets harbor-pullsecret,harbor-pushsecret,harbor-pushsecret-builds",
		"get,update,patch serviceaccounts default",
	}
	cases := map[string]struct {
		reason string
		args   []string
		want   map[string][]string
	}{
		"Default": {"Each task has what it needs, by name wherever a rule can name it.", nil, map[string][]string{
			"otomi/core-keycloak-roles":    lock(keycloak),
			"otomi/core-harbor-projects":   state(harbor),
			"otomi/core-gitea-repos":       state(gitea),
			"otomi/core-drone-activate":    state(drone),
			"otomi-core-harbor-projects":   teams,
			"drone/otomi-core-gitea-repos": {"get,create,patch,delete secrets drone-source-control"},
		}},
		"Shards": {"Each shard has a lock of its own.", []string{onlyKeycloak, "--set=tasks.keycloak-roles.shards=2"}, map[string][]string{
			"otomi/core-keycloak-roles": lock("keycloak-roles-0-of-2,keycloak-roles-1-of-2"),
		}},
		"Platform": {"What the platform keeps is read by name.", []string{onlyKeycloak, "--set=platform.secrets=apl"}, map[string][]string{
			"otomi/core-keycloak-roles":                                lock(keycloak),
			"apl-keycloak-operator/otomi-core-keycloak-roles-platform": {"get secrets apl-keycloak-operator-secret", "get deployments apl-keycloak-operator"},
		}},
		"Users": {"The names of users' Secrets are not known before.", []string{onlyKeycloak, "--set=platform.secrets=apl6,platform.users=true"}, map[string][]string{
			"otomi/core-keycloak-roles":                      lock(keycloak),
			"apl-secrets/otomi-core-keycloak-roles-platform": {"get secrets otomi-secrets,keycloak-secrets,oidc-secrets"},
			"apl-users/otomi-core-keycloak-roles-platform":   {"list secrets"},
		}},
		"NoDrone": {"Without Drone no task writes to its namespace.", []string{"--set=rbac.droneNamespace=,tasks.harbor-projects.enabled=false,tasks.drone-activate.enabled=false"}, map[string][]string{
			"otomi/core-keycloak-roles": lock(keycloak),
			"otomi/core-gitea-repos":    state(gitea),
		}},
		"NoToken": {"A pod without a token needs no rights.", []string{onlyKeycloak, "--set=tasks.keycloak-roles.serviceAccount.mountToken=false"}, map[string][]string{}},
		"None":    {"An administrator makes the Roles.", []string{"--set=rbac.create=false"}, map[string][]string{}},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, rights(h.objects(t, tc.args...))); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// What must never be in a rule: all verbs or kinds, looking at more than one
// named Secret, and anything unnamed in the whole cluster.
func TestNoBroadRights(t *testing.T) {
	h := newHelm(t)
	for name, args := range ciValues(t) {
		for role, lines := range rights(h.objects(t, args...)) {
			for _, line := range lines {
				words := strings.Fields(line)
				verbs, named := strings.Split(words[0], ","), len(words) == 3
				broad := slices.ContainsFunc(verbs, func(verb string) bool {
					return slices.Contains([]string{"*", "list", "watch", "deletecollection"}, verb)
				})
				unnamed := !named && (words[0] != "create" || !strings.Contains(role, "/"))
				if role == "apl-users/otomi-core-keycloak-roles-platform" && line == "list secrets" {
					continue // a value switches it on, in that namespace only
				}
				if broad || unnamed || strings.Contains(line, "*") {
					t.Errorf("%s: %s may %s", name, role, line)
				}
			}
		}
	}
}

// bindings are who has which role, by the binding's place.
func bindings(o objects) map[string]string {
	all := map[string]string{}
	add := func(place, name string, ref rbacv1.RoleRef, subjects []rbacv1.Subject) {
		for _, subject := range subjects {
			all[place+"/"+name] = subject.Namespace + "/" + subject.Name + " -> " + ref.Kind + " " + ref.Name
		}
	}
	for _, b := range o.RoleBindings {
		add(b.Namespace, b.Name, b.RoleRef, b.Subjects)
	}
	for _, b := range o.ClusterRoleBindings {
		add("", b.Name, b.RoleRef, b.Subjects)
	}
	return all
}

func TestBindings(t *testing.T) {
	const everywhere, byName = "/otomi-core-harbor-projects", "otomi/core-harbor-projects -> ClusterRole otomi-core-harbor-projects"
	only := "--set=tasks.keycloak-roles.enabled=false,tasks.gitea-repos.enabled=false,tasks.drone-activate.enabled=false"
	own := map[string]string{"otomi/core-harbor-projects": "otomi/core-harbor-projects -> Role core-harbor-projects"}
	cases := map[string]struct {
		reason string
		args   []string
		more   map[string]string
	}{
		"Everywhere": {"A new team needs no change here.", nil, map[string]string{everywhere: byName}},
		"Listed": {"Where the teams are listed there is nothing for the whole cluster.", []string{"--set=rbac.teamNamespaces={team-a,team-b}"},
			map[string]string{"team-a" + everywhere: byName, "team-b" + everywhere: byName}},
		"ExistingAccount": {"An account that was there before gets the rights.",
			[]string{"--set=tasks.harbor-projects.serviceAccount.create=false,tasks.harbor-projects.serviceAccount.name=mine"},
			map[string]string{
				everywhere:                   "otomi/mine -> ClusterRole otomi-core-harbor-projects",
				"otomi/core-harbor-projects": "otomi/mine -> Role core-harbor-projects",
			}},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := maps.Clone(own)
			maps.Copy(want, tc.more)
			if diff := cmp.Diff(want, bindings(h.objects(t, append(tc.args, only)...))); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// The policy names exactly the accounts that the chart made for tasks that
// write Secrets.
func TestAdmissionPolicy(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		users  string // empty: no policy
	}{
		"Default":  {"All but keycloak-roles, which writes no Secret.", nil, `["system:serviceaccount:otomi:core-drone-activate","system:serviceaccount:otomi:core-gitea-repos","system:serviceaccount:otomi:core-harbor-projects"]`},
		"Shared":   {"An account that others use, too, is left alone.", []string{"--set=tasks.harbor-projects.serviceAccount.create=false"}, `["system:serviceaccount:otomi:core-drone-activate","system:serviceaccount:otomi:core-gitea-repos"]`},
		"Keycloak": {"It writes no Secrets.", []string{onlyKeycloak}, ""},
		"Off":      {"Not every operator may make policies.", []string{"--set=rbac.admissionPolicy=false"}, ""},
		"NoRBAC":   {"The maker of the Roles makes this, too.", []string{"--set=rbac.create=false"}, ""},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := h.objects(t, tc.args...)
			if len(rendered.Policies) != len(rendered.PolicyBindings) {
				t.Fatalf("%d policies and %d bindings", len(rendered.Policies), len(rendered.PolicyBindings))
			}
			got := ""
			for _, policy := range rendered.Policies {
				got = strings.TrimPrefix(policy.Spec.MatchConditions[0].Expression, "request.userInfo.username in ")
			}
			if got != tc.users {
				t.Errorf("%s: the policy is about %s, want %s", tc.reason, got, tc.users)
			}
		})
	}
}
