package gitearepos

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"sync"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// Apply performs the plan: dependencies first, deletions last and in reverse. One
// object has one writer at a time. The inventory is saved before the first write,
// with what is about to be created, and at the end.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a, plan: p}
	if err := w.prepare(ctx); err != nil {
		j.Fail(err)
		return
	}
	task.Upsert(ctx, j, &p.Organizations, w.organization)
	task.Upsert(ctx, j, &p.Users, w.user)
	if _, failed := w.failedOrgs.Load(organization); failed {
		j.Skip(p.inOrganization(), "organisation "+organization+" could not be created")
	} else {
		w.inOrganization(ctx, j)
	}
	task.Upsert(ctx, j, &p.Applications, w.application)
	task.Remove(ctx, j, &p.Users, w.user)
	task.Upsert(ctx, j, &p.ServiceAccounts, w.serviceAccount)
	task.Upsert(ctx, j, &p.LoginSources, w.loginSource)
	task.Remove(ctx, j, &p.Applications, w.application)
	if err := a.inventory.Save(ctx); err != nil {
		j.Fail(err)
	}
}

// inOrganization performs what happens in the organisation.
func (w *writer) inOrganization(ctx context.Context, j *task.Journal) {
	p := w.plan
	task.Upsert(ctx, j, &p.Teams, w.team)
	task.Upsert(ctx, j, &p.Members, w.member)
	task.Upsert(ctx, j, &p.Repositories, w.repository)
	task.Upsert(ctx, j, &p.Accesses, w.access)
	task.Upsert(ctx, j, &p.Protections, w.protection)
	task.Upsert(ctx, j, &p.Hooks, w.hook)
	task.Upsert(ctx, j, &p.DeployKeys, w.deployKey)

	task.Remove(ctx, j, &p.DeployKeys, w.deployKey)
	task.Remove(ctx, j, &p.Hooks, w.hook)
	task.Remove(ctx, j, &p.Protections, w.protection)
	task.Remove(ctx, j, &p.Accesses, w.access)
	task.Remove(ctx, j, &p.Repositories, w.repository)
	task.Remove(ctx, j, &p.Members, w.member)
	task.Remove(ctx, j, &p.Teams, w.team)
}

// writer turns one change into its calls. It lives as long as one apply.
type writer struct {
	*Application
	plan       *Plan
	failedOrgs sync.Map // names of the organisations that could not be created

	newTeams   sync.Map // ids by name
	newRepos   sync.Map // ids by name
	failedRepo sync.Map // names of the repositories that could not be created
}

// prepare notes what is about to be created, so that the run after one that was
// killed knows it again, and takes a token.
func (w *writer) prepare(ctx context.Context) error {
	w.noteAccesses()
	p := w.plan
	intends := []bool{
		intend(w, kindTeam, &p.Teams), intend(w, kindRepository, &p.Repositories), intend(w, kindUser, &p.Users), intend(w, kindProtection, &p.Protections),
		intend(w, kindHook, &p.Hooks), intend(w, kindKey, &p.DeployKeys), intend(w, kindApp, &p.Applications)}
	if slices.Contains(intends, true) {
		if err := w.inventory.Save(ctx); err != nil {
			return err
		}
	}
	return w.takeToken(ctx, w.plan.facts.version)
}

// ignoreNotFound is the error of a deletion: that there is nothing to delete is
// none.
func ignoreNotFound(err error) error {
	if transport.IsNotFound(err) {
		return nil
	}
	return err
}

// gone ends a deletion: it drops the object, with what we remember of its secrets.
func (a *Application) gone(err error, kind, name string, secrets ...string) error {
	if err = ignoreNotFound(err); err != nil {
		return err
	}
	a.inventory.Disown(kind, name)
	a.inventory.Disown(kindAdopted, kind+" "+name)
	a.inventory.Disown(kindText, kind+" "+name)
	for _, secret := range secrets {
		a.inventory.Forget(secret)
	}
	return nil
}

// changed is why an object is not deleted: it differs from the plan.
func changed(format string, args ...any) error {
	return &task.SkipError{Reason: fmt.Sprintf(format, args...) + " since it was planned"}
}

func (w *writer) organization(ctx context.Context, c plan.Change[Organization]) error {
	if c.Action != plan.Create {
		_, err := w.api.UpdateOrganizationWithResponse(ctx, c.Name, gitea.EditOrgOption{RepoAdminChangeTeamAccess: c.After.RepoAdminChangeTeamAccess})
		return err
	}
	_, err := response.Created(w.api.CreateOrganizationWithResponse(ctx, gitea.CreateOrgOption{
		Username: c.Name, RepoAdminChangeTeamAccess: c.After.RepoAdminChangeTeamAccess}))
	if err != nil {
		w.failedOrgs.Store(c.Name, true)
		return err
	}
	if c.Name != organization {
		return nil
	}
	teams, err := w.listTeams(ctx) // the owners are made with it
	for _, team := range teams {
		w.newTeams.Store(fold(response.Value(team.Name)), id(team.ID))
	}
	return err
}

func (w *writer) team(ctx context.Context, c plan.Change[Team]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteTeam(ctx, c)
	case plan.Adopt:
		own(w, kindTeam, c.Before.ID, c)
		return nil
	case plan.Create, plan.Update:
	}
	made, err := w.sendTeam(ctx, c)
	if err != nil {
		return abandon(w, kindTeam, c, err)
	}
	own(w, kindTeam, id(made.ID), c)
	w.newTeams.Store(c.Name, id(made.ID))
	return nil
}

