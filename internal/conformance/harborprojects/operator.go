package harborprojects

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// release is one whose operator writes to Harbor each minute and takes the
// Kubernetes Secrets for the truth.
const release = "apl-4.15"

// operatorValues are a platform with one team beside the team admin.
const operatorValues = `
cluster: {domainSuffix: example.com}
apps:
  keycloak: {idp: {clientSecret: client-secret-1}}
  harbor: {robotNamePrefix: otomi-}
teamConfig: {a: {}}
`

// Operator proves that our runs and those of the platform's operator come to
// rest beside each other.
func Operator(t *testing.T, start Start) {
	for name, first := range map[string]bool{"OperatorFirst": true, "WeFirst": false} {
		t.Run(name, func(t *testing.T) {
			s := buildSite(t, start, []string{"team-a", "team-admin"}, operatorValues)
			s.release = release
			h := s.console(t)
			if first {
				h.operate(t)
			}
			s.apply(t, "--accept", "auth_mode")
			s.rest(t, h)
			s.run(t, "rotate").want(t, run.ExitOK, "converged", runner.AnyWrites)
			s.rest(t, h)
			for range 3 { // the former robot accounts are retired, and made again by the operator
				s.clock.pass(25 * time.Hour)
				if r := s.run(t, "apply"); r.Code != run.ExitOK {
					t.Errorf("beside the operator: %s", r)
				}
				h.operate(t)
			}
			s.rest(t, h)
			h.contract(t)
		})
	}
}

// rest is three rounds of both in which we write nothing.
func (s *site) rest(t testing.TB, h *console) {
	t.Helper()
	h.operate(t)
	s.run(t, "apply") // what the operator changed for the first time
	for range 3 {
		h.operate(t)
		s.settled(t, "--policy", "sync")
		s.allLogIn(t)
	}
}

// operate is one round of the platform's operator.
func (h *console) operate(t testing.TB) {
	t.Helper()
	h.put("/configurations", object{
		"auth_mode": "oidc_auth", "primary_auth_mode": true, "oidc_name": "otomi", "oidc_endpoint": "https://keycloak.example.com/realms/otomi", "oidc_client_id": "otomi",
		"oidc_client_secret": "client-secret-1", "oidc_groups_claim": "groups", "oidc_admin_group": "platform-admin", "oidc_scope": "openid",
		"oidc_verify_cert": true, "oidc_auto_onboard": true, "oidc_user_claim": "email", "project_creation_restriction": "adminonly", "self_registration": false,
		"robot_name_prefix": "otomi-"})
	for _, project := range []string{"team-a", "team-admin"} {
		h.try(http.MethodPost, "/projects", object{"project_name": project})
		for group, role := range map[string]int{project: 2, "all-teams-admin": 1} {
			h.try(http.MethodPost, "/projects/"+project+"/members", object{"role_id": role, "member_group": object{"group_name": group, "group_type": 3}})
		}
		for _, p := range places(project) {
			h.operateRobot(t, p)
		}
	}
}

// operateRobot sets the robot account to the password in the Secret, and makes
// what is missing of both.
func (h *console) operateRobot(t testing.TB, p place) {
	t.Helper()
	name := p.namespace + "-" + uses()[p.secret]
	status, answer := h.try(http.MethodPost, "/robots", object{"name": name, "level": "system", "duration": -1,
		"description": "Allow to pull from / push to project container registry", "permissions": robotRights(p.namespace, actionsOf(p)...)})
	if status != http.StatusCreated && status != http.StatusConflict {
		t.Fatalf("the operator's robot account %s: %d %s", name, status, answer)
	}
	secrets := h.cluster.CoreV1().Secrets(p.namespace)
	held, err := secrets.Get(context.Background(), p.secret, metav1.GetOptions{})
	if err != nil {
		kind := corev1.SecretTypeDockerConfigJson
		if p.key == "config.json" {
			kind = corev1.SecretTypeOpaque
		}
		held = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: p.secret}, Type: kind, Data: map[string][]byte{
			p.key: dockerconfig("harbor.example.com", entry{Username: "otomi-" + name, Password: "Operators-password-of-32-chars-1"})}}
		if _, err := secrets.Create(context.Background(), held, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	h.do(http.MethodPatch, h.robotPath("otomi-"+name), object{"secret": h.entryOf(held, p.key).Password})
}

func actionsOf(p place) []string {
	if p.secret == "harbor-pullsecret" {
		return []string{"pull"}
	}
	return []string{"push", "pull"}
}

// contract is what the release's other parts rely on.
func (h *console) contract(t testing.TB) {
	t.Helper()
	settings := h.get("/configurations")
	for key, want := range map[string]any{"oidc_admin_group": "platform-admin", "primary_auth_mode": true, "oidc_scope": "openid"} {
		if got := dig(settings, key, "value"); got != want {
			t.Errorf("configuration %s: %v, want %v", key, got, want)
		}
	}
	for _, project := range []string{"team-a", "team-admin"} {
		for group, role := range map[string]string{project: "developer", "all-teams-admin": "projectAdmin"} {
			if got := h.find("/projects/"+project+"/members?page_size=100", "entity_name", group)["role_name"]; got != role {
				t.Errorf("%s in project %s: %v, want %s", group, project, got, role)
			}
		}
		for _, use := range []string{"pull", "push", "builds"} {
			h.find("/robots?page_size=100", "name", fmt.Sprintf("otomi-%s-%s", project, use))
		}
	}
}
