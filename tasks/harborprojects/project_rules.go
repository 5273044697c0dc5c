package harborprojects

import (
	"encoding/json"
	"strings"

	"otomi.io/tasks/clients/harbor"
)

// What rules are made of.
const (
	doublestar   = "doublestar" // the only kind of pattern
	repository   = "repository" // the only scope
	repoMatches  = "repoMatches"
	repoExcludes = "repoExcludes"
	tagMatches   = "matches"
	tagExcludes  = "excludes"
	excluding    = "!" // ours, before a pattern
)

// decorated cuts a pattern into Harbor's decoration and pattern.
func decorated(pattern, matches, excludes string) (decoration, plain string) {
	if plain, found := strings.CutPrefix(pattern, excluding); found {
		return excludes, plain
	}
	return matches, pattern
}

// selector is what both kinds of rules have in common, as Harbor has it.
type selector struct{ kind, decoration, pattern string }

// patternOf joins Harbor's selectors to one pattern. Several of them, or one of
// another kind, become a text that no pattern of ours equals.
func patternOf(selectors []selector, matches, excludes string) string {
	all := make([]string, 0, len(selectors))
	for _, s := range selectors {
		switch {
		case s.kind == doublestar && s.decoration == matches && !strings.HasPrefix(s.pattern, excluding):
			all = append(all, s.pattern)
		case s.kind == doublestar && s.decoration == excludes:
			all = append(all, excluding+s.pattern)
		default:
			all = append(all, s.kind+" "+s.decoration+" "+s.pattern)
		}
	}
	return strings.Join(all, " and ")
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
// kept unless something else is said.
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
		r.Schedule, _ = value(rep.Trigger.Settings)["cron"].(string) // anything else is no schedule
	}
	for _, rule := range value(rep.Rules) {
		r.Rules = append(r.Rules, retentionRule(rule))
	}
	return r
}

func (i Immutable) harbor() harbor.ImmutableRule {
	scope, repositories := decorated(i.Repositories, repoMatches, repoExcludes)
	decoration, tags := decorated(i.Tags, tagMatches, tagExcludes)
	return harbor.ImmutableRule{
		Action: new("immutable"), Template: new("immutable_template"), Disabled: new(i.Disabled),
		ScopeSelectors: &map[string][]harbor.ImmutableSelector{
			repository: {{Kind: new(doublestar), Decoration: &scope, Pattern: &repositories}}},
		TagSelectors: &[]harbor.ImmutableSelector{{Kind: new(doublestar), Decoration: &decoration, Pattern: &tags}},
	}
}

func immutableFrom(rep harbor.ImmutableRule) Immutable {
	return Immutable{
		Repositories: patternOf(immutableSelectors(value(rep.ScopeSelectors)[repository]), repoMatches, repoExcludes),
		Tags:         patternOf(immutableSelectors(value(rep.TagSelectors)), tagMatches, tagExcludes),
		Disabled:     value(rep.Disabled),
	}
}

func immutableSelectors(reps []harbor.ImmutableSelector) []selector {
	all := make([]selector, 0, len(reps))
	for _, s := range reps {
		all = append(all, selector{value(s.Kind), value(s.Decoration), value(s.Pattern)})
	}
	return all
}
