package harborprojects

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// doctor names what keeps pods and people out, in a number of requests that does
// not grow with the teams.
func doctor(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	s.Log.Reset()
	if code, out := s.diagnose(t); code != run.ExitOK || !strings.Contains(out, "team-a/builds, team-a/pull, team-a/push: logged in") {
		t.Errorf("all is well: exit %d\n%s", code, out)
	}
	few := len(s.Log.Requests())
	s.values.Add(t, Teams(20))
	s.apply(t)
	s.Log.Reset()
	s.diagnose(t)
	if many := len(s.Log.Requests()); many != few {
		t.Errorf("%d requests with 23 teams, %d with 3", many, few)
	}
	pull := places("team-a")[0]
	s.guard.away(func() {
		s.console(t).edit(pull, func(secret *corev1.Secret) {
			secret.Data[pull.key] = dockerconfig("harbor.example.com", entry{Username: "otomi-team-a-pull", Password: "Wrong-secret-1"})
		})
	})
	if code, out := s.diagnose(t); code != run.ExitUnsettled || !strings.Contains(out, "Harbor refuses what secret team-a/harbor-pullsecret holds") {
		t.Errorf("a credential that is refused: exit %d\n%s", code, out)
	}
}

// Issuer shows that a server with another issuer is found out, as Harbor's library
// does it.
func Issuer(t *testing.T, start Start) {
	s := start(t, harbor.Options{Issuer: func(url string) error {
		return errors.New("oidc: issuer did not match the issuer returned by provider, expected " + url)
	}})
	b := newEnv(t, s, Platform)
	b.run(t, "apply").want(t, run.ExitOK, "converged", runner.AnyWrites)
	code, out := b.diagnose(t)
	if code != run.ExitUnsettled || !strings.Contains(out, "Harbor cannot use https://keycloak.example.com/realms/otomi as its identity provider") {
		t.Errorf("another issuer: exit %d\n%s", code, out)
	}
}
