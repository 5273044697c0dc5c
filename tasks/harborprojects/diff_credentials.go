package harborprojects

import (
	"fmt"
	"strings"

	"otomi.io/tasks/tasks/plan"
)

// diffCredentials compares the credentials once it is known under which prefix
// robot accounts will go.
func (p *Plan) diffCredentials(desired, current State) {
	prefix := p.prefixAfter(current.prefix)
	p.Credentials = plan.DiffAs("credential", desired.Credentials, current.Credentials, func(name string, after, before Credential) Credential {
		t, _ := ticketOf(name)
		return t.expect(after, before, prefix, current.waits[name] != "")
	})
	for i := range p.Credentials.Changes {
		c := &p.Credentials.Changes[i]
		if c.Blocked == "" && c.Action != plan.Delete {
			c.Blocked = blocked(*c, current)
		}
	}
}

// prefixAfter is the prefix of robot accounts when this plan has been performed.
func (p *Plan) prefixAfter(now string) string {
	for _, c := range p.Configurations.Changes {
		if c.After != nil && c.After.RobotNamePrefix != nil && c.Blocked == "" {
			return *c.After.RobotNamePrefix
		}
	}
	return now
}

// expect adds to what is desired what follows from the server: whose robot
// account it will be, and by which name. What a new robot account brings along
// needs no line of its own in the plan.
func (t ticket) expect(desired, current Credential, prefix string, waits bool) Credential {
	desired.slot = current.slot
	desired.Username = prefix + t.robot(current.slot)
	renewed := desired
	renewed.renew, renewed.slot = true, current.next
	renewed.Username, renewed.Retiring = prefix+t.robot(current.next), current.Retiring
	switch {
	case current.Login.dead():
		renewed.Permissions, renewed.Duration = nil, current.Duration
		return renewed
	case !current.Login.ages() && current.Duration == desired.Duration:
		return desired
	case !waits:
		return renewed
	}
	// Whatever else there is to repair need not wait.
	desired.Login, desired.Duration = current.Login, current.Duration
	if len(plan.Compare(desired, current)) > 0 {
		return desired
	}
	return renewed
}

// blocked says why a credential cannot be made or mended now.
func blocked(c plan.Change[Credential], current State) string {
	t, _ := ticketOf(c.Name)
	before := c.Before
	switch {
	case current.pending[t.project] != "":
		return current.pending[t.project]
	case before == nil:
		return ""
	case before.Secret.Type != t.use.kind && before.Secret.ManagedBy != c.After.Secret.ManagedBy:
		return fmt.Sprintf("secret %s/%s has type %s, which cannot be changed, and is not ours: delete it", t.project, t.use.secret, before.Secret.Type)
	case c.After.renew && !before.Login.dead():
		return current.waits[c.Name]
	}
	return ""
}

// namespaceOf a credential is also its project.
func namespaceOf(credential string) string {
	namespace, _, _ := strings.Cut(credential, "/")
	return namespace
}
