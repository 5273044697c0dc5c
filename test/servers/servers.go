// Package servers installs and starts the real applications that the end-to-end
// tests run against. Each server has one file; all of them share Options and
// Server.
//
// What is installed is kept under $OTOMI_SERVERS_CACHE, or else under
// otomi-tasks-servers in the user's cache directory, and is only read by the
// runs: every run has a directory of its own, so that runs never share state
// and may overlap. Logs stay in the folder logs of the cache.
package servers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// Options say how a server is started; the zero value is what tests want.
type Options struct {
	Version  string // empty is that of the server's variable, such as KEYCLOAK_VERSION, or else the newest
	Port     int    // port on 127.0.0.1; 0 takes a free one
	Username string // of the first administrator; empty means "admin"
	Password string // of the first administrator; empty makes a random one
}

// Server is one running server. It ends with Stop, or when the program that
// started it ends, however that ends (on Linux).
type Server struct {
	URL      string // http://127.0.0.1:port, without a trailing slash
	Username string // the first administrator
	Password string
	Token    string // instead of a password, where the server has tokens
	Log      string // path of the log file, which outlives the server

	process *process
	home    string
}

// Stop ends the server and removes its data; the log stays. The error says that
// the server had ended before, that it had to be killed, or that its data could
// not be removed.
func (s *Server) Stop() error {
	return errors.Join(s.process.stop(stopTimeout), os.RemoveAll(s.home))
}

// complete fills what the caller left open.
func (o Options) complete(ctx context.Context) (Options, error) {
	o.Username = cmp.Or(o.Username, "admin")
	o.Password = cmp.Or(o.Password, rand.Text())
	if o.Port == 0 {
		port, err := FreePort(ctx)
		if err != nil {
			return Options{}, fmt.Errorf("choosing a port: %w", err)
		}
		o.Port = port
	}
	return o, nil
}
