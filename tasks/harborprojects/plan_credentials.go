package harborprojects

import (
	"fmt"
	"strings"

	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
)

// planCredentials compares the credentials once it is known under which prefix
// robot accounts will go.
func (p *Plan) planCredentials(desired, current State) {
	p.Credentials = plan.DiffAs("credential", desired.Credentials, current.Credentials, func(name string, after, before Credential) Credential {
		key, _ := credential.ParseKey(name)
		return expect(key, after, before, p.prefix)
	})
	for i := range p.Credentials.Changes {
		c := &p.Credentials.Changes[i]
		if c.Action == plan.Delete || c.Blocked != "" {
			continue
		}
		if c.Action == plan.Create {
			c.After.basis = current.server.unpublished[c.Name]
		}
		c.Loss = rightsLost(*c)
		c.Foreign = foreign(*c)
		c.Blocked = blocked(*c, current)
		c.Breaks = breaks(*c, current)
	}
	for team, n := range current.server.unread {
		p.Credentials.OwnAlso(team, n)
	}
	p.server.pending, p.server.unpublished, p.server.unread = nil, nil, nil // the changes say it
}

// expect adds to what is desired what follows from the server: whose robot
// account it will be, and by which name. What a new robot account brings along
// needs no line of its own in the plan.
func expect(k credential.Key, desired, current Credential, prefix string) Credential {
	desired.slot = current.slot
	desired.Username = prefix + k.Robot(current.slot)
	if label := current.Secret.ManagedBy; label != "" && label != kube.Manager {
		desired.Secret = &secretSpec{desired.Secret.Host, desired.Secret.Type, label} // the label stays with the Secret's owner
	}
	if current.basis == nil {
		return desired
	}
	next := current.basis.Next
	renewed := desired
	renewed.renew, renewed.slot = true, next
	renewed.Username, renewed.Retiring = prefix+k.Robot(next), current.Retiring
	switch {
	case current.Login.Dead():
		renewed.Permissions, renewed.Duration = nil, current.Duration
		return renewed
	case !current.Login.Ages() && current.Duration == desired.Duration:
		return desired
	case current.basis.Waits == "":
		return renewed
	}
	// Whatever else there is to repair need not wait.
	desired.Login, desired.Duration = current.Login, current.Duration
	if len(plan.Compare(desired, current)) > 0 {
		return desired
	}
	return renewed
}

// rightsLost names what a robot account may no longer do.
func rightsLost(c plan.Change[Credential]) string {
	if c.Before == nil || !c.Differs("permissions") {
		return ""
	}
	return strings.Join(without(c.Before.Permissions, c.After.Permissions), ", ")
}

// foreign says whose a credential is that the change would take over: by the
// mark of its robot account, of one that blocks a new one, or by the label of
// its Secret.
func foreign(c plan.Change[Credential]) string {
	key, _ := credential.ParseKey(c.Name)
	basis := c.After.basis
	if c.Before != nil {
		basis = c.Before.basis
		label := c.Before.Secret.ManagedBy
		if label != "" && label != kube.Manager && (c.After.renew || c.Differs("username", "secret.host", "secret.type")) {
			return fmt.Sprintf("%s, which manages secret %s/%s", label, key.Project, key.Kind.Secret)
		}
	}
	if basis == nil || basis.Holder == nil || c.Before != nil && !c.After.renew {
		return c.Foreign
	}
	if owner := basis.Holder.Mark.String(); owner != "" {
		return "installation " + owner
	}
	return fmt.Sprintf("an unknown owner: robot accounts named %s exist, and nothing proves that we published them", key.Robot(credential.A))
}

// breaks says what does not work without the change. A namespace that does not
// exist yet has no pods.
func breaks(c plan.Change[Credential], current State) string {
	key, _ := credential.ParseKey(c.Name)
	switch {
	case current.server.pending[key.Project] != "":
		return ""
	case c.Before != nil && c.Before.Login.Works() && c.Before.Secret.Type == key.Kind.Type:
		return ""
	}
	return map[string]string{
		"pull": "pods of team " + c.Team() + " cannot pull images", "push": "pods of team " + c.Team() + " cannot push images",
		"builds": "builds of team " + c.Team() + " cannot push images",
	}[key.Kind.Name]
}

// blocked says why a credential cannot be made or repaired now.
func blocked(c plan.Change[Credential], current State) string {
	key, _ := credential.ParseKey(c.Name)
	before := c.Before
	switch {
	case current.server.pending[key.Project] != "":
		return current.server.pending[key.Project]
	case before != nil && before.Secret.Type != key.Kind.Type && before.Secret.ManagedBy != kube.Manager: // it must be recreated, and we delete no Secret of others
		return fmt.Sprintf("secret %s/%s has type %s, which cannot be changed, and is not ours: delete it", key.Project, key.Kind.Secret, before.Secret.Type)
	case before != nil && c.After.renew && !before.Login.Dead():
		return before.basis.Waits
	}
	return ""
}
