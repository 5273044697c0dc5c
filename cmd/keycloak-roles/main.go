// Command keycloak-roles makes a Keycloak realm equal to the Otomi Values.
package main

import (
	"os"

	_ "golang.org/x/crypto/x509roots/fallback" // CA roots for an image that has none

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run.Main(task(), version)) }

func task() run.Task[keycloakroles.State, *keycloakroles.Plan] {
	return run.Task[keycloakroles.State, *keycloakroles.Plan]{
		Name:     "keycloak-roles",
		Short:    "Make the Keycloak realm equal to the Otomi Values",
		App:      "keycloak",
		ReadLike: []transport.ReadLike{{Method: "POST", PathSuffix: "/protocol/openid-connect/token"}},
		Connect:  keycloakroles.Connect,
	}
}
