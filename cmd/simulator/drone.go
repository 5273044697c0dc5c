package main

import (
	"net/http"
	"strings"
	"sync"

	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/forge"
	"otomi.io/tasks/internal/sim/giteaweb"
)

// droneUser is the administrator of the simulated Drone and of its Gitea; the
// password is also his token.
const droneUser = "otomi-admin"

// dronePair is a Drone and the Gitea that it builds from, with the platform's
// repository, at one address: their paths have nothing in common. The address is
// known when the first request comes.
type dronePair struct {
	once         sync.Once
	drone, forge http.Handler
}

// ServeHTTP answers as the one or the other.
func (p *dronePair) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.once.Do(func() { p.build("http://" + r.Host) })
	for _, path := range []string{"/api/v1/", "/api/healthz", "/user/", "/login/oauth/"} {
		if strings.HasPrefix(r.URL.Path, path) {
			p.forge.ServeHTTP(w, r)
			return
		}
	}
	p.drone.ServeHTTP(w, r)
}

func (p *dronePair) build(address string) {
	const client = "simulated-drone"
	p.forge = forge.New(forge.Options{
		Username: droneUser, Password: password, Repos: []string{"otomi/values", "otomi/charts"},
		Applications: []giteaweb.Application{{ClientID: client, Secret: client, Name: "otomi-drone", RedirectURIs: []string{address + "/login"}}},
	})
	p.drone = drone.New(drone.Options{
		Gitea: address, Address: address, ClientID: client, ClientSecret: client,
		Users: []drone.User{{Login: droneUser, Token: password, Admin: true}},
	})
}
