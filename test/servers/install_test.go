package servers

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInstalled(t *testing.T) {
	errOffline := errors.New("offline")
	cases := map[string]struct {
		reason string
		fail   []error // what each attempt to install answers
		want   []error // what each call answers
		runs   int
	}{
		"Once": {
			reason: "a second call finds what the first one installed",
			fail:   []error{nil},
			want:   []error{nil, nil},
			runs:   1,
		},
		"AgainAfterAFailure": {
			reason: "what was not finished is made again, from an empty folder",
			fail:   []error{errOffline, nil},
			want:   []error{errOffline, nil, nil},
			runs:   2,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(cacheVariable, t.TempDir())
			runs := 0
			install := func(dir string) error {
				runs++
				// Mkdir fails when an earlier attempt left its folder.
				return errors.Join(os.Mkdir(filepath.Join(dir, "lib"), 0o700), tc.fail[runs-1])
			}
			for i, want := range tc.want {
				if _, err := installed("app-1.0", install); !errors.Is(err, want) {
					t.Errorf("%s: call %d = %v, want %v", tc.reason, i+1, err, want)
				}
			}
			if runs != tc.runs {
				t.Errorf("%s: installed %d times, want %d", tc.reason, runs, tc.runs)
			}
		})
	}
}

func TestInstalledAtTheSameTime(t *testing.T) {
	t.Setenv(cacheVariable, t.TempDir())
	var runs atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := installed("app-1.0", func(string) error { runs.Add(1); return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := runs.Load(); got != 1 {
		t.Errorf("installed %d times, want once", got)
	}
}

func TestVerify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "artifact")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		path   string
		sum    string
		want   error
	}{
		"Same": {
			reason: "the pinned artifact passes",
			path:   path,
			sum:    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		},
		"Other": {
			reason: "anything else is refused",
			path:   path,
			sum:    "0000000000000000000000000000000000000000000000000000000000000000",
			want:   errChecksum,
		},
		"Absent": {
			reason: "a missing artifact is not a wrong one",
			path:   path + ".zip",
			want:   fs.ErrNotExist,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := verify(tc.path, tc.sum); !errors.Is(err, tc.want) {
				t.Errorf("%s: verify() = %v, want %v", tc.reason, err, tc.want)
			}
		})
	}
}

func TestUnpack(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "app.zip")
	writeZip(t, archive, "app-1.0/bin/run", "app-1.0/lib/a.jar", "other/file", "app-1.0/../../escaped")
	dir := filepath.Join(t.TempDir(), "app")
	if err := unpack(archive, "app-1.0", dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"bin/run", "lib/a.jar"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("only the named folder is unpacked, and nothing outside of it (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "../../escaped")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry escaped from the folder: %v", err)
	}
}

func writeZip(t *testing.T, path string, names ...string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for _, name := range names {
		if _, err := archive.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// files lists the files below dir, sorted.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
