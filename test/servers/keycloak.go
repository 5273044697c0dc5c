package servers

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	keycloakMain    = "io.quarkus.bootstrap.runner.QuarkusEntryPoint"
	keycloakTimeout = 5 * time.Minute // it takes 15 s on two idle cores

	mavenCopy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
)

// Keycloak starts a Keycloak with a database of its own (H2, in a file) and
// returns when it is ready. The first time on a machine it installs it, which
// needs Java 17 or 21 and Maven. Installing and waiting end with ctx; the server
// then goes on until Stop.
func Keycloak(ctx context.Context, o Options) (*Server, error) {
	release, err := newKeycloakRelease(o.Version)
	if err != nil {
		return nil, err
	}
	server, err := startKeycloak(ctx, release, o)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", release.name(), err)
	}
	return server, nil
}

func startKeycloak(ctx context.Context, release keycloakRelease, o Options) (*Server, error) {
	o, err := o.complete(ctx)
	if err != nil {
		return nil, err
	}
	management, err := FreePort(ctx)
	if err != nil {
		return nil, err
	}
	dist, err := installed(release.name(), func(dir string) error { return installKeycloak(ctx, release, dir) })
	if err != nil {
		return nil, err
	}
	home, err := keycloakHome(dist)
	if err != nil {
		return nil, err
	}
	server, err := keycloakRun{release: release, Options: o, dist: dist, home: home, management: management}.start(ctx)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	return server, nil
}

// keycloakRun is one run of an installation.
type keycloakRun struct {
	Options

	release    keycloakRelease
	dist, home string
	management int // port of the health checks
}

// start starts the server in its home and waits for its health check.
func (r keycloakRun) start(ctx context.Context) (*Server, error) {
	log, err := newLog(r.release.name())
	if err != nil {
		return nil, err
	}
	p, err := launch(r.command(ctx), log)
	if err != nil {
		return nil, err
	}
	base := "http://" + address(r.Port)
	ctx, cancel := context.WithTimeout(ctx, keycloakTimeout)
	defer cancel()
	if err := p.ready(ctx, "http://"+address(r.release.health(r.Port, r.management))+"/health/ready", base+"/realms/master"); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	if err := r.untilLogin(ctx, base); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	return &Server{URL: base, Username: r.Username, Password: r.Password, Log: log, process: p, home: r.home}, nil
}

// untilLogin waits until the administrator can log in: older versions are ready
// before they have made the account.
func (r keycloakRun) untilLogin(ctx context.Context, base string) error {
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {r.Username}, "password": {r.Password}}.Encode()
	client := &http.Client{Timeout: probeTimeout}
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/realms/master/protocol/openid-connect/token", strings.NewReader(form))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if succeeds(client, request) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("logging in as %s: %w", r.Username, ctx.Err())
		case <-tick.C:
		}
	}
}

// command does not end with ctx: that is for the waiting only.
func (r keycloakRun) command(ctx context.Context) *exec.Cmd {
	start := append([]string{"start", "--optimized"}, r.release.startOptions(r.Port, r.management)...)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), java(), keycloakArguments(r.dist, r.home, start...)...)
	cmd.Dir = r.home
	cmd.Env = append(withoutPrefixes(os.Environ(), "KC_", "KEYCLOAK_", "QUARKUS_"), r.release.administrator(r.Options)...)
	return cmd
}

// installKeycloak fetches the distribution and fixes its build-time options, so
// that runs start in one step and write nothing into the installation.
func installKeycloak(ctx context.Context, release keycloakRelease, dir string) error {
	download, err := os.MkdirTemp("", release.name()+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(download)
	if err := run(ctx, download, "mvn", "-B", "-q", mavenCopy,
		"-Dartifact="+release.artifact(), "-DoutputDirectory="+download); err != nil {
		return err
	}
	archive := filepath.Join(download, release.file())
	if sum := release.sha256(); sum != "" {
		if err := verify(archive, sum); err != nil {
			return err
		}
	}
	if err := unpack(archive, release.name(), dir); err != nil {
		return err
	}
	home, err := keycloakHome(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	return run(ctx, home, java(), keycloakArguments(dir, home, append([]string{"build"}, release.buildOptions()...)...)...)
}

// unpack copies one folder of a zip archive to dir.
func unpack(archive, folder, dir string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("opening %s: %w", filepath.Base(archive), err)
	}
	defer reader.Close()
	tree, err := fs.Sub(reader, folder)
	if err != nil {
		return err
	}
	return os.CopyFS(dir, tree)
}

// keycloakHome makes the folder of one run: it borrows what is only read from
// the distribution, so that what the server writes lands in the run's own folder.
func keycloakHome(dist string) (string, error) {
	home, err := os.MkdirTemp("", "keycloak-*")
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Mkdir(filepath.Join(home, "tmp"), 0o700), linkKeycloak(dist, home)); err != nil {
		return "", errors.Join(err, os.RemoveAll(home))
	}
	return home, nil
}

// linkKeycloak lends the run's folder what is only read, in place of what another
// version lent it.
func linkKeycloak(dist, home string) error {
	var errs []error
	for _, folder := range []string{"conf", "lib", "providers", "themes"} {
		link := filepath.Join(home, folder)
		errs = append(errs, os.RemoveAll(link), os.Symlink(filepath.Join(dist, folder), link))
	}
	return errors.Join(errs...)
}

// keycloakArguments are those of Keycloak's own start script. The script itself
// stays the parent of its Java process, which would outlive a killed script.
func keycloakArguments(dist, home string, command ...string) []string {
	return append([]string{
		"-Xms128m", "-Xmx768m",
		"-XX:MetaspaceSize=96M", "-XX:MaxMetaspaceSize=256m",
		"-XX:+ExitOnOutOfMemoryError", "-XX:+UseG1GC",
		"--add-opens=java.base/java.util=ALL-UNNAMED",
		"--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
		"--add-opens=java.base/java.security=ALL-UNNAMED",
		"-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US",
		"-Djava.io.tmpdir=" + filepath.Join(home, "tmp"),
		"-Dh2.bindAddress=127.0.0.1", // its lock of the database listens
		"-Djava.security.egd=file:/dev/urandom",
		"-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
		"-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
		"-Dpicocli.disable.closures=true",
		"-Dkc.home.dir=" + home,
		"-Djboss.server.config.dir=" + filepath.Join(dist, "conf"),
		"-cp", filepath.Join(dist, "lib", "quarkus-run.jar"), keycloakMain,
	}, command...)
}

// java is the program of $JAVA_HOME, or else of the path.
func java() string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java")
	}
	return "java"
}
