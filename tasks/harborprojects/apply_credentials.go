package harborprojects

import (
	"context"

	"otomi.io/tasks/tasks/plan"
)

func (r *reader) credentials(context.Context) error                         { return nil }
func (w *writer) credential(context.Context, plan.Change[Credential]) error { return nil }
