package drone_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"testing"

	sdk "code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/drone/quirks"
	"otomi.io/tasks/internal/sim/gitea"
)

var update = flag.Bool("update", false, "rewrite docs/quirks/drone.md")

// TestTable keeps the document equal to the list: go test -run Table -update.
func TestTable(t *testing.T) {
	const file = "../../../docs/quirks/drone.md"
	if *update {
		if err := os.WriteFile(file, []byte(quirks.Table()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(quirks.Table(), string(got)); diff != "" {
		t.Errorf("docs/quirks/drone.md is not what the list says (-want +got):\n%s", diff)
	}
}

// pair starts a simulated Drone that builds from a simulated Gitea.
func pair(t *testing.T, version string) quirks.Pair {
	t.Helper()
	git := httptest.NewServer(gitea.New(gitea.Options{Username: "root", Password: "pass word"}))
	t.Cleanup(git.Close)
	server := drone.New(drone.Options{Gitea: git.URL, Version: version, Users: []drone.User{{Login: "root", Token: "the-token", Admin: true}}})
	running := httptest.NewServer(server)
	t.Cleanup(running.Close)
	server.SetApplication(application(t, git.URL, running.URL+"/login"))
	return quirks.Pair{Drone: running.URL, Token: "the-token", Gitea: git.URL, Username: "root", Password: "pass word", Version: version}
}

func application(t *testing.T, git, redirect string) (clientID, clientSecret string) {
	t.Helper()
	admin, err := sdk.NewClient(git, sdk.SetBasicAuth("root", "pass word"))
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := admin.CreateOauth2(sdk.CreateOauth2Option{Name: "otomi-drone", ConfidentialClient: true, RedirectURIs: []string{redirect}})
	if err != nil {
		t.Fatal(err)
	}
	return made.ClientID, made.ClientSecret
}

func TestQuirks(t *testing.T) {
	for _, version := range []string{"1.10.1", "2.7.3", drone.Newest} {
		t.Run(version, func(t *testing.T) { quirks.Run(t, pair(t, version)) })
	}
}
