package quirks

import (
	"net/http"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
)

func TestTraps(t *testing.T) {
	Traps(t, func(_ testing.TB, o harbor.Options) http.Handler { return harbor.New(o) })
}
