package tests

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNotes(t *testing.T) {
	const byHand = "kubectl --namespace otomi create job --from=cronjob/core-keycloak-roles core-keycloak-roles-now"
	const warning = "no Otomi Values are given"
	cases := map[string]struct {
		reason   string
		args     []string
		contains []string
		lacks    []string
	}{
		"Default": {
			reason:   "Without values the notes warn.",
			args:     []string{onlyKeycloak},
			contains: []string{byHand, "logs job/core-keycloak-roles", "repairs drift as a CronJob: */15 * * * * (Etc/UTC)", warning},
		},
		"Values": {
			reason:   "With values there is nothing to warn of.",
			args:     []string{"--values=../ci/inline-values.yaml"},
			contains: []string{byHand, "policy upsert-only"},
			lacks:    []string{warning, "not-a-real"},
		},
		"CronJobOnly": {
			reason:   "No hook ran, so its logs are not named.",
			args:     []string{"--values=../ci/cronjob-only-values.yaml"},
			contains: []string{byHand, "30 2 * * *"},
			lacks:    []string{"logs job/core-keycloak-roles\n", "hook"},
		},
		"Disabled": {
			reason: "A disabled task is not spoken of.",
			args:   []string{"--set=tasks.keycloak-roles.enabled=false"},
			lacks:  []string{"keycloak-roles"},
		},
		"Otomi": {
			reason:   "the platform's jobs write the same objects",
			args:     []string{"--set=platform.secrets=otomi"},
			contains: []string{"helm --namespace maintenance uninstall job-keycloak"},
			lacks:    []string{"operator"},
		},
		"APL": {
			reason:   "so do its operators",
			args:     []string{"--set=platform.secrets=apl6"},
			contains: []string{"kubectl --namespace apl-harbor-operator scale deployment/apl-harbor-operator --replicas=0"},
			lacks:    []string{"maintenance"},
		},
	}
	h := newHelm(t)
	chart := chartWithNotes(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			notes, err := h.run(t, append([]string{"template", release, chart, "--namespace=otomi", "--kube-version=" + oldest,
				"--show-only=templates/notes.yaml"}, tc.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range tc.contains {
				if !strings.Contains(notes, text) {
					t.Errorf("%s: the notes lack %q:\n%s", tc.reason, text, notes)
				}
			}
			for _, text := range tc.lacks {
				if strings.Contains(notes, text) {
					t.Errorf("%s: the notes hold %q:\n%s", tc.reason, text, notes)
				}
			}
		})
	}
}

// chartWithNotes copies the chart and adds a template that renders its notes,
// as Helm shows them only after an installation.
func chartWithNotes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"templates/notes.yaml": "notes: |\n  {{- include (print .Template.BasePath \"/NOTES.txt\") . | nindent 2 }}\n"}
	for _, pattern := range []string{"*.yaml", "*.json", "templates/*.*"} {
		found, err := filepath.Glob(filepath.Join(chartDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(filepath.ToSlash(file), chartDir+"/")] = string(content)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
