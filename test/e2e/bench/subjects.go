package main

import (
	"context"
	"fmt"
	"os"

	giteasuite "otomi.io/tasks/internal/conformance/gitearepos"
	harborsuite "otomi.io/tasks/internal/conformance/harborprojects"
	keycloaksuite "otomi.io/tasks/internal/conformance/keycloakroles"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/test/servers"
)

// subject is a task and how it is measured.
type subject struct {
	binary string
	app    string // as the simulator calls it
	// real starts the real server; nil where there is none.
	real func(context.Context) (address, func() error, error)
	// freshServer says that each size needs a real server of its own, since all that
	// the task makes has fixed names there.
	freshServer bool
	// flags are those of one more run that finds nothing to do; nil for none.
	flags []string
	// warmUp is the size of the first platform on the real server.
	warmUp int
	// simulated are the sizes on the simulator.
	simulated []int
	// values are those of a platform with n teams; name tells it from others on
	// the same server.
	values func(name string, n int) string
	// args are those beside the values; place is a path of its own.
	args func(place string) []string
	env  func(address) []string
	// peers is printed above the figures.
	peers string
}

// subjects are all tasks.
func subjects() []subject {
	return []subject{
		{
			binary: "keycloak-roles", app: "keycloak", warmUp: 200, simulated: []int{0, 500, 5000}, peers: keycloakPeers,
			real: func(ctx context.Context) (address, func() error, error) {
				server, err := servers.Keycloak(ctx, servers.Options{})
				if err != nil {
					return address{}, nil, err
				}
				return address{server.URL, server.Username, server.Password}, server.Stop, nil
			},
			values: func(name string, n int) string {
				return fmt.Sprintf("cluster: {domainSuffix: example.com}\notomi: {adminPassword: Admin-pass-1}\n"+
					"apps: {keycloak: {theme: keycloak, realm: %s, idp: {clientSecret: client-secret-1}}}\n", name) + keycloaksuite.Teams(n)
			},
			// The realm of the measurement before looks like one that was renamed.
			args: func(string) []string { return []string{"--accept", keycloakroles.AcceptRealm} },
			env: func(a address) []string {
				return []string{"KEYCLOAK_ADDRESS_INTERNAL=" + a.URL, "KEYCLOAK_ADMIN=" + a.Username, "KEYCLOAK_ADMIN_PASSWORD=" + a.Password}
			},
		},
		{
			binary: "harbor-projects", app: "harbor", freshServer: true, simulated: []int{1, 10, 100, 500, 5000}, peers: harborPeers, real: realHarbor(),
			values: func(_ string, n int) string {
				return "cluster: {domainSuffix: example.com}\napps: {harbor: {enabled: true, robotNamePrefix: otomi-, oidc: {clientSecret: client-secret-1}}}\n" +
					harborsuite.Teams(n)
			},
			args: func(place string) []string { return []string{"--secrets-dir", place + "-secrets", "--timeout", "30m"} },
			env: func(a address) []string {
				return []string{"HARBOR_BASE_URL=" + a.URL, "HARBOR_USER=" + a.Username, "HARBOR_PASSWORD=" + a.Password}
			},
		},
		{
			binary: "gitea-repos", app: "gitea", freshServer: true, simulated: []int{0, 500, 5000}, peers: giteaPeers, flags: []string{"--trust-access"},
			real: func(ctx context.Context) (address, func() error, error) {
				server, err := servers.Gitea(ctx, servers.GiteaOptions{})
				if err != nil {
					return address{}, nil, err
				}
				return address{server.URL, server.Username, server.Password}, server.Stop, nil
			},
			values: func(_ string, n int) string { return giteasuite.Teams(n) },
			args:   func(place string) []string { return []string{"--secrets-dir", place + "-secrets", "--timeout", "30m"} },
			env:    func(a address) []string { return []string{"GITEA_URL=" + a.URL, "GITEA_PASSWORD=" + a.Password} },
		},
	}
}

// realHarbor starts the Harbor that the environment names, if it names one.
func realHarbor() func(context.Context) (address, func() error, error) {
	if os.Getenv(servers.HarborCore) == "" {
		return nil
	}
	return func(ctx context.Context) (address, func() error, error) {
		server, err := servers.Harbor(ctx, servers.HarborOptions{})
		if err != nil {
			return address{}, nil, err
		}
		return address{server.URL, server.Username, server.Password}, server.Stop, nil
	}
}
