package task

import (
	"errors"

	"otomi.io/tasks/clients/transport"
)

// Unauthorized tells whether the server refused the login or a right is
// missing.
func Unauthorized(err error) bool {
	var refused interface{ Unauthorized() bool }
	class, _ := ClassOf(err)
	return class == ClassUnauthorized || errors.As(err, &refused) && refused.Unauthorized() || transport.IsUnauthorized(err) || transport.IsForbidden(err)
}

// endsRun tells the errors that every further request would meet as well. Servers
// lock accounts that go on with a wrong password.
func endsRun(err error) bool {
	return Unauthorized(err) && !transport.IsForbidden(err)
}
