// Command servers starts real applications for work by hand:
//
//	go -C test/servers run ./cmd/servers [-version V] [-port P] [-username U] [-password W] keycloak|gitea|drone|harbor...
//
// A Drone comes with a Gitea of its own.
// When all are ready it prints one line of JSON, {"keycloak":{"url":…,"username":…,
// "password":…}}, and keeps them running until it is interrupted or, if its
// standard input is a pipe, until that is closed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"otomi.io/tasks/test/servers"
)

// access is what a client needs to know about a server.
type access struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

const servable = "keycloak, gitea, drone, harbor"

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	names, options, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if isPipe(os.Stdin) {
		go func() {
			defer cancel()
			_, _ = io.Copy(io.Discard, os.Stdin) // how the pipe ended does not matter
		}()
	}
	return serve(ctx, names, options)
}

// parse reads the command line. A port can be given to one server only.
func parse(args []string) ([]string, servers.Options, error) {
	var o servers.Options
	flags := flag.NewFlagSet("servers", flag.ContinueOnError)
	flags.StringVar(&o.Version, "version", "", "`version` of the server (default $KEYCLOAK_VERSION or $GITEA_VERSION, or else the newest)")
	flags.IntVar(&o.Port, "port", 0, "`port` on 127.0.0.1; 0 takes a free one")
	flags.StringVar(&o.Username, "username", "", "`name` of the first administrator (default admin, or otomi-admin of Gitea)")
	flags.StringVar(&o.Password, "password", "", "`password` of the first administrator (default random)")
	if err := flags.Parse(args); err != nil {
		return nil, o, err
	}
	switch {
	case flags.NArg() == 0:
		return nil, o, errors.New("no server named; there are: " + servable)
	case flags.NArg() > 1 && o.Port != 0:
		return nil, o, errors.New("-port goes with one server only")
	case flags.NArg() > 1 && o.Version != "":
		return nil, o, errors.New("-version goes with one server only")
	}
	return flags.Args(), o, nil
}

// serve starts the servers, prints how to reach them, waits for the end of ctx
// and stops them.
func serve(ctx context.Context, names []string, o servers.Options) (err error) {
	ready := make(map[string]access, len(names))
	for _, name := range names {
		started, startErr := start(ctx, name, o)
		for _, server := range started {
			defer func() { err = errors.Join(err, server.stop()) }()
			ready[server.name] = access{URL: server.URL, Username: server.Username, Password: server.Password, Token: server.Token}
		}
		if startErr != nil {
			return startErr
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil { //nolint:gosec // the caller needs the login of its own server
		return fmt.Errorf("printing the addresses: %w", err)
	}
	<-ctx.Done()
	return nil
}

// running is a server and what ends it.
type running struct {
	*servers.Server

	name string
	stop func() error
}

// start returns what it started, with an error, too.
func start(ctx context.Context, name string, o servers.Options) ([]running, error) {
	switch name {
	case "keycloak":
		keycloak, err := servers.Keycloak(ctx, o)
		if err != nil {
			return nil, err
		}
		return []running{{keycloak, name, keycloak.Stop}}, nil
	case "gitea":
		gitea, err := servers.Gitea(ctx, servers.GiteaOptions{Options: o})
		if err != nil {
			return nil, err
		}
		return []running{{gitea.Server, name, gitea.Stop}}, nil
	case "drone":
		return startDrone(ctx, o)
	case "harbor":
		harbor, err := servers.Harbor(ctx, servers.HarborOptions{Options: o})
		if err != nil {
			return nil, err
		}
		return []running{{harbor.Server, name, harbor.Stop}}, nil
	default:
		return nil, fmt.Errorf("no server is called %q; there are: %s", name, servable)
	}
}

// isPipe tells a pipe from a terminal and from /dev/null, which is always at its end.
func isPipe(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}
