package platforms

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// GiteaTool is the platform's own tool for Gitea. Its login source is made through
// the administrator's pages: the tool's way, a command in the pod, leads to the
// same object.
type GiteaTool struct {
	GiteaRelease
	URL, Username, Password string
	Secret, Issuer, Host    string // of the client, of Keycloak, and Gitea's public address
	Teams                   []string
	Cluster                 kubernetes.Interface
	rounds                  int
}

type giteaRound struct {
	*GiteaTool
	client
}

// Round is a reconfiguration.
func (g *GiteaTool) Round(t testing.TB) {
	t.Helper()
	g.rounds++
	r := giteaRound{g, client{t, g.URL + "/api/v1", func(r *http.Request) { r.SetBasicAuth(g.Username, g.Password) }}}
	r.organization("otomi")
	r.team(object{"name": "otomi-viewer", "permission": "read"})
	for _, team := range g.Teams {
		r.team(object{"name": "team-" + team, "permission": g.Permission})
		if g.Organizations {
			r.organization("team-" + team)
			r.serviceAccount("team-" + team)
		}
	}
	r.repository("values", "otomi-viewer", false)
	if g.Charts {
		r.repository("charts", "otomi-viewer", false)
	}
	for _, team := range g.Teams {
		r.repository("team-"+team+"-argocd", "team-"+team, true)
	}
	r.hook()
	r.loginSource()
}

func (r giteaRound) organization(name string) {
	wanted := object{"username": name, "full_name": name, "repo_admin_change_team_access": true}
	if status, _ := r.try(http.MethodGet, "/orgs/"+name, nil); status == http.StatusOK {
		r.do(http.MethodPatch, "/orgs/"+name, wanted)
		return
	}
	r.do(http.MethodPost, "/orgs", wanted)
}

func (r giteaRound) team(wanted object) {
	wanted["can_create_org_repo"], wanted["includes_all_repositories"], wanted["units"] = false, false, []string{"repo.code"}
	found := find(r.list("/orgs/otomi/teams?limit=50"), "name", wanted["name"])
	if found == nil {
		r.do(http.MethodPost, "/orgs/otomi/teams", wanted)
		return
	}
	r.do(http.MethodPatch, fmt.Sprintf("/teams/%.0f", found["id"]), wanted)
}

func (r giteaRound) repository(name, team string, filled bool) {
	wanted := object{"name": name, "private": true}
	if status, _ := r.try(http.MethodGet, "/repos/otomi/"+name, nil); status == http.StatusOK {
		r.do(http.MethodPatch, "/repos/otomi/"+name, wanted)
		return
	}
	wanted["auto_init"] = filled
	r.do(http.MethodPost, "/orgs/otomi/repos", wanted)
	r.do(http.MethodPut, "/repos/otomi/"+name+"/teams/"+team, nil)
}

func (r giteaRound) hook() {
	if r.Hook == "" {
		return
	}
	for _, hook := range r.list("/repos/otomi/values/hooks") {
		if config, _ := hook["config"].(object); config["url"] == r.Hook {
			return
		}
	}
	r.do(http.MethodPost, "/repos/otomi/values/hooks", object{"type": "gitea", "active": true, "events": []string{"push"},
		"config": object{"url": r.Hook, "http_method": "post", "content_type": "json"}})
}

// serviceAccount gives the account of an organisation another password, and makes
// it an owner.
func (r giteaRound) serviceAccount(organization string) {
	name, password := "organization-"+organization, fmt.Sprintf("Tools-pass-%d", r.rounds)
	if status, _ := r.try(http.MethodGet, "/users/"+name, nil); status == http.StatusOK {
		r.do(http.MethodPatch, "/admin/users/"+name, object{"source_id": 0, "login_name": name, "password": password})
	} else {
		r.do(http.MethodPost, "/admin/users", object{"username": name, "login_name": name, "full_name": name, "email": organization + "@mail.com",
			"password": password, "must_change_password": false, "restricted": false})
	}
	owners := find(r.list("/orgs/"+organization+"/teams"), "name", "Owners")
	r.do(http.MethodPut, fmt.Sprintf("/teams/%.0f/members/%s", owners["id"], name), nil)
	r.store(organization, name, password)
}

