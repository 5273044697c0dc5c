package keycloakroles_test

import (
	"testing"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/suite/keycloakroles"
)

func start(t *testing.T) keycloakroles.Broken {
	t.Helper()
	faults := &sim.Faults{}
	server, err := sim.Listen("127.0.0.1:0", faults.Wrap(keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin"})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return keycloakroles.Broken{Faults: faults, Server: keycloakroles.Server{
		URL: server.URL, Username: "admin", Password: "simulated-admin", Clock: keycloakroles.Hasty{}}}
}

func TestSimulator(t *testing.T) { keycloakroles.Run(t, start(t).Server) }

func TestFaults(t *testing.T) { keycloakroles.Faults(t, start) }

func TestKills(t *testing.T) { keycloakroles.Kills(t, start) }
