// Command bench measures the tasks as whole processes and prints the figures
// beside those of their peers. It judges nothing.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"otomi.io/tasks/internal/suite/keycloakroles"
	tasks "otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/test/servers"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, command := range []string{"keycloak-roles", "simulator"} {
		build := exec.CommandContext(ctx, "go", "build", "-tags", "grpcnotrace", "-trimpath", "-o", filepath.Join(dir, command), "./cmd/"+command)
		build.Dir = filepath.Join("..", "..") // the product's module, with its own dependencies
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", command, err, out)
		}
	}
	fmt.Fprint(os.Stdout, peers)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "server\tteams\trun\tseconds\trequests\twrites\tpeak MiB\t")
	err = errors.Join(real(ctx, dir, table), simulated(ctx, dir, table))
	return errors.Join(err, table.Flush())
}

// real measures on a Keycloak that a first realm has warmed up.
func real(ctx context.Context, dir string, table *tabwriter.Writer) (err error) {
	server, err := servers.Keycloak(ctx, servers.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	address := address{server.URL, server.Username, server.Password}
	if err := measure(ctx, dir, table, "warm-up", address, 200); err != nil {
		return err
	}
	for _, n := range []int{1, 10, 100, 500} {
		if err := measure(ctx, dir, table, "Keycloak", address, n); err != nil {
			return err
		}
	}
	return nil
}

// simulated measures on the simulator, which answers at once: what is left is
// the task's own time and memory.
func simulated(ctx context.Context, dir string, table *tabwriter.Writer) (err error) {
	simulator := exec.CommandContext(ctx, filepath.Join(dir, "simulator"), "--keycloak", "127.0.0.1:0")
	out, err := simulator.StdoutPipe()
	if err != nil {
		return err
	}
	if err := simulator.Start(); err != nil {
		return err
	}
	defer func() {
		_ = simulator.Process.Signal(syscall.SIGTERM)
		_ = simulator.Wait()
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("starting the simulator: %w", err)
	}
	var started struct{ Keycloak address }
	if err := json.Unmarshal(line, &started); err != nil {
		return err
	}
	for _, n := range []int{0, 500, 5000} {
		if err := measure(ctx, dir, table, "simulator", started.Keycloak, n); err != nil {
			return err
		}
	}
	return nil
}

// address is where an application runs and who may change it.
type address struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// measure runs the task three times: on nothing, again, and after a team came.
func measure(ctx context.Context, dir string, table *tabwriter.Writer, server string, a address, n int) error {
	values := filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", server, n))
	realm := fmt.Sprintf("%s-%d", strings.ToLower(server), n)
	write := func(teams int) error {
		text := fmt.Sprintf("cluster: {domainSuffix: example.com}\notomi: {adminPassword: Admin-pass-1}\n"+
			"apps: {keycloak: {theme: keycloak, realm: %s, idp: {clientSecret: client-secret-1}}}\n", realm)
		return os.WriteFile(values, []byte(text+keycloakroles.Teams(teams)), 0o600)
	}
	for _, step := range []struct {
		name  string
		teams int
	}{{"first", n}, {"second", n}, {"one more team", n + 1}} {
		if err := write(step.teams); err != nil {
			return err
		}
		f, err := once(ctx, filepath.Join(dir, "keycloak-roles"), values, a)
		if err != nil {
			return fmt.Errorf("%s, %d teams, %s run: %w", server, n, step.name, err)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%.2f\t%d\t%d\t%.1f\t\n", server, n, step.name, f.seconds, f.reads+f.writes, f.writes, f.mebibytes)
	}
	return nil
}

// figures are what one run of the whole process cost.
type figures struct {
	seconds, mebibytes float64
	reads, writes      int
}

func once(ctx context.Context, binary, values string, a address) (figures, error) {
	cmd := exec.CommandContext(ctx, binary, "apply", "--values", values, "--log-level", "warn",
		"--accept", tasks.AcceptRealm) // the realm of the measurement before looks like one that was renamed
	cmd.Env = append(os.Environ(), "KEYCLOAK_ADDRESS_INTERNAL="+a.URL, "KEYCLOAK_ADMIN="+a.Username, "KEYCLOAK_ADMIN_PASSWORD="+a.Password)
	started := time.Now()
	out, err := cmd.Output()
	seconds := time.Since(started).Seconds()
	if err != nil {
		return figures{}, fmt.Errorf("%w\n%s", err, out)
	}
	rows := strings.Split(strings.TrimSpace(string(out)), "\n")
	var outcome struct{ Requests struct{ Reads, Writes int } }
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &outcome); err != nil {
		return figures{}, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, errors.New("this system does not tell a process's memory")
	}
	return figures{seconds, float64(usage.Maxrss) / 1024, outcome.Requests.Reads, outcome.Requests.Writes}, nil
}

// peers were measured once, on such a machine with light load; only their
// counts are exact anywhere else.
const peers = `Peers on a real Keycloak 26.4.0, seconds / requests / writes:
                              teams  first run            second run           one change
  redkubes/otomi-tasks 2.5.0    100  3.4 / 634 / 414      2.2 / 532 / 312      2.6 / 532 / 312
                                500  5.2 / 3034 / 2014    4.0 / 2532 / 1512    4.3 / 2532 / 1512
  linode/apl-tasks 4.0.0        100  2.7 / 645 / 424      1.8 / 535 / 314      1.6 / 541 / 318
                                500  5.0 / 3045 / 2024    3.9 / 2535 / 1514    3.7 / 2541 / 1518
  Terraform, provider 5.5.0     100  6.8 / 1490 / 529     1.9 / 431 / 0        1.9 / 434 / 1
                                500  63 / 7090 / 2529     10.2 / 2031 / 0      10.6 / 2034 / 1
  keycloak-config-cli 6.5.0     100  17 / 1276 / 418      16.8 / 474 / 12      11 / 477 / 14

`
