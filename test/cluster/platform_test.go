package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"otomi.io/tasks/test/servers"
)

// platform are real applications beside the cluster, and a simulated Harbor.
type platform struct {
	keycloak *server
	harbor   *harborServer
	gitea    *servers.GiteaServer
	giteaURL string // as pods and Drone reach it
	drone    servers.DroneOptions
	droneURL string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{harbor: newHarbor(t)}
	keycloak, err := servers.Keycloak(t.Context(), servers.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keycloak.Stop() })
	p.keycloak = &server{url: forward(t, keycloak.URL)}

	giteaPort, dronePort := freePort(t), freePort(t)
	p.giteaURL, p.droneURL = fmt.Sprintf("http://%s:%d", here.host, giteaPort), fmt.Sprintf("http://%s:%d", here.host, dronePort)
	p.gitea, err = servers.Gitea(t.Context(), servers.GiteaOptions{
		Options:  servers.Options{Port: giteaPort},
		Settings: servers.Settings{"server": {"ROOT_URL": p.giteaURL + "/"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.gitea.Stop() })
	forward(t, p.gitea.URL)
	p.drone = servers.DroneOptions{
		Options: servers.Options{Port: dronePort, Username: p.gitea.Username}, Gitea: p.giteaURL, Token: "not-a-real-drone-token",
		Environment: []string{"DRONE_SERVER_HOST=" + strings.TrimPrefix(p.droneURL, "http://")},
	}
	return p
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := servers.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// values make all four tasks work on the platform.
func (p *platform) values(teams ...string) []string {
	return []string{p.keycloak.values(teams...), p.harbor.values(), fmt.Sprintf(`
tasks:
  gitea-repos:
    enabled: true
    extraEnv: {GITEA_URL: "%[1]s", DRONE_URL: "%[2]s"}
    credentials: {GITEA_PASSWORD: {value: "%[3]s"}}
  drone-activate:
    enabled: true
    extraEnv: {GITEA_URL: "%[1]s", DRONE_URL: "%[2]s"}
    credentials: {GITEA_PASSWORD: {value: "%[3]s"}, DRONE_TOKEN: {value: "%[4]s"}}
`, p.giteaURL, p.droneURL, p.gitea.Password, p.drone.Token)}
}

// startDrone starts Drone as Kubernetes does: as soon as the Secret with its
// OAuth2 client is there.
func (p *platform) startDrone(ctx context.Context, t *testing.T, namespace string) error {
	_, err := here.run(ctx, "", "kubectl", "wait", "--for=create", "secret/drone-source-control", "--namespace="+namespace, "--timeout="+patience.String())
	if err != nil {
		return err
	}
	out, err := here.run(ctx, "", "kubectl", "get", "secret", "drone-source-control", "--namespace="+namespace, "--output=json")
	if err != nil {
		return err
	}
	var client corev1.Secret
	if err := json.Unmarshal([]byte(out), &client); err != nil {
		return err
	}
	p.drone.ClientID, p.drone.ClientSecret = string(client.Data["clientId"]), string(client.Data["clientSecret"])
	drone, err := servers.Drone(ctx, p.drone)
	if err != nil {
		return err
	}
	t.Cleanup(func() { _ = drone.Stop() })
	forward(t, drone.URL)
	return nil
}

// forward makes a server on loopback reachable for pods, at its own port.
func forward(t *testing.T, address string) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", net.JoinHostPort(here.host, target.Port()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(from, target.Host)
		}
	}()
	return "http://" + listener.Addr().String()
}

// relay copies both ways until one side has enough.
func relay(from net.Conn, target string) {
	defer from.Close()
	var dialer net.Dialer
	to, err := dialer.DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

// TestPlatform: one helm install makes real applications equal to the values,
// one after the other, and hands each what the one before it made.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const id = "e2e-platform"
	team := newNamespace(t, "team-"+id)
	r := newRelease(t, "v3", p.values(id)...)
	var drone error
	var starting sync.WaitGroup
	starting.Go(func() { drone = p.startDrone(t.Context(), t, r.namespace) })
	r.do(t, "install")
	starting.Wait()
	if drone != nil {
		t.Fatal(drone)
	}

	inOrder(t, r.namespace, "converged")
	p.keycloak.equals(t, "helm install returned", id)
	if diff := cmp.Diff(ticketTypes(), teamSecrets(t, team)); diff != "" {
		t.Errorf("Secrets of a team: -want +got\n%s", diff)
	}
	p.builds(t)

	r.do(t, "upgrade")
	inOrder(t, r.namespace, "unchanged")
	r.do(t, "test")
	uninstalled(t, r)
}

// inOrder fails the test unless each hook began when the one before it had
// ended, and all ended with this result.
func inOrder(t *testing.T, namespace, result string) {
	t.Helper()
	var before batchv1.Job
	for _, task := range []string{"keycloak-roles", "harbor-projects", "gitea-repos", "drone-activate"} {
		job := read[batchv1.Job](t, "job", "core-"+task, "--namespace="+namespace)
		if before.Name != "" && job.Status.StartTime.Before(before.Status.CompletionTime) {
			t.Errorf("%s began at %s, before %s ended at %s", job.Name, job.Status.StartTime, before.Name, before.Status.CompletionTime)
		}
		before = job
		log := logs(t, namespace, job.Name)
		hidden(t, "the log of "+task, log)
		if got := outcomes(log); len(got) != 1 || got[0].Result != result {
			t.Errorf("%s ended with %+v, want %s", task, got, result)
		}
	}
}

// builds fails the test unless Drone builds otomi/values and Gitea tells it of
// each commit, once.
func (p *platform) builds(t *testing.T) {
	t.Helper()
	var repository struct{ Active bool }
	ask(t, p.droneURL+"/api/repos/otomi/values", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+p.drone.Token) }, &repository)
	if !repository.Active {
		t.Error("otomi/values is not active in Drone")
	}
	var hooks []struct{ Config struct{ URL string } }
	ask(t, p.giteaURL+"/api/v1/repos/otomi/values/hooks", func(r *http.Request) { r.SetBasicAuth(p.gitea.Username, p.gitea.Password) }, &hooks)
	toDrone := slices.DeleteFunc(hooks, func(hook struct{ Config struct{ URL string } }) bool {
		return !strings.HasPrefix(hook.Config.URL, p.droneURL)
	})
	if len(toDrone) != 1 {
		t.Errorf("Gitea has %s hooks to Drone, want one", strconv.Itoa(len(toDrone)))
	}
}

// ask reads an application's answer.
func ask(t *testing.T, address string, logIn func(*http.Request), into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	logIn(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
