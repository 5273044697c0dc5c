package servers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const thisModule = "otomi.io/tasks/test/servers"

// goProgram is a server that is built with Go, in a module of its own beside
// this file: no other server needs it.
type goProgram struct {
	folder    string   // of the module, below this one
	path      string   // of the program's package; that of its module, too, where its data are copied
	toolchain string   // the Go that it was written for; empty is the one that is here
	flags     []string // of go build
}

// build writes the program to file. Its needs are downloaded the first time.
func (p goProgram) build(ctx context.Context, file string) error {
	dir, err := p.dir(ctx)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-C", dir, "-trimpath", "-buildvcs=false", "-o", file}, p.flags...)
	return runWith(ctx, p.environment(), dir, "go", append(args, p.path)...)
}

func (p goProgram) environment() []string {
	if p.toolchain == "" {
		return nil
	}
	return []string{"GOTOOLCHAIN=" + p.toolchain}
}

// copyData copies folders of the program's module to dir: the module cache can
// be emptied at any time.
func (p goProgram) copyData(ctx context.Context, dir string, folders ...string) error {
	module, err := p.dir(ctx)
	if err != nil {
		return err
	}
	source, err := folderOf(ctx, module, p.path)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(source, folder))); err != nil {
			return fmt.Errorf("copying %s of %s: %w", folder, p.path, err)
		}
	}
	return nil
}

// dir is the folder of the program's module.
func (p goProgram) dir(ctx context.Context) (string, error) {
	dir, err := folderOf(ctx, ".", thisModule)
	return filepath.Join(dir, p.folder), err
}

// folderOf returns where the go command, called in dir, keeps a module.
func folderOf(ctx context.Context, dir, module string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	cmd.Dir, cmd.Stderr = dir, &stderr
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("finding module %s: %w\n%s", module, err, &stderr)
	}
	return string(bytes.TrimSpace(output)), nil
}
