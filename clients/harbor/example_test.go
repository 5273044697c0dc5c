package harbor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"name": "team-a", "owner_name": "%s %s"}`, r.Method, r.URL)
	}))
	defer server.Close()

	client, err := harbor.New(server.URL, harbor.WithHTTPClient(server.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	project, err := response.OK(client.GetProjectWithResponse(context.Background(), "team-a"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*project.Name, "answers", *project.OwnerName)
	// Output: team-a answers GET /api/v2.0/projects/team-a
}
