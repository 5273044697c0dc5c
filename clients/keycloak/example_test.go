package keycloak_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `[{"name": "team-a", "description": "answer to %s %s"}]`, r.Method, r.URL)
	}))
	defer server.Close()

	client, err := keycloak.New(server.URL, keycloak.WithHTTPClient(server.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	first, most := int32(0), int32(100)
	page := &keycloak.ListRolesParams{First: &first, Max: &most}
	roles, err := response.OK(client.ListRolesWithResponse(context.Background(), "otomi", page))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, role := range roles {
		fmt.Println(*role.Name, "is the", *role.Description)
	}
	// Output: team-a is the answer to GET /admin/realms/otomi/roles?first=0&max=100
}
