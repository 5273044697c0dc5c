package harborprojects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// The templates of retention rules, as Harbor calls them. All but always have a
// parameter of their own name.
const (
	latestPushed    = "latestPushedK"
	latestPulled    = "latestPulledN"
	pushedSinceDays = "nDaysSinceLastPush"
	pulledSinceDays = "nDaysSinceLastPull"
	always          = "always"
)

func desiredRules(rules []values.HarborRetentionRule) []RetentionRule {
	templates := map[string]string{
		values.KeepLatestPushed: latestPushed, values.KeepLatestPulled: latestPulled,
		values.KeepPushedWithinDays: pushedSinceDays, values.KeepPulledWithinDays: pulledSinceDays, values.KeepAlways: always,
	}
	desired := make([]RetentionRule, 0, len(rules))
	for _, r := range rules {
		desired = append(desired, RetentionRule{
			Repositories: r.Repositories, Tags: r.Tags, Untagged: r.Untagged, Keep: templates[r.Keep], Count: r.Count, Disabled: r.Disabled})
	}
	return desired
}

// retentions reads the policies of the projects that the values have one for.
func (r *reader) retentions(ctx context.Context) error {
	r.current.Retentions = map[string]Retention{}
	declared := r.existing(func(name string, p Project) bool {
		_, ours := r.desired.Retentions[name]
		return ours && p.RetentionID != ""
	})
	return eachProject(ctx, r, declared, r.retention, func(project string, found *Retention) {
		if found != nil {
			r.current.Retentions[project] = *found
		}
	})
}

// retention is nil for a policy that was deleted: up to 2.14 its project
// names it still, and reading it answers 500.
func (r *reader) retention(ctx context.Context, project string) (*Retention, error) {
	id := r.current.Projects[project].RetentionID
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("reading retention policy %s of project %s: %w", id, project, err)
	}
	rep, err := response.OK(r.access.to("tag-retention:read").GetRetentionWithResponse(ctx, n))
	if failed, ok := errors.AsType[*transport.StatusError](err); ok && !r.current.server.version.ForgetsPolicies() && failed.Status == http.StatusInternalServerError {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading retention policy %s of project %s: %w", id, project, err)
	}
	found := retentionFrom(rep)
	found.Meta = plan.Meta{ID: id, Team: r.desired.Retentions[project].Team}
	return &found, nil
}

// planRetentions tells the writer which projects the policies belong to.
func (p *Plan) planRetentions(current State) {
	for i := range p.Retentions.Changes {
		c := &p.Retentions.Changes[i]
		project := current.Projects[c.Name]
		c.After.project = project.ID
		if c.Action == plan.Create {
			c.After.stale = project.RetentionID
		}
	}
}

// retention writes the whole policy: all of it is declared.
func (w *writer) retention(ctx context.Context, c plan.Change[Retention]) error {
	if err := w.projects.parent(c.Name); err != nil {
		return err
	}
	project, err := strconv.Atoi(w.projects.id(c.Name, c.After.project))
	if err != nil {
		return missingProject(c.Name)
	}
	if err := w.forgetPolicy(ctx, c.Name, c.After.stale); err != nil {
		return fmt.Errorf("forgetting the deleted policy of project %s: %w", c.Name, err)
	}
	if c.Action == plan.Create {
		_, err := w.access.to("tag-retention:create").CreateRetentionWithResponse(ctx, c.After.harbor(project))
		return w.writeError(ctx, c.Name, err)
	}
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	_, err = w.access.to("tag-retention:update").UpdateRetentionWithResponse(ctx, id, c.After.harbor(project))
	return w.writeError(ctx, c.Name, err)
}

// forgetPolicy takes a deleted policy out of its project, without which Harbor takes
// no other one. The project must still name it.
func (w *writer) forgetPolicy(ctx context.Context, project, policy string) error {
	if policy == "" {
		return nil
	}
	found, err := w.projectNamed(ctx, project)
	if err != nil || found == nil {
		return err
	}
	if projectFrom(*found).RetentionID != policy {
		return changedSince("the retention policy of project " + project)
	}
	_, err = w.admin.DeleteProjectMetadataWithResponse(ctx, project, "retention_id")
	return err
}

// untagged is the extra setting of a retention rule's tags; what is left out
// depends on the decoration.
type untagged struct {
	Untagged *bool `json:"untagged"`
}

func (r RetentionRule) harbor() harbor.RetentionRule {
	scope, repositories := decorated(r.Repositories, repoMatches, repoExcludes)
	decoration, tags := decorated(r.Tags, tagMatches, tagExcludes)
	extras := `{"untagged":false}`
	if r.Untagged {
		extras = `{"untagged":true}`
	}
	params := map[string]int64{}
	if r.Keep != always {
		params[r.Keep] = int64(r.Count)
	}
	return harbor.RetentionRule{
		Action: new("retain"), Template: new(r.Keep), Params: &params, Disabled: new(r.Disabled),
		ScopeSelectors: &map[string][]harbor.RetentionSelector{
			repository: {{Kind: new(doublestar), Decoration: &scope, Pattern: &repositories}}},
		TagSelectors: &[]harbor.RetentionSelector{{Kind: new(doublestar), Decoration: &decoration, Pattern: &tags, Extras: &extras}},
	}
}

func retentionRule(rep harbor.RetentionRule) RetentionRule {
	tags := value(rep.TagSelectors)
	return RetentionRule{
		Repositories: patternOf(retentionSelectors(value(rep.ScopeSelectors)[repository]), repoMatches, repoExcludes),
		Tags:         patternOf(retentionSelectors(tags), tagMatches, tagExcludes),
		Untagged:     len(tags) > 0 && countsUntagged(tags[0]),
		Keep:         value(rep.Template), Count: int(value(rep.Params)[value(rep.Template)]), Disabled: value(rep.Disabled),
	}
}

// countsUntagged is what Harbor makes of the extras: images without a tag are
// kept unless an extra says otherwise.
func countsUntagged(s harbor.RetentionSelector) bool {
	var said untagged
	if json.Unmarshal([]byte(value(s.Extras)), &said) != nil || value(s.Extras) == "" {
		return value(s.Decoration) != tagExcludes
	}
	return value(said.Untagged)
}

func retentionSelectors(reps []harbor.RetentionSelector) []selector {
	all := make([]selector, 0, len(reps))
	for _, s := range reps {
		all = append(all, selector{value(s.Kind), value(s.Decoration), value(s.Pattern)})
	}
	return all
}

func (r Retention) harbor(project int) harbor.RetentionPolicy {
	rules := make([]harbor.RetentionRule, 0, len(r.Rules))
	for _, rule := range r.Rules {
		rules = append(rules, rule.harbor())
	}
	return harbor.RetentionPolicy{
		Algorithm: new("or"), Rules: &rules, Scope: &harbor.RetentionPolicyScope{Level: new("project"), Ref: &project},
		Trigger: &harbor.RetentionRuleTrigger{Kind: new("Schedule"), Settings: &map[string]any{"cron": r.Schedule}},
	}
}

// retentionFrom leaves out when the policy runs next, which changes by itself.
func retentionFrom(rep harbor.RetentionPolicy) Retention {
	r := Retention{Rules: []RetentionRule{}}
	if rep.Trigger != nil {
		r.Schedule, _ = value(rep.Trigger.Settings)["cron"].(string) // anything else means no schedule
	}
	for _, rule := range value(rep.Rules) {
		r.Rules = append(r.Rules, retentionRule(rule))
	}
	return r
}
