package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// harborStore is what a Harbor keeps its data in: PostgreSQL and Redis.
type harborStore struct {
	postgres, redis         *process
	postgresPort, redisPort int
}

func startHarborStore(ctx context.Context, home string) (s harborStore, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.postgresPort, err = FreePort(ctx); err != nil {
		return s, err
	}
	if s.redisPort, err = FreePort(ctx); err != nil {
		return s, err
	}
	if s.postgres, err = launchPostgres(ctx, home, s.postgresPort); err != nil {
		return s, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	log, err := newLog("redis")
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "redis-server", "--bind", "127.0.0.1", "--port", strconv.Itoa(s.redisPort), "--save", "")
	cmd.Dir = home
	if s.redis, err = launch(cmd, log); err != nil {
		return s, fmt.Errorf("starting Redis: %w", err)
	}
	return s, s.ready(ctx)
}

// ready waits until the database answers; Redis is faster.
func (s harborStore) ready(ctx context.Context) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		_, err := s.query(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.postgres.done:
			return fmt.Errorf("%w\n%s", errEnded, tail(s.postgres.log))
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}

func (s harborStore) query(ctx context.Context, sql string) (string, error) {
	cmd := exec.CommandContext(ctx, "psql", "-h", "127.0.0.1", "-p", strconv.Itoa(s.postgresPort), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-Atqc", sql)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("asking the database: %w\n%s", err, output)
	}
	first, _, _ := strings.Cut(string(output), "\n")
	return first, nil
}

// stop ends what was started of it; its data need not survive.
func (s harborStore) stop() error {
	var errs []error
	for _, p := range []*process{s.redis, s.postgres} {
		if p != nil {
			errs = append(errs, p.abort())
		}
	}
	return errors.Join(errs...)
}

// launchPostgres makes a database cluster and serves it.
func launchPostgres(ctx context.Context, home string, port int) (*process, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(home, "postgres")
	owner, err := postgresOwner(data)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = data, &syscall.SysProcAttr{Credential: owner}
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making the database cluster: %w\n%s", err, output)
	}
	log, err := newLog("postgres")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+data, "-c", "fsync=off", "-c", "max_connections=100")
	cmd.Dir = data
	return launchAs(cmd, log, owner)
}

// postgresFolder is where Debian keeps the programs, which are in no PATH.
func postgresFolder() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no program initdb: is PostgreSQL installed?")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// postgresOwner makes the folder of the data and says who works on it: PostgreSQL
// refuses to run as root. nil is the current user.
func postgresOwner(data string) (*syscall.Credential, error) {
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // nil means: the same as now
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(account.Gid)
	if err != nil {
		return nil, err
	}
	// The folder above was made for its owner alone; to pass through it is enough.
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(os.Chmod(filepath.Dir(data), 0o711), os.Chown(data, uid, gid)) //nolint:gosec // numbers of accounts
}
