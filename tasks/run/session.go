package run

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// session is what one run works with: the process, what was asked for, and the
// ways to the servers.
type session struct {
	task    task.Task
	process Process
	options options
	verb    verb

	log     *slog.Logger
	bar     *progress
	tracing trace.TracerProvider
	chain   *transport.Chain // to the application
	kube    kubeEnv
	abandon context.CancelCauseFunc // ends the run's requests
}

// customVerb is the task's own verb that was asked for; nil where it was one of
// all tasks.
func (s *session) customVerb() *task.Verb {
	for i, v := range s.task.Verbs {
		if v.Name == string(s.verb) {
			return &s.task.Verbs[i]
		}
	}
	return nil
}

// applies tells whether this run writes.
func (s *session) applies() bool {
	custom := s.customVerb()
	return s.verb == verbApply || custom != nil && !custom.ReadOnly
}

func (s *session) load(ctx context.Context) (values.Values, error) {
	return values.Load(ctx, values.Request{
		Sources: s.options.values, Env: s.process.Env, Stdin: s.process.Stdin, Remote: s.remote(), App: s.task.App,
	})
}
