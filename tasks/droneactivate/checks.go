package droneactivate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
)

// Where the documents tell more of each check.
const docs = "docs/drone-activate.md#when-no-build-starts"

// diagnosis is what the checks learn from each other.
type diagnosis struct {
	*Application
	desired   State
	addresses addresses
	repos     repositories
	user      *drone.User
}

// Checks are the steps from a push to a build. None is of the outcome: what an
// apply promises, its last reading has compared already.
func (a *Application) Checks() []task.Check {
	if a.none() != "" {
		return nil // the server's name says it
	}
	d := &diagnosis{Application: a, desired: Desired(a.values)}
	return []task.Check{
		{Name: "account", Run: d.account},
		{Name: "login", Run: d.loggedIn},
		{Name: "access", Run: d.alive},
		{Name: "listed", Run: d.listed},
		{Name: "rights", Run: d.rights},
		{Name: "hook", Run: d.hooked},
		{Name: "pipeline", Run: d.pipeline},
	}
}

// broken is a step that a run of the task can repair.
func broken(cause, remedy string) error {
	return &task.Fault{Cause: cause, Remedy: remedy, Docs: docs}
}

// unrepairable is a step that only a person can repair.
func unrepairable(cause, remedy string) error {
	return &task.Fault{Class: task.ClassUnauthorized, Cause: cause, Remedy: remedy, Docs: docs}
}

func isRenamed(err error) bool {
	_, is := asRenamed(err)
	return is
}

func renamedFault(err error) error {
	e, _ := asRenamed(err)
	return broken(e.finding(), renameRemedy)
}

func (d *diagnosis) account(ctx context.Context) (string, error) {
	user, err := d.drone.In(ctx).Self()
	wanted := d.values.Apps.Drone.AdminUser
	switch {
	case transport.IsUnauthorized(err):
		return "", unrepairable("Drone does not know the token", "set apps.drone.adminToken to the one of DRONE_USER_CREATE, or restart Drone with username:"+wanted+",admin:true,machine:false and this token")
	case err != nil:
		return "", fmt.Errorf("asking Drone for the account: %w", err)
	case !strings.EqualFold(user.Login, wanted):
		return "", unrepairable("the token is that of "+user.Login, "use that of "+wanted+", or set apps.drone.adminUser")
	case user.Machine:
		return "", unrepairable(user.Login+" is a machine, which cannot log in", "set machine:false in DRONE_USER_CREATE and restart Drone")
	case !user.Active:
		return "", unrepairable(user.Login+" is switched off", "activate it in Drone")
	}
	d.user = user
	if user.Admin {
		return user.Login + ", an administrator", nil
	}
	return user.Login + ", no administrator: trusted, timeout, throttle, secrets of organisations and templates are out of reach", nil
}

func (d *diagnosis) loggedIn(context.Context) (string, error) {
	if d.user.LastLogin == 0 {
		return "", broken(d.user.Login+" never logged in", d.howToLogIn())
	}
	return "last at " + time.Unix(d.user.LastLogin, 0).UTC().Format(time.RFC3339), nil
}

// howToLogIn is a run of this task, where it can.
func (d *diagnosis) howToLogIn() string {
	if d.gitea == nil || d.values.Apps.Gitea.AdminPassword.IsZero() {
		return "set apps.gitea.adminPassword or GITEA_PASSWORD and run " + name + " apply, or log in at " + d.values.Apps.Drone.Address + " with a browser"
	}
	return "run " + name + " apply, which logs in"
}

func (d *diagnosis) alive(ctx context.Context) (string, error) {
	access, err := d.access(ctx, d.user)
	switch {
	case isRenamed(err): // still an answer
	case err != nil:
		return "", fmt.Errorf("asking Gitea by way of Drone: %w", err)
	case access != works:
		return "", broken("Gitea refuses Drone's token ("+access+")", d.howToLogIn())
	}
	return "Gitea takes Drone's token", nil
}

func (d *diagnosis) slugs() []string { return slices.Sorted(maps.Keys(d.desired.Repos)) }

func (d *diagnosis) listed(ctx context.Context) (string, error) {
	list, err := d.drone.In(ctx).RepoList()
	if err != nil {
		return "", fmt.Errorf("reading Drone's repositories: %w", err)
	}
	d.repos = newRepositories(list, d.desired.Repos, nil)
	for _, slug := range d.slugs() {
		found := d.repos.get(slug)
		if found == nil {
			return "", d.unlisted(ctx, slug)
		}
		if !found.Active {
			return "", broken(slug+" is not active", "run "+name+" apply")
		}
	}
	return fmt.Sprintf("%d of %d repositories, all active", len(d.slugs()), len(d.slugs())), nil
}

