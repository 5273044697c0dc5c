package harborprojects

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// sample is the pull credential of a team, as it is desired.
func sample(change ...func(*Credential)) Credential {
	all := desiredCredentials(values.Values{
		Platform: platform.Unversioned(), Teams: map[string]values.Team{"a": {}},
		Apps: values.Apps{Harbor: values.Harbor{BaseRepoURL: "harbor.example.com", RobotDuration: credential.Never}},
	}, task.Scope{})
	c := all["team-a/pull"]
	for _, do := range change {
		do(&c)
	}
	return c
}

// held is the same on a server where all is well, in slot a.
func held(change ...func(*Credential)) Credential {
	all := []func(*Credential){func(c *Credential) {
		c.Username, c.slot, c.basis = "otomi-team-a-pull", credential.A, &basis{Status: credential.Status{Next: credential.B}}
	}}
	return sample(append(all, change...)...)
}

func TestDesiredCredentials(t *testing.T) {
	yes := true
	pull, push := "project team-a repository:pull", "project team-a repository:push"
	each := func(kind string, attached *bool, rights ...string) Credential {
		return Credential{Meta: plan.Meta{Team: "a", Ownership: plan.Ours}, Login: credential.Proved, Permissions: rights, Duration: 90,
			Secret: &secretSpec{"harbor.example.com", kind, "otomi-tasks"}, Attached: attached}
	}
	want := map[string]Credential{
		"team-a/pull":   each("kubernetes.io/dockerconfigjson", &yes, pull),
		"team-a/push":   each("kubernetes.io/dockerconfigjson", &yes, pull, push),
		"team-a/builds": each("Opaque", nil, pull, push),
	}
	got := desiredCredentials(values.Values{
		Platform: platform.Unversioned(), Teams: map[string]values.Team{"a": {}},
		Apps: values.Apps{Harbor: values.Harbor{BaseRepoURL: "harbor.example.com", RobotDuration: 90}},
	}, task.Scope{})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Credential{})); diff != "" {
		t.Errorf("the credentials of a team (-want +got):\n%s", diff)
	}
}

