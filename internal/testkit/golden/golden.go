// Package golden has what the tests of every task's desired state begin and
// end with: values, and golden files.
package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/values"
)

// Load reads documents as values for an application, later ones over earlier
// ones.
func Load(t *testing.T, app string, documents ...string) values.Values {
	t.Helper()
	v, err := values.Load(t.Context(), values.Request{Sources: runner.Sources(t, documents...), App: app})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Golden compares with a file in testdata, and writes it first where that is
// wanted.
func Golden(t *testing.T, update bool, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
