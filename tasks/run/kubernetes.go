package run

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
)

// kubeEnv are what a run has of Kubernetes.
type kubeEnv struct {
	// secrets is where the task's Secrets lie; nil where it keeps none.
	secrets kube.SecretStore
	// chain carries the requests for them; nil without a cluster.
	chain *transport.Chain
	// cluster is for what is about the run itself, its lock and its Event: no
	// gate is before it and nothing counts it. nil without a cluster.
	cluster *kube.Cluster
	// namespace is the release's.
	namespace string
}

// discoverCluster finds the cluster or the folder of the Secrets. It sends nothing.
func (r *runner) discoverCluster() error {
	r.kube = kubeEnv{secrets: r.process.Secrets, namespace: r.options.namespace}
	if r.options.secretsDir != "" {
		r.kube.secrets = kube.NewDirectory(r.options.secretsDir)
	}
	needed := r.task.Secrets && r.kube.secrets == nil
	err := r.findCluster(needed)
	switch {
	case !errors.Is(err, kube.ErrNoCluster):
	case needed:
		err = usageError{fmt.Errorf("%w, or a folder with --secrets-dir", err)}
	case r.inPod():
		r.log.Warn("no lock: nothing keeps another run out", "reason", err)
		err = nil
	}
	if r.kube.namespace == "" {
		r.kube.namespace = "default"
	}
	return err
}

func (r *runner) inPod() bool { return r.process.Env["KUBERNETES_SERVICE_HOST"] != "" }

// findCluster looks for a cluster where one is needed, was asked for, or is all
// around. A kubeconfig that merely lies in the home of a person is none of
// them for a task without Secrets.
func (r *runner) findCluster(needed bool) error {
	if !needed && r.options.kubeconfig == "" && !r.inPod() {
		return nil
	}
	o := kube.Options{Kubeconfig: r.options.kubeconfig, Env: r.process.Env}
	config, namespace, err := kube.Config(o)
	if errors.Is(err, kube.ErrNoCluster) {
		return err
	}
	if err != nil {
		return usageError{err}
	}
	if r.kube.namespace == "" {
		r.kube.namespace = namespace
	}
	if r.kube.cluster, err = kube.New(config); err != nil || !needed {
		return err
	}
	return r.openSecretStore(o)
}

// openSecretStore makes the cluster the place of the Secrets, behind a gate of its
// own: planning writes nothing there, either.
func (r *runner) openSecretStore(o kube.Options) error {
	o.Wrap = func(base http.RoundTripper) http.RoundTripper {
		r.kube.chain = transport.New(base, r.transportOptions())
		return r.kube.chain.PassThrough.Transport
	}
	config, _, err := kube.Config(o)
	if err != nil {
		return usageError{err}
	}
	place, err := kube.New(config)
	r.kube.secrets = place
	return err
}

// lock keeps other runs out while this one writes.
func (r *runner) lock(ctx context.Context) (func(), error) {
	locker := r.process.Locker
	if locker == nil && r.kube.cluster != nil {
		locker = kube.NewLocker(r.kube.cluster, kube.LockOptions{
			Namespace: r.kube.namespace, Holder: holder(r.process.Env), Wait: r.options.lockWait, Lost: r.abandon})
	}
	if locker == nil || !r.applies() {
		return func() {}, nil
	}
	return locker.Lock(ctx, r.lockName())
}

// holder names this run: by its pod, else its host, and by what no other run
// of the same pod has.
func holder(env map[string]string) string {
	name := env["POD_NAME"]
	if name == "" {
		name = env["HOSTNAME"]
	}
	return name + "/" + rand.Text()[:8]
}

// open lets the writes of the plan pass, close stops them.
func (r *runner) openGates() (closeGates func()) {
	gates := []*transport.Gate{r.chain.Gate}
	if r.kube.chain != nil {
		gates = append(gates, r.kube.chain.Gate)
	}
	for _, gate := range gates {
		gate.Open()
	}
	return func() {
		for _, gate := range gates {
			gate.Close()
		}
	}
}
