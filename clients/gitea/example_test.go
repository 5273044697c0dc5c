package gitea_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id": 7, "name": "team-a", "description": "%s %s"}`, r.Method, r.URL)
	}))
	defer server.Close()

	client, err := gitea.New(server.URL, gitea.WithHTTPClient(server.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	wanted := gitea.CreateTeamOption{Name: "team-a", UnitsMap: &map[string]string{"repo.code": "write"}}
	team, err := response.Created(client.CreateTeamWithResponse(context.Background(), "otomi", wanted))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*team.Name, "has id", *team.ID, "after", *team.Description)
	// Output: team-a has id 7 after POST /api/v1/orgs/otomi/teams
}
