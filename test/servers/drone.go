package servers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	// DroneProgram is the variable that names another Drone's program: those of
	// version 2 come in no package that could be fetched and built here.
	DroneProgram = "DRONE_SERVER"

	droneName    = "drone"
	droneDefault = "1.10.1" // as in drone/go.mod
	dronePackage = "github.com/drone/drone/cmd/drone-server"
	droneTimeout = 5 * time.Minute // it takes a second
)

// DroneOptions say how a Drone is started. Its server's Username is that of the
// administrator, whose credential is Token; Password is not used.
type DroneOptions struct {
	Options

	Gitea        string // address of the Gitea that it builds from
	ClientID     string // of the OAuth2 application at Gitea, which redirects to <Drone>/login
	ClientSecret string
	Token        string   // of the administrator; empty makes a random one
	Environment  []string // more of Drone's own variables, such as DRONE_SERVER_PROXY_HOST=drone:80
}

// URL is the address that the Drone will have at the port of the options.
func (o DroneOptions) URL() string { return "http://" + address(o.Port) }

// Drone starts Drone 1.10.1, or what [DroneProgram] names, with a database of its own (SQLite, in a file) and
// returns when it is ready. Its administrator exists, has the Token and has
// never logged in. The first time on a machine it builds it, which needs Go and
// a C compiler and takes two minutes on two idle cores. Building and waiting end
// with ctx; the server then goes on until Stop.
//
// Gitea need not be there yet, and has to know Drone's address before Drone can
// know the OAuth2 application: give Options a port of [FreePort].
func Drone(ctx context.Context, o DroneOptions) (*Server, error) {
	server, err := startDrone(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", droneName, err)
	}
	return server, nil
}

func startDrone(ctx context.Context, o DroneOptions) (*Server, error) {
	var err error
	if o.Options, err = o.complete(ctx); err != nil {
		return nil, err
	}
	o.Token = cmp.Or(o.Token, rand.Text())
	program, err := droneProgram(ctx)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", droneName+"-*")
	if err != nil {
		return nil, err
	}
	server, err := runDrone(ctx, program, home, o)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	return server, nil
}

// droneProgram returns the program that is named, or else the one that is built here.
func droneProgram(ctx context.Context) (string, error) {
	if path := os.Getenv(DroneProgram); path != "" {
		return filepath.Abs(path)
	}
	dist, err := installed(droneName+"-"+droneDefault, func(dir string) error {
		return goProgram{folder: "drone", path: dronePackage}.build(ctx, filepath.Join(dir, "drone-server"))
	})
	return filepath.Join(dist, "drone-server"), err
}

func runDrone(ctx context.Context, program, home string, o DroneOptions) (*Server, error) {
	log, err := newLog(droneName)
	if err != nil {
		return nil, err
	}
	// Not CommandContext: ctx ends with the waiting, the server does not.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program)
	cmd.Dir = home
	cmd.Env = droneEnvironment(os.Environ(), home, o)
	p, err := launch(cmd, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, droneTimeout)
	defer cancel()
	if err := p.ready(ctx, o.URL()+"/healthz"); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	return &Server{URL: o.URL(), Username: o.Username, Token: o.Token, Log: log, process: p, home: home}, nil
}

// droneEnvironment replaces all of Drone's variables by those of one run.
func droneEnvironment(environ []string, home string, o DroneOptions) []string {
	host := address(o.Port)
	return append(append(withoutPrefixes(environ, "DRONE_"),
		"DRONE_SERVER_HOST="+host,
		"DRONE_SERVER_PORT="+host, // what it listens on, in spite of its name
		"DRONE_SERVER_PROTO=http",
		"DRONE_GITEA_SERVER="+o.Gitea,
		"DRONE_GITEA_CLIENT_ID="+o.ClientID,
		"DRONE_GITEA_CLIENT_SECRET="+o.ClientSecret,
		"DRONE_RPC_SECRET="+rand.Text(),
		"DRONE_DATABASE_DRIVER=sqlite3",
		"DRONE_DATABASE_DATASOURCE="+filepath.Join(home, "drone.sqlite"),
		"DRONE_DATADOG_ENABLED=false",
		"DRONE_LOGS_DEBUG=true",
		"DRONE_USER_CREATE=username:"+o.Username+",admin:true,machine:false,token:"+o.Token,
	), o.Environment...)
}
