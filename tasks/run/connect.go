package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// connect prepares the way to the server and the application at its end. It
// sends nothing.
func (r *runner) connect(v values.Values) (task.Application, error) {
	base, err := transport.Base(transport.BaseOptions{CAFile: v.ExtraCAFile})
	if err != nil {
		return nil, usageError{fmt.Errorf("preparing the connection: %w", err)}
	}
	options := r.transportOptions()
	options.ReadOnlyRequests = r.task.ReadOnlyRequests
	if r.options.rate > 0 {
		options.Limiter = rate.NewLimiter(rate.Limit(r.options.rate), 1)
	}
	r.chain = transport.New(base, options)
	return r.task.Connect(v, r.chain, r.setting())
}

func (r *runner) transportOptions() transport.Options {
	return transport.Options{Logger: r.log, TracerProvider: r.tracing, Retry: transport.RetryOptions{Clock: r.process.Clock}}
}

func (r *runner) setting() task.Setting {
	s := task.Setting{
		Verb: string(r.verb), Namespace: r.kube.namespace, Now: time.Now,
		Workers: r.options.workers, PageSize: r.options.pageSize, Teams: r.options.teams, Shard: r.options.shard,
	}
	if r.task.Secrets {
		s.Secrets, s.Inventory = r.kube.secrets, r.inventory(s.Installation)
	}
	if r.process.Clock != nil {
		s.Now = r.process.Clock.Now
	}
	return s
}

// inventory names the Secret of what the task remembers. The default is the name
// of earlier releases, which two releases of the chart in one namespace shared.
func (r *runner) inventory(installation string) inventory.Options {
	former := "otomi-tasks-" + r.task.Name
	return inventory.Options{
		Namespace: r.kube.namespace, Name: cmp.Or(r.options.inventory, former), Former: former,
		Installation: installation, TakeOver: slices.Contains(r.options.accept, plan.AcceptOwner),
	}
}
