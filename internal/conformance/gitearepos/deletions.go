package gitearepos

import (
	"slices"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// without is what is left of Platform and removed: of each kind something goes.
const without = `
cluster: {domainSuffix: example.com}
apps: {argocd: {enabled: true}, drone: {enabled: false}, gitea: {owners: [], hooks: [], repos: [{name: Handbook, private: false, autoInit: true}]}}
teamConfig: {a: {gitea: {repos: [{name: shop, autoInit: true, defaultBranch: main}]}}, b: {selfService: {apps: [gitea]}}}
`

// Deletions shows that each object is read once more before it is deleted.
func Deletions(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, "teamConfig: {c: {gitea: {repos: [{name: empty}]}}}")
	b.apply(t)
	b.values = runner.Sources(t, without)
	args := []string{"--policy", "sync", "--leavers", "remove", "--removal-cap", "1",
		"--accept", "repository.private"}
	runner.ReadBeforeDelete(t, b.Log, func() { b.run(t, slices.Concat([]string{"plan"}, args)...) }, func() { b.apply(t, args...) }, []runner.Deletion{
		{Path: "/api/v1/teams/[0-9]+"},
		{Path: "/api/v1/teams/[0-9]+/members/[^/]+"},
		{Path: "/api/v1/teams/[0-9]+/repos/otomi/handbook", Read: "/api/v1/repos/otomi/handbook/teams/team-b"},
		{Path: "/api/v1/repos/otomi/[^/]+"},
		{Path: "/api/v1/repos/otomi/[^/]+/branch_protections/[^/]+"},
		{Path: "/api/v1/repos/otomi/[^/]+/hooks/[0-9]+"},
		{Path: "/api/v1/orgs/otomi/hooks/[0-9]+"},
		{Path: "/api/v1/repos/otomi/[^/]+/keys/[0-9]+"},
		{Path: "/api/v1/admin/users/([^/]+)", Read: "/api/v1/users/$1"},
		{Path: "/api/v1/user/applications/oauth2/[0-9]+"},
	})
}