// deleteTeam reads the team again: the id may have another name by now.
func (w *writer) deleteTeam(ctx context.Context, c plan.Change[Team]) error {
	now, err := response.OK(w.api.GetTeamWithResponse(ctx, serverID(c.Before.ID)))
	if err == nil && fold(response.Value(now.Name)) != c.Name {
		return changed("it was renamed to %s", response.Value(now.Name))
	}
	if err == nil {
		_, err = w.api.DeleteTeamWithResponse(ctx, serverID(c.Before.ID))
	}
	return w.gone(err, kindTeam, c.Name)
}

// sendTeam always names the permission: without it Gitea ignores the team's
// other rights.
func (w *writer) sendTeam(ctx context.Context, c plan.Change[Team]) (gitea.Team, error) {
	permission, units := rights(c)
	if c.Action == plan.Create {
		return response.Created(w.api.CreateTeamWithResponse(ctx, organization, gitea.CreateTeamOption{
			Name: c.Name, Description: c.After.Description, Permission: new(gitea.CreateTeamOptionPermission(permission)), UnitsMap: units,
			CanCreateOrgRepo: &c.After.CanCreateOrgRepo, IncludesAllRepositories: &c.After.IncludesAllRepositories}))
	}
	return response.OK(w.api.UpdateTeamWithResponse(ctx, int(serverID(c.Before.ID)), gitea.EditTeamOption{
		Name: c.Name, Description: c.After.Description, Permission: new(gitea.EditTeamOptionPermission(permission)), UnitsMap: units,
		CanCreateOrgRepo: &c.After.CanCreateOrgRepo, IncludesAllRepositories: &c.After.IncludesAllRepositories}))
}

// rights are the permission and the units of a team. A PATCH replaces all units,
// so it carries those that are not ours as well.
func rights(c plan.Change[Team]) (permission string, units *map[string]string) {
	if c.After.Admin {
		return "admin", nil
	}
	merged := map[string]string{}
	if c.Before != nil {
		maps.Copy(merged, c.Before.Units)
	}
	maps.Copy(merged, c.After.Units)
	return c.After.Units[unitCode], &merged
}

func (w *writer) member(ctx context.Context, c plan.Change[Member]) error {
	m := subject(c)
	team, err := w.requireTeam(m.TeamName)
	if err != nil {
		return err
	}
	switch c.Action {
	case plan.Delete:
		return w.removeMember(ctx, c, team)
	case plan.Create:
		_, err = w.api.AddTeamMemberWithResponse(ctx, team, m.User)
	case plan.Update, plan.Adopt:
	}
	if err == nil {
		own(w, kindMember, "", c) // a membership has no id
	}
	return err
}

// removeMember looks at the membership once more: the name may be another
// account's by now.
func (w *writer) removeMember(ctx context.Context, c plan.Change[Member], team int64) error {
	now, err := response.OK(w.api.GetTeamMemberWithResponse(ctx, team, c.Before.User))
	if err == nil && id(now.ID) != c.Before.ID {
		return changed("it is another account")
	}
	if err == nil {
		_, err = w.api.RemoveTeamMemberWithResponse(ctx, team, c.Before.User)
	}
	return w.gone(err, kindMember, c.Name)
}

func (w *writer) user(ctx context.Context, c plan.Change[User]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteUser(ctx, c)
	case plan.Adopt:
		w.ownUser(c, c.Before.ID)
		return nil
	case plan.Create:
		made, err := response.Created(w.api.CreateUserWithResponse(ctx, gitea.CreateUserOption{
			Username: c.After.Username, Email: c.After.Email, FullName: c.After.FullName,
			Password: new(firstPassword(c.After)), MustChangePassword: &c.After.MustChangePassword}))
		if err != nil {
			return abandon(w, kindUser, c, err)
		}
		w.ownUser(c, id(made.ID))
		return nil
	case plan.Update:
	}
	// Where the person comes from is set with every update.
	login := c.Before.LoginName
	if login == "" {
		login = c.Before.Username
	}
	_, err := w.api.UpdateUserWithResponse(ctx, c.Before.Username, gitea.EditUserOption{
		LoginName: login, SourceID: c.Before.SourceID, Email: &c.After.Email, FullName: c.After.FullName, ProhibitLogin: c.After.Prohibited})
	if err == nil {
		w.ownUser(c, c.Before.ID)
	}
	return err
}

func (w *writer) ownUser(c plan.Change[User], id string) {
	own(w, kindUser, objectNote(id, c.Team()), c)
	w.describe(kindUser, c.Name, c.After.FullName)
}

// deleteUser reads the account again: the name may be another one's by now.
func (w *writer) deleteUser(ctx context.Context, c plan.Change[User]) error {
	now, exists, err := w.readAccount(ctx, c.Name)
	if err != nil {
		return err
	}
	if exists && id(now.ID) != c.Before.ID {
		return changed("it is another account")
	}
	if exists {
		_, err = w.api.DeleteUserWithResponse(ctx, c.Before.Username, &gitea.DeleteUserParams{})
	}
	return w.gone(err, kindUser, c.Name)
}

// firstPassword is the one in the values, or a random one.
func firstPassword(u *User) string {
	if u.Password.IsZero() {
		return rand.Text() + "-aA1" // of every class that a server may demand
	}
	return u.Password.Reveal()
}
