package run

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
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
func (s *session) discoverCluster() error {
	s.kube = kubeEnv{secrets: s.process.Secrets, namespace: s.options.namespace}
	if s.options.secretsDir != "" {
		s.kube.secrets = kube.NewDirectory(s.options.secretsDir)
	}
	needed := s.task.Secrets && s.kube.secrets == nil
	err := s.findCluster(needed)
	switch {
	case !errors.Is(err, kube.ErrNoCluster):
	case needed:
		err = usageError{fmt.Errorf("%w, or a folder with --secrets-dir", err)}
	case s.inPod():
		s.log.Warn("no lock: nothing keeps another run out", "reason", err)
		err = nil
	}
	if s.kube.namespace == "" {
		s.kube.namespace = "default"
	}
	return err
}

// platformSecrets is the way to the platform's own Secrets; nil where they are not
// to be read. It sends nothing.
func (s *session) platformSecrets() (values.Secrets, error) {
	if len(s.options.fromPlatform) == 0 {
		return nil, nil
	}
	config, _, err := kube.Config(kube.Options{Kubeconfig: s.options.kubeconfig, Env: s.process.Env})
	if err != nil {
		return nil, usageError{fmt.Errorf("reading the platform's Secrets: %w", err)}
	}
	cluster, err := kube.New(config)
	return kube.PlatformSecrets{Cluster: cluster}, err
}

func (s *session) inPod() bool { return s.process.Env["KUBERNETES_SERVICE_HOST"] != "" }

// findCluster looks for a cluster where one is needed, was asked for, or the
// run is inside one. A task without Secrets ignores the kubeconfig in the home
// folder.
func (s *session) findCluster(needed bool) error {
	if !needed && s.options.kubeconfig == "" && !s.inPod() {
		return nil
	}
	o := kube.Options{Kubeconfig: s.options.kubeconfig, Env: s.process.Env}
	config, namespace, err := kube.Config(o)
	if errors.Is(err, kube.ErrNoCluster) {
		return err
	}
	if err != nil {
		return usageError{err}
	}
	if s.kube.namespace == "" {
		s.kube.namespace = namespace
	}
	if s.kube.cluster, err = kube.New(config); err != nil || !needed {
		return err
	}
	return s.openSecretStore(o)
}

// openSecretStore makes the cluster the place of the Secrets, behind a gate of its
// own: planning writes nothing there, either.
func (s *session) openSecretStore(o kube.Options) error {
	o.Wrap = func(base http.RoundTripper) http.RoundTripper {
		s.kube.chain = transport.New(base, s.transportOptions())
		return s.kube.chain.PassThrough.Transport
	}
	config, _, err := kube.Config(o)
	if err != nil {
		return usageError{err}
	}
	place, err := kube.New(config)
	s.kube.secrets = place
	return err
}

// lock keeps other runs out while this one writes.
func (s *session) lock(ctx context.Context) (func(), error) {
	locker := s.process.Locker
	if locker == nil && s.kube.cluster != nil {
		locker = kube.NewLocker(s.kube.cluster, kube.LockOptions{
			Namespace: s.kube.namespace, Holder: holder(s.process.Env), Wait: s.options.lockWait, Lost: s.abandon})
	}
	if locker == nil || !s.applies() {
		return func() {}, nil
	}
	return locker.Lock(ctx, s.lockName())
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
func (s *session) openGates() (closeGates func()) {
	gates := []*transport.Gate{s.chain.Gate}
	if s.kube.chain != nil {
		gates = append(gates, s.kube.chain.Gate)
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
