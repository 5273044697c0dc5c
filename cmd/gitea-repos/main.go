// Command gitea-repos makes Gitea equal to the Otomi Values.
package main

import (
	"os"

	_ "golang.org/x/crypto/x509roots/fallback" // CA roots for an image that has none

	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/run"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run.Main(gitearepos.Task(), version)) }
