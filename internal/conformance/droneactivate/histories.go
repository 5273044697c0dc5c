package droneactivate

import (
	"encoding/json"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// Histories shows that what the values once said leaves nothing behind.
func Histories(t *testing.T, start func(*testing.T) Server) {
	platform := func(more string) string { return "apps: {drone: {repos: [{name: otomi/values" + more + "}]}}" }
	team := func(more string) string {
		return "teamConfig: {a: {drone: {repos: [{name: otomi/a-app" + more + "}]}}}"
	}
	settings := []string{
		"", ", timeout: 90", ", configPath: ci.yml", ", visibility: internal", ", trusted: true, protected: true",
		", ignoreForks: true, ignorePulls: true", ", cancelPulls: true, cancelPushes: true", ", throttle: 2",
		", cron: [{name: nightly, expression: '@daily', branch: main}]", ", cron: [{name: nightly, expression: '@hourly', branch: main, target: prod, disabled: true}]",
		", secrets: [{name: npm, value: value-of-npm}]", ", secrets: [{name: npm, value: value-of-other, pullRequests: true}, {name: key, value: value-of-key}]",
	}
	var ofPlatform, ofTeam []string
	for _, s := range settings {
		ofPlatform, ofTeam = append(ofPlatform, platform(s)), append(ofTeam, team(s))
	}
	runner.History{
		Choices: [][]string{
			ofPlatform, append(ofTeam, ""),
			{"", "apps: {drone: {secrets: [{organisation: otomi, name: registry, value: value-of-registry}]}}"},
			{"", "apps: {drone: {templates: [{organisation: otomi, name: plugin.yaml, data: 'kind: pipeline'}]}}"},
		},
		Outcome: func(t *testing.T, rounds ...[]string) map[string]string {
			t.Helper()
			b := newEnv(t, start(t))
			h := b.operator(t)
			h.makePlatform(repos()...)
			people := b.values[0]
			for _, values := range rounds {
				b.values = append(runner.Values{people}, runner.Sources(t, values...)...)
				b.run(t, "apply", "--policy", "sync", "--removal-cap", "1", "--accept", "no-teams")
			}
			b.settled(t, "--policy", "sync", "--removal-cap", "1")
			return h.declared()
		},
	}.Check(t, 16)
}

// declared is what a setting decides. Of a repository that is not built any more Drone
// keeps the settings.
func (h *operator) declared() map[string]string {
	h.t.Helper()
	declared := map[string]string{}
	for _, slug := range []string{"otomi/values", "otomi/a-app"} {
		repo := h.repo(slug)
		declared[slug] = "not built"
		if repo["active"] != true {
			continue
		}
		for _, part := range []string{"secrets", "cron"} {
			declared[slug+" "+part] = without(h.t, h.drone("GET", "/repos/"+slug+"/"+part, ""))
		}
		declared[slug] = without(h.t, repo)
	}
	declared["secrets"] = without(h.t, h.drone("GET", "/secrets/otomi", ""))
	declared["templates"] = without(h.t, h.drone("GET", "/templates/otomi", ""))
	return declared
}

// without is JSON without what differs from run to run.
func without(t *testing.T, value any) string {
	t.Helper()
	drop(value)
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func drop(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range []string{"id", "uid", "repo_id", "user_id", "created", "updated", "synced", "version", "next", "counter", "signer", "secret", "git_http_url", "git_ssh_url", "link"} {
			delete(v, key)
		}
	case []any:
		for _, item := range v {
			drop(item)
		}
	}
}
