package keycloakroles

import (
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// Deletions shows that each object is read once more before it is deleted, in a
// realm with people of its own and in one with an external provider.
func Deletions(t *testing.T, s Server) {
	realm := "/admin/realms/[^/]+"
	t.Run("Local", func(t *testing.T) {
		b := newEnv(t, s, Platform)
		b.apply(t)
		for _, drift := range []drift{scopeDrifts()["MapperAdded"], clientDrifts()["DefaultScopeMadeOptional"], groupDrifts()["GroupGotRole"], groupDrifts()["GroupGotClientRole"]} {
			if err := drift.make(b.operator(t)); err != nil {
				t.Fatal(err)
			}
		}
		b.values.Add(t, "teamConfig: {a: {users: []}}")
		b.values[0] = runner.Source(t, withoutC(Platform))
		b.readsBeforeDelete(t, []runner.Deletion{
			{Path: realm + "/roles-by-id/[^/]+"},
			{Path: realm + "/groups/[^/]+"},
			{Path: realm + "/groups/[^/]+/role-mappings/realm"},
			{Path: realm + "/groups/[^/]+/role-mappings/clients/[^/]+"},
			{Path: "(" + realm + "/client-scopes/[^/]+/protocol-mappers/models)/[^/]+", Read: "$1"},
			{Path: "(" + realm + "/clients/[^/]+)/optional-client-scopes/[^/]+", Read: "$1"},
			{Path: realm + "/users/[^/]+"},
			{Path: "(" + realm + "/users/[^/]+)/groups/[^/]+", Read: "$1"},
		})
	})
	t.Run("Brokered", func(t *testing.T) {
		provider := external(issuer(t))
		b := newEnv(t, s, Platform, provider)
		b.apply(t)
		b.values[0], b.values[1] = runner.Source(t, withoutC(Platform)), runner.Source(t, withoutC(provider))
		b.readsBeforeDelete(t, []runner.Deletion{{Path: realm + "/identity-provider/instances/[^/]+/mappers/[^/]+"}})
	})
}

// withoutC are values whose last team left.
func withoutC(values string) string {
	before, _, _ := strings.Cut(values, "\n  c:")
	return before
}

func (b *env) readsBeforeDelete(t *testing.T, kinds []runner.Deletion) {
	t.Helper()
	args := []string{"--policy", "sync", "--leavers", "remove", "--removal-cap", "1"}
	runner.ReadBeforeDelete(t, b.Log, func() { b.run(t, slices.Concat([]string{"plan"}, args)...) }, func() { b.apply(t, args...) }, kinds)
}
