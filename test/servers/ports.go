package servers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken from below the range in which the kernel picks ports for
// outgoing connections: a server binds its port seconds after it was chosen,
// and a port of that range could be gone by then.
const (
	firstPort = 15000
	lastPort  = 29999
)

const portAttempts = 100

// FreePort returns a port of 127.0.0.1 that nothing listens on, for a server whose
// address must be known before it is started.
func FreePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	var errs []error
	for range portAttempts {
		port := firstPort + rand.IntN(lastPort-firstPort+1) //nolint:gosec // a port is not a secret
		listener, err := config.Listen(ctx, "tcp", address(port))
		if err == nil {
			return port, listener.Close()
		}
		errs = append(errs, err)
	}
	return 0, fmt.Errorf("trying %d ports: %w", portAttempts, errors.Join(errs...))
}

func address(port int) string {
	return fmt.Sprintf("127.0.0.1:%d", port)
}
