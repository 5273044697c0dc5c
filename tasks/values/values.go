package values

import (
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"otomi.io/tasks/tasks/platform"
)

// The applications whose requirements Load can check.
const (
	AppKeycloak = "keycloak"
	AppHarbor   = "harbor"
	AppGitea    = "gitea"
	AppDrone    = "drone"
)

// Request says where the values come from and for which application they
// must suffice.
type Request struct {
	// Sources are YAML or JSON files, "-" for Stdin, directories in the Otomi
	// layout, and addresses of Git repositories that hold such a directory or
	// file. Later ones win, maps merge, lists replace.
	Sources []string
	// Env is the environment by name: the predecessor's variables, <name>_FILE
	// for each that is a credential, SOPS_AGE_KEY and SOPS_AGE_KEY_FILE, and the
	// log-in for repositories.
	// Variables win over Sources, except OTOMI_VALUES, which is below them.
	Env map[string]string
	// Stdin is read for the source "-".
	Stdin io.Reader
	// Remote reads the sources that are in Git; nil has them refused.
	Remote Remote
	// App is the application (AppKeycloak, …) whose requirements are checked
	// besides the shared ones; "" checks the shared ones only.
	App string
	// Platform is a release or generation of the platform, as platform.ByName
	// takes it, for values that do not say theirs; "" is what they say.
	Platform string
	// Secrets reads what the platform keeps in Kubernetes only; nil has what is
	// missing named instead.
	Secrets Secrets
}

// Secrets reads Secrets of Kubernetes.
type Secrets interface {
	// Secret returns the fields of one Secret and whether it exists.
	Secret(ctx context.Context, namespace, name string) (map[string]Secret, bool, error)
	// List returns all Secrets of a namespace by name; those of other types than
	// Opaque and kubernetes.io/opaque may be left out.
	List(ctx context.Context, namespace string) (map[string]map[string]Secret, error)
}

// Values is what the tasks read of the Otomi Values, with defaults and
// everything that follows from the domain suffix filled in. Its paths are
// Otomi's. Text that is absent and has no default is "".
type Values struct {
	// Platform is the generation of the platform: its names and its defaults,
	// which the fields below have already.
	Platform platform.Generation
	// Version is the values version; 0 is not said.
	Version int
	Cluster Cluster
	Otomi   Otomi
	OIDC    OIDC
	Apps    Apps
	// Teams are the keys of teamConfig but "admin", limited to TEAM_IDS where
	// that variable is set.
	Teams map[string]Team
	// AdminTeam is the key admin of teamConfig, nil where it is absent. Keycloak
	// knows no such team; see platform.Harbor.AdminProject and
	// platform.Gitea.TeamOrganizations.
	AdminTeam *Team
	// Users are the people that the values of the platform list, by e-mail.
	Users []PlatformUser
	// Unread are the files of folders and repositories that were not read.
	Unread []Unread
	// Warnings are worth a line in the log and no more.
	Warnings Problems
	Wait     Wait
	// ExtraCAFile is a PEM file with certificates to trust besides the
	// built-in ones (NODE_EXTRA_CA_CERTS); "" for none.
	ExtraCAFile string
}

// TeamIDs returns the ids of the teams in order.
func (v Values) TeamIDs() []string { return slices.Sorted(maps.Keys(v.Teams)) }

// TeamName begins with what all that belongs to a team is called.
func TeamName(id string) string { return teamPrefix + id }

// Unread is a file that was not read, or a folder of such files.
type Unread struct {
	File, Reason string
	// Files is the number of files in a folder, else 1.
	Files int
}

// HarborTeams are the teams that have a project: admin, too, where the platform
// gives it one.
func (v Values) HarborTeams() map[string]Team { return v.withAdmin(v.Platform.Harbor.AdminProject) }

// GiteaTeams are the teams that have a place in Gitea: admin, too, where the
// platform gives it an organisation.
func (v Values) GiteaTeams() map[string]Team {
	return v.withAdmin(v.Platform.Gitea.AdminTeam)
}

func (v Values) withAdmin(wanted bool) map[string]Team {
	if !wanted || v.AdminTeam == nil {
		return v.Teams
	}
	out := maps.Clone(v.Teams)
	out[platformTeam] = *v.AdminTeam
	return out
}

// Cluster is cluster.
type Cluster struct {
	// DomainSuffix is the domain below which the applications have theirs.
	DomainSuffix string
}

// Otomi is otomi.
type Otomi struct {
	HasExternalIDP bool
	// AdminPassword stands in for the applications' own that are absent.
	AdminPassword Secret
}

// OIDC is oidc: the external identity provider, read by Keycloak's broker.
type OIDC struct {
	// Issuer is the provider's issuer, exactly as it names itself.
	Issuer string
	// ClientID and ClientSecret are the platform's credentials there.
	ClientID     string
	ClientSecret Secret
	// GroupIDs are the groups there that become the platform's own roles, by
	// their purpose in platform.Keycloak.Accesses.
	GroupIDs map[platform.Purpose]string
	// AdminGroupID and TeamAdminGroupID are the groups there that become the
	// roles admin and team-admin; "" maps none.
	AdminGroupID, TeamAdminGroupID string
	// UsernameClaimMapper is Keycloak's template for user names.
	UsernameClaimMapper string
	// SubClaimMapper is the claim that becomes the user attribute sub.
	SubClaimMapper string
}

