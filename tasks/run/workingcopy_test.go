package run

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestWorkingCopy: a folder in a repository is named with its commit, however that is
// written down.
func TestWorkingCopy(t *testing.T) {
	t.Parallel()
	const commit = "0123456789abcdef0123456789abcdef01234567"
	dir := t.TempDir()
	for name, content := range map[string]string{
		"branch/.git/HEAD": "ref: refs/heads/main\n", "branch/.git/refs/heads/main": commit + "\n",
		"packed/.git/HEAD": "ref: refs/heads/main\n", "packed/.git/packed-refs": "# pack-refs\n" + commit + " refs/heads/main\n",
		"detached/.git/HEAD":              commit + "\n",
		"tree/.git":                       "gitdir: " + dir + "/branch/.git/worktrees/tree\n",
		"branch/.git/worktrees/tree/HEAD": "ref: refs/heads/main\n", "branch/.git/worktrees/tree/commondir": "../..\n",
		"empty/.git/HEAD": "ref: refs/heads/main\n",
		"plain/a.yaml":    "",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, known := range map[string]bool{"branch": true, "packed": true, "detached": true, "tree": true, "empty": false, "plain": false} {
		source, want := filepath.Join(dir, name, "env"), ""
		if known {
			want = " (working copy of 0123456789ab)"
		}
		if got := workingCopy(source); got != source+want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := workingCopy("-"); got != "-" {
		t.Errorf("standard input: got %q", got)
	}
}
