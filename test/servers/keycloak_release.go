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

// startOptions are those of one run. The account of the database is that of every
// version before 26, which a newer one does not try by itself.
func (r keycloakRelease) startOptions(port, management int) []string {
	options := []string{
		"--http-enabled=true",
		"--hostname-strict=false",
		"--db-username=sa",
		"--db-password=password",
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
		"20.0.5": "86ca5f90ff79676c39cde8f75aa179ee0902959ccf6e24f748722b9fcf0e7f97",
		"21.1.2": "3ecf77b0b57a5860aa04368c6e9147b32f36f140ffebb3e16f04076d9e6198a6",
		"22.0.5": "f1216b003e9e493d74c2b715e76148e50102babb670d5c0784843662ff48aa51",
		"23.0.7": "b25542d53e2e6df277c2fa5f87e30fc4c1607e1230d788a857d14ff59aed4637",
		"24.0.5": "5ee1aefa6c611c57e1ee94406e0e51b91b8242b93072cafd19b88f72a4404702",
		"25.0.6": "cfec876e5f3c1849756ce2d4327c708ddc6e24a86ab939a69787f19b503d8e36",
		"26.0.8": "d82a52098db41f036bcfe8f2ebfd9251781c8af5959af8714e8aa9b311081786",
		"26.2.5": "31c298273557bd53270905ae63c1522e319d2137ccce17318171864be496d699",
		"26.3.5": "95756bdfd7540fafaf28874a8eb8d0d4c55977344a3b7821e9bd3a22bfb2b6a6",
		"26.4.0": "1b6a11a2726ac8a8dc9c91d5fafe989a75ce4f1622d7f7b45c21d5bc16629c0a",
		"26.4.5": "72f73642a2c36de797d51b4b2b342d4a49f6e5832af10aa470cd123627bd80b3",
		"26.4.7": "dd9834c023460be856f731423d86228c23b5d002194a2064642bec0cc6573eaa",
		"26.5.0": "907f10721092bf57436698733d5046ad9ccf39564991d046f5afd67fadf17f08",
		"26.5.2": "738af06f44dec072f04b6f6cb0a7232d626b84fd84865c253803a10c44013aa0",
		"26.5.5": "5cd606f5e23ff77d9991ce55bab4a2ea529f05f7e16e24c1f270c6f360b50988",
		"26.6.4": "b00d79ca3afd94bf431d2c3afb2a5af695da813017c434de7240790de6490779",
	}[r.version]
}
