package servers

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const (
	// GiteaVersion is the variable that chooses the version of a Gitea.
	GiteaVersion = "GITEA_VERSION"

	giteaDefault = "1.26.0"
)

// giteaRelease is one version of Gitea.
type giteaRelease struct {
	version   string
	folder    string // of its module
	toolchain string // the Go of its time: Git hooks of a Gitea that was built with a newer one panic
}

// giteaReleases have a module each, whose go.mod names the version, too.
func giteaReleases() []giteaRelease {
	return []giteaRelease{
		{version: "1.26.0", folder: "gitea"},
		{version: "1.25.5", folder: "gitea-1.25", toolchain: "go1.25.8"},
		{version: "1.22.3", folder: "gitea-1.22", toolchain: "go1.22.12"},
		{version: "1.19.3", folder: "gitea-1.19", toolchain: "go1.20.14"},
	}
}

func findGiteaRelease(version string) (giteaRelease, error) {
	version = cmp.Or(version, os.Getenv(GiteaVersion), giteaDefault)
	releases := giteaReleases()
	at := slices.IndexFunc(releases, func(r giteaRelease) bool { return r.version == version })
	if at < 0 {
		return giteaRelease{}, fmt.Errorf("unknown version %q of Gitea: add a module for it", version)
	}
	return releases[at], nil
}

func (r giteaRelease) name() string { return "gitea-" + r.version }

// install builds the program and keeps the files that it reads beside it.
func (r giteaRelease) install(ctx context.Context, dir string) error {
	program := goProgram{folder: r.folder, path: "code.gitea.io/gitea", toolchain: r.toolchain, flags: []string{
		"-tags", "sqlite sqlite_unlock_notify", "-ldflags", "-s -w -X main.Version=" + r.version,
	}}
	if err := program.build(ctx, filepath.Join(dir, "gitea")); err != nil {
		return err
	}
	return program.copyData(ctx, dir, "options", "public", "templates")
}
