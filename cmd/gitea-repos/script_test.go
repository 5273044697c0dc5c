package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/testkit/script"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gitea-repos": main})
}

// TestScripts runs the binary against a fresh simulator for each script.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples/values")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			server, err := sim.Listen("127.0.0.1:0", gitea.New(gitea.Options{Username: "otomi-admin", Password: "simulated-admin"}))
			if err != nil {
				return err
			}
			env.Defer(func() { _ = server.Close() })
			env.Setenv("GITEA_URL", server.URL)
			env.Setenv("GITEA_PASSWORD", "simulated-admin")
			env.Setenv("OTOMI_TASKS_SECRETS_DIR", filepath.Join(env.WorkDir, "secrets"))
			env.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: script.Commands(),
	})
}

func TestMainIsShort(t *testing.T) { script.MainIsShort(t) }
