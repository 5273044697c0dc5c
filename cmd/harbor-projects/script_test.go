package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/script"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"harbor-projects": main})
}

// TestScripts runs the binary against a fresh simulator for each script. The
// Secrets are in a folder.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples/values")
	if err != nil {
		t.Fatal(err)
	}
	commands := script.Commands()
	commands["hidden"] = hidden
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			server, err := sim.Listen("127.0.0.1:0", harbor.New(harbor.Options{Username: "admin", Password: "simulated-Admin1"}))
			if err != nil {
				return err
			}
			env.Defer(func() { _ = server.Close() })
			env.Setenv("HARBOR_BASE_URL", server.URL)
			env.Setenv("HARBOR_USER", "admin")
			env.Setenv("HARBOR_PASSWORD", "simulated-Admin1")
			env.Setenv("OTOMI_TASKS_SECRETS_DIR", filepath.Join(env.WorkDir, "secrets"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: commands,
	})
}

// hidden demands that no secret in a folder of manifests is in any of the
// files: hidden secrets stdout stderr page.html.
func hidden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: hidden FOLDER FILE…")
	}
	secrets := append(passwords(ts, ts.MkAbs(args[0])), "simulated-Admin1")
	if len(secrets) < 4 {
		ts.Fatalf("%s holds only %d passwords", args[0], len(secrets)-1)
	}
	for _, file := range args[1:] {
		text := ts.ReadFile(file)
		for _, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))) {
				ts.Fatalf("%s shows a secret", file)
			}
		}
	}
}

// passwords are those in all Secrets below a folder.
func passwords(ts *testscript.TestScript, folder string) (all []string) {
	files, err := filepath.Glob(filepath.Join(folder, "team-*", "secret-*.yaml"))
	ts.Check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		ts.Check(err)
		var secret corev1.Secret
		ts.Check(yaml.Unmarshal(text, &secret))
		for _, value := range secret.Data {
			var config struct {
				Auths map[string]struct{ Password string }
			}
			ts.Check(json.Unmarshal(value, &config))
			for _, login := range config.Auths {
				all = append(all, login.Password)
			}
		}
	}
	return all
}

func TestMainIsShort(t *testing.T) { script.MainIsShort(t) }
