package harborprojects

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// credentialDrift is a drift of a credential or of the runner, with the writes
// that repair it, our state among those to Kubernetes.
type credentialDrift struct {
	drift
	secrets int
	fields  []string // of the first line; nil is not looked at
}

// credentialDrifts makes each drift alone, while a guard watches that nothing
// else stops working.
func credentialDrifts(t *testing.T, start Start) {
	all := secretDrifts()
	maps.Copy(all, robotDrifts())
	maps.Copy(all, runnerDrifts())
	for name, d := range all {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, start)
			s.apply(t)
			h := s.console(t)
			s.guard.away(func() { d.make(h) })
			r := s.run(t, "apply", "--policy", "sync").want(t, run.ExitOK, "converged", d.writes)
			if diff := cmp.Diff(d.want, runner.Names(r.Lines)); diff != "" {
				t.Errorf("%s: plan (-want +got):\n%s", d.reason, diff)
			}
			var fields []string
			for _, f := range r.Lines[0].Fields {
				fields = append(fields, f.String())
			}
			if diff := cmp.Diff(d.fields, fields); d.fields != nil && diff != "" {
				t.Errorf("%s: fields (-want +got):\n%s", d.reason, diff)
			}
			if r.secrets != d.secrets {
				t.Errorf("%s: %d writes to Kubernetes, want %d: %v", d.reason, r.secrets, d.secrets, s.secrets.Writes())
			}
			s.allLogIn(t)
			s.settled(t, "--policy", "sync")
		})
	}
}

// What many of the plans say.
const (
	updatePull = "update credential team-a/pull"
	toB        = `username: "otomi-team-a-pull" -> "otomi-team-a-pull-b"`
)

// secretDrifts are made in Kubernetes.
func secretDrifts() map[string]credentialDrift {
	pull, push, builds := places("team-a")[0], places("team-a")[1], places("team-b")[2]
	create, update := []string{"create credential team-a/pull"}, []string{updatePull}
	return map[string]credentialDrift{
		"SecretDeleted": {drift{"pods cannot pull", func(h *console) { h.deleteSecret(pull) }, create, 1}, 2, nil},
		"SecretEmptied": {drift{"pods cannot pull", func(h *console) {
			h.edit(pull, func(s *corev1.Secret) { s.Data[pull.key] = []byte(`{"auths":{}}`) })
		}, update, 1}, 2, []string{`login: "no login" -> "proved"`, `username: "" -> "otomi-team-a-pull-b"`, `secret.host: "" -> "harbor.example.com"`}},
		"SecretUndefined": {drift{"as the predecessor wrote it", func(h *console) {
			h.edit(pull, func(s *corev1.Secret) { s.Data[pull.key] = []byte(`undefined`) })
		}, update, 1}, 2, []string{`login: "no login" -> "proved"`, `username: "" -> "otomi-team-a-pull-b"`, `secret.host: "" -> "harbor.example.com"`}},
		"PasswordEdited": {drift{"pods cannot pull", func(h *console) {
			h.edit(pull, func(s *corev1.Secret) {
				s.Data[pull.key] = dockerconfig("harbor.example.com", entry{Username: "otomi-team-a-pull", Password: "Wrong-secret-1"})
			})
		}, update, 1}, 2, []string{`login: "refused" -> "proved"`, toB}},
		"UserEdited": {drift{"another robot account's name", func(h *console) {
			h.edit(pull, func(s *corev1.Secret) {
				s.Data[pull.key] = dockerconfig("harbor.example.com", entry{Username: "otomi-team-a-push", Password: "Wrong-secret-1"})
			})
		}, update, 1}, 2, []string{`login: "no robot account" -> "proved"`, `username: "otomi-team-a-push" -> "otomi-team-a-pull-b"`}},
		"HostEdited": {drift{"images of another registry", func(h *console) { h.atHost(pull, "old.example.com") }, update, 0}, 1,
			[]string{`secret.host: "old.example.com" -> "harbor.example.com"`}},
		"PrefixEdited": {drift{"a name without the prefix", func(h *console) {
			h.edit(pull, func(s *corev1.Secret) {
				e := h.entryOf(s, pull.key)
				s.Data[pull.key] = dockerconfig("harbor.example.com", entry{Username: "robot$team-a-pull", Password: e.Password})
			})
		}, update, 0}, 1, []string{`username: "robot$team-a-pull" -> "otomi-team-a-pull"`}},
		"MarkRemoved": {drift{"its owner would be unknown", func(h *console) { h.mark(pull, "") }, update, 0}, 1, []string{`secret.managedBy: "" -> "otomi-tasks"`}},
		"TypeChanged": {drift{"no container runtime looks at it", func(h *console) {
			h.retype(pull, corev1.SecretTypeOpaque)
		}, update, 0}, 2, []string{`secret.type: "Opaque" -> "kubernetes.io/dockerconfigjson"`}},
		"Detached": {drift{"pods do not pull with it", func(h *console) { h.setPullSecrets("team-a", "theirs", "harbor-pushsecret") }, update, 0}, 1, []string{"attached: false -> true"}},
		"DetachedAll": {drift{"the list was replaced", func(h *console) { h.setPullSecrets("team-a", "mine") },
			[]string{"update credential team-a/pull", "update credential team-a/push"}, 0}, 2, []string{"attached: false -> true"}},
		"SecretByHand": {drift{"a new secret was made and put there, too", func(h *console) {
			secret := h.secret("otomi-team-a-pull")
			h.edit(pull, func(s *corev1.Secret) {
				s.Data[pull.key] = dockerconfig("harbor.example.com", entry{Username: "otomi-team-a-pull", Password: secret})
			})
		}, update, 0}, 1, []string{`login: "works" -> "proved"`}},
		"BuildsDeleted": {drift{"nothing can be built", func(h *console) { h.deleteSecret(builds) }, []string{"create credential team-b/builds"}, 1}, 2, nil},
		"TwoAtOnce": {drift{"two of a team", func(h *console) { h.deleteSecret(pull); h.deleteSecret(push) },
			[]string{"create credential team-a/pull", "create credential team-a/push"}, 2}, 3, nil},
	}
}

