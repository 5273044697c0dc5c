package platforms

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// HarborTool is the platform's own tool for Harbor.
type HarborTool struct {
	HarborRelease
	URL, Username, Password string
	Secret, Issuer, Host    string // of the client, of Keycloak, and what images begin with
	Teams                   []string
	Cluster                 kubernetes.Interface
}

type harborRound struct {
	HarborTool
	client
}

// Round does what the tool does each time.
func (h HarborTool) Round(t testing.TB) {
	t.Helper()
	r := harborRound{h, client{t, h.URL + "/api/v2.0", func(r *http.Request) { r.SetBasicAuth(h.Username, h.Password) }}}
	r.configuration()
	for _, team := range h.Teams {
		project := "team-" + team
		r.do(http.MethodPost, "/projects", object{"project_name": project}, http.StatusConflict)
		for group, role := range map[string]int{project: 2, h.MemberGroup: 1} {
			r.do(http.MethodPost, "/projects/"+project+"/members", object{"role_id": role, "member_group": object{"group_name": group, "group_type": 3}}, http.StatusConflict)
		}
		r.robot(project, "pull", "harbor-pullsecret", "pull")
		r.robot(project, "push", "harbor-pushsecret", "push", "pull")
		r.robot(project, "builds", "harbor-pushsecret-builds", "push", "pull")
		r.pullSecrets(project)
	}
}

func (r harborRound) configuration() {
	settings := object{
		"auth_mode": "oidc_auth", "oidc_name": "otomi", "oidc_endpoint": r.Issuer, "oidc_client_id": "otomi", "oidc_client_secret": r.Secret,
		"oidc_groups_claim": "groups", "oidc_admin_group": r.AdminGroup, "oidc_scope": "openid", "oidc_verify_cert": true, "oidc_auto_onboard": true,
		"oidc_user_claim": "email", "project_creation_restriction": "adminonly", "self_registration": false, "robot_name_prefix": "otomi-",
	}
	if r.PrimaryAuthMode {
		settings["primary_auth_mode"] = true
	}
	r.do(http.MethodPut, "/configurations", settings)
}

// robot makes an account and its Secret where one is missing, and sets the account
// to the password in the Secret.
func (r harborRound) robot(project, use, secret string, actions ...string) {
	name, full := project+"-"+use, "otomi-"+project+"-"+use
	password := r.password(project, secret, full)
	found := find(r.list("/robots?q="+url.QueryEscape("name="+name)), "name", full)
	if found == nil {
		var access list
		for _, action := range actions {
			access = append(access, object{"resource": "repository", "action": action})
		}
		wanted := object{"name": name, "level": "system", "duration": -1, "permissions": list{{"kind": "project", "namespace": project, "access": access}}}
		if r.Described {
			wanted["description"] = "Allow to pull from project container registry"
		}
		found = decoded[object](r.t, r.do(http.MethodPost, "/robots", wanted))
	} else if r.Described {
		r.do(http.MethodPut, fmt.Sprintf("/robots/%.0f", found["id"]), found)
	} else {
		return
	}
	r.do(http.MethodPatch, fmt.Sprintf("/robots/%.0f", found["id"]), object{"secret": password})
}

// password is what the Secret holds; one that is missing is made.
func (r harborRound) password(namespace, name, user string) string {
	ctx, secrets := context.Background(), r.Cluster.CoreV1().Secrets(namespace)
	kind, key := corev1.SecretTypeDockerConfigJson, corev1.DockerConfigJsonKey
	if name == "harbor-pushsecret-builds" {
		kind, key = corev1.SecretTypeOpaque, "config.json"
	}
	held, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		const password = "Tools-password-of-32-characters1"
		auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		text, _ := json.Marshal(object{"auths": object{r.Host: object{"username": user, "password": password, "email": "not@val.id", "auth": auth}}}) // cannot fail
		held, err = secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Type: kind, Data: map[string][]byte{key: text}}, metav1.CreateOptions{})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return decoded[struct {
		Auths map[string]struct{ Password string }
	}](r.t, held.Data[key]).Auths[r.Host].Password
}

// pullSecrets are named on the ServiceAccount of the team's pods.
func (r harborRound) pullSecrets(namespace string) {
	accounts := r.Cluster.CoreV1().ServiceAccounts(namespace)
	account, err := accounts.Get(context.Background(), "default", metav1.GetOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(account.ImagePullSecrets) > 0 {
		return
	}
	account.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "harbor-pullsecret"}, {Name: "harbor-pushsecret"}}
	if _, err := accounts.Update(context.Background(), account, metav1.UpdateOptions{}); err != nil {
		r.t.Fatal(err)
	}
}

// Drift is a person who changes a setting by hand.
func (h HarborTool) Drift(t testing.TB) {
	t.Helper()
	r := client{t, h.URL + "/api/v2.0", func(r *http.Request) { r.SetBasicAuth(h.Username, h.Password) }}
	r.do(http.MethodPut, "/configurations", object{"oidc_auto_onboard": false})
}
