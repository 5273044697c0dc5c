package keycloakroles

import (
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// shared lets one person be in two teams whose objects are in different shards.
const shared = `
teamConfig:
  a:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
  t0001:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
  t0002:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
`

// shards shows that runs side by side do together what one run does, and none
// of it twice, from a server without the realm on.
func shards(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, Teams(300), shared)
	side := runner.Shards{Start: b.start, Read: func(r runner.Raw) runner.Result { return r.Read(t) }}
	planned := side.Plan(t)
	if made := side.Apply(t); made["created"]+made["updated"] != planned {
		t.Errorf("%v was made in all, the plan has %d changes", made, planned)
	}
	readBack(t, b)
	b.settled(t, "--policy", "sync")

	b.values[1] = runner.Source(t, Teams(270))
	left := side.Plan(t, "--policy", "sync")
	if gone := side.Apply(t, "--policy", "sync"); gone["deleted"] != left || left < 60 {
		t.Errorf("%v was done in all, the plan has %d deletions", gone, left)
	}
	b.settled(t, "--policy", "sync")
}
