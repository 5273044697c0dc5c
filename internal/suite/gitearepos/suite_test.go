package gitearepos_test

import (
	"testing"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/suite/gitearepos"
)

func start(t *testing.T) gitearepos.Broken { return startWith(t, gitea.Options{}) }

func startWith(t *testing.T, o gitea.Options) gitearepos.Broken {
	t.Helper()
	faults := &sim.Faults{}
	o.Username, o.Password = "otomi-admin", "simulated-admin"
	simulator := gitea.New(o)
	server, err := sim.Listen("127.0.0.1:0", faults.Wrap(simulator))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return gitearepos.Broken{Faults: faults, Server: gitearepos.Server{
		URL: server.URL, Username: "otomi-admin", Password: "simulated-admin", Clock: gitearepos.Hasty{}, Branch: simulator.AddBranch}}
}

func TestSimulator(t *testing.T) { gitearepos.Run(t, start(t).Server) }

// TestShortPages: the server cuts every list far below what was asked for.
func TestShortPages(t *testing.T) {
	gitearepos.FirstRun(t, startWith(t, gitea.Options{PageLimit: 2}).Server)
}

func TestFaults(t *testing.T) { gitearepos.Faults(t, start) }

func TestKills(t *testing.T) { gitearepos.Kills(t, start) }
