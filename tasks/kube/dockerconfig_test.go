package kube_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

func TestDockerconfig(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, host, username, password string
		want                             string // "" is refused
	}{
		"Whole":      {"all three forms that runtimes read", "harbor.example.com", "otomi-pull", "pw", `{"auths":{"harbor.example.com":{"username":"otomi-pull","password":"pw","auth":"b3RvbWktcHVsbDpwdw=="}}}`},
		"NoHost":     {"no registry", "", "u", "p", ""},
		"NoUser":     {"no user", "h", "", "p", ""},
		"NoPassword": {"no password, as an answer without one gives", "h", "u", "", ""},
		"Colon":      {"what is before the first colon is the user", "h", "u:v", "p", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kube.Dockerconfig(tc.host, tc.username, values.NewSecret(tc.password))
			if (err != nil) != (tc.want == "") {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got.Reveal()); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestParseDockerconfig(t *testing.T) {
	t.Parallel()
	login := func(host, user, password string) kube.Login {
		return kube.Login{Host: host, Username: user, Password: values.NewSecret(password)}
	}
	cases := map[string]struct {
		reason, text string
		want         []kube.Login
		fails        bool
	}{
		"Auth":     {"auth alone", `{"auths":{"h":{"auth":"dTpwOnE="}}}`, []kube.Login{login("h", "u", "p:q")}, false},
		"Fields":   {"user and password alone", `{"auths":{"h":{"username":"u","password":"p"}}}`, []kube.Login{login("h", "u", "p")}, false},
		"AuthWins": {"as for container runtimes", `{"auths":{"h":{"username":"x","password":"y","auth":"dTpw"}}}`, []kube.Login{login("h", "u", "p")}, false},
		"Sorted":   {"several hosts", `{"auths":{"i":{"username":"u"},"h":{"username":"v"}}}`, []kube.Login{login("h", "v", ""), login("i", "u", "")}, false},
		"Nothing":  {"no hosts", `{}`, []kube.Login{}, false},
		"Empty":    {"an emptied secret", ``, nil, true},
		"Undef":    {"what the predecessor wrote", `undefined geheim`, nil, true},
		"NoBase64": {"auth is broken", `{"auths":{"h":{"auth":"geheim!"}}}`, nil, true},
		"NoColon":  {"auth has no password", `{"auths":{"h":{"auth":"Z2VoZWlt"}}}`, nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kube.ParseDockerconfig(values.NewSecret(tc.text))
			if (err != nil) != tc.fails || err != nil && strings.Contains(err.Error(), "geheim") {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(values.Secret.Equal)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// FuzzParseDockerconfig: whatever a Secret holds is read or refused.
func FuzzParseDockerconfig(f *testing.F) {
	for _, text := range []string{"", "{}", `{"auths":null}`, `{"auths":{"h":{"auth":"dTpw"}}}`, `{"auths":{"":{"auth":"Og=="}}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		logins, err := kube.ParseDockerconfig(values.NewSecret(text))
		if err != nil {
			return
		}
		for _, login := range logins {
			again, err := kube.Dockerconfig(login.Host, login.Username, login.Password)
			if err != nil || !utf8.ValidString(login.Host) {
				continue // it has no user name
			}
			read, err := kube.ParseDockerconfig(again)
			if err != nil || len(read) != 1 || read[0] != login {
				t.Errorf("%+v was read back as %+v: %v", login, read, err)
			}
		}
	})
}
