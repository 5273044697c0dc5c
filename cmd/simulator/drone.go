package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
)

// application is what gitea-repos calls Drone's OAuth2 application.
const application = "otomi-drone"

// droneOverGitea is a Drone and the Gitea that it builds from at one address, with
// the organisation otomi and its repositories: their paths have nothing in common.
// The address is known when the first request comes.
type droneOverGitea struct {
	gitea   *gitea.Server
	version string

	mu    sync.Mutex
	drone *drone.Server // nil until Gitea holds what Drone needs
}

// ServeHTTP answers as the one or the other.
func (d *droneOverGitea) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	simulated, err := d.ready("http://" + r.Host)
	if err != nil {
		http.Error(w, "simulator: "+err.Error(), http.StatusInternalServerError)
		return
	}
	for _, path := range []string{"/api/v1/", "/api/healthz", "/user/", "/login/oauth/"} {
		if strings.HasPrefix(r.URL.Path, path) {
			d.gitea.ServeHTTP(w, r)
			return
		}
	}
	simulated.SetApplication(d.gitea.Application(application)) // as if it were restarted with every Secret that it gets
	simulated.ServeHTTP(w, r)
}

// ready makes at Gitea what gitea-repos would make and is not there yet.
func (d *droneOverGitea) ready(address string) (*drone.Server, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.drone != nil {
		return d.drone, nil
	}
	if clientID, _ := d.gitea.Application(application); clientID == "" {
		if err := d.post("/user/applications/oauth2", `{"name":"`+application+`","redirect_uris":["`+address+`/login"],"confidential_client":true}`); err != nil {
			return nil, err
		}
	}
	for _, made := range []struct{ path, body string }{
		{"/orgs", `{"username":"otomi"}`},
		{"/orgs/otomi/repos", `{"name":"values","private":true,"auto_init":true}`},
		{"/orgs/otomi/repos", `{"name":"charts","private":true,"auto_init":true}`},
	} {
		if err := d.post(made.path, made.body); err != nil {
			return nil, err
		}
	}
	d.drone = drone.New(drone.Options{
		Gitea: address, Address: address, Version: d.version, Users: []drone.User{{Login: gitUser, Token: password, Admin: true}}})
	return d.drone, nil
}

// post asks Gitea without a network. An existing object is not a failure.
func (d *droneOverGitea) post(path, body string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(gitUser, password)
	req.Header.Set("Content-Type", "application/json")
	var answer sim.Answer
	d.gitea.ServeHTTP(&answer, req)
	switch answer.Status {
	case http.StatusCreated, http.StatusConflict, http.StatusUnprocessableEntity:
		return nil
	}
	return errors.New("POST " + path + ": " + http.StatusText(answer.Status))
}
