package gitearepos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// AcceptPublic is what --accept must name before a repository becomes public: what
// was public cannot be hidden again.
const AcceptPublic = "repository.private"

// guard finds in a plan what must wait, what users lose, and what is
// dangerous.
type guard struct{ desired, current State }

// block holds changes back for which there is a reason.
func block[T plan.Object](k *plan.Kind[T], reason func(plan.Change[T]) string) {
	for i, c := range k.Changes {
		if c.Blocked == "" {
			k.Changes[i].Blocked = reason(c)
		}
	}
}

// lose says what users lose by an update.
func lose[T plan.Object](k *plan.Kind[T], what func(before, after T) string) {
	for i, c := range k.Changes {
		if c.Action == plan.Update {
			k.Changes[i].Loss = what(*c.Before, *c.After)
		}
	}
}

// subject is the object that a change is about.
func subject[T plan.Object](c plan.Change[T]) T {
	if c.After != nil {
		return *c.After
	}
	return *c.Before
}

// renamed is why an object of ours is not made again.
func (g guard) renamed(kind, name string) string {
	if now := g.current.Renamed[kind+" "+name]; now != "" {
		return "was renamed to " + now
	}
	return ""
}

// users also say what happens to the accounts that we gave and the values no longer
// name.
func (g guard) users(p *Plan) {
	block(&p.Users, func(c plan.Change[User]) string { return g.renamed(kindUser, c.Name) })
	for _, name := range slices.Sorted(maps.Keys(g.current.Leavers)) {
		before := g.current.Leavers[name]
		c := plan.Change[User]{Action: plan.Delete, Name: name, Before: &before}
		if before.Ownership == plan.Adopted {
			c.Foreign = plan.Maker
		}
		if g.desired.leavers != task.LeaversRemove {
			if before.Prohibited != nil && *before.Prohibited {
				continue
			}
			after := before
			after.Prohibited = new(true)
			c.Action, c.After, c.Loss, c.Reason = plan.Update, &after, "the account", plan.Compare(User{Email: before.Email, Prohibited: after.Prohibited}, before)
			if g.desired.leavers != task.LeaversDisable {
				c.Blocked = "the values no longer name the user: --leavers disable or remove acts on the account"
			}
		}
		p.Users.Changes = append(p.Users.Changes, c)
	}
}

// teams finds rights that a team loses.
func (g guard) teams(p *Plan) {
	block(&p.Teams, func(c plan.Change[Team]) string { return g.renamed(kindTeam, c.Name) })
	lose(&p.Teams, func(before, after Team) string {
		if after.Admin {
			return ""
		}
		if before.Admin {
			return "the administration of its repositories"
		}
		var lost []string
		for _, unit := range slices.Sorted(maps.Keys(after.Units)) {
			if before.Units[unit] == unitWrite && after.Units[unit] != unitWrite {
				lost = append(lost, "writing "+unit)
			}
		}
		return strings.Join(lost, ", ")
	})
}

// members keeps an owner in the organisation, and holds back people whom Gitea
// does not know yet.
func (g guard) members(p *Plan) {
	owners := 0
	for _, m := range g.current.Members {
		if m.TeamName == teamOwners {
			owners++
		}
	}
	block(&p.Members, func(c plan.Change[Member]) string {
		if c.Action == plan.Create {
			return g.missingAccount(c.After.User)
		}
		if c.Action == plan.Delete && c.Before.TeamName == teamOwners {
			if owners--; owners < 1 {
				return fmt.Sprintf("is the last owner of %s", organization)
			}
		}
		return ""
	})
}

// missingAccount is why something must wait for an account, empty where all exist
// or are about to.
func (g guard) missingAccount(users ...string) string {
	for _, user := range users {
		exists, asked := g.current.Accounts[fold(user)]
		if _, made := g.desired.Users[fold(user)]; asked && !exists && !made {
			return "account " + user + " does not exist yet; it may come with a first login"
		}
	}
	return ""
}

// repositories finds what is dangerous, and what Gitea would silently ignore.
func (g guard) repositories(p *Plan) {
	for i, c := range p.Repositories.Changes {
		if c.After != nil && !c.After.Private && (c.Action == plan.Create || c.Differs("private")) {
			p.Repositories.Changes[i].Danger, p.Repositories.Changes[i].DangerReason = AcceptPublic, "everyone who reaches Gitea could read it"
		}
	}
	block(&p.Repositories, func(c plan.Change[Repository]) string {
		switch {
		case c.Action == plan.Create:
			return g.renamed(kindRepository, c.Name)
		case c.Differs("private") && c.Before.Fork:
			return "is a fork: who may see it is up to the repository that it comes from"
		case c.Differs("default_branch") && c.Before.BranchMissing:
			return "branch " + *c.After.DefaultBranch + " does not exist yet"
		}
		return ""
	})
}