// TestDiffCredentials is what a plan says of one credential.
func TestDiffCredentials(t *testing.T) {
	is := func(l credential.Login) func(*Credential) { return func(c *Credential) { c.Login = l } }
	const serves = "the former robot account team-a-pull-b serves until tomorrow"
	no := false
	for name, tc := range map[string]struct {
		reason  string
		current map[string]Credential // nil: none
		prefix  string                // of the configuration, "" as it is
		pending string
		waits   string
		want    []string
		blocked string
		renew   bool
	}{
		"Well":     {reason: "nothing to do", current: one(held())},
		"New":      {reason: "all is missing", want: []string{"create"}},
		"Pending":  {reason: "its namespace is missing", pending: "no namespace", want: []string{"create"}, blocked: "no namespace"},
		"Unnoted":  {reason: "works, and is to be remembered", current: one(held(is(credential.Works))), want: []string{`login: "works" -> "proved"`}},
		"Refused":  {reason: "a new one in the free slot", current: one(held(is(credential.Refused))), renew: true, want: []string{`login: "refused" -> "proved"`, `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`}},
		"Disabled": {reason: "may be as good as before", current: one(held(is(credential.Disabled))), want: []string{`login: "disabled" -> "proved"`}},
		"Rights":   {reason: "given back in place", current: one(held(func(c *Credential) { c.Permissions = []string{} })), want: []string{`permissions: [] -> ["project team-a repository:pull"]`}},
		"Gone": {reason: "its permissions do not count", current: one(held(is(credential.NoRobot), func(c *Credential) { c.Permissions, c.Duration, c.basis.Next = nil, 0, credential.A })), renew: true,
			want: []string{`login: "no robot account" -> "proved"`}},
		"Host":   {reason: "the same secret for another address", current: one(held(func(c *Credential) { c.Secret.Host = "old.example.com" })), want: []string{`secret.host: "old.example.com" -> "harbor.example.com"`}},
		"Adopt":  {reason: "the predecessor's", current: one(held(is(credential.Works), func(c *Credential) { c.Secret.ManagedBy = "" })), want: []string{`login: "works" -> "proved"`, `secret.managedBy: "" -> "otomi-tasks"`}},
		"Type":   {reason: "ours can be replaced", current: one(held(func(c *Credential) { c.Secret.Type = kube.Opaque })), want: []string{`secret.type: "Opaque" -> "kubernetes.io/dockerconfigjson"`}},
		"Alien":  {reason: "others' cannot", current: one(held(func(c *Credential) { c.Secret.Type, c.Secret.ManagedBy = kube.Opaque, "" })), want: []string{`secret.type: "Opaque" -> "kubernetes.io/dockerconfigjson"`, `secret.managedBy: "" -> "otomi-tasks"`}, blocked: "secret team-a/harbor-pullsecret has type Opaque, which cannot be changed, and is not ours: delete it"},
		"Pods":   {reason: "pods do not pull with it", current: one(held(func(c *Credential) { c.Attached = &no })), want: []string{"attached: false -> true"}},
		"Former": {reason: "its time is over", current: one(held(func(c *Credential) { c.Retiring, c.basis.Due = "team-a-pull-b: disable", credential.Disable })), want: []string{`retiring: "team-a-pull-b: disable" -> ""`}},
		"Prefix": {reason: "every name changes with it", current: one(held()), prefix: "new-", want: []string{`username: "otomi-team-a-pull" -> "new-team-a-pull"`}},
		"Rotate": {reason: "it is time", current: one(held(is(credential.Rotating))), renew: true, want: []string{`login: "rotation due" -> "proved"`, `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`}},
		"Waits": {reason: "the former one still serves", current: one(held(is(credential.Rotating))), waits: serves, renew: true, blocked: serves,
			want: []string{`login: "rotation due" -> "proved"`, `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`}},
		"WaitsAndMends": {reason: "what else there is need not wait", current: one(held(is(credential.Rotating), func(c *Credential) { c.Attached = &no })), waits: serves, want: []string{"attached: false -> true"}},
		"DeadNeverWaits": {reason: "what does not work is not spared", current: one(held(is(credential.Refused))), waits: serves, renew: true,
			want: []string{`login: "refused" -> "proved"`, `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`}},
		"Duration": {reason: "the time of a robot account counts from its creation: a new one", current: one(held(func(c *Credential) { c.Duration = 30 })), renew: true,
			want: []string{"duration: 30 days -> never expires", `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Plan{server: server{prefix: "otomi-"}}
			if tc.prefix != "" {
				p.Configurations.Changes = []plan.Change[Configuration]{{Action: plan.Update, After: &Configuration{RobotNamePrefix: &tc.prefix}}}
			}
			p.prefix = p.prefixAfter()
			for _, c := range tc.current {
				c.basis.Waits = tc.waits
			}
			p.planCredentials(State{Credentials: one(sample())}, State{Credentials: tc.current,
				server: server{pending: map[string]string{"team-a": tc.pending}}})
			got, blocked, renew := said(p.Credentials)
			if diff := cmp.Diff(tc.want, got); diff != "" || blocked != tc.blocked || renew != tc.renew {
				t.Errorf("%s: blocked %q, renewed %v (-want +got):\n%s", tc.reason, blocked, renew, diff)
			}
		})
	}
}

func one(c Credential) map[string]Credential { return map[string]Credential{"team-a/pull": c} }

// said is what the only change of a plan says.
func said(k plan.Kind[Credential]) (fields []string, blocked string, renew bool) {
	if len(k.Changes) == 0 {
		return nil, "", false
	}
	c := k.Changes[0]
	for _, f := range c.Reason {
		fields = append(fields, f.String())
	}
	if len(fields) == 0 {
		fields = []string{string(c.Action)}
	}
	return fields, c.Blocked, c.After.renew
}

// TestBlockedPrefix: names do not change with a prefix that cannot be changed.
func TestBlockedPrefix(t *testing.T) {
	p := &Plan{server: server{prefix: "otomi-"}}
	p.Configurations.Changes = []plan.Change[Configuration]{{Action: plan.Update, Blocked: "managed elsewhere", After: &Configuration{RobotNamePrefix: new("new-")}}}
	p.prefix = p.prefixAfter()
	p.planCredentials(State{Credentials: one(sample())}, State{Credentials: one(held())})
	if len(p.Credentials.Changes) > 0 {
		t.Errorf("the plan renames: %v", p.Credentials.Changes[0].Reason)
	}
}

func TestLoginOf(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, config, username, host string
	}{
		"Ours":    {"one login", `{"auths":{"harbor.example.com":{"username":"u","password":"p"}}}`, "u", "harbor.example.com"},
		"Old":     {"one of ours for an earlier address", `{"auths":{"old.example.com":{"username":"x-team-a-pull","password":"p"}}}`, "x-team-a-pull", "old.example.com"},
		"Theirs":  {"one for another registry", `{"auths":{"docker.io":{"username":"bob","password":"p"}}}`, "", ""},
		"Several": {"the one for our registry", `{"auths":{"a.example.com":{"username":"x","password":"y"},"harbor.example.com":{"username":"u","password":"p"}}}`, "u", "harbor.example.com"},
		"Others":  {"none is ours", `{"auths":{"a.example.com":{"username":"x","password":"y"},"b.example.com":{"username":"u","password":"p"}}}`, "", ""},
		"Empty":   {"none at all", `{"auths":{}}`, "", ""},
		"Broken":  {"no such file", `undefined`, "", ""},
		"Absent":  {"the key is missing", ``, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := kube.Secret{Data: map[string]values.Secret{kube.DockerConfigKey: values.NewSecret(tc.config)}}
			got := loginOf(pullKey(), s, "harbor.example.com")
			if got.Username != tc.username || got.Host != tc.host {
				t.Errorf("%s: %s at %s, want %s at %s", tc.reason, got.Username, got.Host, tc.username, tc.host)
			}
		})
	}
}

func pullKey() credential.Key { return credential.Key{Project: "team-a", Kind: credential.Kinds()[0]} }

// TestMergeLogin: no login of a team's own is ever lost.
func TestMergeLogin(t *testing.T) {
	const ours = `"harbor.example.com":{"username":"otomi-team-a-pull","password":"new","auth":"b3RvbWktdGVhbS1hLXB1bGw6bmV3"}`
	for name, tc := range map[string]struct {
		reason, held, want string
	}{
		"None":       {"a new Secret", ``, `{"auths":{` + ours + `}}`},
		"Broken":     {"no runtime reads it", `undefined`, `{"auths":{` + ours + `}}`},
		"Others":     {"other registries and helpers stay", `{"auths":{"docker.io":{"auth":"Ym9iOnA="}},"credHelpers":{"gcr.io":"gcr"}}`, `{"auths":{"docker.io":{"auth":"Ym9iOnA="},` + ours + `},"credHelpers":{"gcr.io":"gcr"}}`},
		"Unreadable": {"so does what we cannot read", `{"auths":{"docker.io":{"auth":"%"}}}`, `{"auths":{"docker.io":{"auth":"%"},` + ours + `}}`},
		"Replaced":   {"ours is replaced", `{"auths":{"harbor.example.com":{"username":"otomi-team-a-pull-b","password":"old"}}}`, `{"auths":{` + ours + `}}`},
		"Moved":      {"and moves with the address", `{"auths":{"old.example.com":{"username":"otomi-team-a-pull","password":"old"}}}`, `{"auths":{` + ours + `}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := mergeLogin(pullKey(), values.NewSecret(tc.held), "harbor.example.com", "otomi-team-a-pull", values.NewSecret("new"))
			if diff := cmp.Diff(tc.want, got.Reveal()); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", tc.reason, err, diff)
			}
		})
	}
}
