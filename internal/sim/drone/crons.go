package drone

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// cron starts a build at its times.
type cron struct {
	ID       int64  `json:"id"`
	RepoID   int64  `json:"repo_id"`
	Name     string `json:"name"`
	Expr     string `json:"expr"`
	Next     int64  `json:"next"`
	Prev     int64  `json:"prev"`
	Event    string `json:"event"`
	Branch   string `json:"branch"`
	Target   string `json:"target,omitempty"`
	Disabled bool   `json:"disabled"`
	Created  int64  `json:"created"`
	Updated  int64  `json:"updated"`
	Version  int64  `json:"version"`
}

var (
	cronField = regexp.MustCompile(`^[0-9A-Za-z*/,?-]+$`)
	cronAt    = regexp.MustCompile(`^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every [0-9a-zµ.]+)$`)
	noSlug    = regexp.MustCompile(`[^a-z0-9_]+`)
)

// isExpr knows the forms of an expression: six fields of which the last may be
// missing, beginning with the seconds, or a word.
func isExpr(expr string) bool {
	if cronAt.MatchString(expr) {
		return true
	}
	fields := strings.Fields(expr)
	return (len(fields) == 5 || len(fields) == 6) && !slices.ContainsFunc(fields, func(f string) bool { return !cronField.MatchString(f) })
}

// slug is what Drone makes of a name: small letters, and dashes for the rest.
func slug(name string) string {
	return strings.Trim(noSlug.ReplaceAllString(strings.ToLower(name), "-"), "-_")
}

func (m *memory) cronsOf(c *call) []*cron {
	list := []*cron{}
	for _, job := range m.crons {
		if job.RepoID == c.repo.ID {
			list = append(list, job)
		}
	}
	slices.SortFunc(list, func(a, b *cron) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (m *memory) findCron(c *call) (*cron, error) {
	list := m.cronsOf(c)
	if i := slices.IndexFunc(list, func(job *cron) bool { return job.Name == c.PathValue("cron") }); i >= 0 {
		return list[i], nil
	}
	return nil, noRows()
}

func (m *memory) listCrons(c *call) (any, error) { return m.cronsOf(c), nil }

func (m *memory) showCron(c *call) (any, error) { return m.findCron(c) }

// createCron takes name, expression and branch. Target and disabled have to be
// set afterwards; the event is always a push.
func (m *memory) createCron(c *call) (any, error) {
	var in cron
	if err := c.input(&in); err != nil {
		return nil, err
	}
	job := &cron{RepoID: c.repo.ID, Name: slug(in.Name), Expr: in.Expr, Branch: in.Branch, Event: "push"}
	switch {
	case !isExpr(job.Expr):
		return nil, badRequest("Invalid Cronjob Expression")
	case job.Name == "":
		return nil, badRequest("Invalid Cronjob Name")
	case job.Branch == "":
		return nil, badRequest("Invalid Cronjob Branch")
	case slices.ContainsFunc(m.cronsOf(c), func(other *cron) bool { return other.Name == job.Name }):
		return nil, crash("UNIQUE constraint failed: cron.cron_repo_id, cron.cron_name")
	}
	job.ID, job.Next = m.next(), m.now()+3600
	m.crons = append(m.crons, job)
	return job, nil
}

// updateCron cannot change the expression, and takes an empty branch.
func (m *memory) updateCron(c *call) (any, error) {
	var in struct {
		Branch   *string `json:"branch"`
		Target   *string `json:"target"`
		Disabled *bool   `json:"disabled"`
	}
	job, err := m.findCron(c)
	if err != nil {
		return nil, err
	}
	_ = c.input(&in) // what cannot be read changes nothing
	set(&job.Branch, in.Branch)
	set(&job.Target, in.Target)
	set(&job.Disabled, in.Disabled)
	return job, nil
}

func (m *memory) deleteCron(c *call) (any, error) {
	job, err := m.findCron(c)
	if err != nil {
		return nil, err
	}
	m.crons = slices.DeleteFunc(m.crons, func(other *cron) bool { return other == job })
	return nil, nil
}