// children hold back what is in a repository or team that is held back itself.
func (g guard) children(p *Plan) {
	blocked, foreign := map[string]string{}, map[string]string{}
	for _, c := range p.Repositories.Changes {
		if c.Action == plan.Create && c.Blocked != "" {
			blocked[c.Name] = "repository " + c.Name + " " + c.Blocked
		}
		foreign[c.Name] = c.Foreign
	}
	team := func(name string) string {
		if reason := g.renamed(kindTeam, name); reason != "" {
			return "team " + name + " " + reason
		}
		return ""
	}
	block(&p.Members, func(c plan.Change[Member]) string { return team(subject(c).TeamName) })
	block(&p.Accesses, func(c plan.Change[Access]) string { return team(subject(c).TeamName) })
	inherit(&p.Accesses, func(a Access) string { return a.Repository }, blocked, foreign)
	inherit(&p.Protections, func(r Protection) string { return r.Repository }, blocked, foreign)
	inherit(&p.Hooks, func(h Hook) string { return h.Repository }, blocked, foreign)
	inherit(&p.DeployKeys, func(d DeployKey) string { return d.Repository }, blocked, foreign)
}

// inherit gives changes the reason and the owner of their repository.
func inherit[T plan.Object](k *plan.Kind[T], repository func(T) string, blocked, foreign map[string]string) {
	for i, c := range k.Changes {
		repo := repository(subject(c))
		if c.Blocked == "" {
			k.Changes[i].Blocked = blocked[repo]
		}
		if c.Foreign == "" {
			k.Changes[i].Foreign = foreign[repo]
		}
	}
}

// protections holds back what Gitea refuses for now, and leaves out of the lists
// accounts that may not write to the repository: Gitea would do so silently.
func (g guard) protections(p *Plan) {
	for i := range p.Protections.Changes {
		c := &p.Protections.Changes[i]
		rule := subject(*c)
		if g.current.Repositories[rule.Repository].Archived {
			c.Blocked = "repository " + rule.Repository + " is archived"
		} else if c.After != nil {
			c.Blocked = g.missingAccount(slices.Concat(rule.PushUsers, rule.MergeUsers)...)
			g.leaveOutReaders(c)
		}
	}
	lose(&p.Protections, func(before, after Protection) string {
		lost := append(
			lostActors("push", before.pushers(), after.pushers()),
			lostActors("merge", before.mergers(), after.mergers())...)
		return strings.Join(lost, ", ")
	})
}

func (g guard) leaveOutReaders(c *plan.Change[Protection]) {
	rule := *c.After
	var out []string
	writers := func(users []string) []string {
		return slices.DeleteFunc(slices.Clone(users), func(user string) bool {
			readOnly := g.current.ReadOnly[rule.Repository+" "+user]
			if readOnly && !slices.Contains(out, user) {
				out = append(out, user)
			}
			return readOnly
		})
	}
	rule.PushUsers, rule.MergeUsers = writers(rule.PushUsers), writers(rule.MergeUsers)
	if len(out) == 0 {
		return
	}
	if c.Action == plan.Update && !c.Adopts && len(plan.Compare(rule, *c.Before)) == 0 {
		c.Blocked = strings.Join(out, ", ") + " may not write to repository " + rule.Repository + ": Gitea would leave the account out"
		return
	}
	c.After = &rule
	if c.Action == plan.Update {
		c.Reason = plan.Compare(rule, *c.Before)
	}
}

// lostActors are those who could do something before, and cannot any more.
func lostActors(what string, before, after []string) []string {
	var lost []string
	for _, actor := range before {
		if !slices.Contains(after, everyone) && !slices.Contains(after, actor) {
			lost = append(lost, what+" for "+actor)
		}
	}
	return lost
}

func (g guard) hooks(p *Plan) {
	block(&p.Hooks, func(c plan.Change[Hook]) string {
		if unknown := subject(c).unknownEvents(g.current.version); len(unknown) > 0 {
			return "Gitea " + g.current.version.Text + " does not know the event " + strings.Join(unknown, ", ")
		}
		return g.current.HooksDisabled
	})
	p.Hooks.Spare("secret")
}

// deployKeys: a key cannot be changed, so users of the old one are locked out.
func (g guard) deployKeys(p *Plan) {
	p.DeployKeys.Spare("key")
	lose(&p.DeployKeys, func(before, after DeployKey) string {
		switch {
		case before.Key != after.Key:
			return "the key that is there"
		case after.ReadOnly && !before.ReadOnly:
			return "the right to write"
		}
		return ""
	})
}

// applications hold back what only waits for its namespace, and a secret that the
// server refuses whenever it issues one.
func (g guard) applications(p *Plan) {
	for i := range p.Applications.Changes {
		c := &p.Applications.Changes[i]
		if c.Action != plan.Update {
			continue
		}
		switch {
		case c.Before.Pending != "" && c.DiffersOnly("secret_stored"):
			c.Blocked = c.Before.Pending
		case c.Differs("secret_works") && g.current.RefusedSecret:
			c.Blocked = refusedSecret
		}
		// One that a killed run was about to create has no known secret.
		if renewsSecret(*c) && (c.Before.Known || c.Before.Ownership != plan.Predecessor) {
			c.Loss = "the client secret that Drone may work with"
		}
	}
}
