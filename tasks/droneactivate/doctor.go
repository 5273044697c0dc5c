package droneactivate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
)

// check is one of the steps from a push to a build. It returns what it found, or
// a *BrokenError.
type check struct {
	name string
	run  func(*diagnosis, context.Context) (string, error)
}

// checks are in their order: each one rests on those before it.
func checks() []check {
	return []check{
		{"account", (*diagnosis).account},
		{"login", (*diagnosis).loggedIn},
		{"access", (*diagnosis).alive},
		{"listed", (*diagnosis).listed},
		{"rights", (*diagnosis).rights},
		{"hook", (*diagnosis).hooked},
	}
}

// BrokenError is the first broken step and what repairs it.
type BrokenError struct {
	Step, Finding, Remedy string
	// Final says that no run of the task repairs it.
	Final bool
}

func (e *BrokenError) Error() string { return e.Step + ": " + e.Finding + ": " + e.Remedy }

// Unauthorized tells whether a person has to act.
func (e *BrokenError) Unauthorized() bool { return e.Final }

// diagnosis is what the checks have found so far.
type diagnosis struct {
	*Application
	desired   State
	addresses addresses
	user      *drone.User
}

// Diagnose prints the six steps from a push to a build, the first broken one with
// its remedy. It only reads.
func (a *Application) Diagnose(ctx context.Context, out io.Writer) error {
	if !a.values.Apps.Drone.Enabled {
		_, err := fmt.Fprintln(out, "Drone is switched off (apps.drone.enabled)")
		return err
	}
	_, at, err := a.learned(ctx)
	if err != nil {
		return err
	}
	d := &diagnosis{Application: a, desired: Desired(a.values), addresses: at}
	var broken error
	for i, c := range checks() {
		mark, finding := "-", "not looked at"
		if broken == nil {
			mark = "ok"
			if finding, broken = c.run(d, ctx); broken != nil {
				mark = "BROKEN"
			}
		}
		if err := explainStep(out, i+1, c.name, mark, finding, broken); err != nil {
			return errors.Join(broken, err)
		}
	}
	return broken
}

func explainStep(out io.Writer, number int, name, mark, finding string, broken error) error {
	remedy := ""
	if mark == "BROKEN" {
		finding = broken.Error()
		if e, ok := errors.AsType[*BrokenError](broken); ok {
			finding, remedy = e.Finding, e.Remedy
		}
	}
	if _, err := fmt.Fprintf(out, "%d %-8s %-6s %s\n", number, name, mark, finding); err != nil || remedy == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "%19s %s\n", "remedy:", remedy)
	return err
}

func (d *diagnosis) account(ctx context.Context) (string, error) {
	user, err := d.drone.In(ctx).Self()
	wanted := d.values.Apps.Drone.AdminUser
	switch {
	case transport.IsUnauthorized(err):
		return "", &BrokenError{"account", "Drone does not know the token", "set apps.drone.adminToken to the one of DRONE_USER_CREATE, or restart Drone with username:" + wanted + ",admin:true,machine:false and this token", true}
	case err != nil:
		return "", fmt.Errorf("asking Drone for the account: %w", err)
	case !strings.EqualFold(user.Login, wanted):
		return "", &BrokenError{"account", "the token is that of " + user.Login, "use that of " + wanted + ", or set apps.drone.adminUser", true}
	case user.Machine:
		return "", &BrokenError{"account", user.Login + " is a machine, which cannot log in", "set machine:false in DRONE_USER_CREATE and restart Drone", true}
	case !user.Active:
		return "", &BrokenError{"account", user.Login + " is switched off", "activate it in Drone", true}
	}
	d.user = user
	if user.Admin {
		return user.Login + ", an administrator", nil
	}
	return user.Login + ", no administrator: trusted, timeout, throttle, secrets of organisations and templates are out of reach", nil
}

