package harborprojects

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

// robot is one robot account of Harbor's system level, as far as it concerns us:
// there are three or more for each team.
type robot struct {
	id               int64
	disabled         bool
	duration         int64 // days, -1 for ever
	expires          int64 // seconds since 1970, -1 never
	created, updated time.Time
	permissions      []string // as right writes them, sorted
}

// never is the duration and the end of a robot account that does not expire.
const never = -1

func (r *robot) expired(now time.Time) bool { return r.expires != never && now.Unix() >= r.expires }

// usable tells whether somebody who has the secret can log in.
func (r *robot) usable(now time.Time) bool { return r != nil && !r.disabled && !r.expired(now) }

func newRobot(r harbor.Robot) *robot {
	return &robot{
		id: value(r.ID), disabled: value(r.Disable), duration: value(r.Duration), expires: value(r.ExpiresAt),
		created: value(r.CreationTime), updated: value(r.UpdateTime), permissions: rights(value(r.Permissions)),
	}
}

// The levels of Harbor: also the kinds of permissions.
const (
	systemLevel  = "system"
	projectLevel = "project"
	wholeSystem  = "/"
	allProjects  = "*"
)

// right is one permission as we write it: project team-a repository:pull.
func right(kind, namespace, resource, action string) string {
	return kind + " " + namespace + " " + resource + ":" + action
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
// the prefix. A query, in Harbor's form, narrows the list; "" does not.
func listRobots(ctx context.Context, api *harbor.Client, size int, prefix, query string) (map[string]*robot, error) {
	found := map[string]*robot{}
	var q *string
	if query != "" {
		q = &query
	}
	err := transport.Each(size, func(p transport.Page) ([]harbor.Robot, error) {
		return response.OK(api.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{Q: q, Page: new(int64(p.Number)), PageSize: new(int64(p.Size))}))
	}, func(page []harbor.Robot) {
		for _, r := range page {
			found[strings.TrimPrefix(value(r.Name), prefix)] = newRobot(r)
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
func listNamed(ctx context.Context, api *harbor.Client, prefix string, names []string) (map[string]*robot, error) {
	return listRobots(ctx, api, pageSize, prefix, "name={"+strings.Join(names, " ")+"}")
}

// latest is the later one.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
