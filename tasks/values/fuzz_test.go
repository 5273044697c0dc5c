package values_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/encrypt"
	"otomi.io/tasks/tasks/values"
)

// fuzzIdentity protects nothing. It is fixed because each worker of a fuzz run
// makes its own seeds; it is in two parts because scanners look for such.
const fuzzIdentity = "AGE-SECRET-" + "KEY-1SQFCCMRJF6D4NH88278MFFN0SYVP7U6V7TRJHQ0JNCV59TCAE9SSP0HSVH"

// FuzzLoad reads foreign bytes as a source and as the variables with a
// structure. Whatever they are, there are values or sorted
// problems of one line each, the same ones every time.
func FuzzLoad(f *testing.F) {
	identity, err := age.ParseX25519Identity(fuzzIdentity)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(encrypt.Document(f, encrypt.YAMLStore(), clearText, sops.Metadata{UnencryptedSuffix: "_unencrypted"}, identity)))
	f.Add([]byte(encrypt.Document(f, encrypt.YAMLStore(), clearText, sops.Metadata{EncryptedRegex: "assword$", MACOnlyEncrypted: true}, identity)))
	for _, cases := range []map[string]brokenCase{brokenCases(), brokenHarborCases()} {
		for _, c := range cases {
			f.Add([]byte(c.values))
		}
	}
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("otomi: {adminPassword: 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]'}\nsops: {age: [{recipient: age1, enc: x}], mac: x, lastmodified: '2024-01-02T03:04:05Z'}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		request := func() values.Request {
			return values.Request{
				Sources: []string{"-"}, Stdin: bytes.NewReader(data), App: values.AppKeycloak,
				Env: map[string]string{
					"OTOMI_VALUES": text, "TEAM_IDS": text, "IDP_GROUP_MAPPINGS_TEAMS": text, "WAIT_OPTIONS": text,
					"REDIRECT_URIS": text, "SOPS_AGE_KEY": fuzzIdentity, "KEYCLOAK_TOKEN_TTL": text, "IDP_USERNAME_CLAIM_MAPPER": text,
				},
			}
		}
		first, err := values.Load(t.Context(), request())
		checkProblems(t, err)
		second, again := values.Load(t.Context(), request())
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two loads differ: -first, +second:\n%s", diff)
		}
		if diff := diffMessages(messages(t, err), messages(t, again)); diff != "" {
			t.Errorf("two loads differ: -first, +second:\n%s", diff)
		}
	})
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var problems values.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("Load(...): want Problems, got %v", err)
	}
	for i, p := range problems {
		if strings.ContainsAny(p.String(), "\r\n") || p.Message == "" {
			t.Errorf("a problem is not one line: %q", p.String())
		}
		if i > 0 && p.File < problems[i-1].File {
			t.Errorf("problems are not sorted: %v", problems)
		}
	}
}

// FuzzTeamFile reads foreign bytes in every place of a repository that a team can
// write. Whatever they are, the platform's own settings stay as they are.
func FuzzTeamFile(f *testing.F) {
	f.Add([]byte("kind: AplTeamSettingSet\nspec: {otomi: {hasExternalIDP: true}, oidc: {groupMapping: x}}\n"))
	f.Add([]byte("otomi: {hasExternalIDP: true}\napps: {keycloak: {theme: evil}}\nteamConfig: {admin: {services: [{name: x}]}, other: {}}\n"))
	f.Add([]byte("metadata: {name: ../../x}\nspec: &a {name: x, teams: [demo], users: [*a]}\n"))
	f.Add([]byte("spec: []\n"))
	f.Add([]byte("{\"spec\": {\"name\": 1}, \"apiVersion\": \"v1\"}"))
	places := []string{"settings.yaml", "secrets.settings.yaml", "services/a.yaml", "services/b.yaml", "workloadValues/a.yaml", "apps.yaml", "a/b/c.yaml", "oidc.yaml"}
	base := []values.RemoteFile{
		{Name: "env/settings/versions.yaml", Data: []byte("kind: AplVersion\nspec: {specVersion: 61}\n")},
		{Name: "env/settings/cluster.yaml", Data: []byte("kind: AplCluster\nspec: {domainSuffix: b.example.org}\n")},
		{Name: "env/teams/other/settings.yaml", Data: []byte("kind: AplTeamSettingSet\nspec: {}\n")},
	}
	platformOf := func(t *testing.T, files []values.RemoteFile) (summary, error) {
		t.Helper()
		v, err := values.Load(t.Context(), values.Request{Sources: []string{"git+https://git.example.com/o/v.git"}, Remote: repositoryOf(files)})
		s := summarise(v)
		s.Hosts, s.Teams, s.Unread, s.Warnings = nil, nil, 0, nil
		return s, err
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, err := platformOf(t, base)
		if err != nil {
			t.Fatal(err)
		}
		for _, place := range places {
			got, err := platformOf(t, append(slices.Clone(base), values.RemoteFile{Name: "env/teams/demo/" + place, Data: data}))
			checkProblems(t, err)
			if diff := cmp.Diff(want, got); diff != "" && err == nil {
				t.Errorf("%s reaches the platform: -without, +with:\n%s", place, diff)
			}
		}
	})
}
