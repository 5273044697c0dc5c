package gitea

import (
	"slices"
	"strings"
)

// hookEvents are the events that a hook can have, apart from the two groups.
func plainEvents() []string {
	return strings.Fields("create push delete fork repository wiki release package status workflow_run workflow_job")
}

func issueEvents() []string {
	return strings.Fields("issues issue_assign issue_label issue_milestone issue_comment")
}

func pullEvents() []string {
	return strings.Fields(`pull_request pull_request_assign pull_request_label pull_request_milestone pull_request_comment
		pull_request_review pull_request_review_request pull_request_sync`)
}

// grownEvents: none is push; the name of a group stands for all in it, and alone
// for the first with _only behind it; what is unknown vanishes.
func (m *memory) grownEvents(asked []string) []string {
	events := filtered(grown(asked), func(event string) bool { return !m.before(firstWith(event)) })
	i := slices.Index(events, "pull_request_review")
	if i < 0 || !m.before(24) {
		return events
	}
	return slices.Replace(events, i, i+1, "pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment")
}

// firstWith is the first version that has an event.
func firstWith(event string) int {
	return map[string]int{"pull_request_review_request": 21, "status": 24, "workflow_job": 24, "workflow_run": 25}[event]
}

func grown(asked []string) []string {
	if len(asked) == 0 {
		return []string{"push"}
	}
	events := filtered(plainEvents(), func(event string) bool { return hasFold(asked, event) })
	return append(events, slices.Concat(groupEvents(asked, issueEvents()), groupEvents(asked, pullEvents()))...)
}

func groupEvents(asked, group []string) []string {
	if hasFold(asked, group[0]) {
		return group
	}
	return filtered(group, func(event string) bool {
		if event == group[0] {
			return hasFold(asked, event+"_only")
		}
		return hasFold(asked, event)
	})
}

func hasFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(element string) bool { return strings.EqualFold(element, text) })
}
