package harborprojects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unique"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// The levels of Harbor: also the kinds of permissions.
const (
	systemLevel  = "system"
	projectLevel = "project"
	wholeSystem  = "/"
	allProjects  = "*"
)

func newRobot(r harbor.Robot) *credential.Robot {
	mark := credential.ReadMark(value(r.Description))
	return &credential.Robot{
		ID: value(r.ID), Disabled: value(r.Disable), Duration: value(r.Duration), Expires: value(r.ExpiresAt),
		Created: value(r.CreationTime), Updated: value(r.UpdateTime), Permissions: rights(value(r.Permissions)),
		Mark: credential.Mark{Installation: shared(mark.Installation), Inventory: shared(mark.Inventory)},
	}
}

// shared is a text that thousands of robot accounts have in common, kept once.
func shared(text string) string { return unique.Make(text).Value() }

// right is one permission as we write it: project team-a repository:pull.
func right(kind, namespace, resource, action string) string {
	return kind + " " + namespace + " " + resource + ":" + action
}

// rightsOf a credential are those of its robot account, always in one order:
// Harbor locks a row for each, and two robot accounts that are made at once must
// not wait for each other.
func rightsOf(k credential.Key) []string {
	all := make([]string, 0, len(k.Kind.Actions))
	for _, action := range k.Kind.Actions {
		all = append(all, right(projectLevel, k.Project, "repository", action))
	}
	return all
}

