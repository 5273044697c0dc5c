package servers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	harborName    = "harbor"
	harborTimeout = 5 * time.Minute // it takes 4 s, most of it for the tables
)

// The variables say where a Harbor is installed, of whichever version. It comes in
// no package that could be fetched and built here: the programs and the folder are
// in the images of harbor-core and harbor-jobservice.
const (
	HarborCore       = "HARBOR_CORE"       // the program of its core
	HarborJobs       = "HARBOR_JOBSERVICE" // that of its job service, which a retention with a schedule needs
	HarborMigrations = "HARBOR_MIGRATIONS" // the folder of the core's SQL files
)

// HarborOptions say how a Harbor is started; the zero value is what tests want.
// The administrator is always called admin.
type HarborOptions struct {
	Options

	Registry    string   // address of the registry behind it; empty means none, and no images
	Environment []string // more of the core's own variables, such as CONFIG_OVERWRITE_JSON={"auth_mode":"db_auth"}
}

// HarborServer is a running Harbor.
type HarborServer struct {
	*Server
	setup harborSetup
	jobs  *process
}

// Harbor starts the Harbor that the variables name, with a database and a cache of
// its own, and returns when it is ready. Needs PostgreSQL and Redis (packages
// postgresql and redis-server of Debian). Waiting ends with ctx; the server then
// goes on until Stop.
func Harbor(ctx context.Context, o HarborOptions) (*HarborServer, error) {
	server, err := startHarbor(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", harborName, err)
	}
	return server, nil
}

// Query runs SQL in Harbor's database, for what comes through no API, and
// returns the first column of the first row.
func (h *HarborServer) Query(ctx context.Context, sql string) (string, error) {
	return h.setup.store.query(ctx, sql)
}

// Stop ends the core, its database and its cache, and removes their data.
func (h *HarborServer) Stop() error {
	return errors.Join(h.jobs.abort(), h.process.stop(stopTimeout), h.setup.store.stop(), os.RemoveAll(h.home))
}

func startHarbor(ctx context.Context, o HarborOptions) (*HarborServer, error) {
	if err := harborInstalled(); err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", harborName+"-*")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, harborTimeout)
	defer cancel()
	store, err := startHarborStore(ctx, home)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	server, err := runHarbor(ctx, o, home, store)
	if err != nil {
		return nil, errors.Join(err, store.stop(), os.RemoveAll(home))
	}
	return server, nil
}

// runHarbor chooses the ports last, so that no other process takes them meanwhile.
func runHarbor(ctx context.Context, o HarborOptions, home string, store harborStore) (*HarborServer, error) {
	var err error
	o.Password = cmp.Or(o.Password, "Harbor-"+rand.Text()+"-1a") // it wants letters of both cases and a digit
	if o.Options, err = o.complete(ctx); err != nil {
		return nil, err
	}
	jobs, err := FreePort(ctx)
	if err != nil {
		return nil, err
	}
	return harborSetup{HarborOptions: o, home: home, store: store, jobs: jobs, secret: rand.Text()[:16]}.run(ctx)
}

