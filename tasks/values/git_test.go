package values_test

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"otomi.io/tasks/internal/testkit/encrypt"
	"otomi.io/tasks/tasks/values"
)

// remote holds one repository, whatever its address is.
type remote struct {
	files []values.RemoteFile
	err   error
	asked []values.Repository
}

func (r *remote) Fetch(_ context.Context, asked values.Repository) ([]values.RemoteFile, error) {
	r.asked = append(r.asked, asked)
	return r.files, r.err
}

func repository(archive string) *remote {
	r := &remote{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		r.files = append(r.files, values.RemoteFile{Name: f.Name, Data: f.Data})
	}
	return r
}

const gitAddress = "git+https://git.example.com/otomi/values.git"

// TestRepositoryAddress: what the remote is asked for.
func TestRepositoryAddress(t *testing.T) {
	t.Parallel()
	const host = "https://git.example.com/otomi/values.git"
	file := t.TempDir() + "/password"
	write(t, file, []byte("from a file\n"))
	cases := map[string]struct {
		reason, source string
		env            map[string]string
		want           values.Repository
	}{
		"Bare":     {"nothing but the repository", gitAddress, nil, values.Repository{Address: gitAddress, URL: host}},
		"Ref":      {"a branch", gitAddress + "?ref=main", nil, values.Repository{Address: gitAddress + "?ref=main", URL: host, Ref: "main"}},
		"Slash":    {"one with a slash, as it is or escaped", gitAddress + "?ref=team%2Fred", nil, values.Repository{Address: gitAddress + "?ref=team/red", URL: host, Ref: "team/red"}},
		"Path":     {"a folder", gitAddress + "?path=/a/env/&ref=v1", nil, values.Repository{Address: gitAddress + "?ref=v1", URL: host, Ref: "v1", Path: "a/env"}},
		"Inside":   {"without encryption, for an address inside the cluster", "git+http://gitea-http.gitea:3000/otomi/values", nil, values.Repository{Address: "git+http://gitea-http.gitea:3000/otomi/values", URL: "http://gitea-http.gitea:3000/otomi/values"}},
		"LogIn":    {"with a login", gitAddress, map[string]string{"OTOMI_TASKS_GIT_USERNAME": "ada", "OTOMI_TASKS_GIT_PASSWORD": "pw"}, values.Repository{Address: gitAddress, URL: host, Username: "ada", Password: values.NewSecret("pw")}},
		"Token":    {"with a token", gitAddress, map[string]string{"OTOMI_TASKS_GIT_PASSWORD_FILE": file}, values.Repository{Address: gitAddress, URL: host, Username: "git", Password: values.NewSecret("from a file")}},
		"ExtraCAs": {"with certificates", gitAddress, map[string]string{"NODE_EXTRA_CA_CERTS": "ca.pem"}, values.Repository{Address: gitAddress, URL: host, ExtraCAFile: "ca.pem"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := repository("-- a.yaml --\n" + theme("git"))
			if tc.want.Path != "" {
				r.files[0].Name = tc.want.Path + "/a.yaml"
			}
			v := load(t, values.Request{Sources: []string{tc.source}, Env: tc.env, Remote: r})
			if diff := cmp.Diff([]values.Repository{tc.want}, r.asked, cmp.Comparer(values.Secret.Equal)); diff != "" || v.Apps.Keycloak.Theme != "git" {
				t.Errorf("%s: theme %s: -want, +got:\n%s", tc.reason, v.Apps.Keycloak.Theme, diff)
			}
		})
	}
}

// TestRepositoryLayout: a folder in Git is read as one on disk.
func TestRepositoryLayout(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, path, archive, want string
	}{
		"Env":       {"env, and nothing beside it", "", "-- env/a.yaml --\n" + theme("env") + "-- zz.yaml --\n- no values\n", "env"},
		"Root":      {"all of it where there is no env", "", "-- a.yaml --\n" + theme("root") + "-- README.md --\n#\n", "root"},
		"Below":     {"env below the path", "prod", "-- prod/env/a.yaml --\n" + theme("env") + "-- prod/zz.yaml --\n- no values\n", "env"},
		"Folder":    {"the path itself", "prod/env", "-- prod/env/b.yaml --\n" + theme("b") + "-- prod/env/a.yaml --\n" + theme("a"), "b"},
		"File":      {"a file, whatever its name is", "all.txt", "-- all.txt --\n" + theme("file"), "file"},
		"Secrets":   {"secrets are laid over all else", "", "-- env/secrets.a.yaml --\n" + theme("secret") + "-- env/z.yaml --\n" + theme("z"), "secret"},
		"Workloads": {"what teams write does not belong to the platform's values", "", "-- env/a.yaml --\n" + theme("a") + "-- env/teams/workloads/x/z.yaml --\n" + theme("team"), "a"},
		"Hidden":    {"nor is what is hidden", "", "-- env/a.yaml --\n" + theme("a") + "-- env/.x/z.yaml --\n" + theme("hidden"), "a"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := gitAddress
			if tc.path != "" {
				source += "?path=" + tc.path
			}
			v := load(t, values.Request{Sources: []string{source}, Remote: repository(tc.archive)})
			if v.Apps.Keycloak.Theme != tc.want {
				t.Errorf("%s: theme: want %s, got %s", tc.reason, tc.want, v.Apps.Keycloak.Theme)
			}
		})
	}
}

