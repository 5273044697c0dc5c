package run

import (
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/values"
)

// connect prepares the way to the server and the application at its end. It
// sends nothing.
func (r *runner[S, P]) connect(v values.Values) (Application[S, P], error) {
	base, err := transport.Base(transport.BaseOptions{CAFile: v.ExtraCAFile})
	if err != nil {
		return nil, usageError{fmt.Errorf("preparing the connection: %w", err)}
	}
	options := r.transportOptions()
	options.ReadLike = r.task.ReadLike
	if r.options.rate > 0 {
		options.Limiter = rate.NewLimiter(rate.Limit(r.options.rate), 1)
	}
	r.chain = transport.New(base, options)
	return r.task.Connect(v, r.chain, r.setting())
}

func (r *runner[S, P]) transportOptions() transport.Options {
	return transport.Options{Logger: r.log, TracerProvider: r.tracing, Retry: transport.RetryOptions{Clock: r.process.Clock}}
}

func (r *runner[S, P]) setting() Setting {
	s := Setting{
		Verb: string(r.verb), Namespace: r.around.namespace, Now: time.Now,
		Workers: r.options.workers, PageSize: r.options.pageSize, Teams: r.options.teams, Shard: r.options.shard,
	}
	if r.task.Secrets {
		s.Secrets = r.around.secrets
	}
	if r.process.Clock != nil {
		s.Now = r.process.Clock.Now
	}
	return s
}
