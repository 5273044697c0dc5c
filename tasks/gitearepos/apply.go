package gitearepos

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"sync"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// Apply performs the plan: what others stand on first, deletions last and in
// reverse. One object has one writer at a time. What is ours is noted at the
// end; a run that is killed before adopts it again.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	if err := a.takeToken(ctx); err != nil {
		j.Fail(err)
		return
	}
	a.noteAccesses()
	w := &writer{Application: a}
	task.Upsert(ctx, j, &p.Organizations, w.organization)
	task.Upsert(ctx, j, &p.Users, w.user)
	if w.homeless {
		j.Skip(p.inOrganization(), "organisation "+organization+" could not be created")
	} else {
		w.inside(ctx, p, j)
	}
	task.Upsert(ctx, j, &p.Applications, w.application)
	task.Remove(ctx, j, &p.Applications, w.application)
	if err := a.save(ctx); err != nil {
		j.Fail(err)
	}
}

// inside performs what happens in the organisation.
func (w *writer) inside(ctx context.Context, p *Plan, j *task.Journal) {
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

// writer turns one change into its calls.
type writer struct {
	*Application
	homeless bool // there is no organisation

	lost sync.Map // names of the repositories that could not be made
}

func (a *Application) save(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Save(ctx)
}

// own notes that an object with this id is ours.
func (a *Application) own(kind, name, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Own(kind, name, id)
}

// forget drops an object that is gone, with what we remember of its secrets.
func (a *Application) forget(kind, name string, secrets ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Disown(kind, name)
	for _, secret := range secrets {
		a.state.Forget(secret)
	}
}

// gone is the error of a deletion; that there is nothing to delete is none.
func gone(err error) error {
	if transport.IsNotFound(err) {
		return nil
	}
	return err
}

// serverID is Gitea's number of an object that was read.
func serverID(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0 // Gitea counts from 1 and answers 404
	}
	return n
}

// as takes the fields of a declaration that an option of the client knows.
func as[T any](declared any) (option T, err error) {
	text, err := json.Marshal(declared)
	if err == nil {
		err = json.Unmarshal(text, &option)
	}
	return option, err
}

func (w *writer) organization(ctx context.Context, c plan.Change[Organization]) error {
	if c.Action == plan.Create {
		_, err := response.Created(w.api.CreateOrganizationWithResponse(ctx, gitea.CreateOrgOption{
			Username: c.Name, RepoAdminChangeTeamAccess: c.After.RepoAdminChangeTeamAccess}))
		w.homeless = err != nil
		if err == nil {
			_, err = w.readTeams(ctx) // the owners are made with it
		}
		return err
	}
	_, err := w.api.UpdateOrganizationWithResponse(ctx, c.Name, gitea.EditOrgOption{RepoAdminChangeTeamAccess: c.After.RepoAdminChangeTeamAccess})
	return err
}

func (w *writer) team(ctx context.Context, c plan.Change[Team]) error {
	if c.Action == plan.Delete {
		_, err := w.api.DeleteTeamWithResponse(ctx, serverID(c.Before.ID))
		if err = gone(err); err == nil {
			w.forget(kindTeam, c.Name)
		}
		return err
	}
	if c.Action == plan.Adopt {
		w.own(kindTeam, c.Name, c.Before.ID)
		return nil
	}
	made, err := w.sendTeam(ctx, c)
	if err != nil {
		return err
	}
	w.own(kindTeam, c.Name, id(made.ID))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.teams[c.Name] = value(made.ID)
	return nil
}

// sendTeam always names the permission: without it Gitea leaves all else about
// the team's rights aside.
func (w *writer) sendTeam(ctx context.Context, c plan.Change[Team]) (gitea.Team, error) {
	permission, units := rights(c)
	if c.Action == plan.Create {
		return response.Created(w.api.CreateTeamWithResponse(ctx, organization, gitea.CreateTeamOption{
			Name: c.Name, Permission: new(gitea.CreateTeamOptionPermission(permission)), UnitsMap: units,
			CanCreateOrgRepo: &c.After.CanCreateOrgRepo, IncludesAllRepositories: &c.After.IncludesAllRepositories}))
	}
	return response.OK(w.api.UpdateTeamWithResponse(ctx, int(serverID(c.Before.ID)), gitea.EditTeamOption{
		Name: c.Name, Permission: new(gitea.EditTeamOptionPermission(permission)), UnitsMap: units,
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
	m := c.After
	if c.Action == plan.Delete {
		m = c.Before
	}
	team := w.teamID(m.TeamName)
	if team == 0 {
		return &task.SkipError{Reason: "team " + m.TeamName + " does not exist"}
	}
	switch c.Action {
	case plan.Delete:
		_, err := w.api.RemoveTeamMemberWithResponse(ctx, team, m.User)
		if err = gone(err); err == nil {
			w.forget(kindMember, c.Name)
		}
		return err
	case plan.Create:
		if _, err := w.api.AddTeamMemberWithResponse(ctx, team, m.User); err != nil {
			return err
		}
	case plan.Update: // only adopted
	}
	w.own(kindMember, c.Name, "") // a membership has no number
	return nil
}

func (w *writer) user(ctx context.Context, c plan.Change[User]) error {
	if c.Action == plan.Create {
		_, err := response.Created(w.api.CreateUserWithResponse(ctx, gitea.CreateUserOption{
			Username: c.After.Username, Email: c.After.Email, FullName: c.After.FullName,
			Password: new(firstPassword(c.After)), MustChangePassword: &c.After.MustChangePassword}))
		return err
	}
	// Where the person comes from is set with every update.
	login := c.Before.LoginName
	if login == "" {
		login = c.Before.Username
	}
	_, err := w.api.UpdateUserWithResponse(ctx, c.Before.Username, gitea.EditUserOption{
		LoginName: login, SourceID: c.Before.SourceID, Email: &c.After.Email, FullName: c.After.FullName})
	return err
}
