package git_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/git"
	"otomi.io/tasks/clients/transport"
)

// TestFetch reads what Git made and served, and compares it with what Git
// itself reads.
func TestFetch(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	url := serve(t, r.backend(t))
	first, second := r.id(t, "old"), r.id(t, "main")
	cases := map[string]struct {
		reason, ref, path string
		want              string // commit
		only              string // what the names begin with
	}{
		"Default":    {reason: "the default is the default branch", want: second},
		"Head":       {reason: "by its name, too", ref: "HEAD", want: second},
		"Branch":     {reason: "a branch", ref: "old", want: first},
		"Light":      {reason: "a tag that is only a name", ref: "light", want: first},
		"Heavy":      {reason: "a tag that is an object", ref: "heavy", want: first},
		"Heavier":    {reason: "a tag of a tag", ref: "heavier", want: first},
		"FullName":   {reason: "a full name", ref: "refs/tags/heavy", want: first},
		"Tip":        {reason: "a commit that a branch names", ref: first, want: first},
		"Folder":     {reason: "only a folder", ref: "main", path: "env/teams", want: second, only: "env/teams/"},
		"File":       {reason: "only a file", ref: "main", path: "env/settings.yaml", want: second, only: "env/settings.yaml"},
		"Executable": {reason: "the mode does not matter", ref: "main", path: "run.sh", want: second, only: "run.sh"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := git.Fetch(t.Context(), client(), git.Request{URL: url, Ref: tc.ref, Path: tc.path})
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			want := r.listed(t, tc.want)
			maps.DeleteFunc(want, func(name, _ string) bool { return !strings.HasPrefix(name, tc.only) })
			if diff := cmp.Diff(want, contents(got)); diff != "" || got.Commit != tc.want {
				t.Errorf("%s: commit %s: -want, +got:\n%s", tc.reason, got.Commit, diff)
			}
		})
	}
}

func contents(s git.Snapshot) map[string]string {
	out := map[string]string{}
	for _, f := range s.Files {
		out[f.Name] = string(f.Data)
	}
	return out
}

