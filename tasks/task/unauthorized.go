package task

import (
	"errors"

	"otomi.io/tasks/clients/transport"
)

// Unauthorized tells whether the server refused the login or a right is
// missing. Both end the run at once: servers lock accounts that try again.
func Unauthorized(err error) bool {
	var refused interface{ Unauthorized() bool }
	return errors.As(err, &refused) && refused.Unauthorized() || transport.IsUnauthorized(err) || transport.IsForbidden(err)
}
