package run

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// kubeEnv are what a run has of Kubernetes.
type kubeEnv struct {
	// secrets is where the task's Secrets are; nil where it keeps none.
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
	locker := s.locker()
	if locker == nil || !s.applies() {
		return func() {}, nil
	}
	defer s.bar.End()
	return locker.Lock(ctx, s.lockName())
}

// locker is the process's own, or a Lease where there is a cluster; else nil.
func (s *session) locker() Locker {
	if s.process.Locker == nil && s.kube.cluster != nil {
		n := s.notice(wait{what: "the lock", until: time.Now().Add(s.options.lockWait)})
		s.process.Locker = kube.NewLocker(s.kube.cluster, kube.LockOptions{
			Namespace: s.kube.namespace, Holder: holder(s.process.Env), Wait: s.options.lockWait, Lost: s.abandon,
			Waiting: func(err error) { n.tell(context.Background(), err) }})
	}
	return s.process.Locker
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

// reporter takes what a person should read about the run under its Job.
type reporter interface {
	Report(ctx context.Context, job kube.Job, e kube.Event) error
}

// eventTime bounds how long a run waits for its Event to be taken.
const eventTime = 5 * time.Second

// emit leaves an Event at the Job that the run belongs to, where kubectl describe shows
// it. Trouble with it is logged and changes nothing else.
func (s *session) emit(ctx context.Context, e kube.Event) {
	job, inJob := kube.JobOf(s.process.Env)
	if !inJob {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, eventTime)
	defer cancel()
	events, err := s.events()
	if err == nil {
		err = events.Report(ctx, job, e)
	}
	if err != nil {
		s.log.Warn("no event", "error", err)
	}
}

// events also finds the cluster for a run that ended before it looked for one: it has
// the most to tell.
func (s *session) events() (reporter, error) {
	if s.process.Events != nil {
		return s.process.Events, nil
	}
	if s.kube.cluster == nil {
		if err := s.findCluster(false); err != nil {
			return nil, err
		}
	}
	if s.kube.cluster == nil {
		return nil, errors.New("there is no cluster")
	}
	return s.kube.cluster, nil
}

// maxCause is how much of the reasons leaves room for the remedy in an Event, which
// takes 1,024 characters.
const maxCause = 500

// event is an outcome in one line: what happened, what to do, and with what.
func (r *runner) event(code int, o Outcome) kube.Event {
	e := kube.Event{Warning: code != ExitOK && code != ExitDifferences, Reason: strings.ToUpper(o.Result[:1]) + o.Result[1:]}
	text := fmt.Sprint(o.Changes)
	if e.Warning {
		text = fmt.Sprintf("exit %d, %s: %s; remedy: %s", code, meaning(code), cause(o.Error, maxCause), advice{o.Remedy, o.Docs})
	}
	e.Message = join("; ", r.name()+": "+text, r.report.waits(), join(" at ", r.report.server.String(), r.report.server.Address),
		strings.Join(r.fetched.sources, ", "))
	return e
}