// TestLinks: a link must not be read as a file.
func TestLinks(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	got, err := git.Fetch(t.Context(), client(), git.Request{URL: serve(t, r.backend(t)), Path: "env"})
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for _, f := range got.Files {
		if f.Link {
			links = append(links, f.Name+" -> "+string(f.Data))
		}
	}
	if diff := cmp.Diff([]string{"env/link.yaml -> settings.yaml"}, links); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestFetchIsShallow: history is neither sent nor needed.
func TestFetchIsShallow(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	sent := func(ref string) int64 {
		var n int64
		counted := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.backend(t).ServeHTTP(counter{w, &n}, req)
		})
		if _, err := git.Fetch(t.Context(), client(), git.Request{URL: serve(t, counted), Ref: ref}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := sent("main")
	work := t.TempDir()
	r.git(t, work, "clone", "-q", r.folder, ".")
	for i := range 30 {
		put(t, work+"/later.yaml", strings.Repeat("x", i)+"\n")
		r.commit(t, work, "again")
	}
	r.git(t, work, "push", "-q", "origin", "main")
	if after := sent("main"); after > before+200 {
		t.Errorf("thirty commits later the server sends %d bytes instead of %d", after, before)
	}
}

type counter struct {
	http.ResponseWriter
	n *int64
}

func (c counter) Write(p []byte) (int, error) {
	*c.n += int64(len(p))
	return c.ResponseWriter.Write(p)
}

// TestFetchCommit: a server gives each commit that its branches lead to, and
// any other one only when it was told so, as Gitea is.
func TestFetchCommit(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	url := serve(t, r.backend(t))
	parent := r.id(t, "main~1")
	r.git(t, r.folder, "branch", "-D", "old")
	r.git(t, r.folder, "tag", "-d", "light", "heavy", "heavier")
	lost := r.git(t, r.folder, "commit-tree", "-m", "lost", parent+"^{tree}")
	fetch := func(id string) error {
		got, err := git.Fetch(t.Context(), client(), git.Request{URL: url, Ref: id})
		if err == nil && got.Commit != id {
			t.Errorf("asked for %s, got %s", id, got.Commit)
		}
		return err
	}
	if err := fetch(parent); err != nil {
		t.Errorf("the parent of a branch: %v", err)
	}
	if err := fetch(lost); !isInput(err) || !strings.Contains(err.Error(), "allowAnySHA1InWant") {
		t.Errorf("a server that was not told: %v", err)
	}
	r.git(t, r.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
	if err := fetch(lost); err != nil {
		t.Errorf("a server that was told: %v", err)
	}
	if err := fetch(strings.Repeat("1", 40)); !isInput(err) {
		t.Errorf("an unknown commit: %v", err)
	}
}

func TestFetchWrong(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.git(t, r.root, "init", "-q", "--bare", "empty.git")
	r.git(t, r.root, "init", "-q", "--object-format=sha256", "-b", "main", "sha256.git")
	r.git(t, r.root+"/sha256.git", "commit", "-q", "--allow-empty", "-m", "first")
	r.git(t, r.root, "clone", "-q", "--bare", r.folder, "headless.git")
	r.git(t, r.root+"/headless.git", "symbolic-ref", "HEAD", "refs/heads/gone")
	root := strings.TrimSuffix(serve(t, r.backend(t)), repositoryName)
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in</html>") })
	cases := map[string]struct {
		reason string
		r      git.Request
		says   string
	}{
		"NoRef":      {"a missing branch, with the existing ones", git.Request{URL: root + repositoryName, Ref: "mian"}, `no branch or tag "mian" (branches: "main", "old")`},
		"NoFullName": {"a full name", git.Request{URL: root + repositoryName, Ref: "refs/heads/light"}, "no branch or tag"},
		"ShortID":    {"half an id is a name", git.Request{URL: root + repositoryName, Ref: r.id(t, "main")[:10]}, "no branch or tag"},
		"Tree":       {"a tag of a folder", git.Request{URL: root + repositoryName, Ref: "tree"}, "names no commit"},
		"NoPath":     {"a missing folder", git.Request{URL: root + repositoryName, Path: "env/team"}, `no path "env/team"`},
		"BelowFile":  {"a file holds no files", git.Request{URL: root + repositoryName, Path: "env/settings.yaml/x"}, "no path"},
		"NoRepo":     {"a missing repository", git.Request{URL: root + "other.git"}, "no such repository"},
		"Empty":      {"one without a commit", git.Request{URL: root + "empty.git"}, "is empty"},
		"Headless":   {"one whose default branch was deleted", git.Request{URL: root + "headless.git"}, "no default branch"},
		"SHA256":     {"the other kind of ids", git.Request{URL: root + "sha256.git", Ref: "main"}, "SHA-256"},
		"Page":       {"a page for people", git.Request{URL: serve(t, page)}, "no Git repository"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := git.Fetch(t.Context(), client(), tc.r)
			if !isInput(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: want an InputError with %q, got %v", tc.reason, tc.says, err)
			}
		})
	}
}

// TestCredentials: a refusal is the transport's own error, from which the exit
// code is chosen, and holds no password.
func TestCredentials(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	guarded := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		user, password, _ := req.BasicAuth()
		switch {
		case user == "ada" && password == "geheim":
			r.backend(t).ServeHTTP(w, req)
		case user == "eve":
			http.Error(w, "not for eve with "+password, http.StatusForbidden)
		default:
			http.Error(w, "who is there?", http.StatusUnauthorized)
		}
	})
	url := serve(t, guarded)
	cases := map[string]struct {
		reason string
		r      git.Request
		is     func(error) bool
	}{
		"Right":   {"the right ones", git.Request{Username: "ada", Password: "geheim"}, func(err error) bool { return err == nil }},
		"Wrong":   {"a wrong password", git.Request{Username: "ada", Password: "falsch"}, transport.IsUnauthorized},
		"Nobody":  {"none", git.Request{}, transport.IsUnauthorized},
		"NoRight": {"a user without rights", git.Request{Username: "eve", Password: "falsch"}, transport.IsForbidden},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.r.URL = url
			_, err := git.Fetch(t.Context(), client(), tc.r)
			if !tc.is(err) {
				t.Errorf("%s: %v", tc.reason, err)
			}
			if err != nil && strings.Contains(err.Error(), "falsch") {
				t.Errorf("%s: the error shows the password: %v", tc.reason, err)
			}
		})
	}
}

