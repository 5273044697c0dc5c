package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// GiteaVersion is the variable that chooses the version of a Gitea.
	GiteaVersion = "GITEA_VERSION"

	giteaDefault = "1.26.0"
	giteaTimeout = 5 * time.Minute // it takes 2 s on two idle cores
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

// Settings are the lines of an INI file: section, key, value. The section ""
// stands before all others.
type Settings map[string]map[string]string

// GiteaOptions say how a Gitea is started; the zero value is what tests want.
type GiteaOptions struct {
	Options

	// Settings of its app.ini, which win over ours: sqlite, no calls to the
	// internet, hooks to every host, and ROOT_URL as the server is reached.
	Settings Settings
}

// GiteaServer is a running Gitea.
type GiteaServer struct {
	*Server
	command giteaCommand
}

// Gitea starts a Gitea with a database of its own (sqlite) and an
// administrator, otomi-admin unless the options say otherwise, and returns when
// it is ready. The first time on a machine it builds it, which needs Go and gcc
// and takes minutes; running it needs git. Building and waiting end with ctx;
// the server then goes on until Stop.
func Gitea(ctx context.Context, o GiteaOptions) (*GiteaServer, error) {
	release, err := findGiteaRelease(o.Version)
	if err != nil {
		return nil, err
	}
	server, err := startGitea(ctx, release, o)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", release.name(), err)
	}
	return server, nil
}

// Admin runs `gitea admin` with these arguments, such as "user", "list", beside
// the running server, and returns what it prints.
func (g *GiteaServer) Admin(ctx context.Context, args ...string) (string, error) {
	return g.command.admin(ctx, args...)
}

func startGitea(ctx context.Context, release giteaRelease, o GiteaOptions) (*GiteaServer, error) {
	o.Username = cmp.Or(o.Username, "otomi-admin") // the platform calls it so
	options, err := o.complete(ctx)
	if err != nil {
		return nil, err
	}
	o.Options = options
	dist, err := installed(release.name(), func(dir string) error { return release.install(ctx, dir) })
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", release.name()+"-*")
	if err != nil {
		return nil, err
	}
	server, err := runGitea(ctx, giteaCommand{name: release.name(), dist: dist, home: home}, o)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	return server, nil
}

// runGitea starts the server in its home, waits for its health check and makes
// the administrator.
func runGitea(ctx context.Context, command giteaCommand, o GiteaOptions) (*GiteaServer, error) {
	if err := os.WriteFile(command.config(), giteaSettings(command.dist, o).ini(), 0o600); err != nil {
		return nil, err
	}
	log, err := newLog(command.name)
	if err != nil {
		return nil, err
	}
	// Not ctx: it ends with the waiting, the server does not.
	p, err := launch(command.command(context.WithoutCancel(ctx), "web"), log)
	if err != nil {
		return nil, err
	}
	url := "http://" + address(o.Port)
	ctx, cancel := context.WithTimeout(ctx, giteaTimeout)
	defer cancel()
	err = p.ready(ctx, url+"/api/healthz")
	if err == nil {
		_, err = command.admin(ctx, "user", "create", "--admin", "--must-change-password=false",
			"--username", o.Username, "--password", o.Password, "--email", o.Username+"@example.com")
	}
	if err != nil {
		return nil, errors.Join(err, p.abort())
	}
	server := &Server{URL: url, Username: o.Username, Password: o.Password, Log: log, process: p, home: command.home}
	return &GiteaServer{Server: server, command: command}, nil
}

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

// giteaSettings are our settings and, over them, those of the caller. What is
// missing, such as the server's own keys, it makes and adds to the file itself.
func giteaSettings(dist string, o GiteaOptions) Settings {
	settings := Settings{
		"": {"RUN_MODE": "prod", "I_AM_BEING_UNSAFE_RUNNING_AS_ROOT": "true"},
		"server": {
			"HTTP_ADDR":        "127.0.0.1",
			"HTTP_PORT":        fmt.Sprint(o.Port),
			"ROOT_URL":         "http://" + address(o.Port) + "/",
			"STATIC_ROOT_PATH": dist,
			"OFFLINE_MODE":     "true",
		},
		"database":            {"DB_TYPE": "sqlite3"},
		"security":            {"INSTALL_LOCK": "true"},
		"webhook":             {"ALLOWED_HOST_LIST": "*"},
		"log":                 {"MODE": "console", "LEVEL": "Info"},
		"cron.update_checker": {"ENABLED": "false"},
	}
	for section, lines := range o.Settings {
		if settings[section] == nil {
			settings[section] = map[string]string{}
		}
		maps.Copy(settings[section], lines)
	}
	return settings
}

// giteaCommand runs the installed program on the data of one run.
type giteaCommand struct {
	name, dist, home string
}

func (c giteaCommand) config() string { return filepath.Join(c.home, "app.ini") }

func (c giteaCommand) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append([]string{"--work-path", c.home, "--config", c.config()}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(c.dist, "gitea"), args...)
	cmd.Dir = c.home
	// It writes .ssh/authorized_keys below HOME. Without SSH it takes no deploy keys.
	cmd.Env = append(withoutPrefixes(os.Environ(), "GITEA_", "GIT_", "XDG_"), "HOME="+c.home)
	return cmd
}

// admin names the subcommand in its error, but no argument: one may be a password.
func (c giteaCommand) admin(ctx context.Context, args ...string) (string, error) {
	output, err := c.command(ctx, append([]string{"admin"}, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running gitea admin %s: %w\n%s", strings.Join(args[:min(2, len(args))], " "), err, output)
	}
	return string(output), nil
}
