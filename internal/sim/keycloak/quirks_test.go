package keycloak_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/sim/keycloak/quirks"
)

func TestQuirks(t *testing.T) {
	server := httptest.NewServer(keycloak.New(keycloak.Options{}))
	t.Cleanup(server.Close)
	quirks.Quirks(t, server.URL, "admin", "admin", 26)
}

var update = flag.Bool("update", false, "rewrite docs/quirks/keycloak.md")

// TestQuirksPage compares the page with the table that the tests run.
func TestQuirksPage(t *testing.T) {
	const page = "../../../docs/quirks/keycloak.md"
	if *update {
		if err := os.WriteFile(page, []byte(quirks.Markdown()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(quirks.Markdown(), string(got)); diff != "" {
		t.Errorf("run the test with -update (-want +got):\n%s", diff)
	}
}
