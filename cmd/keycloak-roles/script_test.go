package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/git"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/script"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keycloak-roles": main})
}

// TestScripts runs the binary against a fresh simulator for each script.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples/values")
	if err != nil {
		t.Fatal(err)
	}
	commands := script.Commands()
	commands["repository"] = repository
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			server, err := sim.Listen("127.0.0.1:0", keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin"}))
			if err != nil {
				return err
			}
			env.Defer(func() { _ = server.Close() })
			env.Setenv("KEYCLOAK_ADDRESS_INTERNAL", server.URL)
			env.Setenv("KEYCLOAK_ADMIN", "admin")
			env.Setenv("KEYCLOAK_ADMIN_PASSWORD", "simulated-admin")
			env.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: commands,
	})
}

// repository serves a folder as a repository at $REPOSITORY, to a user ada with
// the password git-password-1: repository FOLDER.
func repository(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: repository FOLDER")
	}
	folder, files := ts.MkAbs(args[0]), map[string]string{}
	ts.Check(fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[name] = ts.ReadFile(filepath.Join(folder, name))
		}
		return err
	}))
	ctx, cancel := context.WithCancel(context.Background())
	ts.Defer(cancel)
	server, err := git.New(ctx, ts.MkAbs("."), ts.Stderr())
	ts.Check(err)
	_, err = server.Commit(ctx, "values.git", files)
	ts.Check(err)
	server.Guard("ada", "git-password-1")
	listener, err := sim.Listen("127.0.0.1:0", server)
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv("REPOSITORY", "git+"+listener.URL+"/values.git")
}

func TestMainIsShort(t *testing.T) { script.MainIsShort(t) }
