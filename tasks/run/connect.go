package run

import (
	"fmt"

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
	options := transport.Options{ReadLike: r.task.ReadLike, Logger: r.log, TracerProvider: r.tracing,
		Retry: transport.RetryOptions{Clock: r.process.Clock}}
	if r.options.rate > 0 {
		options.Limiter = rate.NewLimiter(rate.Limit(r.options.rate), 1)
	}
	r.chain = transport.New(base, options)
	return r.task.Connect(v, r.chain, Tuning{Workers: r.options.workers, PageSize: r.options.pageSize})
}
