package task

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Server is the server of an application as the requests of a run showed it.
type Server struct {
	// Application is its name, as in Keycloak.
	Application string
	// Version is empty where the server has not told it.
	Version string
	// Oldest and Newest are the range that is supported, such as 1.19 and 1.26. What
	// they leave out does not count: 1.26.3 is not newer than 1.26.
	Oldest, Newest string
	// Address is where the run reaches it, Account the one that it works with.
	Address, Account string
}

// Versioned is a Converger that knows its server, at the latest after Current.
type Versioned interface{ Server() Server }

// String is the name and, where it is known, the version.
func (s Server) String() string { return strings.TrimSpace(s.Application + " " + s.Version) }

// Unsupported is a fault where the server is too old; nil also where its version is
// hidden.
func (s Server) Unsupported() error {
	if compareVersions(s.Version, s.Oldest) >= 0 {
		return nil
	}
	return &Fault{
		Class: ClassInvalid, Docs: "docs/operations.md#server-versions",
		Cause:  fmt.Sprintf("%s is too old: supported are %s to %s", s, s.Oldest, s.Newest),
		Remedy: "upgrade " + s.Application + ", or use the release of these tasks that came with it",
	}
}

// Unproven warns of a server that is newer than those that were tried; "" otherwise.
func (s Server) Unproven() string {
	if compareVersions(s.Version, s.Newest) <= 0 {
		return ""
	}
	return fmt.Sprintf("%s is newer than the versions that were tried: %s to %s", s, s.Oldest, s.Newest)
}

// compareVersions compares the numbers that bound names; one that the version leaves
// out is 0. A version that cannot be read equals every bound.
func compareVersions(version, bound string) int {
	have, want := numbers(version), numbers(bound)
	if len(have) == 0 {
		return 0
	}
	have = append(have, make([]int, len(want))...)
	for i, n := range want {
		if c := cmp.Compare(have[i], n); c != 0 {
			return c
		}
	}
	return 0
}

// numbers are those that a version begins with, so 2.15.0 of v2.15.0-dev+1.
func numbers(version string) []int {
	version = strings.TrimPrefix(version, "v")
	if end := strings.IndexFunc(version, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
		version = version[:end]
	}
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		all = append(all, n)
	}
	return all
}
