package harbor

import (
	"context"
	"encoding/json"
	"slices"
)

// rule says which tags of a project cannot be changed. Nothing in it is checked.
type rule struct {
	id       int64
	disabled bool
	content  ImmutableRule
	written  string // the body that made it so
}

func writtenRule(r ImmutableRule) string {
	text, err := json.Marshal(r)
	if err != nil {
		return "" // it is plain data
	}
	return string(text)
}

// shown: of a selector's extras and a rule's params nothing is kept.
func (r *rule) shown() ImmutableRule {
	plain := func(s ImmutableSelector) ImmutableSelector {
		return ImmutableSelector{Kind: s.Kind, Decoration: s.Decoration, Pattern: s.Pattern}
	}
	scopes := map[string][]ImmutableSelector{}
	for name, selectors := range value(r.content.ScopeSelectors) {
		scopes[name] = each(selectors, plain)
	}
	tags := each(value(r.content.TagSelectors), plain)
	return ImmutableRule{
		ID: new(int(r.id)), Disabled: orNone(r.disabled), Action: r.content.Action, Priority: orNone(value(r.content.Priority)),
		Template: r.content.Template, ScopeSelectors: &scopes, TagSelectors: &tags,
	}
}

func (a api) ListImmutableRules(ctx context.Context, request ListImmutableRulesRequestObject) (ListImmutableRulesResponseObject, error) {
	q, err := newQuery(request.Params.Q, request.Params.Sort, request.Params.Page, request.Params.PageSize)
	if err != nil {
		return nil, err
	}
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"immutable-tag", "list"})
	if err != nil {
		return nil, err
	}
	return ListImmutableRules200JSONResponse{
		Body:    each(cut(p.rules, q.paging), (*rule).shown),
		Headers: ListImmutableRules200ResponseHeaders(callOf(ctx).listed(len(p.rules), q.paging)),
	}, nil
}

// CreateImmutableRule makes a rule that is enabled, whatever the body says.
func (a api) CreateImmutableRule(ctx context.Context, request CreateImmutableRuleRequestObject) (CreateImmutableRuleResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"immutable-tag", "create"})
	if err != nil {
		return nil, err
	}
	written := writtenRule(*request.Body)
	a.newest.rule++
	if slices.ContainsFunc(p.rules, func(r *rule) bool { return r.written == written }) {
		return nil, conflict("immutable rule already exists")
	}
	p.rules = append(p.rules, &rule{id: a.newest.rule, content: *request.Body, written: written})
	location := callOf(ctx).created(a.newest.rule)
	return CreateImmutableRule201Response{CreateImmutableRule201ResponseHeaders{Location: location}}, nil
}

// UpdateImmutableRule switches a rule on or off, or changes it, never both: a
// body that does both only switches.
func (a api) UpdateImmutableRule(ctx context.Context, request UpdateImmutableRuleRequestObject) (UpdateImmutableRuleResponseObject, error) {
	if int64(value(request.Body.ID)) != request.ImmutableRuleID {
		return nil, badRequest("the immutable_rule_id doesn't match the id in the payload body of ImmutableRule")
	}
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"immutable-tag", "update"})
	if err != nil {
		return nil, err
	}
	i, err := p.rule(request.ImmutableRuleID)
	if err != nil {
		return nil, err
	}
	found := p.rules[i]
	if disabled := value(request.Body.Disabled); disabled != found.disabled {
		found.disabled = disabled
		return UpdateImmutableRule200Response{}, nil
	}
	found.content, found.written = *request.Body, writtenRule(*request.Body)
	return UpdateImmutableRule200Response{}, nil
}

func (a api) DeleteImmutableRule(ctx context.Context, request DeleteImmutableRuleRequestObject) (DeleteImmutableRuleResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"immutable-tag", "delete"})
	if err != nil {
		return nil, err
	}
	i, err := p.rule(request.ImmutableRuleID)
	if err != nil {
		return nil, err
	}
	p.rules = slices.Delete(p.rules, i, i+1)
	return DeleteImmutableRule200Response{}, nil
}

func (p *project) rule(id int64) (index int, err error) {
	index = slices.IndexFunc(p.rules, func(r *rule) bool { return r.id == id })
	if index < 0 {
		return 0, notFound("immutable rule %d not found", id)
	}
	return index, nil
}