// TestRepositoryEncrypted: SOPS works in Git as it does on disk.
func TestRepositoryEncrypted(t *testing.T) {
	t.Parallel()
	identity := encrypt.Identity(t)
	secrets := encrypt.Document(t, encrypt.YAMLStore(), "otomi:\n  adminPassword: geheim\n", sops.Metadata{UnencryptedSuffix: "_unencrypted"}, identity)
	r := &remote{files: []values.RemoteFile{{Name: "env/secrets.settings.yaml", Data: []byte(secrets)}}}
	request := values.Request{Sources: []string{gitAddress}, Remote: r, Env: map[string]string{"SOPS_AGE_KEY": identity.String()}}
	if v := load(t, request); v.Otomi.AdminPassword.Reveal() != "geheim" {
		t.Error("the password is another one")
	}
	request.Env = nil
	_, err := values.Load(t.Context(), request)
	if got := messages(t, err); len(got) != 1 || !strings.HasPrefix(got[0], gitAddress+": env/secrets.settings.yaml:") {
		t.Errorf("without a key: %q", got)
	}
}

func TestRepositoryProblems(t *testing.T) {
	t.Parallel()
	none := &remote{err: values.Problems{{Message: "there is no branch"}}}
	sound := repository("-- env/teams.yaml --\nteamConfig:\n  red:\n    users: none\n")
	link := &remote{files: []values.RemoteFile{{Name: "a.yaml", Data: []byte("b.yaml"), Link: true}, {Name: "b.yaml"}}}
	odd := &remote{files: []values.RemoteFile{{Name: "a\nb.yaml", Data: []byte("- x")}}}
	const want = "want git+https://host/repository.git?ref=branch&path=folder"
	cases := map[string]struct {
		reason, source string
		remote         values.Remote
		env            map[string]string
		want           string
	}{
		"InAFile":     {"a problem names address, file and line", gitAddress + "?ref=main", sound, nil, gitAddress + `?ref=main: env/teams.yaml:3:12: teamConfig.red.users: want a list, got text`},
		"FromRemote":  {"what the remote says is wrong gets its place", gitAddress, none, nil, gitAddress + `: there is no branch`},
		"Link":        {"the file that a link means may be any", gitAddress, link, nil, gitAddress + `: a.yaml: is a symbolic link, which is not followed`},
		"OddName":     {"a name breaks no line", gitAddress, odd, nil, gitAddress + ": a\ufffdb.yaml:1:1: want a mapping at the top, got a list"},
		"Empty":       {"a repository without values", gitAddress, &remote{}, nil, gitAddress + `: holds no values: want *.yaml files, or a directory env with them`},
		"NoRemote":    {"where Git is not read", gitAddress, nil, nil, gitAddress + `: values from a Git repository are not supported here`},
		"SSH":         {"another protocol", "git+ssh://git@git.example.com/v.git", sound, nil, `git+ssh://git.example.com/v.git: only git+https and git+http are supported: ` + want},
		"File":        {"a path of this machine", "git+file:///srv/v.git", sound, nil, `git+***: is not a valid address: ` + want},
		"SCP":         {"the address of a person", "git+git@git.example.com:v.git", sound, nil, `git+***: is not a valid address: ` + want},
		"NoHost":      {"no host", "git+https:///v.git", sound, nil, `git+***: is not a valid address: ` + want},
		"NoPath":      {"no repository", "git+https://git.example.com/?ref=main", sound, nil, `git+https://git.example.com/?ref=main: names no repository: ` + want},
		"User":        {"a password in the address is not shown", "git+https://ada:geheim@git.example.com/v.git", sound, nil, `git+https://git.example.com/v.git: must not hold a user or password: set OTOMI_TASKS_GIT_USERNAME and OTOMI_TASKS_GIT_PASSWORD`},
		"BadEscape":   {"an address that cannot be read is not shown", "git+https://ada:geheim%zz@git.example.com/v.git", sound, nil, `git+***: is not a valid address: ` + want},
		"Unknown":     {"a parameter that was mistyped", gitAddress + "?branch=main", sound, nil, gitAddress + `: has the parameter "branch": only ref and path are known`},
		"Twice":       {"two branches", gitAddress + "?ref=a&ref=b", sound, nil, gitAddress + `?ref=a: duplicate ref`},
		"EmptyRef":    {"a variable of a script that was empty", gitAddress + "?ref=&path=env", sound, nil, gitAddress + `: ref is empty`},
		"EmptyPath":   {"the same for the path", gitAddress + "?path=/", sound, nil, gitAddress + `: path is empty`},
		"Upwards":     {"out of the repository", gitAddress + "?path=../env", sound, nil, gitAddress + `: path must be a folder or file of the repository, without . and ..`},
		"Fragment":    {"a fragment means nothing", gitAddress + "#main", sound, nil, gitAddress + `: has more than ref and path behind the repository: ` + want},
		"BadQuery":    {"a query that cannot be read", gitAddress + "?ref=%zz", sound, nil, gitAddress + `: has more than ref and path behind the repository: ` + want},
		"NoPassword":  {"half a login", gitAddress, sound, map[string]string{"OTOMI_TASKS_GIT_USERNAME": "ada"}, `env: OTOMI_TASKS_GIT_USERNAME: is set, and OTOMI_TASKS_GIT_PASSWORD is not`},
		"NoSuchFile":  {"a missing password file", gitAddress, sound, map[string]string{"OTOMI_TASKS_GIT_PASSWORD_FILE": "/nowhere/pw"}, `env: OTOMI_TASKS_GIT_PASSWORD_FILE: reading /nowhere/pw: no such file or directory`},
		"PathControl": {"a path of any kind breaks no line", gitAddress + "?path=%0Ax", &remote{}, nil, gitAddress + `: holds no values: want *.yaml files, or a directory env with them`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := values.Load(t.Context(), values.Request{Sources: []string{tc.source}, Remote: tc.remote, Env: tc.env})
			if diff := diffMessages([]string{tc.want}, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRepositoryFails: what is not the input's fault keeps its own error, from
// which the exit code is chosen.
func TestRepositoryFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	_, err := values.Load(t.Context(), values.Request{Sources: []string{gitAddress}, Remote: &remote{err: down}})
	if !errors.Is(err, down) || !strings.Contains(err.Error(), "fetching "+gitAddress) {
		t.Errorf("Load(...): %v", err)
	}
}

// FuzzRepositoryAddress: for any text as an address, either the
// remote is asked for something sound, or there is a problem of one line; and
// the password in it is in neither.
func FuzzRepositoryAddress(f *testing.F) {
	for _, seed := range []string{
		gitAddress + "?ref=main&path=env", "git+http://gitea:3000/a/b", "git+https://x:hunter2@host/p?ref=a&ref=b#c", "git+ssh://git@host/p",
		"git+https://[::1]:80/p?path=..", "git+https://host/%2e%2e/p?ref=%00", "git+", "git+https://host/p?path=%ff", "git+//host/p;x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		source = "git+" + strings.TrimPrefix(source, "git+")
		r := repository("-- a.yaml --\n" + theme("git"))
		_, err := values.Load(t.Context(), values.Request{Sources: []string{source}, Remote: r})
		checkProblems(t, err)
		for _, asked := range r.asked {
			u, err := url.Parse(asked.URL)
			if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				t.Errorf("%q: asked for %q, %v", source, asked.URL, err)
			}
			if asked.Path != "" && !fs.ValidPath(asked.Path) {
				t.Errorf("%q: asked for the path %q", source, asked.Path)
			}
			if diff := cmp.Diff(values.Repository{}, asked, cmpopts.IgnoreFields(values.Repository{}, "Address", "URL", "Ref", "Path"), cmp.Comparer(values.Secret.Equal)); diff != "" {
				t.Errorf("%q: -want, +got:\n%s", source, diff)
			}
		}
		if u, parsed := url.Parse(strings.TrimPrefix(source, "git+")); parsed == nil && u.User != nil && u.Host != "" && len(r.asked) > 0 {
			t.Errorf("%q: the address holds a user and was taken", source)
		}
		if err != nil && strings.Contains(source, ":hunter2@") && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is shown: %v", source, err)
		}
	})
}
