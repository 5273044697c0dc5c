package harbor

import (
	"fmt"
	"slices"
)

// Version is a server's version. The zero value is one that the server does not tell.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads what the server says of itself, such as v2.15.2-5c9b5e2f. Anything else is the zero value.
func ParseVersion(text string) Version {
	var v Version
	if _, err := fmt.Sscanf(text, "v%d.%d.%d", &v.Major, &v.Minor, &v.Patch); err != nil {
		return Version{}
	}
	return v
}

// Known tells whether the server said its version.
func (v Version) Known() bool { return v != Version{} }

// String gives 2.15.2, and "of an unknown version" for the zero value.
func (v Version) String() string {
	if !v.Known() {
		return "of an unknown version"
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Oldest and Newest are the range that the suite runs against.
func Oldest() Version { return Version{Major: major, Minor: 6} }

// Newest is the other end of the range.
func Newest() Version { return Version{Major: major, Minor: 15} }

const major = 2

// Short gives 2.15.
func (v Version) Short() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Before tells whether the version is older than 2.minor. An unknown one is taken for the newest.
func (v Version) Before(minor int) bool {
	return v.Known() && (v.Major < major || v.Major == major && v.Minor < minor)
}

// The minor versions from which on the server can do something.
const (
	minorMembersByRobot  = 10 // before, robot accounts are refused the members of a project, whatever their rights
	minorListsRights     = 10 // before, GET /permissions is not there
	minorForgetsPolicies = 15 // before, a project still names a retention policy that was deleted, and reading it answers 500
)

// ListsRights tells whether the server says which rights a robot account may have.
func (v Version) ListsRights() bool { return !v.Before(minorListsRights) }

// ForgetsPolicies tells whether a project no longer names a retention policy that was deleted.
func (v Version) ForgetsPolicies() bool { return !v.Before(minorForgetsPolicies) }

// RefusesRobot tells whether robot accounts may not use a right, such as member:list, whatever they were given.
func (v Version) RefusesRobot(right string) bool {
	return v.Before(minorMembersByRobot) && slices.Contains([]string{"member:create", "member:list", "member:update"}, right)
}
