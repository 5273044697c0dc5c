package harborprojects

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/harbor"
)

// TestServiceRobotRights: each of these is needed, the suite fails without it.
func TestServiceRobotRights(t *testing.T) {
	want := []string{
		"project * immutable-tag:create", "project * immutable-tag:delete", "project * immutable-tag:list", "project * immutable-tag:update",
		"project * member:create", "project * member:list", "project * member:update",
		"project * project:delete", "project * project:update",
		"project * repository:pull", "project * repository:push",
		"project * tag-retention:create", "project * tag-retention:read", "project * tag-retention:update",
		"system / project:create",
		"system / quota:list", "system / quota:update",
		"system / robot:create", "system / robot:delete", "system / robot:list", "system / robot:read",
		"system / user-group:create", "system / user-group:list",
	}
	if diff := cmp.Diff(want, serviceRobotRights()); diff != "" {
		t.Errorf("what the service robot may do (-want +got):\n%s", diff)
	}
}

// TestRights: what is written comes back in Harbor's form and any order.
func TestRights(t *testing.T) {
	want := serviceRobotRights()
	sent := permissions(want)
	if len(sent) != 2 {
		t.Errorf("%d scopes are sent, want the system and all projects", len(sent))
	}
	for _, p := range sent {
		slices.Reverse(*p.Access)
	}
	slices.Reverse(sent)
	if diff := cmp.Diff(want, rights(sent)); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
}

func TestRightsOfOthers(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, permissions string
		want                []string
	}{
		"None":   {"a robot account whose project is gone", `[]`, []string{}},
		"Twice":  {"the same twice is once", `[{"kind":"project","namespace":"a","access":[{"resource":"x","action":"y"},{"resource":"x","action":"y"}]}]`, []string{"project a x:y"}},
		"Deny":   {"a denial is not a right", `[{"kind":"project","namespace":"a","access":[{"resource":"x","action":"y","effect":"deny"}]}]`, []string{"project a x:y deny"}},
		"Allow":  {"what Harbor takes for granted", `[{"kind":"project","namespace":"a","access":[{"resource":"x","action":"y","effect":"allow"}]}]`, []string{"project a x:y"}},
		"Absent": {"fields may be left out", `[{"access":[{}]},{}]`, []string{"  :"}},
	} {
		t.Run(name, func(t *testing.T) {
			var list []harbor.RobotPermission
			if err := json.Unmarshal([]byte(tc.permissions), &list); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, rights(list)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNewSecret: Harbor takes 8 to 128 characters with an upper case letter, a
// lower case one and a digit.
func TestNewSecret(t *testing.T) {
	has := func(text string, from, to rune) bool {
		return slices.ContainsFunc([]rune(text), func(r rune) bool { return r >= from && r <= to })
	}
	seen := map[string]bool{}
	for range 1000 {
		s := newSecret().Reveal()
		if len(s) < 8 || len(s) > 128 || !has(s, 'A', 'Z') || !has(s, 'a', 'z') || !has(s, '0', '9') || seen[s] {
			t.Fatalf("Harbor would refuse %q, or it came before", s)
		}
		seen[s] = true
	}
}
