package harborprojects

import (
	"context"

	"otomi.io/tasks/tasks/plan"
)

func (r *reader) robots(context.Context) error                      { return nil }
func (w *writer) runner(context.Context, plan.Change[Runner]) error { return nil }
func (w *writer) begin(context.Context) error                       { return nil }
func (w *writer) end(context.Context) error                         { return nil }
