// Package clients_test holds what must be true of all generated clients.
package clients_test

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	giteasim "otomi.io/tasks/internal/sim/gitea"
	harborsim "otomi.io/tasks/internal/sim/harbor"
	keycloaksim "otomi.io/tasks/internal/sim/keycloak"
)

// TestImports keeps the clients importable by others: besides the standard library they need the generator's runtime only.
func TestImports(t *testing.T) {
	files, err := filepath.Glob("*/client.gen.go")
	if err != nil || len(files) != 3 {
		t.Fatalf("got generated clients %v and error %v, want 3", files, err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			host, _, _ := strings.Cut(name, "/")
			if strings.Contains(host, ".") && !strings.HasPrefix(name, "github.com/oapi-codegen/runtime") {
				t.Errorf("%s imports %s: an overlay can avoid that", path, name)
			}
		}
	}
}

// The servers below answer with the name that they understood.

type keycloakServer struct {
	keycloaksim.StrictServerInterface
}

func (keycloakServer) GetRole(_ context.Context, r keycloaksim.GetRoleRequestObject) (keycloaksim.GetRoleResponseObject, error) {
	return keycloaksim.GetRole200JSONResponse{Name: &r.RoleName}, nil
}

type harborServer struct {
	harborsim.StrictServerInterface
}

func (harborServer) GetProject(_ context.Context, r harborsim.GetProjectRequestObject) (harborsim.GetProjectResponseObject, error) {
	return harborsim.GetProject200JSONResponse{Name: &r.ProjectNameOrID}, nil
}

type giteaServer struct{ giteasim.StrictServerInterface }

func (giteaServer) UpdateBranchProtection(_ context.Context, r giteasim.UpdateBranchProtectionRequestObject) (giteasim.UpdateBranchProtectionResponseObject, error) {
	return giteasim.UpdateBranchProtection200JSONResponse{RuleName: &r.Name}, nil
}

// TestRefusedNames shows that a name which changes the address is refused before anything is sent.
func TestRefusedNames(t *testing.T) {
	sent := false
	server := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent = true }))
	clients := newClients(t, server)
	for _, name := range []string{"", ".", ".."} {
		_, errKeycloak := clients.keycloak.DeleteRoleWithResponse(t.Context(), "otomi", name)
		_, errHarbor := clients.harbor.DeleteProjectWithResponse(t.Context(), name)
		_, errGitea := clients.gitea.DeleteRepositoryWithResponse(t.Context(), "otomi", name)
		for app, err := range map[string]error{"keycloak": errKeycloak, "harbor": errHarbor, "gitea": errGitea} {
			if !errors.Is(err, address.ErrPath) {
				t.Errorf("deleting %q would delete what holds it: %s gave error %v, want %v", name, app, err, address.ErrPath)
			}
		}
	}
	if _, err := clients.keycloak.ListClientRolesWithResponse(t.Context(), "otomi", "", nil); !errors.Is(err, address.ErrPath) {
		t.Errorf("an empty id inside the path is refused: got error %v, want %v", err, address.ErrPath)
	}
	if sent {
		t.Error("a refused request must not be sent")
	}
}

// TestNames sends names through client and server as both are generated: what one escapes, the other must understand. It also shows
// that the routes of each server can stand side by side.
func TestNames(t *testing.T) {
	mux := http.NewServeMux()
	keycloaksim.HandlerFromMux(keycloaksim.NewStrictHandler(keycloakServer{}, nil), mux)
	harborsim.HandlerFromMuxWithBaseURL(harborsim.NewStrictHandler(harborServer{}, nil), mux, "/api/v2.0")
	giteasim.HandlerFromMuxWithBaseURL(giteasim.NewStrictHandler(giteaServer{}, nil), mux, "/api/v1")
	clients := newClients(t, serve(t, mux))
	ask := map[string]func(ctx context.Context, name string) (*string, error){
		"Keycloak": func(ctx context.Context, name string) (*string, error) {
			role, err := response.OK(clients.keycloak.GetRoleWithResponse(ctx, "otomi", name))
			return role.Name, err
		},
		"Harbor": func(ctx context.Context, name string) (*string, error) {
			project, err := response.OK(clients.harbor.GetProjectWithResponse(ctx, name))
			return project.Name, err
		},
		"Gitea": func(ctx context.Context, name string) (*string, error) {
			change := gitea.EditBranchProtectionOption{}
			rule, err := response.OK(clients.gitea.UpdateBranchProtectionWithResponse(ctx, "otomi", "values", name, change))
			return rule.RuleName, err
		},
	}
	names := map[string]string{
		"Plain":   "team-a",
		"Slash":   "release/v1",
		"Percent": "100%25",
		"Space":   "a b+c",
		"Unicode": "équipe",
		"Dots":    "a..b",
		"Query":   "a?b#c&d",
	}
	for app, call := range ask {
		for name, sent := range names {
			t.Run(app+name, func(t *testing.T) {
				got, err := call(t.Context(), sent)
				if err != nil {
					t.Fatalf("asking for %q: %v", sent, err)
				}
				if got == nil || *got != sent {
					t.Errorf("the server must understand the name that was sent: got %v, want %q", got, sent)
				}
			})
		}
	}
}

// allClients holds one client of each application, all of the same server.
type allClients struct {
	keycloak *keycloak.Client
	harbor   *harbor.Client
	gitea    *gitea.Client
}

func newClients(t *testing.T, server string) allClients {
	t.Helper()
	keycloakClient, errKeycloak := keycloak.New(server)
	harborClient, errHarbor := harbor.New(server)
	giteaClient, errGitea := gitea.New(server)
	if err := errors.Join(errKeycloak, errHarbor, errGitea); err != nil {
		t.Fatal(err)
	}
	return allClients{keycloak: keycloakClient, harbor: harborClient, gitea: giteaClient}
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