func (d *diagnosis) unlisted(ctx context.Context, slug string) error {
	_, err := d.remote(ctx, slug)
	switch {
	case isRenamed(err):
		return renamedFault(err)
	case drone.NotInGitea(err):
		return broken("Gitea has no repository "+slug+" for "+d.user.Login, "run gitea-repos, or grant the account access to it")
	case err != nil:
		return fmt.Errorf("asking Gitea for %s by way of Drone: %w", slug, err)
	}
	return broken("Drone has not read "+slug+" from Gitea", "run "+name+" apply; if that does not help, the repository is archived")
}

func (d *diagnosis) rights(ctx context.Context) (string, error) {
	for _, slug := range d.slugs() {
		remote, err := d.remote(ctx, slug)
		if isRenamed(err) {
			return "", renamedFault(err)
		}
		if err != nil {
			return "", fmt.Errorf("asking Gitea for %s by way of Drone: %w", slug, err)
		}
		if !remote.Permissions.Admin {
			return "", unrepairable(d.user.Login+" is not an administrator of "+slug+" in Gitea", "make it an owner of the organisation, or grant it the right admin")
		}
	}
	return d.user.Login + " may set hooks in all of them", nil
}

// hooked looks at the hooks, and for a sign that one of them got through. Gitea
// does not publish the result of a delivery: only a build proves it.
func (d *diagnosis) hooked(ctx context.Context) (string, error) {
	if d.gitea == nil {
		return "not looked at: the values hold no password for Gitea", nil
	}
	var err error
	if _, d.addresses, err = d.learned(ctx); err != nil {
		return "", err
	}
	unproven := []string{}
	for _, slug := range d.slugs() {
		found, err := d.hooksOf(ctx, d.addresses, slug)
		if transport.IsUnauthorized(err) {
			return "", unrepairable("Gitea does not accept "+d.giteaCredential(), "set the one of "+d.values.Apps.Gitea.AdminUsername+" there, or in GITEA_PASSWORD")
		}
		if transport.IsForbidden(err) {
			return "", unrepairable("Gitea refuses the hooks of "+slug+" ("+message(err)+")", hookRemedy)
		}
		if err != nil {
			return "", err
		}
		if !found.heard(d.desired.Hooks[slug]) || len(found.all()) != 1 {
			return "", broken(fmt.Sprintf("%d hooks of %s lead to Drone, want one that is active", len(found.all()), slug), "run "+name+" apply")
		}
		namespace, repo := split(d.repos.slug(slug))
		builds, err := d.drone.In(ctx).BuildList(namespace, repo, drone.ListOptions{Size: 1})
		if err != nil {
			return "", fmt.Errorf("reading the builds of %s: %w", slug, err)
		}
		if len(builds) == 0 {
			unproven = append(unproven, slug)
		}
	}
	if len(unproven) == 0 {
		return "one each, and they triggered builds", nil
	}
	return fmt.Sprintf("one each; no build of %s yet: if a push starts none, %s", strings.Join(unproven, ", "), d.webhookAdvice(ctx)), nil
}

// webhookAdvice names the host that Gitea must let its hooks go to. By default it lets
// them go to public addresses only.
func (d *diagnosis) webhookAdvice(ctx context.Context) string {
	valid := d.addresses.valid()
	u, err := url.Parse(valid[len(valid)-1]) // the one that we saw a hook being made for
	if err != nil {
		return "look at the hook's deliveries in Gitea"
	}
	advice := "let ALLOWED_HOST_LIST in Gitea's [webhook] name " + u.Hostname()
	found, err := new(net.Resolver).LookupNetIP(ctx, "ip", u.Hostname())
	if err == nil && slices.ContainsFunc(found, func(ip netip.Addr) bool { return ip.IsPrivate() || ip.IsLoopback() }) {
		advice += ", which has a private address: Gitea's default refuses those"
	}
	return advice
}

// pipeline looks for each pipeline's file on the default branch. Without it Drone
// takes a push and silently builds nothing.
func (d *diagnosis) pipeline(ctx context.Context) (string, error) {
	if d.gitea == nil {
		return "not looked at: the values hold no password for Gitea", nil
	}
	for _, slug := range d.slugs() {
		repo := d.repos.get(slug)
		file := cmp.Or(repo.Config, ".drone.yml")
		exists, err := d.hasFile(ctx, slug, file)
		if err != nil {
			return "", fmt.Errorf("asking Gitea for %s of %s: %w", file, slug, err)
		}
		if !exists {
			return "", broken(fmt.Sprintf("%s has no file %s on its default branch %s", slug, file, repo.Branch),
				"commit "+file+" there, or name the file that exists in configPath of the repository in the values")
		}
	}
	return fmt.Sprintf("%d of %d have their file on the default branch", len(d.slugs()), len(d.slugs())), nil
}

// hasFile tells whether a file is there. Gitea takes no HEAD.
func (a *Application) hasFile(ctx context.Context, slug, file string) (bool, error) {
	address, err := url.Parse(a.values.Apps.Gitea.Address)
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.JoinPath("api/v1/repos", slug, "raw", file).String(), http.NoBody)
	if err != nil {
		return false, err
	}
	resp, err := a.giteaHTTP.Do(req)
	if transport.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, resp.Body.Close()
}
