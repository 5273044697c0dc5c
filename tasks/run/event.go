package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"otomi.io/tasks/tasks/kube"
)

// eventTime bounds how long a run that is over waits for its Event to be taken.
const eventTime = 5 * time.Second

// emitEvent leaves an Event at the Job that the run belongs to, so that
// kubectl describe shows how it ended. Trouble with it is logged and changes
// nothing else.
func (r *runner) emitEvent(code int, o Outcome) {
	job, inJob := kube.JobOf(r.process.Env)
	if !inJob {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), eventTime)
	defer cancel()
	// A run that ended before it looked around has the most to tell.
	if r.kube.cluster == nil {
		if err := r.findCluster(false); err != nil || r.kube.cluster == nil {
			r.log.Warn("no event: there is no cluster", "reason", err)
			return
		}
	}
	if err := r.kube.cluster.Report(ctx, job, event(code, o)); err != nil {
		r.log.Warn("no event", "error", err)
	}
}

// maxCause is how much of the reasons leaves room for the remedy in an Event, which
// takes 1,024 characters.
const maxCause = 500

// event is an outcome in one line.
func event(code int, o Outcome) kube.Event {
	e := kube.Event{Warning: code != ExitOK && code != ExitDifferences, Reason: strings.ToUpper(o.Result[:1]) + o.Result[1:]}
	text := fmt.Sprint(o.Changes)
	if e.Warning {
		text = fmt.Sprintf("exit %d, %s: %s; remedy: %s", code, meaning(code), cause(o.Error, maxCause), advice{o.Remedy, o.Docs})
	}
	e.Message = strings.TrimSpace(o.Task+" "+o.Shard) + ": " + text
	return e
}
