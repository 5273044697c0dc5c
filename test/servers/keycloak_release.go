package servers

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	// KeycloakVersion is the variable that chooses the version of a Keycloak.
	KeycloakVersion = "KEYCLOAK_VERSION"

	keycloakDefault = "26.4.0"

	// From this version on, health checks have a port of their own, and the first
	// administrator is called a bootstrap administrator.
	keycloakManagement = 25
	keycloakBootstrap  = 26
)

// keycloakRelease is one version of Keycloak.
type keycloakRelease struct {
	version string
	major   int
}

func newKeycloakRelease(version string) (keycloakRelease, error) {
	version = cmp.Or(version, os.Getenv(KeycloakVersion), keycloakDefault)
	first, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return keycloakRelease{}, fmt.Errorf("reading the version %q: %w", version, err)
	}
	return keycloakRelease{version: version, major: major}, nil
}

func (r keycloakRelease) name() string { return "keycloak-" + r.version }

func (r keycloakRelease) artifact() string {
	return "org.keycloak:keycloak-quarkus-dist:" + r.version + ":zip"
}

func (r keycloakRelease) file() string { return "keycloak-quarkus-dist-" + r.version + ".zip" }

// buildOptions are fixed by the installation, and refused or ignored at the start.
func (r keycloakRelease) buildOptions() []string {
	return []string{"--db=dev-file", "--health-enabled=true", "--cache=local"}
}

// startOptions are those of one run.
func (r keycloakRelease) startOptions(port, management int) []string {
	options := []string{
		"--http-enabled=true",
		"--hostname-strict=false",
		"--http-host=127.0.0.1",
		fmt.Sprintf("--http-port=%d", port),
	}
	if r.major < keycloakManagement {
		return options
	}
	return append(options, fmt.Sprintf("--http-management-port=%d", management))
}

// health is the port that answers health checks.
func (r keycloakRelease) health(port, management int) int {
	if r.major < keycloakManagement {
		return port
	}
	return management
}

// administrator are the variables that name the first administrator.
func (r keycloakRelease) administrator(o Options) []string {
	if r.major < keycloakBootstrap {
		return []string{"KEYCLOAK_ADMIN=" + o.Username, "KEYCLOAK_ADMIN_PASSWORD=" + o.Password}
	}
	return []string{"KC_BOOTSTRAP_ADMIN_USERNAME=" + o.Username, "KC_BOOTSTRAP_ADMIN_PASSWORD=" + o.Password}
}

// sha256 is that of the archive, or empty for a version that is not pinned: Maven
// compares it with the registry's own checksum only.
func (r keycloakRelease) sha256() string {
	return map[string]string{
		"26.4.0": "1b6a11a2726ac8a8dc9c91d5fafe989a75ce4f1622d7f7b45c21d5bc16629c0a",
	}[r.version]
}