func (d *diagnosis) loggedIn(context.Context) (string, error) {
	if d.user.LastLogin == 0 {
		return "", &BrokenError{"login", d.user.Login + " never logged in", d.howToLogIn(), false}
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
	case err != nil:
		return "", fmt.Errorf("asking Gitea by way of Drone: %w", err)
	case access != works:
		return "", &BrokenError{"access", "Gitea refuses Drone's token (" + access + ")", d.howToLogIn(), false}
	}
	return "Gitea takes Drone's token", nil
}

func (d *diagnosis) slugs() []string { return slices.Sorted(maps.Keys(d.desired.Repos)) }

func (d *diagnosis) listed(ctx context.Context) (string, error) {
	list, err := d.drone.In(ctx).RepoList()
	if err != nil {
		return "", fmt.Errorf("reading Drone's repositories: %w", err)
	}
	active := map[string]bool{}
	for _, rep := range list {
		active[rep.Slug] = rep.Active
	}
	for _, slug := range d.slugs() {
		isActive, known := active[slug]
		if !known {
			return "", d.unlisted(ctx, slug)
		}
		if !isActive {
			return "", &BrokenError{"listed", slug + " is not active", "run " + name + " apply", false}
		}
	}
	return fmt.Sprintf("%d of %d repositories, all active", len(d.slugs()), len(d.slugs())), nil
}

func (d *diagnosis) unlisted(ctx context.Context, slug string) error {
	namespace, repo := split(slug)
	_, err := d.drone.RemoteRepo(ctx, namespace, repo)
	switch {
	case drone.NotInGitea(err):
		return &BrokenError{"listed", "Gitea has no repository " + slug + " for " + d.user.Login, "run gitea-repos, or give him a right in it", false}
	case err != nil:
		return fmt.Errorf("asking Gitea for %s by way of Drone: %w", slug, err)
	}
	return &BrokenError{"listed", "Drone has not read " + slug + " from Gitea", "run " + name + " apply; if that does not help, the repository is archived", false}
}

func (d *diagnosis) rights(ctx context.Context) (string, error) {
	for _, slug := range d.slugs() {
		namespace, repo := split(slug)
		remote, err := d.drone.RemoteRepo(ctx, namespace, repo)
		if err != nil {
			return "", fmt.Errorf("asking Gitea for %s by way of Drone: %w", slug, err)
		}
		if !remote.Permissions.Admin {
			return "", &BrokenError{"rights", d.user.Login + " is no administrator of " + slug + " in Gitea", "make the user an owner of the organisation, or grant the right admin", true}
		}
	}
	return d.user.Login + " may set hooks in all of them", nil
}

// hooked looks at the hooks, and for a sign that one of them got through. Gitea
// does not tell what became of a delivery: only a build proves it.
func (d *diagnosis) hooked(ctx context.Context) (string, error) {
	if d.gitea == nil {
		return "not looked at: the values hold no password for Gitea", nil
	}
	unproven := []string{}
	for _, slug := range d.slugs() {
		found, err := d.hooksOf(ctx, d.addresses, slug)
		if transport.IsUnauthorized(err) {
			return "", &BrokenError{"hook", "Gitea does not accept " + d.giteaCredential(), "set the one of " + d.values.Apps.Gitea.AdminUsername + " there, or in GITEA_PASSWORD", true}
		}
		if err != nil {
			return "", err
		}
		if !found.heard(d.desired.Hooks[slug]) || len(found.all()) != 1 {
			return "", &BrokenError{"hook", fmt.Sprintf("%d hooks of %s lead to Drone, want one that is active", len(found.all()), slug), "run " + name + " apply", false}
		}
		namespace, repo := split(slug)
		builds, err := d.drone.In(ctx).BuildList(namespace, repo, drone.ListOptions{Size: 1})
		if err != nil {
			return "", fmt.Errorf("reading the builds of %s: %w", slug, err)
		}
		if len(builds) == 0 {
			unproven = append(unproven, slug)
		}
	}
	if len(unproven) == 0 {
		return "one each, and builds came of them", nil
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
