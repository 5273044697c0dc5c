package gitea_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/gitea/quirks"
)

var update = flag.Bool("update", false, "rewrite docs/quirks/gitea.md")

// TestQuirks runs the table against the simulator as it comes, and what older
// versions do differently against those.
func TestQuirks(t *testing.T) {
	run := func(version string) func(*testing.T) {
		return func(t *testing.T) {
			server := httptest.NewServer(gitea.New(gitea.Options{Version: version}))
			t.Cleanup(server.Close)
			quirks.Run(t, server.URL, "otomi-admin", "otomi-admin-1")
		}
	}
	run("")(t)
	t.Run("1.19", run("1.19.3"))
	t.Run("1.22", run("1.22.3"))
}

// TestDocument: the table in the documentation is the one that is run.
func TestDocument(t *testing.T) {
	const file = "../../../docs/quirks/gitea.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, table, _ := strings.Cut(string(text), "\n| ")
	if *update {
		if err := os.WriteFile(file, []byte(head+"\n"+quirks.Document()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(quirks.Document(), "| "+table); diff != "" {
		t.Errorf("rewrite it with -update (-want +got):\n%s", diff)
	}
}
