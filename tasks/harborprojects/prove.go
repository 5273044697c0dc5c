package harborprojects

import (
	"context"
	"fmt"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/values"
)

// alive logs in with a robot account's name and secret. Harbor answers 401 to a
// wrong one, and 403 to a right one without the right to see the project.
func (a *Application) alive(ctx context.Context, project, username string, password values.Secret) (bool, error) {
	api, err := a.as(harbor.Login{Username: username, Password: password.Reveal()})
	if err != nil {
		return false, err
	}
	_, err = response.OK(api.GetProjectWithResponse(ctx, project))
	switch {
	case transport.IsUnauthorized(err):
		return false, nil
	case transport.IsForbidden(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("logging in as %s: %w", username, err)
	}
	return true, nil
}
