package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
)

// app is an application that can be simulated. Its name is also its flag.
type app struct {
	name     string
	username string
	handler  http.Handler
	env      []variables
}

// options are what the flags ask for.
type options struct {
	addresses map[string]string // by application; none is all of them, on free ports
	versions  map[string]string // by application; none is the newest
	listen    string            // the host of those without an address; "" is loopback
}

// variables are the names of the environment variables that tell a task where an
// application is; no name, no variable.
type variables struct {
	url, username, password string
}

// gitUser is Gitea's administrator, who is also Drone's.
const gitUser = "otomi-admin"

// password is that of every simulated administrator: it guards nothing.
const password = "simulated-admin"

// versioned are the applications that can be an older version.
func versioned() []string { return []string{"gitea", "drone"} }

func apps(versions map[string]string) []app {
	git := gitea.New(gitea.Options{Username: gitUser, Password: password, Version: versions["gitea"]})
	return []app{{
		name: "keycloak", username: "admin",
		handler: keycloak.New(keycloak.Options{Username: "admin", Password: password}),
		env:     []variables{{"KEYCLOAK_ADDRESS_INTERNAL", "KEYCLOAK_ADMIN", "KEYCLOAK_ADMIN_PASSWORD"}},
	}, {
		name: "harbor", username: "admin",
		handler: harbor.New(harbor.Options{Username: "admin", Password: password}),
		env:     []variables{{"HARBOR_BASE_URL", "HARBOR_USER", "HARBOR_PASSWORD"}},
	}, {
		name: "gitea", username: gitUser,
		handler: git,
		env:     []variables{{url: "GITEA_URL", password: "GITEA_PASSWORD"}},
	}, {
		name: "drone", username: gitUser,
		handler: &droneOverGitea{gitea: git, version: versions["drone"]},
		env:     []variables{{url: "DRONE_URL", password: "DRONE_TOKEN"}, {url: "GITEA_URL", password: "GITEA_PASSWORD"}},
	}}
}

// environment tells a task where the application is.
func (a app) environment(url string) []string {
	var all []string
	for _, v := range a.env {
		all = append(all, v.url+"="+url, v.password+"="+password)
		if v.username != "" {
			all = append(all, v.username+"="+a.username)
		}
	}
	return all
}

// endpoint is where a simulated application is and how to log in.
type endpoint struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// started are the applications that serve.
type started struct {
	running   []*sim.Running
	endpoints map[string]endpoint
	env       []string
}

// start serves the applications that have an address, or all of them on free
// ports when none has.
func start(o options) (*started, error) {
	s := &started{endpoints: map[string]endpoint{}}
	serve := sim.Listen
	if o.listen != "" {
		serve = sim.ListenAnywhere
	}
	for _, a := range apps(o.versions) {
		address, asked := o.addresses[a.name]
		if len(o.addresses) > 0 && !asked {
			continue
		}
		if !asked {
			address = net.JoinHostPort(o.listen, "0")
		}
		running, err := serve(address, a.handler)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting %s: %w", a.name, err), s.close())
		}
		s.running = append(s.running, running)
		s.endpoints[a.name] = endpoint{running.URL, a.username, password}
		s.env = append(s.env, a.environment(running.URL)...)
	}
	return s, nil
}

func (s *started) close() error {
	var failed []error
	for _, r := range s.running {
		failed = append(failed, r.Close())
	}
	return errors.Join(failed...)
}
