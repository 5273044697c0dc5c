package harborprojects

import (
	"strconv"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/tasks/plan"
)

// projectFrom reads a project of a list. Harbor keeps flags as text, checks
// none, and takes one that it does not have for false.
func projectFrom(rep harbor.Project) Project {
	m := value(rep.Metadata)
	p := Project{
		Meta:   plan.Meta{ID: strconv.Itoa(int(value(rep.ProjectID))), Team: teamOf(value(rep.Name))},
		Public: flagFrom(m.Public), AutoScan: flagFrom(m.AutoScan), AutoSBOM: flagFrom(m.AutoSbomGeneration),
		PreventVulnerable: flagFrom(m.PreventVul), Severity: m.Severity, RetentionID: value(m.RetentionID),
	}
	switch n := value(rep.RepoCount); n {
	case 0:
	case 1:
		p.Extra = &plan.Extra{DeletionBlockedBy: "holds 1 repository"}
	default:
		p.Extra = &plan.Extra{DeletionBlockedBy: "holds " + strconv.Itoa(n) + " repositories"}
	}
	return p
}

// flagFrom is nil for what is no flag at all.
func flagFrom(text *string) *bool {
	switch strings.ToLower(value(text)) {
	case "true", "1":
		return new(true)
	case "false", "0", "":
		return new(false)
	}
	return nil
}

// metadata is what we declare of a project, as Harbor's text.
func (p Project) metadata() *harbor.ProjectMetadata {
	return &harbor.ProjectMetadata{
		Public: flagText(p.Public), AutoScan: flagText(p.AutoScan), AutoSbomGeneration: flagText(p.AutoSBOM),
		PreventVul: flagText(p.PreventVulnerable), Severity: p.Severity,
	}
}

func flagText(flag *bool) *string {
	if flag == nil {
		return nil
	}
	return new(strconv.FormatBool(*flag))
}

// The roles of members by Harbor's numbers.
func roles() map[string]int {
	return map[string]int{roleProjectAdmin: 1, roleDeveloper: 2, "guest": 3, "maintainer": 4, "limited-guest": 5}
}

func roleName(number int) string {
	for name, n := range roles() {
		if n == number {
			return name
		}
	}
	return "role " + strconv.Itoa(number)
}
