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
	"strings"
	"time"
)

const giteaTimeout = 5 * time.Minute // it takes 2 s on two idle cores

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

// runGitea starts the server in its home and makes the administrator.
func runGitea(ctx context.Context, command giteaCommand, o GiteaOptions) (*GiteaServer, error) {
	if err := os.WriteFile(command.config(), giteaSettings(command.dist, o).ini(), 0o600); err != nil {
		return nil, err
	}
	p, err := command.serve(ctx, o.Port)
	if err != nil {
		return nil, err
	}
	if _, err := command.admin(ctx, "user", "create", "--admin", "--must-change-password=false",
		"--username", o.Username, "--password", o.Password, "--email", o.Username+"@example.com"); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	server := &Server{URL: "http://" + address(o.Port), Username: o.Username, Password: o.Password, Log: p.log, process: p, home: command.home}
	return &GiteaServer{Server: server, command: command}, nil
}

// serve starts the server and waits for its health check.
func (c giteaCommand) serve(ctx context.Context, port int) (*process, error) {
	log, err := newLog(c.name)
	if err != nil {
		return nil, err
	}
	// Not ctx: it ends with the waiting, the server does not.
	p, err := launch(c.command(context.WithoutCancel(ctx), "web"), log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, giteaTimeout)
	defer cancel()
	if err := p.ready(ctx, "http://"+address(port)+"/api/healthz"); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	return p, nil
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
	// The Git hooks of versions up to 1.19 know the folder from the variable only, and panic without it.
	cmd.Env = append(withoutPrefixes(os.Environ(), "GITEA_", "GIT_", "XDG_"), "HOME="+c.home, "GITEA_WORK_DIR="+c.home)
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
