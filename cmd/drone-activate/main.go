// Command drone-activate makes Drone build the repositories that the Otomi Values name.
package main

import (
	"os"

	_ "golang.org/x/crypto/x509roots/fallback" // CA roots for an image that has none

	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/run"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run.Main(droneactivate.Task(), version)) }
