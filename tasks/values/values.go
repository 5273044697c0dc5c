package values

import (
	"context"
	"io"
	"maps"
	"slices"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/tree"
)

// Secret is text that does not print.
type Secret = tree.Secret

// NewSecret wraps s. The empty text gives the zero Secret.
func NewSecret(s string) Secret { return tree.NewSecret(s) }

// Problem is one thing that is wrong with the values, and where.
type Problem = tree.Problem

// Problems are all of them.
type Problems = tree.Problems

// Request says where the values come from and for which application they
// must suffice.
type Request struct {
	// Sources are YAML or JSON files, "-" for Stdin, directories in the Otomi
	// layout, and addresses of Git repositories that hold such a directory or
	// file. Later ones win, maps merge, lists replace.
	Sources []string
	// Env is the environment by name: the predecessor's variables, <name>_FILE
	// for each that is a credential, SOPS_AGE_KEY and SOPS_AGE_KEY_FILE, and the
	// login for repositories.
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
	// Origins asks for Values.Origins of this application ("" for none).
	Origins string
	// WithoutUsers leaves out the users, whom Secrets would have to list.
	WithoutUsers bool
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
	// UsersUnread says that there are users who could not be listed: Users is not
	// all of them.
	UsersUnread bool
	// Unread are the files of folders and repositories that were not read.
	Unread []Unread
	// Unused are the settings of our applications that nothing reads, as dotted
	// paths.
	Unused []string
	// Origins tell where the values came from; nil unless the Request asks for them.
	Origins *Origins
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
	File   string `json:"file"`
	Reason string `json:"reason"`
	// Files is the number of files in a folder, else 1.
	Files int `json:"files"`
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
	out[PlatformTeam] = *v.AdminTeam
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
	// AdminPassword replaces absent passwords of the applications.
	AdminPassword Secret
}

// Apps is apps.
type Apps struct {
	Keycloak Keycloak
	Harbor   Harbor
	Gitea    Gitea
	Drone    Drone
	ArgoCD   ArgoCD
}

// ArgoCD is apps.argocd.
type ArgoCD struct {
	Enabled bool
}
