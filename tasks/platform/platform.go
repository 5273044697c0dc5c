// Package platform says, generation by generation, what the platform calls
// things and what it supplies by default: plain tables, no logic. A task reads
// them from values.Values.Platform and asks for no version.
package platform

import "fmt"

// Layout is how a values repository is laid out.
type Layout int

const (
	// LayoutPlain is any set of files with full paths: our own.
	LayoutPlain Layout = iota
	// LayoutA has full paths in the files of env (Otomi, APL up to 4.4).
	LayoutA
	// LayoutB has documents with kind and spec; the place follows from the path
	// (APL 4.5 to 5.x).
	LayoutB
	// LayoutC is LayoutB with secrets in Kubernetes only (APL 6).
	LayoutC
)

// String names the layout in messages.
func (l Layout) String() string {
	return [...]string{"plain files", "layout A", "layout B", "layout C"}[l]
}

// Generation is a run of releases that share their names and defaults.
type Generation struct {
	// Name is what --platform takes besides the number of a release.
	Name string
	// First and Last are the releases that it was read from.
	First, Last Release
	Layout      Layout
	// From and To are the values versions.
	From, To int

	Keycloak Keycloak
	Harbor   Harbor
	Gitea    Gitea
	Drone    Drone
	// ArgoCD says whether Argo CD is on where the values do not say;
	// ArgoCDAlways, that it cannot be off.
	ArgoCD, ArgoCDAlways bool
	Hosts                Hosts
	// OIDC are the defaults of the external identity provider.
	OIDC OIDC
	// AdminTeamAlways says that the key admin of teamConfig need not be written.
	AdminTeamAlways bool
	// TeamFiles are the parts of a team that layout A has a file for.
	TeamFiles []string
	// Operators are the applications that a Deployment of the platform writes to
	// again and again.
	Operators []string
	// Secrets are the settings that the platform keeps in Kubernetes, too, or only
	// there.
	Secrets []SecretRef
}

// SecretRef is where the platform keeps a setting.
type SecretRef struct {
	// Path is the dotted path of the setting.
	Path                 string
	Namespace, Name, Key string
	// Apps are the applications whose task needs it; none is all.
	Apps []string
	// ExternalIDP says that it is needed with an external provider only.
	ExternalIDP bool
}

// String names the Secret and its key in messages.
func (r SecretRef) String() string {
	return fmt.Sprintf("Secret %s/%s, key %s", r.Namespace, r.Name, r.Key)
}

// Release is the major and minor number of a release of the platform.
type Release struct{ Major, Minor int }

// String gives 4.5.
func (r Release) String() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }

func (r Release) before(other Release) bool {
	return r.Major < other.Major || r.Major == other.Major && r.Minor < other.Minor
}

// Versioned says whether the values belong to a release of the platform; the
// rest is read as our own.
func (g Generation) Versioned() bool { return g.Layout != LayoutPlain }

// String names the releases, as in "APL 4.5 - 4.6".
func (g Generation) String() string {
	if !g.Versioned() {
		return g.Name
	}
	const firstAPL = 3
	product := "Otomi"
	if g.First.Major >= firstAPL {
		product = "APL"
	}
	if g.First == g.Last {
		return product + " " + g.First.String()
	}
	return fmt.Sprintf("%s %s - %s", product, g.First, g.Last)
}

// OIDC are defaults of oidc.
type OIDC struct {
	UsernameClaimMapper, SubClaimMapper string
}

// Purpose is what people with an Access may do.
type Purpose string

// The purposes, from the most powerful.
const (
	// PlatformAdmin administers the platform.
	PlatformAdmin Purpose = "platform administrators"
	// AllTeamsAdmin administers all teams.
	AllTeamsAdmin Purpose = "administrators of all teams"
	// TeamAdmin administers the teams that the person is a member of.
	TeamAdmin Purpose = "administrators of their teams"
)

// Access is a role of the platform itself and the group of its holders.
type Access struct {
	Purpose Purpose
	// Role is the realm role.
	Role string
	// GroupID is the setting below oidc that names the group of an external
	// provider; Variables are its variables.
	GroupID   string
	Variables []string
	// Group is the group in the realm; it also begins the name of the mapper of
	// the external provider, "<group> group to role".
	Group string
	// Management are the roles of the client realm-management that the group has.
	Management []string
}

