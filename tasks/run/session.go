package run

import (
	"context"
	"log/slog"
	"slices"

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
	fetched *fetched
	abandon context.CancelCauseFunc // ends the run's requests
}

// applies tells whether this run writes. The verbs of one task do.
func (s *session) applies() bool {
	switch s.verb {
	case verbPlan, verbValidate, verbDoctor:
		return false
	default:
		return true
	}
}

func (s *session) load(ctx context.Context) (values.Values, error) {
	secrets, err := s.platformSecrets()
	if err != nil {
		return values.Values{}, err
	}
	return values.Load(ctx, values.Request{
		Secrets: secrets, WithoutUsers: !slices.Contains(s.options.fromPlatform, "users"),
		Sources: s.options.values, Env: s.process.Env, Stdin: s.process.Stdin, Remote: s.remote(), App: s.task.App, Platform: s.options.platform,
	})
}
