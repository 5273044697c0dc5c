package harborprojects

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/tasks/task"
)

// TestRetentionRules reads what we write, and what the console or another client
// writes.
func TestRetentionRules(t *testing.T) {
	const selectors = `"scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]}`
	cases := map[string]struct {
		reason, json string
		want         RetentionRule
	}{
		"Ours": {
			reason: "as the console writes it",
			json: `{"action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 10}, ` + selectors + `,
				"tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*", "extras": "{\"untagged\":true}"}]}`,
			want: RetentionRule{Repositories: "**", Tags: "v*", Untagged: true, Keep: latestPushed, Count: 10},
		},
		"NoExtras": {
			reason: "Harbor keeps what has no tag unless the rule says otherwise",
			json:   `{"template": "always", ` + selectors + `, "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}]}`,
			want:   RetentionRule{Repositories: "**", Tags: "**", Untagged: true, Keep: always},
		},
		"NoExtrasExcluding": {
			reason: "with exclusions it is the other way round",
			json:   `{"template": "always", ` + selectors + `, "tag_selectors": [{"kind": "doublestar", "decoration": "excludes", "pattern": "pr-*"}]}`,
			want:   RetentionRule{Repositories: "**", Tags: "!pr-*", Keep: always},
		},
		"Several": {
			reason: "no pattern of ours is equal to two",
			json: `{"template": "always", ` + selectors + `, "tag_selectors": [
				{"kind": "doublestar", "decoration": "matches", "pattern": "a"}, {"kind": "doublestar", "decoration": "excludes", "pattern": "b"}]}`,
			want: RetentionRule{Repositories: "**", Tags: "a and !b", Untagged: true, Keep: always},
		},
		"Label": {
			reason: "nor to one of another kind",
			json:   `{"template": "always", ` + selectors + `, "tag_selectors": [{"kind": "label", "decoration": "with", "pattern": "1"}]}`,
			want:   RetentionRule{Repositories: "**", Tags: "label with 1", Untagged: true, Keep: always},
		},
		"Mark": {
			reason: "Harbor does not know our mark of an exclusion",
			json:   `{"template": "always", ` + selectors + `, "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "!a"}]}`,
			want:   RetentionRule{Repositories: "**", Tags: "doublestar matches !a", Untagged: true, Keep: always},
		},
		"Empty": {reason: "Harbor checks next to nothing", json: `{}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var rep harbor.RetentionRule
			if err := json.Unmarshal([]byte(tc.json), &rep); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, retentionRule(rep)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRulesComeBack: what we write is what we read.
func TestRulesComeBack(t *testing.T) {
	state := Desired(load(t, platformValues, everything), task.Scope{})
	for name, want := range state.Retentions {
		got := retentionFrom(want.harbor(7))
		got.Meta = want.Meta
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Retention{})); diff != "" {
			t.Errorf("retention %s (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range state.Immutables {
		got := immutableFrom(want.harbor())
		got.Meta, got.Project = want.Meta, want.Project
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("immutable tags %s (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range state.Projects {
		got := projectFrom(harbor.Project{Name: &name, Metadata: want.metadata()})
		if want.Public == nil || !reflect.DeepEqual(got.Public, want.Public) || value(got.Severity) != value(want.Severity) {
			t.Errorf("project %s: %+v, want %+v", name, got, want)
		}
	}
	for role, number := range roles() {
		if roleName(number) != role {
			t.Errorf("role %d is %s, want %s", number, roleName(number), role)
		}
	}
}

// TestFlags: Harbor keeps flags as text and checks none.
func TestFlags(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   *bool
	}{
		"true":  {"a flag", new(true)},
		"True":  {"case does not count", new(true)},
		"1":     {"a number is one as well", new(true)},
		"false": {"a flag", new(false)},
		"0":     {"a number is one as well", new(false)},
		"":      {"what Harbor does not have is false", new(false)},
		"maybe": {"no flag at all", nil},
	}
	for text, tc := range cases {
		if diff := cmp.Diff(tc.want, flagFrom(&text)); diff != "" {
			t.Errorf("%q: %s (-want +got):\n%s", text, tc.reason, diff)
		}
	}
	if got := flagFrom(nil); got == nil || *got {
		t.Errorf("an absent flag: %v", got)
	}
}

// FuzzAnswers reads what no Harbor should send: whatever it is, it is read in
// the same way twice, and rules that are read can be written and read again.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"auth_mode": {"value": "db_auth", "editable": true}, "oidc_name": {"value": null, "editable": false}, "oidc_client_secret": {"value": "x"}}`))
	f.Add([]byte(`{"name": "team-a", "project_id": 7, "repo_count": 2, "metadata": {"public": "maybe", "retention_id": "1"}}`))
	f.Add([]byte(`{"id": 1, "trigger": {"settings": {"cron": 7}}, "rules": [{"template": "latestPushedK", "params": {"latestPushedK": 3},
		"scope_selectors": {"repository": []}, "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**", "extras": "{"}]}]}`))
	f.Add([]byte(`{"ref": {"name": 1}, "hard": {"storage": -1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		items := map[string]item{}
		if json.Unmarshal(data, &items) == nil {
			first, err := configurationFrom(items)
			second, again := configurationFrom(items)
			if (err == nil) != (again == nil) || err == nil && !reflect.DeepEqual(first, second) || !first.OIDCClientSecret.IsZero() {
				t.Errorf("the configuration is read in two ways, or shows a secret: %v, %v", err, again)
			}
		}
		var policy harbor.RetentionPolicy
		if json.Unmarshal(data, &policy) == nil {
			checkStable(t, retentionFrom(policy))
		}
		var rule harbor.ImmutableRule
		if json.Unmarshal(data, &rule) == nil {
			first := immutableFrom(rule)
			if second := immutableFrom(first.harbor()); !reflect.DeepEqual(first, second) {
				t.Errorf("%+v became %+v", first, second)
			}
		}
		var p harbor.Project
		if json.Unmarshal(data, &p) == nil && value(p.RepoCount) > 0 && projectFrom(p).Extra == nil {
			t.Errorf("a project with %d repositories may be deleted", *p.RepoCount)
		}
		var quota harbor.Quota
		if json.Unmarshal(data, &quota) == nil {
			_ = quotaOf(quota)
		}
	})
}

func checkStable(t *testing.T, first Retention) {
	t.Helper()
	for i := range first.Rules {
		if first.Rules[i].Keep == always {
			first.Rules[i].Count = 0 // has no parameter
		}
	}
	if second := retentionFrom(first.harbor(1)); !reflect.DeepEqual(first, second) {
		t.Errorf("%+v became %+v", first, second)
	}
}