// Keycloak is what the platform's own tool makes in Keycloak.
type Keycloak struct {
	AdminUsername string
	// ClusterAddress is where Keycloak is inside the cluster; "" is its public
	// address.
	ClusterAddress string
	// Theme is the login theme of the platform's realm and of master. It is not
	// taken from values where ThemeFixed is set.
	Theme      string
	ThemeFixed bool
	// DisplayNameHTML of the realm; "" leaves it alone.
	DisplayNameHTML string
	Lives           Lives
	// Accesses are the platform's own roles and groups. Teams have the role and
	// group team-<id>, with the roles TeamManagement of realm-management.
	Accesses       []Access
	TeamManagement []string
	// GroupsWithProvider keeps the groups when there is an external provider.
	GroupsWithProvider bool
	// MappedTeams says that with an external provider only the teams that it maps a
	// group to have a role.
	MappedTeams bool
	// FormerGroups are left over from an earlier generation and keep the role of
	// the purpose.
	FormerGroups map[string]Purpose
	// RoleDescription begins the description of every role.
	RoleDescription string
	// ClientMappers are the names of the mappers on the platform's client.
	ClientMappers []string
	// UnmanagedAttributes is the policy of the user profile, ProfileAttributes
	// what the profile must have; empty leaves them alone.
	UnmanagedAttributes string
	ProfileAttributes   []string
	FirstAdmin          FirstAdmin
	// Nickname says that users have the attribute nickname.
	Nickname bool
	// UsersInValues says that the values list people (values.Values.Users);
	// UsersNamespace, that they are Secrets in that namespace instead.
	UsersInValues  bool
	UsersNamespace string
}

// FirstAdmin is the administrator that the platform makes in its realm.
type FirstAdmin struct {
	Username, Email, FirstName, LastName string
}

// Lives are seconds; 0 leaves a life alone.
type Lives struct {
	SSOIdle, SSOMax            int
	AccessToken, ImplicitToken int
	OfflineIdle, OfflineMax    int
	OfflineMaxEnabled          bool
}

// Harbor is what the platform's own tool makes in Harbor.
type Harbor struct {
	Enabled        bool
	AdminUsername  string
	ClusterAddress string
	// AdminGroup is the group of the token whose members administer Harbor.
	AdminGroup string
	// Scope is oidc_scope. Without offline_access a CLI secret ends with the session.
	Scope string
	// PrimaryAuthMode is primary_auth_mode; nil leaves it alone.
	PrimaryAuthMode *bool
	// MemberGroup is the group that administers every team's project.
	MemberGroup string
	// AdminProject says that the key admin of teamConfig has a project, robots
	// and Secrets like a team.
	AdminProject bool
	// VerifyCertByIssuer says that Harbor verifies Keycloak's certificate but for
	// cert-manager issuers whose certificates are not trusted.
	VerifyCertByIssuer bool
	// SecretIsTruth says that the platform's operator sets robots to the password
	// in their Kubernetes Secret, each minute.
	SecretIsTruth bool
}

// Gitea is what the platform's own tool makes in Gitea.
type Gitea struct {
	Enabled bool
	// EnabledByDrone says that Gitea is on where it is Drone's source, whatever
	// else the values say; AlwaysEnabled, that it cannot be off.
	EnabledByDrone, AlwaysEnabled bool
	AdminUsername                 string
	// OwnPassword says that otomi.adminPassword is not the administrator's.
	OwnPassword bool
	// AdminFromGit says that otomi.git has the administrator's name and password.
	AdminFromGit   bool
	ClusterAddress string
	// Repositories of organisation otomi that are always there.
	Repositories []string
	// TeamPermission is the right of team-<id> in organisation otomi, at the parts
	// TeamUnits of its repositories.
	TeamPermission string
	TeamUnits      []string
	// SelfServiceAdmin raises it to admin where selfService.apps holds gitea.
	SelfServiceAdmin bool
	// AdminTeam says that the key admin of teamConfig has a team and a repository
	// like a team of the platform.
	AdminTeam bool
	// TeamOrganizations gives each team, admin included, an organisation (see
	// Organization), whose Owners hold a service account organization-team-<id> with
	// the Secret team-<id>/gitea-credentials.
	TeamOrganizations bool
	// ValuesHook is the address that otomi/values tells of a push; "" for none
	// of the platform's.
	ValuesHook string
	// BuildHooks says that builds of teams have hooks in their repositories.
	BuildHooks bool
	// DroneApplication says that Drone logs in through an OAuth2 application of
	// Gitea's.
	DroneApplication bool
	LoginSource      LoginSource
}

// LoginSource is how people log in to Gitea through Keycloak. The map gives
// team-<id> the teams otomi-viewer and team-<id> of organisation otomi.
type LoginSource struct {
	// Name is "" where the platform makes none.
	Name string
	// AdminGroup administers Gitea.
	AdminGroup string
	// OwnersGroup is in the Owners of organisation otomi; "" for no group.
	OwnersGroup string
	// TeamOwners puts team-<id> into the Owners of the team's organisation.
	TeamOwners bool
}

// Drone is what the platform knows of Drone.
type Drone struct {
	// Exists is false where the platform has no Drone any more.
	Exists    bool
	Enabled   bool
	AdminUser string
	// TokenFromPasswords says that the password of Gitea's administrator is the
	// token where the values have none.
	TokenFromPasswords bool
	Namespace          string
}

// Hosts say which hosts log people in through the platform's client.
type Hosts struct {
	// Fixed replace the rule below: hosts below the domain suffix.
	Fixed []string
	// Apps are <app>.<suffix>, TeamApps <app>-<id>.<suffix> of every team.
	Apps, TeamApps []string
	// Services adds <service>-<id>.<suffix>, of team admin <service>.<suffix>.
	Services bool
}