// Apps is apps.
type Apps struct {
	Keycloak Keycloak
	Harbor   Harbor
	Gitea    Gitea
	Drone    Drone
	ArgoCD   ArgoCD
}

// Keycloak is apps.keycloak.
type Keycloak struct {
	// Address is where the task reaches Keycloak, without a slash at its end.
	Address string
	// AdminUsername and AdminPassword log in at AdminRealm.
	AdminUsername string
	AdminPassword Secret
	AdminRealm    string
	// Realm is the platform's realm.
	Realm string
	// ClientID and ClientSecret are those of the platform's own client in
	// Realm (apps.keycloak.idp.clientID and .clientSecret). The credentials
	// at an external provider are OIDC.ClientID and OIDC.ClientSecret.
	ClientID     string
	ClientSecret Secret
	// HostnameURL is the address that browsers use, without a slash at its
	// end: the platform's issuer is HostnameURL/realms/Realm.
	HostnameURL string
	// Theme is the login theme. AccountTheme and EmailTheme are left alone
	// where they are nil.
	Theme                    string
	AccountTheme, EmailTheme *string
	// Lives are those of sessions and tokens.
	Lives platform.Lives
	// TokenTTL and OfflineTTL are lives in seconds, of access tokens and of
	// offline sessions, as the values have them; Lives has them, too.
	TokenTTL, OfflineTTL int
	// OfflineMaxEnabled limits offline sessions to OfflineTTL altogether.
	OfflineMaxEnabled bool
	// RedirectURIs are those of the client ClientID.
	RedirectURIs []string
	IDP          IDP
}

// IDP is apps.keycloak.idp as far as it is about the external provider.
type IDP struct {
	Alias string
}

// Gitea is apps.gitea.
type Gitea struct {
	Enabled bool
	// Address is where the task reaches Gitea, without a slash at its end.
	Address       string
	AdminUsername string
	AdminPassword Secret
	// AdminToken is an access token of the administrator; it takes the place
	// of the password.
	AdminToken Secret
	// Owners administer the organisation besides AdminUsername.
	Owners []string
	// Hooks are told of every repository of the organisation.
	Hooks []GiteaHook
	// Repos are the platform's besides its own.
	Repos []GiteaRepo
}

// Drone is apps.drone.
type Drone struct {
	Enabled bool
	// Address is where the task reaches Drone, without a slash at its end.
	Address    string
	AdminUser  string
	AdminToken Secret
	// Namespace is the Kubernetes namespace of the release.
	Namespace string
	// DroneBuilds is what it builds, besides the platform's own repository.
	DroneBuilds
}

// ArgoCD is apps.argocd.
type ArgoCD struct {
	Enabled bool
}

// Team is teamConfig.<id>.
type Team struct {
	OIDC        TeamOIDC
	Password    Secret
	SelfService SelfService
	Users       []User
	Harbor      TeamHarbor
	Gitea       TeamGitea
	Drone       TeamDrone
}

// TeamOIDC is teamConfig.<id>.oidc.
type TeamOIDC struct {
	// GroupMapping is the group at the external provider whose members are
	// the team; "" maps none. Several teams may share a group.
	GroupMapping string
}

// SelfService is teamConfig.<id>.selfService.
type SelfService struct {
	Apps []string
}

// User is an entry of teamConfig.<id>.users. A person in several teams
// stands in each of them with the same attributes.
type User struct {
	// Username and Email are in lower case, as Keycloak keeps them. Username
	// defaults to Email.
	Username, Email     string
	FirstName, LastName string
	// InitialPassword is for the creation of the user only.
	InitialPassword Secret
}

// PlatformUser is an entry of users: a person, whichever teams they are in.
type PlatformUser struct {
	// Email is in lower case; it is the username, too.
	Email, FirstName, LastName string
	// InitialPassword is for the creation of the user only.
	InitialPassword Secret
	// Groups are all that the person is a member of, in order.
	Groups []string
	// Teams are ids.
	Teams []string
	// Nickname is the attribute nickname, "" where the platform has none: the
	// name of the account in Gitea.
	Nickname string
}

// Wait is how long to wait for an application (WAIT_URL, WAIT_HOST and
// WAIT_OPTIONS); the zero value leaves all to the task.
type Wait struct {
	// URL is asked instead of the application's own address; Host is the Host
	// header that goes with it.
	URL, Host string
	// Retries is how often to ask again; nil is not said.
	Retries *int
	// Status is the HTTP status that means ready; 0 is not said.
	Status int
	// MinDelay and MaxDelay bound the time between two questions; 0 is not
	// said.
	MinDelay, MaxDelay time.Duration
}
