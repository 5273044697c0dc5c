package values_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"otomi.io/tasks/tasks/values"
)

// unpack writes a txtar archive into a new directory and makes that the
// working one, so that problems name the files as the archive does.
func unpack(t *testing.T, archive string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, f.Name, f.Data)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// messages returns the problems of a failed load as text.
func messages(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var problems values.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Load(...): want Problems, got %T: %v", err, err)
	}
	out := make([]string, len(problems))
	for i, p := range problems {
		out[i] = p.String()
	}
	return out
}

func load(t *testing.T, r values.Request) values.Values {
	t.Helper()
	v, err := values.Load(t.Context(), r)
	if err != nil {
		t.Fatalf("Load(...): %v", err)
	}
	return v
}

func diffMessages(want, got []string) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}