// harborInstalled names the variables that lead nowhere.
func harborInstalled() error {
	var errs []error
	for _, name := range []string{HarborCore, HarborJobs, HarborMigrations} {
		if _, err := os.Stat(os.Getenv(name)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// harborSetup is what both programs of one Harbor know.
type harborSetup struct {
	HarborOptions

	home   string
	store  harborStore
	jobs   int    // port of the job service
	secret string // of the two programs for each other
}

func (h harborSetup) run(ctx context.Context) (*HarborServer, error) {
	if err := h.writeFiles(ctx); err != nil {
		return nil, err
	}
	core, jobs, err := h.serve(ctx)
	if err != nil {
		return nil, err
	}
	server := &Server{URL: h.url(), Username: "admin", Password: h.Password, Log: core.log, process: core, home: h.home}
	return &HarborServer{Server: server, setup: h, jobs: jobs}, nil
}

// serve starts both programs.
func (h harborSetup) serve(ctx context.Context) (core, jobs *process, err error) {
	core, err = h.launch(ctx, harborName, []string{os.Getenv(HarborCore)}, h.environment(), h.url()+"/api/v2.0/ping")
	if err != nil {
		return nil, nil, err
	}
	jobs, err = h.launch(ctx, harborName+"-jobs", []string{os.Getenv(HarborJobs), "-c", filepath.Join(h.home, "jobs.yml")}, []string{
		"CORE_SECRET=" + h.secret, "JOBSERVICE_SECRET=" + h.secret, "CORE_URL=" + h.url(),
		"REGISTRY_URL=" + cmp.Or(h.Registry, nowhere), "REGISTRY_CONTROLLER_URL=" + nowhere,
	}, "http://"+address(h.jobs)+"/api/v1/stats")
	if err != nil {
		return nil, nil, errors.Join(err, core.abort())
	}
	return core, jobs, nil
}

func (h harborSetup) url() string { return "http://" + address(h.Port) }

// launch starts a program and waits until it answers.
func (h harborSetup) launch(ctx context.Context, name string, args, environment []string, ready string) (*process, error) {
	log, err := newLog(name)
	if err != nil {
		return nil, err
	}
	// Not ctx: it ends with the waiting, the server does not.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...) //nolint:gosec // what the caller's environment names
	cmd.Dir = h.home
	cmd.Env = append(withoutPrefixes(os.Environ(), "POSTGRESQL_", "REGISTRY_", "CONFIG_", "HARBOR_", "JOB_"), environment...)
	p, err := launch(cmd, log)
	if err != nil {
		return nil, err
	}
	if err := p.ready(ctx, ready); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	return p, nil
}

// writeFiles writes where the programs listen, with what the core encrypts secrets
// and with what it signs tokens.
func (h harborSetup) writeFiles(ctx context.Context) error {
	core := fmt.Sprintf("appname = Harbor\nrunmode = prod\n[prod]\nhttpaddr = 127.0.0.1\nhttpport = %d\n", h.Port)
	jobs := fmt.Sprintf(`{protocol: http, port: %d, job_loggers: [{name: STD_OUTPUT, level: WARNING}], loggers: [{name: STD_OUTPUT, level: WARNING}],
worker_pool: {workers: 1, backend: redis, redis_pool: {redis_url: %q, namespace: jobs, idle_timeout_second: 3600}},
reaper: {max_update_hours: 24, max_dangling_hours: 168}}`, h.jobs, h.redis())
	err := errors.Join(
		os.WriteFile(filepath.Join(h.home, "app.conf"), []byte(core), 0o600),
		os.WriteFile(filepath.Join(h.home, "jobs.yml"), []byte(jobs), 0o600),
		os.WriteFile(filepath.Join(h.home, "key"), []byte(rand.Text()[:16]), 0o600))
	if err != nil {
		return err
	}
	return run(ctx, h.home, "openssl", "genrsa", "-traditional", "-out", filepath.Join(h.home, "private_key.pem"), "2048")
}

func (h harborSetup) redis() string { return fmt.Sprintf("redis://%s/0", address(h.store.redisPort)) }

// nowhere is for the parts of Harbor that are not there.
const nowhere = "http://127.0.0.1:1"

func (h harborSetup) environment() []string {
	return append([]string{
		"CONFIG_PATH=" + filepath.Join(h.home, "app.conf"),
		"KEY_PATH=" + filepath.Join(h.home, "key"),
		"TOKEN_PRIVATE_KEY_PATH=" + filepath.Join(h.home, "private_key.pem"),
		"POSTGRES_MIGRATION_SCRIPTS_PATH=" + os.Getenv(HarborMigrations),
		"HARBOR_ADMIN_PASSWORD=" + h.Password,
		"PORT=" + fmt.Sprint(h.Port), "LOG_LEVEL=warning", "READ_ONLY=false", "WITH_TRIVY=false", "MAX_JOB_WORKERS=1",
		"_REDIS_URL_CORE=" + h.redis(), "_REDIS_URL_REG=" + h.redis(),
		"DATABASE_TYPE=postgresql", "POSTGRESQL_HOST=127.0.0.1", "POSTGRESQL_PORT=" + fmt.Sprint(h.store.postgresPort),
		"POSTGRESQL_USERNAME=postgres", "POSTGRESQL_PASSWORD=none", "POSTGRESQL_DATABASE=postgres", "POSTGRESQL_SSLMODE=disable",
		"POSTGRESQL_MAX_IDLE_CONNS=20", "POSTGRESQL_MAX_OPEN_CONNS=50",
		"EXT_ENDPOINT=" + h.url(), "CORE_URL=" + h.url(), "CORE_LOCAL_URL=" + h.url(), "TOKEN_SERVICE_URL=" + h.url() + "/service/token",
		"JOBSERVICE_URL=http://" + address(h.jobs), "REGISTRY_URL=" + cmp.Or(h.Registry, nowhere), "PORTAL_URL=" + nowhere, "REGISTRY_CONTROLLER_URL=" + nowhere,
		"REGISTRY_STORAGE_PROVIDER_NAME=filesystem", "REGISTRY_CREDENTIAL_USERNAME=none", "REGISTRY_CREDENTIAL_PASSWORD=none",
		"CORE_SECRET=" + h.secret, "JOBSERVICE_SECRET=" + h.secret, "CSRF_KEY=" + (rand.Text() + rand.Text())[:32],
	}, h.Environment...)
}
