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
	gitea *gitea.Server

	once  sync.Once
	drone *drone.Server
	err   error
}

// ServeHTTP answers as the one or the other.
func (d *droneOverGitea) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.once.Do(func() { d.err = d.build("http://" + r.Host) })
	if d.err != nil {
		http.Error(w, "simulator: "+d.err.Error(), http.StatusInternalServerError)
		return
	}
	for _, path := range []string{"/api/v1/", "/api/healthz", "/user/", "/login/oauth/"} {
		if strings.HasPrefix(r.URL.Path, path) {
			d.gitea.ServeHTTP(w, r)
			return
		}
	}
	d.drone.SetApplication(d.gitea.Application(application)) // as if it were started anew with every Secret that it gets
	d.drone.ServeHTTP(w, r)
}

// build makes at Gitea what gitea-repos would make.
func (d *droneOverGitea) build(address string) error {
	d.drone = drone.New(drone.Options{Gitea: address, Address: address, Users: []drone.User{{Login: gitUser, Token: password, Admin: true}}})
	return errors.Join(
		d.post("/user/applications/oauth2", `{"name":"`+application+`","redirect_uris":["`+address+`/login"],"confidential_client":true}`),
		d.post("/orgs", `{"username":"otomi"}`),
		d.post("/orgs/otomi/repos", `{"name":"values","private":true,"auto_init":true}`),
		d.post("/orgs/otomi/repos", `{"name":"charts","private":true,"auto_init":true}`))
}

// post asks Gitea without a network.
func (d *droneOverGitea) post(path, body string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(gitUser, password)
	req.Header.Set("Content-Type", "application/json")
	var answer sim.Answer
	d.gitea.ServeHTTP(&answer, req)
	if answer.Status != http.StatusCreated {
		return errors.New("POST " + path + ": " + http.StatusText(answer.Status))
	}
	return nil
}
