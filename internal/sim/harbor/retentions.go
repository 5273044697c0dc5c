package harbor

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"
)

// retention is the one policy of a project that says which images are kept.
type retention struct {
	id, project int64
	policy      RetentionPolicy // as written: hardly anything is checked
}

func (r *retention) key() (id int64, name string) { return r.id, ofProject(r.project) }

const maxRules = 15

// checkPolicy is what Harbor looks at before it asks who may do this.
func checkPolicy(p RetentionPolicy) error {
	if p.Scope == nil || p.Trigger == nil {
		return mute(http.StatusInternalServerError)
	}
	rules := value(p.Rules)
	if len(rules) > maxRules {
		return badRequest("only %d rules are allowed at most", maxRules)
	}
	seen := map[string]int{}
	for i, rule := range rules {
		rule.ID = nil
		text, err := json.Marshal(rule)
		if err != nil {
			return err
		}
		if old, again := seen[string(text)]; again {
			return conflict("rule %d is conflict with rule %d", i, old)
		}
		seen[string(text)] = i
	}
	return nil
}

// requirePolicy asks for a right in the project that a policy is for.
func (a api) requirePolicy(ctx context.Context, s *RetentionPolicyScope, action string) error {
	wanted := right{"tag-retention", action}
	if value(s.Level) != projectLevel {
		return a.requireSystem(ctx, wanted)
	}
	if callOf(ctx).caller.isAdmin() {
		return nil
	}
	_, err := a.requireProject(ctx, reference{id: int64(value(s.Ref))}, wanted)
	return err
}

func cron(p RetentionPolicy) (text string, isText bool) {
	text, isText = value(p.Trigger.Settings)["cron"].(string)
	return text, isText
}

const (
	scheduled  = "Schedule"
	cronFields = 6
)

// checkCron is not the whole grammar: the number of fields and the seconds.
func checkCron(p RetentionPolicy) error {
	text, isText := cron(p)
	switch fields := strings.Fields(text); {
	case value(p.Trigger.Kind) != scheduled:
		return nil
	case !isText && value(p.Trigger.Settings)["cron"] != nil:
		return mute(http.StatusInternalServerError)
	case text == "" || (strings.HasPrefix(text, "@") && len(fields) == 1):
		return nil
	case len(fields) != cronFields:
		return badRequest("invalid cron string for scheduled tag retention: %s, error: expected exactly %d fields, found %d: [%s]", text, cronFields, len(fields), text)
	case fields[0] != "0":
		return badRequest("invalid cron string for scheduled tag retention: %s, error: the 1st field (indicating Seconds of time) of the cron setting must be 0", text)
	}
	return nil
}

func (a api) CreateRetention(ctx context.Context, request CreateRetentionRequestObject) (CreateRetentionResponseObject, error) {
	policy := *request.Body
	if err := checkPolicy(policy); err != nil {
		return nil, err
	}
	if err := a.requirePolicy(ctx, policy.Scope, "create"); err != nil {
		return nil, err
	}
	p := a.projects.byID[int64(value(policy.Scope.Ref))]
	switch {
	case value(policy.Scope.Level) != projectLevel:
		return nil, badRequest("scope %s is not support", value(policy.Scope.Level))
	case p == nil:
		return nil, badRequest("invalid Project id %d", value(policy.Scope.Ref))
	case p.metadata["retention_id"] != "":
		return nil, badRequest("project %d already has retention policy %s", p.id, p.metadata["retention_id"])
	}
	if err := checkCron(policy); err != nil {
		return nil, err
	}
	made := &retention{a.retentions.next(), p.id, policy}
	a.retentions.add(made)
	p.metadata["retention_id"] = ofProject(made.id)
	location := callOf(ctx).created(made.id)
	return CreateRetention201Response{CreateRetention201ResponseHeaders{Location: location}}, nil
}

// GetRetention has no answer for a policy that is absent but 500. One with a
// schedule says when it runs next, which changes by itself; here it is always
// the next midnight.
func (a api) GetRetention(ctx context.Context, request GetRetentionRequestObject) (GetRetentionResponseObject, error) {
	if !callOf(ctx).caller.isAuthenticated() {
		return nil, unauthorized()
	}
	found := a.retentions.byID[request.ID]
	if found == nil {
		return nil, crash()
	}
	if err := a.requirePolicy(ctx, found.policy.Scope, "read"); err != nil {
		return nil, err
	}
	shown := found.policy
	shown.ID, shown.Rules = &found.id, shownRules(value(shown.Rules))
	if text, _ := cron(shown); text != "" && value(shown.Trigger.Kind) == scheduled {
		trigger := *shown.Trigger
		settings := maps.Clone(*trigger.Settings)
		settings["next_scheduled_time"] = a.time().Truncate(24 * time.Hour).Add(24 * time.Hour)
		trigger.Settings = &settings
		shown.Trigger = &trigger
	}
	return GetRetention200JSONResponse(shown), nil
}

// shownRules leaves out what is false, 0 or empty.
func shownRules(rules []RetentionRule) *[]RetentionRule {
	shown := make([]RetentionRule, len(rules))
	for i, rule := range rules {
		rule.Disabled, rule.Priority = orNone(value(rule.Disabled)), orNone(value(rule.Priority))
		if len(value(rule.Params)) == 0 {
			rule.Params = nil
		}
		shown[i] = rule
	}
	return &shown
}

func (a api) UpdateRetention(ctx context.Context, request UpdateRetentionRequestObject) (UpdateRetentionResponseObject, error) {
	if !callOf(ctx).caller.isAuthenticated() {
		return nil, unauthorized()
	}
	policy := *request.Body
	if err := checkPolicy(policy); err != nil {
		return nil, err
	}
	if err := a.requirePolicy(ctx, policy.Scope, "update"); err != nil {
		return nil, err
	}
	found := a.retentions.byID[request.ID]
	if found == nil || found.project != int64(value(policy.Scope.Ref)) {
		return nil, notFound("the retention policy id %d does not match", request.ID)
	}
	if err := checkCron(policy); err != nil {
		return nil, err
	}
	found.policy = policy
	return UpdateRetention200Response{}, nil
}

func (a api) DeleteRetention(ctx context.Context, request DeleteRetentionRequestObject) (DeleteRetentionResponseObject, error) {
	if !callOf(ctx).caller.isAuthenticated() {
		return nil, unauthorized()
	}
	found := a.retentions.byID[request.ID]
	if found == nil {
		return nil, badRequest("no such Retention policy with id %d", request.ID)
	}
	if err := a.requirePolicy(ctx, found.policy.Scope, "delete"); err != nil {
		return nil, err
	}
	a.retentions.remove(found)
	if p := a.projects.byID[found.project]; p != nil && a.minor >= minorTidy {
		delete(p.metadata, "retention_id")
	}
	return DeleteRetention200Response{}, nil
}
