package harborprojects

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// as is a person who logs in another way.
func (h *console) as(username, password string) *console {
	other := *h.env
	other.Username, other.Password = username, password
	return &console{env: &other, t: h.t}
}

// robotPath is the path of a robot account of the system.
func (h *console) robotPath(name string) string {
	h.t.Helper()
	return "/robots/" + id(h.find("/robots?page_size=100", "name", name))
}

// robot is a robot account with some changes.
func (h *console) robot(name string, changes object) object {
	h.t.Helper()
	found := h.find("/robots?page_size=100", "name", name)
	maps.Copy(found, changes)
	return found
}

func (h *console) changeRobot(name string, changes object) {
	h.t.Helper()
	h.put(h.robotPath(name), h.robot(name, changes))
}

// secret lets Harbor make a new secret for a robot account.
func (h *console) secret(name string) string {
	h.t.Helper()
	var answer struct{ Secret string }
	if err := json.Unmarshal(h.do("PATCH", h.robotPath(name), object{}), &answer); err != nil {
		h.t.Fatal(err)
	}
	return answer.Secret
}

// robotRights are permissions in one project, as Harbor wants them.
func robotRights(project string, actions ...string) []any {
	var access []any
	for _, action := range actions {
		access = append(access, object{"resource": "repository", "action": action})
	}
	return []any{object{"kind": "project", "namespace": project, "access": access}}
}

// uses are the ends of the robot accounts' names, by Secret.
func uses() map[string]string {
	return map[string]string{"harbor-pullsecret": "pull", "harbor-pushsecret": "push", "harbor-pushsecret-builds": "builds"}
}

// oldCredential makes a robot account and its Secret as the predecessor did.
func (h *console) oldCredential(p place) entry {
	h.t.Helper()
	actions := []string{"push", "pull"}
	if p.secret == "harbor-pullsecret" {
		actions = []string{"pull"}
	}
	var made struct{ Name, Secret string }
	answer := h.do("POST", "/robots", object{"name": p.namespace + "-" + uses()[p.secret], "level": "system", "duration": -1,
		"description": "made before", "permissions": robotRights(p.namespace, actions...)})
	if err := json.Unmarshal(answer, &made); err != nil {
		h.t.Fatal(err)
	}
	kind := corev1.SecretTypeDockerConfigJson
	if p.key == "config.json" {
		kind = corev1.SecretTypeOpaque
	}
	e := entry{Username: made.Name, Password: made.Secret}
	_, err := h.cluster.CoreV1().Secrets(p.namespace).Create(context.Background(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: p.secret}, Type: kind, Data: map[string][]byte{p.key: dockerconfig("harbor.example.com", e)}}, metav1.CreateOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func dockerconfig(host string, e entry) []byte {
	auth := base64.StdEncoding.EncodeToString([]byte(e.Username + ":" + e.Password))
	return fmt.Appendf(nil, `{"auths":{%q:{"username":%q,"password":%q,"email":"not@val.id","auth":%q}}}`, host, e.Username, e.Password, auth)
}

// edit changes a Secret.
func (h *console) edit(p place, change func(*corev1.Secret)) {
	h.t.Helper()
	secrets := h.cluster.CoreV1().Secrets(p.namespace)
	found, err := secrets.Get(context.Background(), p.secret, metav1.GetOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	change(found)
	if _, err := secrets.Update(context.Background(), found, metav1.UpdateOptions{}); err != nil {
		h.t.Fatal(err)
	}
}

// mark says who manages a Secret.
func (h *console) mark(p place, manager string) {
	h.t.Helper()
	h.edit(p, func(s *corev1.Secret) { s.Labels = map[string]string{"app.kubernetes.io/managed-by": manager} })
}

func (h *console) deleteSecret(p place) {
	h.t.Helper()
	if err := h.cluster.CoreV1().Secrets(p.namespace).Delete(context.Background(), p.secret, metav1.DeleteOptions{}); err != nil {
		h.t.Fatal(err)
	}
}

// setPullSecrets says what pods of a namespace pull with.
func (h *console) setPullSecrets(namespace string, names ...string) {
	h.t.Helper()
	accounts := h.cluster.CoreV1().ServiceAccounts(namespace)
	found, err := accounts.Get(context.Background(), "default", metav1.GetOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	found.ImagePullSecrets = nil
	for _, name := range names {
		found.ImagePullSecrets = append(found.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	}
	if _, err := accounts.Update(context.Background(), found, metav1.UpdateOptions{}); err != nil {
		h.t.Fatal(err)
	}
}

// entryOf is the login of a Secret.
func (h *console) entryOf(s *corev1.Secret, key string) entry {
	h.t.Helper()
	var config struct{ Auths map[string]entry }
	if err := json.Unmarshal(s.Data[key], &config); err != nil {
		h.t.Fatal(err)
	}
	for _, e := range config.Auths {
		return e
	}
	return entry{}
}

// atHost moves the login of a Secret to another registry.
func (h *console) atHost(p place, host string) {
	h.t.Helper()
	h.edit(p, func(s *corev1.Secret) { s.Data[p.key] = dockerconfig(host, h.entryOf(s, p.key)) })
}

// retype recreates a Secret with another type.
func (h *console) retype(p place, kind corev1.SecretType) {
	h.t.Helper()
	found, err := h.cluster.CoreV1().Secrets(p.namespace).Get(context.Background(), p.secret, metav1.GetOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.deleteSecret(p)
	found.Type, found.ResourceVersion = kind, ""
	if _, err := h.cluster.CoreV1().Secrets(p.namespace).Create(context.Background(), found, metav1.CreateOptions{}); err != nil {
		h.t.Fatal(err)
	}
}

// withoutRight are the permissions of a robot account but for one.
func (h *console) withoutRight(name, resource, action string) []any {
	h.t.Helper()
	permissions, _ := h.robot(name, nil)["permissions"].([]any)
	for _, p := range permissions {
		o, _ := p.(object)
		access, _ := o["access"].([]any)
		o["access"] = slices.DeleteFunc(access, func(a any) bool { return dig(a, "resource") == resource && dig(a, "action") == action })
	}
	return permissions
}
