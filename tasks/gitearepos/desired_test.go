package gitearepos_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/golden"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const bare = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps: {drone: {enabled: false}}
teamConfig: {a: {}, b: {selfService: {apps: [gitea, argocd]}}}
`

const full = `
apps:
  argocd: {enabled: true}
  drone: {enabled: true, namespace: ci}
  gitea:
    owners: [Ada]
    hooks: [{url: "https://audit.example.com", events: [repository]}]
    repos:
      - name: Values
        description: The platform
        hooks: [{url: "https://ci.example.com", secret: hook-secret-1}]
      - {name: Handbook, private: false, autoInit: true, teams: [b]}
teamConfig:
  a:
    gitea:
      description: Sells things
      members: [Alice, bob]
      users: [{username: Shop-Bot, email: shop-bot@example.com, initialPassword: Bot-pass-1}]
      repos:
        - name: Shop
          defaultBranch: main
          hooks: [{url: "https://ci.example.com", events: [pull_request, issues_only], authorization: Bearer hook-secret-2}]
          branchProtections:
            - {branch: main, push: {teams: [a], users: [Shop-Bot]}, merge: {teams: [a]}, requiredApprovals: 2, statusChecks: [test, build]}
            - {branch: "*", push: {all: true}}
          deployKeys: [{title: argo, key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqj0dxREBF+9YUXW+sZ+W2kGsUkGJ9KHjp6lq0g0hDq me@example"}]
  b:
    gitea:
      users: [{username: Shop-Bot, email: shop-bot@example.com, initialPassword: Bot-pass-1}]
`

func load(t *testing.T, documents ...string) values.Values {
	t.Helper()
	return golden.Load(t, values.AppGitea, documents...)
}

// TestDesired holds the platform's contract: every name and every field that
// other parts of it rely on.
func TestDesired(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
	}{
		"bare": {"what every platform has", []string{bare}},
		"full": {"everything that values can say", []string{bare, full}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state := gitearepos.Desired(load(t, tc.values...))
			fields, err := json.MarshalIndent(state, "", " ")
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if bytes.Contains(fields, []byte("-pass-1")) || bytes.Contains(fields, []byte("hook-secret")) {
				t.Error("the state shows a secret")
			}
			golden.Golden(t, *update, name+".json", append(fields, '\n'))
			var text bytes.Buffer
			if err := plan.WriteText(&text, plan.Lines(gitearepos.Diff(state, gitearepos.State{}))); err != nil {
				t.Fatal(err)
			}
			golden.Golden(t, *update, name+".plan", text.Bytes())
		})
	}
}

func TestDesiredIsPure(t *testing.T) {
	v := load(t, bare, full)
	p := gitearepos.Diff(gitearepos.Desired(v), gitearepos.Desired(v))
	if lines := slices.Collect(plan.Lines(p)); len(lines) != 0 {
		t.Errorf("two states of the same values differ: %v", lines)
	}
}

// TestSwitchedOff: a Gitea that the platform does not have is not looked after.
func TestSwitchedOff(t *testing.T) {
	off := gitearepos.Desired(load(t, bare, full, "apps: {gitea: {enabled: false}}"))
	if !reflect.DeepEqual(gitearepos.State{}, off) {
		t.Errorf("something is desired: %+v", off)
	}
}

// TestDiff shows what is held back, and what a person must accept.
func TestDiff(t *testing.T) {
	cases := map[string]struct {
		reason string
		// current is changed from what is desired.
		current func(*gitearepos.State)
		want    plan.Line
	}{
		"Public": {
			reason: "what was public cannot be hidden again",
			current: func(s *gitearepos.State) {
				edit(s.Repositories, "handbook", func(r *gitearepos.Repository) { r.Private = true })
			},
			want: plan.Line{Action: plan.Update, Kind: "repository", Name: "handbook", Danger: gitearepos.AcceptPublic, DangerReason: "everyone who reaches Gitea could read it"},
		},
		"Private": {
			reason: "hiding is not a danger",
			current: func(s *gitearepos.State) {
				edit(s.Repositories, "shop", func(r *gitearepos.Repository) { r.Private = false })
			},
			want: plan.Line{Action: plan.Update, Kind: "repository", Name: "shop", Team: "a"},
		},
		"Fork": {
			reason: "Gitea would not change it and not say so",
			current: func(s *gitearepos.State) {
				edit(s.Repositories, "shop", func(r *gitearepos.Repository) { r.Private, r.Fork = false, true })
			},
			want: plan.Line{Action: plan.Update, Kind: "repository", Name: "shop", Team: "a", Blocked: "is a fork: who may see it is up to the repository that it comes from"},
		},
		"Branch": {
			reason: "nor this",
			current: func(s *gitearepos.State) {
				edit(s.Repositories, "shop", func(r *gitearepos.Repository) { r.DefaultBranch, r.BranchMissing = new("master"), true })
			},
			want: plan.Line{Action: plan.Update, Kind: "repository", Name: "shop", Team: "a", Blocked: "branch main does not exist yet"},
		},
		"Archived": {
			reason: "Gitea refuses rules for what cannot change",
			current: func(s *gitearepos.State) {
				delete(s.Protections, "shop *")
				edit(s.Repositories, "shop", func(r *gitearepos.Repository) { r.Archived = true })
			},
			want: plan.Line{Action: plan.Create, Kind: "branch-protection", Name: "shop *", Team: "a", Blocked: "repository shop is archived"},
		},
		"NoAccount": {
			reason: "the account may come with a first login",
			current: func(s *gitearepos.State) {
				delete(s.Members, "team-a/alice")
				s.Accounts = map[string]bool{"alice": false, "bob": true}
			},
			want: plan.Line{Action: plan.Create, Kind: "member", Name: "team-a/alice", Team: "a", Blocked: "account Alice does not exist yet; it may come with a first login"},
		},
		"Account": {
			reason: "it has come",
			current: func(s *gitearepos.State) {
				delete(s.Members, "team-a/alice")
				s.Accounts = map[string]bool{"alice": true}
			},
			want: plan.Line{Action: plan.Create, Kind: "member", Name: "team-a/alice", Team: "a"},
		},
		"LastOwner": {
			reason: "an organisation without an owner is lost",
			current: func(s *gitearepos.State) {
				delete(s.Members, "owners/ada")
				s.Members["owners/eve"] = gitearepos.Member{Meta: plan.Meta{Ownership: plan.Ours}, TeamName: "owners", User: "eve"}
			},
			want: plan.Line{Action: plan.Create, Kind: "member", Name: "owners/ada"},
		},
		"NoNamespace": {
			reason: "the credentials wait for their namespace",
			current: func(s *gitearepos.State) {
				edit(s.Applications, "otomi-drone", func(a *gitearepos.OAuth2App) {
					a.SecretStored, a.Pending, a.Secret = false, "no namespace", values.NewSecret("x")
				})
			},
			want: plan.Line{Action: plan.Update, Kind: "oauth2-application", Name: "otomi-drone", Blocked: "no namespace"},
		},
		"DeadSecret": {
			reason: "a place or none, another secret must be made, and Drone loses the one that it has",
			current: func(s *gitearepos.State) {
				edit(s.Applications, "otomi-drone", func(a *gitearepos.OAuth2App) { a.SecretWorks, a.SecretStored, a.Pending = false, false, "no namespace" })
			},
			want: plan.Line{Action: plan.Update, Kind: "oauth2-application", Name: "otomi-drone", Loss: "the client secret that Drone may work with"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := load(t, bare, full)
			current := gitearepos.Desired(v)
			tc.current(&current)
			lines := slices.Collect(plan.Lines(gitearepos.Diff(gitearepos.Desired(v), current)))
			i := slices.IndexFunc(lines, func(l plan.Line) bool { return l.Kind == tc.want.Kind && l.Name == tc.want.Name })
			if i < 0 {
				t.Fatalf("%s: the plan is %v", tc.reason, lines)
			}
			lines[i].Fields = nil
			if diff := cmp.Diff(tc.want, lines[i]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func edit[T any](objects map[string]T, name string, change func(*T)) {
	object := objects[name]
	change(&object)
	objects[name] = object
}

// TestLastOwner lets all owners leave: one is kept.
func TestLastOwner(t *testing.T) {
	v := load(t, bare, full, "apps: {gitea: {owners: []}}")
	current := gitearepos.Desired(v)
	current.Members = maps.Clone(current.Members)
	for _, name := range []string{"ada", "eve"} {
		current.Members["owners/"+name] = gitearepos.Member{Meta: plan.Meta{Ownership: plan.Ours}, TeamName: "owners", User: name}
	}
	var got []string
	for line := range plan.Lines(gitearepos.Diff(gitearepos.Desired(v), current)) {
		got = append(got, string(line.Action)+" "+line.Name+" "+line.Blocked)
	}
	if diff := cmp.Diff([]string{"delete owners/ada ", "delete owners/eve is the last owner of otomi"}, got); diff != "" {
		t.Errorf("an organisation without an owner is lost (-want +got):\n%s", diff)
	}
}
