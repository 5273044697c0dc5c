package harborprojects

import (
	"context"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// Apply performs the plan: what others stand on first, deletions last and in
// reverse. One object has one writer at a time. What we must remember is saved
// at the end; a run that is killed before finds it out again.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a}
	prefix := p.prefixAfter(a.seen.prefix)
	task.Upsert(ctx, j, &p.Configurations, w.configuration)
	task.Upsert(ctx, j, &p.Runners, w.runner)
	if err := w.begin(ctx, prefix); err != nil {
		j.Fail(err)
		return
	}
	task.Upsert(ctx, j, &p.Groups, w.group)
	task.Upsert(ctx, j, &p.Projects, w.project)
	task.Upsert(ctx, j, &p.Quotas, w.quota)
	task.Upsert(ctx, j, &p.Members, w.member)
	task.Upsert(ctx, j, &p.Retentions, w.retention)
	task.Upsert(ctx, j, &p.Immutables, w.immutable)
	credential := w.credential
	if w.prefix != prefix { // to rename robot accounts that are handed out would need a person's word
		credential = func(context.Context, plan.Change[Credential]) error {
			return &task.SkipError{Reason: "the prefix of robot accounts is not yet " + prefix}
		}
	}
	task.Upsert(ctx, j, &p.Credentials, credential)

	task.Remove(ctx, j, &p.Credentials, w.credential)
	task.Remove(ctx, j, &p.Immutables, w.immutable)
	task.Remove(ctx, j, &p.Projects, w.project)
	if err := w.end(ctx); err != nil {
		j.Fail(err)
	}
}
