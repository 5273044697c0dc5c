package harborprojects

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"otomi.io/tasks/tasks/run"
)

// ownLogins: a team's own logins in the pull Secret stay when ours changes, and a
// Secret that another tool manages is left to it.
func ownLogins(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	h, pull, push := s.console(t), places("team-a")[0], places("team-a")[1]
	h.edit(pull, func(secret *corev1.Secret) {
		var config object
		if err := json.Unmarshal(secret.Data[pull.key], &config); err != nil {
			t.Fatal(err)
		}
		auths, _ := config["auths"].(object)
		auths["docker.io"] = object{"username": "bob", "password": "own-password"}
		config["credHelpers"] = object{"gcr.io": "gcr"}
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		secret.Data[pull.key] = text
	})
	s.guard.watch(false)
	s.settled(t, "--policy", "sync")
	s.run(t, "rotate", "--team", "a").want(t, run.ExitOK, "converged", 3)
	var config object
	if err := json.Unmarshal(s.secret(pull).Data[pull.key], &config); err != nil {
		t.Fatal(err)
	}
	if dig(config, "auths", "docker.io", "password") != "own-password" || dig(config, "credHelpers", "gcr.io") != "gcr" ||
		dig(config, "auths", "harbor.example.com", "username") != "otomi-team-a-pull-b" {
		t.Errorf("after a rotation the pull Secret holds %v", slices.Sorted(maps.Keys(config)))
	}
	h.mark(push, "Helm")
	s.settled(t, "--policy", "sync")
	h.remove(h.robotPath("otomi-team-a-push-b"))
	h.remove(h.robotPath("otomi-team-a-push"))
	held := string(s.secret(push).Data[push.key])
	r := s.run(t, "apply")
	if !strings.Contains(r.Stdout, "belongs to Helm, which manages secret team-a/harbor-pushsecret") || string(s.secret(push).Data[push.key]) != held {
		t.Errorf("a Secret that Helm manages:\n%s", r.Stdout)
	}
	s.apply(t, "--accept", "owner")
	s.allLogIn(t)
}
