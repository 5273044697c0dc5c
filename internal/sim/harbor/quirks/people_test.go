package quirks

import (
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
)

// TestRepositories: a project with images cannot be deleted.
func TestRepositories(t *testing.T) {
	server := harbor.New(harbor.Options{})
	scenario{exchanges: withProjects("a")}.play(t, server)
	if err := server.AddRepository("a", "app"); err != nil {
		t.Fatal(err)
	}
	scenario{reason: "a project with images cannot be deleted", exchanges: []exchange{
		{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"repo_count":1}`},
		{as: asAdmin, request: "DELETE /projects/a", status: 412, code: "PRECONDITION"},
	}}.play(t, server)
	if err := server.RemoveRepository("a", "app"); err != nil {
		t.Fatal(err)
	}
	scenario{reason: "without images it can", exchanges: []exchange{{as: asAdmin, request: "DELETE /projects/a", status: 200}}}.play(t, server)
	if err := server.AddRepository("a", "app"); err == nil {
		t.Error("a project that is gone took a repository")
	}
}

// TestOnboarding: people who came through OIDC keep the mode.
func TestOnboarding(t *testing.T) {
	server := harbor.New(harbor.Options{})
	scenario{exchanges: withOIDC()}.play(t, server)
	server.AddUser("jane")
	scenario{reason: "the mode cannot go back, and who came through OIDC has no password", exchanges: do(withProjects("a"), []exchange{
		{as: asAdmin, request: "GET /configurations", status: 200, want: `{"auth_mode":{"value":"oidc_auth","editable":false}}`},
		{as: asAdmin, request: "PUT /configurations", body: `{"auth_mode":"db_auth"}`, status: 400, code: "BAD_REQUEST"},
		{as: "jane:", request: "GET /users/current", status: 401, code: "UNAUTHORIZED"},
		{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_user":{"username":"jane"}}`, status: 201},
		{as: asAdmin, request: "GET /projects/a/members", status: 200, want: `[{"entity_name":"admin"},{"entity_name":"jane","entity_type":"u"}]`},
	})}.play(t, server)
}
