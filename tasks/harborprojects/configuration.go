package harborprojects

import (
	"context"

	"otomi.io/tasks/tasks/plan"
)

func (p *Plan) markDangers(State) {}

func (r *reader) configuration(context.Context) error                             { return nil }
func (w *writer) configuration(context.Context, plan.Change[Configuration]) error { return nil }