// TestRedirects: on the same host they are followed with the password; to
// another one nothing is sent at all.
func TestRedirects(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	var stolen []string
	another := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		stolen = append(stolen, req.Header.Get("Authorization"))
		r.backend(t).ServeHTTP(w, req)
	}))
	backend := r.backend(t)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		path := req.URL.Path + "?" + req.URL.RawQuery
		switch {
		case strings.HasPrefix(path, "/moved/"):
			http.Redirect(w, req, strings.TrimPrefix(path, "/moved"), http.StatusMovedPermanently)
		case strings.HasPrefix(path, "/gone/"):
			http.Redirect(w, req, strings.TrimSuffix(another, "/"+repositoryName)+strings.TrimPrefix(path, "/gone"), http.StatusMovedPermanently)
		default:
			if _, password, _ := req.BasicAuth(); password != "geheim" {
				http.Error(w, "", http.StatusUnauthorized)
				return
			}
			backend.ServeHTTP(w, req)
		}
	}))
	host := strings.TrimSuffix(url, "/"+repositoryName)
	request := git.Request{Username: "ada", Password: "geheim", URL: host + "/moved/" + repositoryName}
	if _, err := git.Fetch(t.Context(), client(), request); err != nil {
		t.Errorf("on the same host: %v", err)
	}
	request.URL = host + "/gone/" + repositoryName
	_, err := git.Fetch(t.Context(), client(), request)
	if !isInput(err) || !strings.Contains(err.Error(), "use that address") {
		t.Errorf("to another host: %v", err)
	}
	if len(stolen) > 0 {
		t.Errorf("the other host was asked, with %q", stolen)
	}
}

// TestFaults: answers that break off, lie or never come are errors, and none of
// them the input's.
func TestFaults(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	backend := r.backend(t)
	faults := map[string]struct {
		reason string
		change func(http.ResponseWriter, []byte)
		status int
	}{
		"Half":    {"half an answer", func(w http.ResponseWriter, body []byte) { _, _ = w.Write(body[:len(body)/2]) }, 0},
		"Nothing": {"an empty answer", func(http.ResponseWriter, []byte) {}, 0},
		"Flipped": {"a flipped bit", func(w http.ResponseWriter, body []byte) {
			body = slices.Clone(body)
			body[len(body)/2] ^= 0x10
			_, _ = w.Write(body)
		}, 0},
		"Refusal": {"Git's own word for no", func(w http.ResponseWriter, _ []byte) { _, _ = io.WriteString(w, "0011ERR not now\n") }, 0},
		"Broken":  {"a server that is down", func(w http.ResponseWriter, _ []byte) { http.Error(w, "down", http.StatusBadGateway) }, http.StatusBadGateway},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for name, fault := range faults {
			t.Run(method+name, func(t *testing.T) {
				t.Parallel()
				url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if req.Method != method {
						backend.ServeHTTP(w, req)
						return
					}
					recorded := &recording{header: http.Header{}}
					backend.ServeHTTP(recorded, req)
					w.Header().Set("Content-Type", recorded.header.Get("Content-Type"))
					fault.change(w, recorded.body)
				}))
				_, err := git.Fetch(t.Context(), client(), git.Request{URL: url})
				if err == nil || isInput(err) {
					t.Errorf("%s to %s: %v", fault.reason, method, err)
				}
				if fault.status != 0 && !transport.Temporary(err) {
					t.Errorf("%s: not tried again: %v", fault.reason, err)
				}
			})
		}
	}
}

type recording struct {
	header http.Header
	body   []byte
}

func (r *recording) Header() http.Header { return r.header }
func (r *recording) WriteHeader(int)     {}
func (r *recording) Write(p []byte) (int, error) {
	r.body = append(r.body, p...)
	return len(p), nil
}

// TestTooLarge: whatever the client allows, no answer fills the memory.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	backend := r.backend(t)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			backend.ServeHTTP(w, req)
			return
		}
		line := "0035shallow " + strings.Repeat("1", 40) + "\n"
		for n := 0; n <= git.MaxAnswer+len(line); n += len(line) {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	}))
	for name, c := range map[string]*http.Client{"Bounded": client(), "Plain": http.DefaultClient} {
		if _, err := git.Fetch(t.Context(), c, git.Request{URL: url}); !isInput(err) || !strings.Contains(err.Error(), "larger than 32 MiB") {
			t.Errorf("%s client: %v", name, err)
		}
	}
}