// robotDrifts are made to the robot accounts of teams in Harbor.
func robotDrifts() map[string]credentialDrift {
	update := []string{updatePull}
	return map[string]credentialDrift{
		"RobotDeleted": {drift{"pods cannot pull", func(h *console) { h.remove(h.robotPath("otomi-team-a-pull")) }, update, 1}, 2,
			[]string{`login: "no robot account" -> "proved"`}},
		"RobotDisabled": {drift{"pods cannot pull, for now", func(h *console) { h.changeRobot("otomi-team-a-pull", object{"disable": true}) }, update, 1}, 1,
			[]string{`login: "disabled" -> "proved"`}},
		"RobotRights": {drift{"it may push, too", func(h *console) {
			h.changeRobot("otomi-team-a-pull", object{"permissions": robotRights("team-a", "pull", "push")})
		}, update, 1}, 1, []string{`login: "works" -> "proved"`, `permissions: ["project team-a repository:pull", "project team-a repository:push"] -> ["project team-a repository:pull"]`}},
		"RobotElsewhere": {drift{"it may look at another team's images", func(h *console) {
			h.changeRobot("otomi-team-a-push", object{"permissions": append(robotRights("team-a", "pull", "push"), robotRights("team-b", "pull")...)})
		}, []string{"update credential team-a/push"}, 1}, 1,
			[]string{`login: "works" -> "proved"`, `permissions: -"project team-b repository:pull"`}},
		"RobotDescribed": {drift{"only a description: what works is noted again", func(h *console) {
			h.changeRobot("otomi-team-a-pull", object{"description": "mine"})
		}, update, 0}, 1, []string{`login: "works" -> "proved"`}},
		"RobotDuration": {drift{"it will end one day", func(h *console) { h.changeRobot("otomi-team-a-pull", object{"duration": 100}) }, update, 1}, 2,
			[]string{`login: "works" -> "proved"`, "duration: 100 days -> never expires", toB}},
		"RobotSecret": {drift{"a new secret was made", func(h *console) { h.secret("otomi-team-a-pull") }, update, 1}, 2, []string{`login: "refused" -> "proved"`, toB}},
		"RobotDisabledAndSecret": {drift{"both at once", func(h *console) {
			h.secret("otomi-team-a-pull")
			h.changeRobot("otomi-team-a-pull", object{"disable": true})
		}, update, 2}, 2, []string{`login: "disabled" -> "proved"`}},
		"ProjectRemade": {drift{"the robot accounts lost their rights for good", func(h *console) {
			h.remove("/projects/team-b")
			h.post("/projects", object{"project_name": "team-b"})
			for group, role := range map[string]int{"team-b": 2, "team-admin": 1} {
				h.post("/projects/team-b/members", object{"role_id": role, "member_group": object{"group_name": group, "group_type": 3}})
			}
			h.metadata("team-b", "auto_scan", "false")
		}, []string{"adopt project team-b", "update credential team-b/builds", "update credential team-b/pull", "update credential team-b/push"}, 3}, 1, nil},
	}
}

