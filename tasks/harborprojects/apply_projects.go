package harborprojects

import (
	"context"

	"otomi.io/tasks/tasks/plan"
)

func (w *writer) group(context.Context, plan.Change[Group]) error         { return nil }
func (w *writer) project(context.Context, plan.Change[Project]) error     { return nil }
func (w *writer) quota(context.Context, plan.Change[Quota]) error         { return nil }
func (w *writer) member(context.Context, plan.Change[Member]) error       { return nil }
func (w *writer) retention(context.Context, plan.Change[Retention]) error { return nil }
func (w *writer) immutable(context.Context, plan.Change[Immutable]) error { return nil }
