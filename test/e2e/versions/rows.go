package main

import (
	"os"
	"path/filepath"
	"strings"
)

const (
	keycloak = "Keycloak"
	gitea    = "Gitea"
	drone    = "Drone"
	harbor   = "Harbor"
)

// row is one version of a server and the tests that prove the tasks on it.
type row struct {
	server, version string
	tests           selection
	when            when
}

// when says which command proves a row beside make e2e-versions.
type when string

const (
	byHand  when = ""           // none
	already when = "`make e2e`" // the version that the end-to-end tests take by default
	inCI    when = "`make e2e`, in part"
)

// selection is what go test runs, as its -run and -skip take it.
type selection struct{ run, skip string }

// rows is the table of all versions. To prove another one in CI, say inCI in its
// row. The quirks of Keycloak and Harbor are those of the default versions.
func rows() []row {
	people := selection{run: "^(TestKeycloak|TestLogin)$", skip: "^TestKeycloak$/^Quirks$"}
	repositories := selection{run: "^(TestGiteaQuirks|TestGiteaRepos|TestGiteaShortPages|TestFromEmpty)$"}
	builds := selection{run: "^(TestDrone|TestDroneActivate|TestDroneProxied|TestPushIsBuilt|TestFromEmpty)$"}
	images := selection{run: "^TestHarbor", skip: "^TestHarborQuirks$"}
	return []row{
		{keycloak, "20.0.5", people, inCI},
		{keycloak, "21.1.2", people, byHand},
		{keycloak, "22.0.5", people, byHand},
		{keycloak, "23.0.7", people, byHand},
		{keycloak, "24.0.5", people, byHand},
		{keycloak, "25.0.6", people, byHand},
		{keycloak, "26.0.8", people, byHand},
		{keycloak, "26.2.5", people, byHand},
		{keycloak, "26.3.5", people, byHand},
		{keycloak, "26.4.0", selection{run: people.run}, already},
		{keycloak, "26.4.7", people, byHand},
		{keycloak, "26.5.5", people, byHand},
		{keycloak, "26.6.4", people, inCI},
		{keycloak, "22.0.5 to 26.4.0", selection{run: "^TestUpgradeKeycloak$"}, byHand},
		{gitea, "1.19.3", repositories, byHand},
		{gitea, "1.22.3", repositories, inCI},
		{gitea, "1.25.5", repositories, byHand},
		{gitea, "1.26.0", repositories, already},
		{gitea, "1.22.3 to 1.26.0", selection{run: "^TestUpgradeGitea$"}, byHand},
		{drone, "1.10.1", builds, already},
		{drone, "2.7.3", builds, byHand},
		{drone, "2.26.0", builds, byHand},
		{harbor, "2.6.4", images, byHand},
		{harbor, "2.12.4", images, byHand},
		{harbor, "2.12.4 to 2.15.2", selection{run: "^TestUpgradeHarbor$"}, byHand},
		{harbor, "2.15.2", selection{run: images.run}, byHand},
	}
}

// part is the row with what CI takes the time for: convergence without a second
// write, each drift, the policies, and logins or builds.
func (r row) part() row {
	if r.isUpgrade() {
		return r
	}
	r.tests = map[string]selection{
		keycloak: {run: "^(TestKeycloak|TestLogin)$/^(Converge|Drift|Policy|Local|Brokered)$", skip: "^TestKeycloak$/^Converge$/^Teams500IDP$"},
		gitea:    {run: "^(TestGiteaRepos|TestFromEmpty)$/^(Converge|Drift|Policy)$"},
		drone:    {run: "^(TestDroneActivate|TestPushIsBuilt)$/^(Converge|Drift)$"},
		harbor:   {run: "^(TestHarborProjects|TestHarborImages)$/^(Converge|Drift|Policy)$"},
	}[r.server]
	return r
}

// isUpgrade tells the rows of one test, which has no parts.
func (r row) isUpgrade() bool { return strings.HasPrefix(r.tests.run, "^TestUpgrade") }

func (r row) name() string { return r.server + " " + r.version }

// program is the variable that names the program of this version, or the folder of
// its programs, such as DRONE_2_7_3. Empty: the server is installed when needed.
func (r row) program() string {
	if r.server == harbor || (r.server == drone && r.version != "1.10.1") {
		return strings.ToUpper(r.server) + "_" + strings.ReplaceAll(strings.Fields(r.version)[0], ".", "_")
	}
	return ""
}

// missing says that the program is not here.
func (r row) missing() bool { return r.program() != "" && os.Getenv(r.program()) == "" }

// environment are the variables that choose the version.
func (r row) environment() []string {
	program := os.Getenv(r.program())
	switch r.server {
	case drone:
		return []string{"DRONE_SERVER=" + program}
	case harbor:
		return []string{
			"HARBOR_CORE=" + filepath.Join(program, "core"),
			"HARBOR_JOBSERVICE=" + filepath.Join(program, "jobservice"),
			"HARBOR_MIGRATIONS=" + filepath.Join(program, "migrations", "postgresql"),
		}
	default:
		return []string{strings.ToUpper(r.server) + "_VERSION=" + r.version}
	}
}
