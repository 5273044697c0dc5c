package run

import (
	"cmp"
	"fmt"
	"path"
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
func (s *session) connect(v values.Values) (task.Application, error) {
	base, err := transport.Base(transport.BaseOptions{CAFile: v.ExtraCAFile})
	if err != nil {
		return nil, usageError{fmt.Errorf("preparing the connection: %w", err)}
	}
	options := s.transportOptions()
	options.ReadOnlyRequests = s.task.ReadOnlyRequests
	if s.options.rate > 0 {
		options.Limiter = rate.NewLimiter(rate.Limit(s.options.rate), 1)
	}
	s.chain = transport.New(base, options)
	return s.task.Connect(v, s.chain, s.setting(v))
}

func (s *session) transportOptions() transport.Options {
	return transport.Options{Logger: s.log, TracerProvider: s.tracing, Retry: transport.RetryOptions{Clock: s.process.Clock}}
}

func (s *session) setting(v values.Values) task.Setting {
	setting := task.Setting{
		Verb: string(s.verb), Namespace: s.kube.namespace, Now: time.Now,
		Workers: s.options.workers, PageSize: s.options.pageSize, Teams: s.options.teams, Shard: s.options.shard,
		Installation: cmp.Or(s.options.installation, path.Join(v.Cluster.DomainSuffix+"/"+s.kube.namespace, s.options.release)), Leavers: s.options.leavers,
	}
	if s.task.Secrets {
		setting.Secrets, setting.Inventory = s.kube.secrets, s.inventory(setting.Installation)
	}
	if s.process.Clock != nil {
		setting.Now = s.process.Clock.Now
	}
	return setting
}

// inventory names the Secret of what the task remembers. Earlier releases had one
// name, which two releases of the chart in one namespace shared.
func (s *session) inventory(installation string) inventory.Options {
	name := "otomi-tasks-" + s.task.Name
	o := inventory.Options{
		Namespace: s.kube.namespace, Name: name, Former: name,
		Installation: installation, TakeOver: slices.Contains(s.options.accept, plan.AcceptOwner),
	}
	if s.options.release != "" {
		o.Name = "otomi-tasks-" + s.options.release + "-" + s.task.Name
	}
	return o
}
