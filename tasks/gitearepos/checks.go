package gitearepos

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
)

const docs = "docs/gitea-repos.md#checks"

// Checks are the steps from the login to what people get: the last two are the
// outcome. Their requests do not grow with the teams.
func (a *Application) Checks() []task.Check {
	if !a.values.Apps.Gitea.Enabled {
		return []task.Check{{Name: "enabled", Run: func(context.Context) (string, error) {
			return "Gitea is switched off (apps.gitea.enabled)", nil
		}}}
	}
	checks := []task.Check{
		{Name: "account", Run: a.checkAccount},
		{Name: "organization", Run: a.checkOrganization},
	}
	if len(desiredApplications(a.values)) > 0 {
		checks = append(checks, task.Check{Name: "oauth2 secret", Outcome: true, Run: a.checkSecret})
	}
	if len(desiredLoginSources(a.values)) > 0 {
		checks = append(checks, task.Check{Name: "login source", Outcome: true, Run: a.checkLoginSource})
	}
	return checks
}

func broken(cause, remedy string) error {
	return &task.Fault{Class: task.ClassUnsettled, Cause: cause, Remedy: remedy, Docs: docs}
}

func (a *Application) checkAccount(ctx context.Context) (string, error) {
	identity, err := a.authenticate(ctx, a.api)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("works as %s on Gitea %s", identity.Login, identity.Version.Text), nil
}

func (a *Application) checkOrganization(ctx context.Context) (string, error) {
	rep, err := response.OK(a.api.GetOrganizationWithResponse(ctx, organization))
	switch {
	case transport.IsNotFound(err):
		return "", broken("organisation "+organization+" does not exist", "run apply")
	case err != nil:
		return "", err
	case fold(response.Value(rep.Name)) != organization:
		return "", broken("organisation "+organization+" was renamed to "+response.Value(rep.Name), "rename it back in Gitea's settings")
	}
	return "organisation " + organization + " exists", nil
}

// checkSecret tries the secret that Drone has, as Drone would.
func (a *Application) checkSecret(ctx context.Context) (string, error) {
	namespace := a.values.Apps.Drone.Namespace
	stored, found, err := a.setting.Secrets.Secret(ctx, namespace, droneSecret)
	if err != nil {
		return "", err
	}
	if err := a.open(ctx); err != nil {
		return "", err
	}
	waits := a.inventory.Observed(kindPending)[droneApp]
	if !found && waits != "" {
		return "the secret of Drone's application waits: " + waits, nil
	}
	if _, ours := a.inventory.Owned(kindApp)[droneApp]; !found && !ours {
		return "the application belongs to another owner, who has its secret", nil
	}
	if !found {
		return "", broken("secret "+namespace+"/"+droneSecret+" does not exist: Drone cannot log users in", "run apply")
	}
	works, err := a.accepted(ctx, stored.Data[keyClientID].Reveal(), stored.Data[keyClientSecret])
	if err == nil && !works {
		return "", broken("Gitea refuses the client secret in "+namespace+"/"+droneSecret+": Drone cannot log users in",
			"look at the plan: where it says that the application belongs to another owner, --accept owner makes a new one")
	}
	return "Gitea accepts the client secret in " + namespace + "/" + droneSecret, err
}

// checkLoginSource compares the map with the teams that exist: Gitea silently
// ignores entries of others.
func (a *Application) checkLoginSource(ctx context.Context) (string, error) {
	desired := desiredLoginSources(a.values)
	name := a.values.Platform.Gitea.LoginSource.Name
	r := &reader{Application: a, desired: State{LoginSources: desired}}
	r.current.version = a.session.Known().Version
	if err := r.loginSources(ctx); err != nil {
		return "", err
	}
	source, found := r.current.LoginSources[name]
	switch {
	case r.current.NoPages != "":
		return "", broken(r.current.NoPages, "set GITEA_PASSWORD")
	case !found:
		return "", broken("login source "+name+" does not exist: users cannot log in through Keycloak", "run apply")
	case !source.Active:
		return "", broken("login source "+name+" is not active", "run apply")
	}
	teams, err := a.listTeams(ctx)
	if err != nil {
		return "", err
	}
	exists := []string{organization + "/" + teamOwners}
	for _, team := range teams {
		exists = append(exists, organization+"/"+fold(response.Value(team.Name)))
	}
	var missing []string
	for _, entry := range source.Groups {
		_, target, _ := strings.Cut(entry, ": ")
		if strings.HasPrefix(target, organization+"/") && !slices.Contains(exists, fold(target)) {
			missing = append(missing, entry)
		}
	}
	if len(missing) > 0 {
		return "", broken("login source "+name+" puts people into teams that do not exist: "+strings.Join(missing, ", "), "run apply")
	}
	return fmt.Sprintf("login source %s maps %d groups to teams that exist", name, len(source.Groups)), nil
}
