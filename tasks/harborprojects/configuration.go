package harborprojects

import (
	"context"

	"otomi.io/tasks/clients/answer"
	"otomi.io/tasks/tasks/plan"
)

func (p *Plan) markDangers(State) {}

func (r *reader) configuration(ctx context.Context) error {
	c, err := answer.OK(r.admin.GetConfigurationWithResponse(ctx))
	if err == nil {
		r.prefix = *c.RobotNamePrefix.Value
	}
	return err
}
func (w *writer) configuration(context.Context, plan.Change[Configuration]) error { return nil }
