package servers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const cacheVariable = "OTOMI_SERVERS_CACHE"

// errChecksum means that an artifact is not the one that was pinned.
var errChecksum = errors.New("the artifact differs from the pinned one")

// cacheDir returns the folder that installations and logs are kept in.
func cacheDir() (string, error) {
	if dir := os.Getenv(cacheVariable); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache (set %s): %w", cacheVariable, err)
	}
	return filepath.Join(dir, "otomi-tasks-servers"), nil
}

// installed returns the folder that holds the installation called name, made by
// install the first time. Programs that need it at the same time wait for the
// first one; an installation that was cut off is made again.
func installed(name string, install func(dir string) error) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o750); err != nil {
		return "", err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(cache, name+".lock")).Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	return installOnce(filepath.Join(cache, name), install)
}

func installOnce(dir string, install func(dir string) error) (string, error) {
	marker := filepath.Join(dir, ".installed")
	if _, err := os.Stat(marker); err == nil {
		return dir, nil
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o750)); err != nil {
		return "", err
	}
	if err := install(dir); err != nil {
		return "", fmt.Errorf("installing %s: %w", filepath.Base(dir), err)
	}
	return dir, os.WriteFile(marker, nil, 0o600)
}

// newLog returns the path of a new log in the cache.
func newLog(name string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "logs")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, name+"-*.log")
	if err != nil {
		return "", err
	}
	return file.Name(), file.Close()
}

// run runs a command of an installation; its output is in the error.
func run(ctx context.Context, dir, name string, args ...string) error {
	return runWith(ctx, nil, dir, name, args...)
}

// runWith adds variables to the environment.
func runWith(ctx context.Context, environment []string, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w\n%s", filepath.Base(name), err, output)
	}
	return nil
}

// verify compares the SHA-256 of a file with the pinned one.
func verify(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("verifying %s: %w: sha256 %s, want %s", filepath.Base(path), errChecksum, got, want)
	}
	return nil
}