// store replaces the Secret: labels of others go.
func (r giteaRound) store(namespace, username, password string) {
	secrets := r.Cluster.CoreV1().Secrets(namespace)
	wanted := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "gitea-credentials", Annotations: map[string]string{"tekton.dev/git-0": r.Host}},
		Type:       corev1.SecretTypeBasicAuth, Data: map[string][]byte{"username": []byte(username), "password": []byte(password)},
	}
	_, err := secrets.Update(context.Background(), wanted, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = secrets.Create(context.Background(), wanted, metav1.CreateOptions{})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// loginSource makes the login source, or writes key, secret, discovery and map of
// one that exists.
func (r giteaRound) loginSource() {
	if r.AdminGroup == "" {
		return
	}
	const sources = "/-/admin/auths"
	pages := r.signIn()
	form := url.Values{
		"type": {"6"}, "name": {"otomi-idp"}, "is_active": {"on"}, "oauth2_provider": {"openidConnect"}, "oauth2_key": {"otomi"}, "oauth2_secret": {r.Secret},
		"open_id_connect_auto_discovery_url": {r.Issuer + "/.well-known/openid-configuration"}, "oauth2_group_claim_name": {"groups"},
		"oauth2_admin_group": {r.AdminGroup}, "oauth2_group_team_map": {r.groupTeams()},
	}
	target := sources + "/new"
	if match := regexp.MustCompile(sources + `/(\d+)`).FindStringSubmatch(r.page(pages, sources, nil)); match != nil {
		target = sources + "/" + match[1]
		form.Set("id", match[1])
	}
	if text := r.page(pages, target, form); text != "" {
		r.t.Fatalf("the login source is refused: %s", text)
	}
}

// signIn is a session of the pages.
func (r giteaRound) signIn() *http.Client {
	jar, _ := cookiejar.New(nil) // cannot fail
	pages := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r.page(pages, "/user/login", nil)
	r.page(pages, "/user/login", url.Values{"user_name": {r.Username}, "password": {r.Password}})
	return pages
}

// page sends a form, or reads a page where there is none. It is the text of the
// answer; one that leads elsewhere has none.
func (r giteaRound) page(pages *http.Client, path string, form url.Values) string {
	r.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := pages.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusSeeOther {
		return ""
	}
	return string(text)
}

func (r giteaRound) groupTeams() string {
	all := map[string]map[string][]string{}
	if r.Owners {
		all["platform-admin"] = map[string][]string{"otomi": {"Owners"}}
	}
	for _, team := range r.Teams {
		if team == "admin" {
			continue
		}
		name := "team-" + team
		all[name] = map[string][]string{"otomi": {"otomi-viewer", name}}
		if r.Organizations {
			all[name][name] = slices.Clone([]string{"Owners"})
		}
	}
	text, _ := json.Marshal(all) // cannot fail
	return string(text)
}

// DroneApplication makes the OAuth2 application with which Drone, at its address,
// logs people in.
func (g GiteaTool) DroneApplication(t testing.TB, drone string) (clientID, secret string) {
	t.Helper()
	r := giteaRound{&g, client{t, g.URL + "/api/v1", func(r *http.Request) { r.SetBasicAuth(g.Username, g.Password) }}}
	made := decoded[struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}](t, r.do(http.MethodPost, "/user/applications/oauth2", object{"name": "otomi-drone", "redirect_uris": []string{drone + "/login"}, "confidential_client": true}))
	if g.Cluster != nil {
		r.storeApplication(made.ClientID, made.ClientSecret)
	}
	return made.ClientID, made.ClientSecret
}

func (r giteaRound) storeApplication(clientID, clientSecret string) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "drone-source-control"}, Type: corev1.SecretTypeOpaque, Data: map[string][]byte{
		"clientId": []byte(clientID), "clientSecret": []byte(clientSecret), "id": []byte("1"), "name": []byte("otomi-drone")}}
	if _, err := r.Cluster.CoreV1().Secrets("drone").Create(context.Background(), secret, metav1.CreateOptions{}); err != nil {
		r.t.Fatal(err)
	}
}

// Drift is a person who lowers a team's right by hand.
func (g *GiteaTool) Drift(t testing.TB) {
	t.Helper()
	r := giteaRound{g, client{t, g.URL + "/api/v1", func(r *http.Request) { r.SetBasicAuth(g.Username, g.Password) }}}
	r.team(object{"name": "team-a", "permission": "read"})
}
