package harbor_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	client "otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/internal/sim/harbor"
)

// TestGeneratedClient: the client reads what the server writes, also where a
// list is null.
func TestGeneratedClient(t *testing.T) {
	server := httptest.NewServer(harbor.New(harbor.Options{}))
	defer server.Close()
	as := func(name, secret string) client.ClientOption {
		return client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.SetBasicAuth(name, secret)
			return nil
		})
	}
	admin, err := client.New(server.URL, as("admin", "Harbor12345"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.CreateProjectWithResponse(t.Context(), client.ProjectReq{ProjectName: new("team-a")}); err != nil {
		t.Fatal(err)
	}
	made, err := admin.CreateRobotWithResponse(t.Context(), client.RobotCreate{
		Name: new("pull"), Level: new("system"), Duration: new(int64(-1)), Permissions: &[]client.RobotPermission{{
			Kind: new("project"), Namespace: new("team-a"), Access: &[]client.Access{{Resource: new("project"), Action: new("read")}},
		}},
	})
	if err != nil || made.JSON201 == nil {
		t.Fatalf("making a robot: %v %v", made, err)
	}
	robot, err := client.New(server.URL, as(*made.JSON201.Name, *made.JSON201.Secret))
	if err != nil {
		t.Fatal(err)
	}
	project, err := response.OK(robot.GetProjectWithResponse(t.Context(), "team-a"))
	if err != nil {
		t.Fatal(err)
	}
	if *project.Name != "team-a" || project.CurrentUserRoleIds != nil || *project.Metadata.Public != "false" {
		t.Errorf("%+v: not the project as a robot sees it", project)
	}
}
