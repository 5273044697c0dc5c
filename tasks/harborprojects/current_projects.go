package harborprojects

import "context"

func (r *reader) groups(context.Context) error     { return nil }
func (r *reader) projects(context.Context) error   { return nil }
func (r *reader) quotas(context.Context) error     { return nil }
func (r *reader) members(context.Context) error    { return nil }
func (r *reader) retentions(context.Context) error { return nil }
func (r *reader) immutables(context.Context) error { return nil }