// runnerDrifts are made to what only the task itself uses.
func runnerDrifts() map[string]credentialDrift {
	runner := []string{"update service-robot otomi-tasks"}
	return map[string]credentialDrift{
		"StateLost": {drift{"our inventory is gone: all that works is noted again, and nothing that another inventory marked is touched", func(h *console) {
			h.deleteSecret(place{"otomi", "otomi-tasks-harbor-projects", ""})
		}, []string{
			"update configuration harbor", "update service-robot otomi-tasks", "adopt project team-a", "adopt project team-b", "adopt project team-c",
			"adopt immutable-tags team-a/!web v*", "adopt immutable-tags team-a/** release-*",
			"update credential team-a/builds", "update credential team-a/pull", "update credential team-a/push",
			"update credential team-b/builds", "update credential team-b/pull", "update credential team-b/push",
			"update credential team-c/builds", "update credential team-c/pull", "update credential team-c/push",
		}, 1}, 1, []string{"oidc_client_secret: changed"}},
		"RunnerDeleted":  {drift{"the service robot is missing", func(h *console) { h.remove(h.robotPath("otomi-otomi-tasks")) }, []string{"create service-robot otomi-tasks"}, 2}, 1, nil},
		"RunnerDisabled": {drift{"the service robot cannot log in", func(h *console) { h.changeRobot("otomi-otomi-tasks", object{"disable": true}) }, runner, 1}, 0, []string{"enabled: false -> true", `login: "refused" -> "works"`}},
		"RunnerSecret":   {drift{"a new secret was made", func(h *console) { h.secret("otomi-otomi-tasks") }, runner, 1}, 1, []string{`login: "refused" -> "works"`}},
		"RunnerRights": {drift{"it cannot make retention policies", func(h *console) {
			h.changeRobot("otomi-otomi-tasks", object{"permissions": h.withoutRight("otomi-otomi-tasks", "tag-retention", "create")})
		}, runner, 1}, 0, []string{`lacks: ["project * tag-retention:create"] -> []`}},
		"RunnerPoor": {drift{"it may pull only", func(h *console) { h.changeRobot("otomi-otomi-tasks", object{"permissions": robotRights("*", "pull")}) }, runner, 1}, 0, nil},
		"RunnerEnds": {drift{"it will end one day", func(h *console) { h.changeRobot("otomi-otomi-tasks", object{"duration": 100}) }, runner, 1}, 0, []string{"duration: 100 days -> never expires"}},
		"RunnerMay": {drift{"it may do more than it needs", func(h *console) {
			more, _ := h.robot("otomi-otomi-tasks", nil)["permissions"].([]any)
			h.changeRobot("otomi-otomi-tasks", object{"permissions": append(more, robotRights("team-a", "delete")...)})
		}, runner, 1}, 0, []string{`exceeds: ["project team-a repository:delete"] -> []`}},
	}
}
