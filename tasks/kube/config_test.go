package kube_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
)

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me, namespace: red}}, {name: bare, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://file.test:6443"}}]
users: [{name: me, user: {token: geheim}}]
`

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "config"), kubeconfig)
	other := write(t, filepath.Join(dir, "other"), "apiVersion: v1\nkind: Config\ncurrent-context: bare\n")
	home := filepath.Dir(filepath.Dir(write(t, filepath.Join(dir, "home", ".kube", "config"), kubeconfig)))
	broken := write(t, filepath.Join(dir, "broken"), "clusters: [")
	empty := write(t, filepath.Join(dir, "empty"), "apiVersion: v1\nkind: Config\n")
	pod := filepath.Join(dir, "pod")
	for name, text := range map[string]string{"token": "t", "ca.crt": "", "namespace": "blue\n"} {
		write(t, filepath.Join(pod, name), text)
	}
	inPod := map[string]string{"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": home}
	cases := map[string]struct {
		reason          string
		options         kube.Options
		host, namespace string
		none, fails     bool
	}{
		"Explicit":     {"the path that was asked for", kube.Options{Kubeconfig: file, Env: inPod, Mounted: pod}, "https://file.test:6443", "red", false, false},
		"Variable":     {"KUBECONFIG comes before the pod", kube.Options{Env: map[string]string{"KUBECONFIG": file, "KUBERNETES_SERVICE_HOST": "x"}}, "https://file.test:6443", "red", false, false},
		"List":         {"KUBECONFIG is a list, the first one wins, and one may be absent", kube.Options{Env: map[string]string{"KUBECONFIG": other + ":/absent:" + file}}, "https://file.test:6443", "", false, false},
		"Pod":          {"a pod does not look into its home", kube.Options{Env: inPod, Mounted: pod}, "https://[fd00::1]:443", "blue", false, false},
		"Home":         {"the usual file of a laptop", kube.Options{Env: map[string]string{"HOME": home}}, "https://file.test:6443", "red", false, false},
		"None":         {"nothing says where", kube.Options{Env: map[string]string{"HOME": dir}}, "", "", true, true},
		"PodNoToken":   {"a pod without a mounted token says so", kube.Options{Env: inPod, Mounted: dir}, "", "", true, true},
		"Absent":       {"a file that was asked for must exist", kube.Options{Kubeconfig: filepath.Join(dir, "absent")}, "", "", false, true},
		"Broken":       {"no YAML", kube.Options{Kubeconfig: broken}, "", "", false, true},
		"EmptyContext": {"a kubeconfig without a cluster does not count", kube.Options{Kubeconfig: empty}, "", "", false, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, namespace, err := kube.Config(tc.options)
			if (err != nil) != tc.fails || errors.Is(err, kube.ErrNoCluster) != tc.none {
				t.Fatalf("%s: the error is %v", tc.reason, err)
			}
			if err == nil && (config.Host != tc.host || namespace != tc.namespace) {
				t.Errorf("%s: %s, namespace %q", tc.reason, config.Host, namespace)
			}
		})
	}
}

// TestWrap: a plan cannot write, and what it reads is counted.
func TestWrap(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "config"), kubeconfig)
	server := memory(t).Config().Transport
	var counter *transport.Counter
	config, _, err := kube.Config(kube.Options{Kubeconfig: file, Wrap: func(http.RoundTripper) http.RoundTripper {
		counter = transport.NewCounter(server)
		return transport.NewGate(counter)
	}})
	if err != nil {
		t.Fatal(err)
	}
	cluster := connect(t, config)
	if _, _, err := cluster.Secret(t.Context(), "red", "one"); err != nil {
		t.Errorf("reading: %v", err)
	}
	if _, refused := errors.AsType[*transport.RefusedError](cluster.ApplySecret(t.Context(), secret("one", "x"))); !refused {
		t.Error("a write passed the closed gate")
	}
	if got := counter.Counts(); got != (transport.Counts{Reads: 1}) {
		t.Errorf("counted %+v", got)
	}
}