// rights are all permissions of a robot account, sorted: Harbor lists them in
// no order.
func rights(permissions []harbor.RobotPermission) []string {
	all := []string{}
	for _, p := range permissions {
		for _, a := range value(p.Access) {
			one := right(value(p.Kind), value(p.Namespace), value(a.Resource), value(a.Action))
			if effect := value(a.Effect); effect != "" && effect != "allow" {
				one += " " + effect
			}
			all = append(all, one)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// permissions is the reverse of rights, without effects.
func permissions(rights []string) []harbor.RobotPermission {
	var all []harbor.RobotPermission
	for _, one := range rights {
		scope, access, _ := strings.Cut(one, ":")
		words := strings.Fields(scope)
		kind, namespace, resource := words[0], words[1], words[2]
		same := func(p harbor.RobotPermission) bool { return *p.Kind == kind && *p.Namespace == namespace }
		i := slices.IndexFunc(all, same)
		if i < 0 {
			i = len(all)
			all = append(all, harbor.RobotPermission{Kind: &kind, Namespace: &namespace, Access: &[]harbor.Access{}})
		}
		*all[i].Access = append(*all[i].Access, harbor.Access{Resource: &resource, Action: &access})
	}
	return all
}

// listRobots reads the robot accounts of the system level by their names without
// the prefix; older servers also list those of projects. A query, in Harbor's
// form, narrows the list; "" does not.
func listRobots(ctx context.Context, api *harbor.Client, size int, prefix, query string) (map[string]*credential.Robot, error) {
	found := map[string]*credential.Robot{}
	var q *string
	if query != "" {
		q = &query
	}
	err := transport.Each(size, func(p transport.Page) ([]harbor.Robot, error) {
		return response.OK(api.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{Q: q, Page: new(int64(p.Number)), PageSize: new(int64(p.Size))}))
	}, func(page []harbor.Robot) {
		for _, r := range page {
			if value(r.Level) != projectLevel {
				found[strings.TrimPrefix(value(r.Name), prefix)] = newRobot(r)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("reading robot accounts: %w", err)
	}
	return found, nil
}

// maxNames is how many robot accounts one query names: an address of 4 KiB is
// taken by every proxy.
const maxNames = 40

// listNamed reads the robot accounts of these names, at most maxNames.
func listNamed(ctx context.Context, api *harbor.Client, prefix string, names []string) (map[string]*credential.Robot, error) {
	return listRobots(ctx, api, pageSize, prefix, "name={"+strings.Join(names, " ")+"}")
}

// namedQueries are Harbor's queries for the objects of these teams by name, each for
// at most maxNames.
func namedQueries(teams []string, names func(team string) []string, more ...string) []string {
	for _, team := range teams {
		more = append(more, names(team)...)
	}
	var queries []string
	for some := range slices.Chunk(more, maxNames) {
		queries = append(queries, "name={"+strings.Join(some, " ")+"}")
	}
	return queries
}

// listRobots reads the robot accounts of the scope, and the service robot.
func (r *reader) listRobots(ctx context.Context, api *harbor.Client) (map[string]*credential.Robot, error) {
	queries := []string{""}
	if r.scope.ByName {
		queries = namedQueries(r.scope.Teams, namesOfRobots, serviceRobotName)
	}
	all := map[string]*credential.Robot{}
	for _, query := range queries {
		found, err := listRobots(ctx, api, r.setting.PageSize, r.current.server.prefix, query)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}

// namesOfRobots are those that a team's robot accounts can have.
func namesOfRobots(team string) []string {
	var names []string
	for _, kind := range credential.Kinds() {
		key := credential.Key{Project: values.TeamName(team), Kind: kind}
		names = append(names, key.Robot(credential.A), key.Robot(credential.B))
	}
	return names
}

func robotID(id int64) harbor.RobotID { return harbor.RobotID(id) }

// accepts logs in with a robot account's name and secret. Harbor answers 401 to
// a wrong one, and 403 to a right one without the right to see the project.
func (a *Application) accepts(ctx context.Context, project, username string, password values.Secret) (bool, error) {
	api, err := a.as(harbor.Login{Username: username, Password: password.Reveal()})
	if err != nil {
		return false, err
	}
	found, err := response.OK(api.GetProjectWithResponse(ctx, project))
	switch {
	case err == nil && value(found.Name) != project:
		return false, fmt.Errorf("logging in as %s: asked for project %s, the server answered with %q", username, project, value(found.Name))
	case transport.IsUnauthorized(err):
		return false, nil
	case transport.IsForbidden(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("logging in as %s: %w", username, err)
	}
	return true, nil
}

// fingerprint is what we remember of a password that Harbor accepted. Harbor
// dates every change of a robot account, so that it also tells when someone set
// another secret there. Where the platform's operator sets the same secret each
// minute the date tells nothing.
func (a *Application) fingerprint(r *credential.Robot, password values.Secret) values.Secret {
	if a.values.Platform.Harbor.SecretIsTruth {
		return values.NewSecret(fmt.Sprintf("%d %s", r.ID, password.Reveal()))
	}
	return values.NewSecret(fmt.Sprintf("%d %d %s", r.ID, r.Updated.UnixMicro(), password.Reveal()))
}

// mergeLogin is the content of the Secret with our login in it. A login for an
// earlier address of the registry is replaced; anything else is kept as it is.
func mergeLogin(k credential.Key, held values.Secret, host, username string, password values.Secret) (values.Secret, error) {
	ours, err := kube.Dockerconfig(host, username, password)
	if err != nil {
		return values.Secret{}, err
	}
	var config, added, auths, login map[string]json.RawMessage
	if json.Unmarshal([]byte(held.Reveal()), &config) != nil || json.Unmarshal(config["auths"], &auths) != nil || auths == nil {
		return ours, nil //nolint:nilerr // no runtime could read it
	}
	if json.Unmarshal([]byte(ours.Reveal()), &added) != nil || json.Unmarshal(added["auths"], &login) != nil {
		return values.Secret{}, errors.New("writing a docker config: it is not JSON of that form")
	}
	logins, _ := kube.ParseDockerconfig(held) // of what cannot be read nothing is replaced
	for _, l := range logins {
		if k.SlotOf(l.Username) != credential.None {
			delete(auths, l.Host)
		}
	}
	maps.Copy(auths, login)
	if config["auths"], err = json.Marshal(auths); err != nil {
		return values.Secret{}, err
	}
	text, err := json.Marshal(config)
	return values.NewSecret(string(text)), err
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
