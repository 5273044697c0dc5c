// Package cluster proves the chart on a real Kubernetes, with the images of the
// tasks as they are shipped and with Helm as people use it. What happened is read
// with kubectl and with the applications' own clients, which share no code with
// the tasks.
//
// That a NetworkPolicy holds is not proven here: the script's cluster stores them
// and enforces none. The chart's own tests compare what they say.
//
//	KUBECONFIG            the cluster; without it, one is started with the script below
//	OTOMI_CLUSTER         script that starts a cluster (../../../shared/kubernetes/cluster)
//	OTOMI_CLUSTER_LOAD    command that brings an image archive into the cluster of
//	                      KUBECONFIG, such as "kind load image-archive"
//	OTOMI_CLUSTER_HOST    address under which pods reach this machine; without it, the
//	                      one from which this machine reaches the cluster
//	HELM, HELM4           Helm 3 and 4; without them the versions pinned in .ci
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const (
	rootDir  = "../.."
	chartDir = "../../charts/core"
	// imageTag is not "latest", which a kubelet would pull again.
	imageTag = "e2e"
	// arch is that of the nodes: a cluster for tests is on this machine, or as it is.
	arch = runtime.GOARCH
)

// here is the cluster that all tests share.
var here world

// world is a cluster and the programs that work on it.
type world struct {
	env  []string // of every program
	host string   // under which pods reach this machine
	helm map[string]string
	// registries is where a script's cluster looks for registries without TLS;
	// "" for other clusters.
	registries string
}

func TestMain(m *testing.M) { os.Exit(prove(m)) }

func prove(m *testing.M) int {
	w, stop, err := open(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "preparing the cluster:", err)
		return 1
	}
	defer stop()
	here = w
	return m.Run()
}

// open finds or starts the cluster, brings the images into it and finds Helm.
func open(ctx context.Context) (w world, stop func(), err error) {
	w.env = os.Environ()
	load := strings.Fields(os.Getenv("OTOMI_CLUSTER_LOAD"))
	stop = func() {}
	if kubeconfig := os.Getenv("KUBECONFIG"); kubeconfig != "" && !filepath.IsAbs(kubeconfig) {
		// make runs in the root.
		absolute, err := filepath.Abs(filepath.Join(rootDir, kubeconfig))
		if err != nil {
			return w, nil, err
		}
		w.env = append(w.env, "KUBECONFIG="+absolute)
	}
	if os.Getenv("KUBECONFIG") == "" {
		script, err := filepath.Abs(orElse(os.Getenv("OTOMI_CLUSTER"), "../../../shared/kubernetes/cluster"))
		if err != nil {
			return w, nil, err
		}
		load = []string{script, "load"}
		if stop, err = w.start(ctx, script); err != nil {
			return w, nil, err
		}
	}
	if len(load) == 0 {
		return w, nil, errors.New("set OTOMI_CLUSTER_LOAD to what brings an image archive into this cluster")
	}
	if w.host, err = w.address(ctx); err == nil {
		err = w.loadImages(ctx, load)
	}
	if err == nil {
		err = w.findHelm(ctx)
	}
	if err != nil {
		stop()
		return w, nil, err
	}
	return w, stop, nil
}

func orElse(value, other string) string {
	if value != "" {
		return value
	}
	return other
}

// start starts the script's cluster, unless it is up, and stops only what it started.
func (w *world) start(ctx context.Context, script string) (stop func(), err error) {
	if _, err := os.Stat(script); err != nil {
		return nil, fmt.Errorf("no cluster: set KUBECONFIG, or OTOMI_CLUSTER to a script that starts one: %w", err)
	}
	stop = func() {}
	if _, down := w.run(ctx, "", script, "status"); down != nil {
		stop = func() { _, _ = w.run(context.WithoutCancel(ctx), "", script, "down") }
		fmt.Fprintln(os.Stderr, "building and starting a cluster; the first time this takes minutes")
		for _, verb := range []string{"build", "up"} {
			if _, err := w.run(ctx, "", script, verb); err != nil {
				return nil, err
			}
		}
	}
	settings, err := w.run(ctx, "", "bash", "-c", `eval "$("$0" env)" && printf '%s\n' "$KUBECONFIG" "$PATH"`, script)
	if err != nil {
		stop()
		return nil, err
	}
	kubeconfig, path, _ := strings.Cut(strings.TrimSpace(settings), "\n")
	w.env = append(w.env, "KUBECONFIG="+kubeconfig, "PATH="+path)
	w.registries = filepath.Join(filepath.Dir(kubeconfig), "registries")
	return stop, nil
}

// address is where pods reach what listens on this machine.
func (w *world) address(ctx context.Context) (string, error) {
	if host := os.Getenv("OTOMI_CLUSTER_HOST"); host != "" {
		return host, nil
	}
	server, err := w.run(ctx, "", "kubectl", "config", "view", "--minify", "--output=jsonpath={.clusters[0].cluster.server}")
	if err != nil {
		return "", err
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", net.JoinHostPort(address.Hostname(), "1")) // sends nothing
	if err != nil {
		return "", err
	}
	defer conn.Close()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil || net.ParseIP(host).IsLoopback() {
		return "", errors.Join(err, fmt.Errorf("pods cannot reach %s: set OTOMI_CLUSTER_HOST", host))
	}
	return host, nil
}

// loadImages builds the images of all tasks and brings them into the cluster.
func (w *world) loadImages(ctx context.Context, load []string) error {
	folder, err := os.MkdirTemp("", "otomi-images-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	build := world{env: append(slices.Clone(w.env), "OUT="+folder)}
	if _, err := build.run(ctx, "", "make", "-C", rootDir, "image", "VERSION="+imageTag, "REGISTRY=localhost", "ARCHES="+arch); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(folder, "*.tar"))
	if err != nil || len(archives) == 0 {
		return errors.Join(err, errors.New("no image was built"))
	}
	for _, archive := range archives {
		if _, err := w.run(ctx, "", load[0], slices.Concat(load[1:], []string{archive})...); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) findHelm(ctx context.Context) error {
	w.helm = map[string]string{"v3": os.Getenv("HELM"), "v4": os.Getenv("HELM4")}
	for version, pinned := range map[string]string{"v3": ".ci/tools/go.mod", "v4": ".ci/helm4/go.mod"} {
		if w.helm[version] != "" {
			continue
		}
		program, err := w.run(ctx, "", "go", "-C", rootDir, "tool", "-modfile="+pinned, "-n", "helm")
		if err != nil {
			return err
		}
		w.helm[version] = strings.TrimSpace(program)
	}
	return nil
}

// run returns what a program printed on stdout; the error tells what it
// complained about.
func (w *world) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Env, command.Stdin = w.env, strings.NewReader(stdin)
	out, err := command.Output()
	if err != nil {
		return string(out), fmt.Errorf("running %s %s: %w\n%s%s", filepath.Base(program), strings.Join(args, " "), err, out, complaint(err))
	}
	return string(out), nil
}

func complaint(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}
