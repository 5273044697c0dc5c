// Package kube is the Kubernetes side of the tasks: Secrets and the image pull
// secrets of ServiceAccounts, in a cluster or as manifests in a directory, the
// state Secret of a task, its Lease and its Events.
//
// The objects are plain structures of the few fields that are ours. client-go
// finds the cluster and authenticates; its typed clients are left out because they
// link every API of Kubernetes and double the size of a binary.
package kube

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// mounted is where a pod finds its ServiceAccount.
const mounted = "/var/run/secrets/kubernetes.io/serviceaccount"

// ErrNoCluster means that nothing says where the cluster is.
var ErrNoCluster = errors.New("no cluster: give a kubeconfig, set KUBECONFIG, or run in a pod whose ServiceAccount token is mounted")

// Options say how the cluster is found.
type Options struct {
	// Kubeconfig is the path of a kubeconfig file; "" leaves it to Env.
	Kubeconfig string
	// Env are the variables of the process: KUBECONFIG, HOME and those that
	// Kubernetes sets in a pod.
	Env map[string]string
	// Mounted is the folder of the pod's ServiceAccount; "" is the usual one.
	Mounted string
	// Wrap decorates the transport, to count requests or to refuse writes. It
	// must pass on answers that report a failure. nil decorates nothing.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// Config finds the cluster: the kubeconfig that was asked for, the files of
// KUBECONFIG, the pod's own ServiceAccount, or ~/.kube/config, in this order.
// The namespace is the context's or the pod's, "" when neither names one. It
// sends nothing, and returns ErrNoCluster when there is none of them.
func Config(o Options) (config *rest.Config, namespace string, err error) {
	switch files := kubeconfigs(o); {
	case len(files) > 0:
		config, namespace, err = fromFiles(files)
	case o.Env["KUBERNETES_SERVICE_HOST"] != "":
		config, namespace, err = fromPod(o)
	default:
		return nil, "", ErrNoCluster
	}
	if err != nil {
		return nil, "", err
	}
	config.UserAgent = "otomi-tasks"
	config.WrapTransport = o.Wrap
	return config, namespace, nil
}

// kubeconfigs are the files to read; none means the pod's ServiceAccount.
func kubeconfigs(o Options) []string {
	if o.Kubeconfig != "" {
		return []string{o.Kubeconfig}
	}
	var files []string
	for _, file := range filepath.SplitList(o.Env["KUBECONFIG"]) {
		if file != "" {
			files = append(files, file)
		}
	}
	if home := o.Env["HOME"]; len(files) == 0 && home != "" && o.Env["KUBERNETES_SERVICE_HOST"] == "" {
		file := filepath.Join(home, ".kube", "config")
		if _, err := os.Stat(file); err == nil {
			files = append(files, file)
		}
	}
	return files
}

func fromFiles(files []string) (*rest.Config, string, error) {
	// Of a list, files may be absent, as for kubectl; of a single one that is an error.
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: files}
	if len(files) == 1 {
		rules = &clientcmd.ClientConfigLoadingRules{ExplicitPath: files[0]}
	}
	deferred := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil)
	raw, err := deferred.RawConfig()
	if err != nil {
		return nil, "", fmt.Errorf("reading kubeconfig %s: %w", strings.Join(files, ", "), err)
	}
	chosen := clientcmd.NewNonInteractiveClientConfig(raw, raw.CurrentContext, nil, rules)
	config, err := chosen.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("reading kubeconfig %s: %w", strings.Join(files, ", "), err)
	}
	if context := raw.Contexts[raw.CurrentContext]; context != nil {
		return config, context.Namespace, nil
	}
	return config, "", nil
}

func fromPod(o Options) (*rest.Config, string, error) {
	folder := o.Mounted
	if folder == "" {
		folder = mounted
	}
	token, ca := filepath.Join(folder, "token"), filepath.Join(folder, "ca.crt")
	for _, file := range []string{token, ca} {
		if _, err := os.Stat(file); err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrNoCluster, err)
		}
	}
	namespace, err := os.ReadFile(filepath.Join(folder, "namespace"))
	if err != nil {
		return nil, "", fmt.Errorf("reading the pod's namespace: %w", err)
	}
	return &rest.Config{
		Host:            "https://" + net.JoinHostPort(o.Env["KUBERNETES_SERVICE_HOST"], o.Env["KUBERNETES_SERVICE_PORT"]),
		BearerTokenFile: token, // it is read again as the kubelet renews it
		TLSClientConfig: rest.TLSClientConfig{CAFile: ca},
	}, strings.TrimSpace(string(namespace)), nil
}
