package droneactivate

import (
	"fmt"
	"testing"
)

// hookRemoved loses the hook by mistake, and has another one switched off: one that
// works leads to Drone again, which an activated repository does not get by itself
// (harness/harness#1109).
func hookRemoved(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	b.apply(t)
	h.gitea("DELETE", hookPath(h.hooks("otomi/values")[0]), "")
	for _, hook := range h.hooks("otomi/a-app") {
		number, _ := hook["id"].(float64)
		h.gitea("PATCH", "/repos/otomi/a-app/hooks/"+fmt.Sprint(number), `{"active":false}`)
	}
	b.apply(t)
	h.wantHook("otomi/values")
	h.wantHook("otomi/a-app")
	b.settled(t, "--policy", "sync")
}
