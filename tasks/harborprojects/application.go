package harborprojects

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "harbor-projects"

// pageSize is the most that Harbor gives in one list request.
const pageSize = 100

// Task is harbor-projects as the loop knows it.
func Task() task.Task {
	o := &options{}
	return task.Task{
		Name:    name,
		Short:   "Make Harbor's projects, members and robot accounts equal to the Otomi Values",
		App:     values.AppHarbor,
		Secrets: true,
		// Harbor looks whether the identity provider answers.
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: "/system/oidc/ping"}},
		Flags:            o.add,
		Verbs:            []task.Verb{{Name: verbRotate, Short: "Apply, and give every robot account a new secret"}},
		Connect:          task.Typed(o.connect),
		Dump: []task.DumpRule{
			{State: "Projects", Path: "harbor", Fields: map[string]string{
				"public": "Public", "autoScan": "AutoScan", "autoSBOM": "AutoSBOM", "preventVulnerable": "PreventVulnerable", "severity": "Severity"}},
			{State: "Quotas", Path: "harbor", Fields: map[string]string{"storageQuota": "Storage"}},
		},
	}
}

const verbRotate = "rotate"

// options are the flags that only this task has.
type options struct {
	prove              prove
	rotateAfter, grace time.Duration
}

// prove says when robot accounts are logged in as, to see whether their secrets
// work.
type prove string

const (
	proveNever   prove = "never"
	proveChanged prove = "changed"
	proveAlways  prove = "always"
)

// span is a time that is not negative.
type span time.Duration

const defaultGrace = 24 * time.Hour

func (o *options) add(f *pflag.FlagSet) {
	o.prove, o.grace = proveChanged, defaultGrace
	f.Var(&o.prove, "prove", "when to log in with the robot accounts' secrets: always, changed (only where something changed since it worked last), or never")
	f.Var((*span)(&o.rotateAfter), "rotate-after", "age at which a robot account is replaced by a new one with a new secret; 0 is never")
	f.Var((*span)(&o.grace), "grace", "how long a replaced robot account goes on working, and after that is only disabled before it is deleted")
}

// String is the flag's value.
func (p *prove) String() string { return string(*p) }

// Type is what the help calls the value.
func (*prove) Type() string { return "when" }

// Set takes one of the three words.
func (p *prove) Set(text string) error {
	all := []string{string(proveNever), string(proveChanged), string(proveAlways)}
	if !slices.Contains(all, text) {
		return fmt.Errorf("want one of %s", strings.Join(all, ", "))
	}
	*p = prove(text)
	return nil
}

// String is the flag's value.
func (s *span) String() string { return time.Duration(*s).String() }

// Type is what the help calls the value.
func (*span) Type() string { return "duration" }

// Set takes a time such as 720h.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return err
	case d < 0:
		return fmt.Errorf("%s is negative", text)
	}
	*s = span(d)
	return nil
}

// Application is one Harbor server with the values that it should equal.
type Application struct {
	values    values.Values
	setting   task.Setting
	options   options
	started   time.Time // what is older is rotated where the operator asked for it
	client    *http.Client
	anonymous *harbor.Client // without retries
	admin     *harbor.Client
	inventory *inventory.Inventory // nil before the first reading
	version   harbor.Version       // of the server, unknown before the first reading
}

func (o *options) connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	a := &Application{values: v, setting: s, options: *o, client: c.Client}
	if s.Now != nil {
		a.started = s.Now()
	}
	var err error
	if a.anonymous, err = a.over(c.NoRetry, harbor.Login{}, false); err != nil {
		return nil, err
	}
	a.admin, err = a.as(harbor.Login{Username: v.Apps.Harbor.AdminUsername, Password: v.Apps.Harbor.AdminPassword.Reveal()})
	return a, err
}

// as is a client that logs in that way.
func (a *Application) as(login harbor.Login) (*harbor.Client, error) {
	return a.over(a.client, login, false)
}

func (a *Application) over(client *http.Client, login harbor.Login, isRobot bool) (*harbor.Client, error) {
	address := a.values.Apps.Harbor.Address
	authorized, err := login.Authorize(address, client.Transport)
	if err != nil {
		return nil, fmt.Errorf("preparing the Harbor client: %w", err)
	}
	checked := &http.Client{Transport: refusals{authorized, isRobot}, CheckRedirect: client.CheckRedirect}
	api, err := harbor.New(address, harbor.WithHTTPClient(checked))
	if err != nil {
		return nil, fmt.Errorf("preparing the Harbor client: %w", err)
	}
	return api, nil
}

// Ready asks for what Harbor tells anyone as soon as its core has started.
func (a *Application) Ready(ctx context.Context) error {
	if !a.values.Apps.Harbor.Enabled {
		return nil
	}
	_, err := response.OK(a.anonymous.GetSystemInfoWithResponse(ctx))
	return err
}

// Server is the Harbor that was read last.
func (a *Application) Server() task.Server {
	s := task.Server{
		Application: "Harbor", Oldest: harbor.Oldest().Short(), Newest: harbor.Newest().Short(),
		Address: a.values.Apps.Harbor.Address, Account: a.values.Apps.Harbor.AdminUsername,
	}
	if a.version.Known() {
		s.Version = a.version.String()
	}
	return s
}

// Desired is the state of the values; nothing where Harbor is switched off.
func (a *Application) Desired(_ context.Context, s task.Scope) (State, error) {
	return Desired(a.values, s), nil
}

// Plan is the pure difference of two states. A run for some teams leaves the
// platform's own alone, and so the prefix of the teams' robot accounts.
func (a *Application) Plan(desired, current State) *Plan {
	if desired.withoutPlatform {
		desired.Configurations = nil
	} else {
		desired.Configurations = completeConfigurations(desired.Configurations, current.Configurations)
	}
	return Diff(desired, current)
}

// access is who does what: the service robot what this version lets it do, the
// administrator the rest.
type access struct {
	admin, robot *harbor.Client // robot is nil where it does not work
	version      harbor.Version
}

// to is the client for a request that needs this right, such as member:list.
func (a access) to(right string) *harbor.Client {
	if a.robot == nil || a.version.RefusesRobot(right) {
		return a.admin
	}
	return a.robot
}

// any is the client for a request that anyone may send who sees the projects.
func (a access) any() *harbor.Client { return a.to("") }

func (a *Application) accessTo(s server) (access, error) {
	all := access{admin: a.admin, version: s.version}
	if !s.asRobot {
		return all, nil
	}
	var err error
	all.robot, err = a.asServiceRobot(s.prefix + serviceRobotName)
	return all, err
}

// RobotError is what Harbor refuses to the service robot. It does not concern the
// credentials that a person gave: the next reading finds out what the robot
// account lacks, and the next apply repairs it.
type RobotError struct{ Reason string }

func (e *RobotError) Error() string {
	return "harbor refused this to robot account " + serviceRobotName + ": " + e.Reason
}

func isRobotRefused(err error) bool {
	_, refused := errors.AsType[*RobotError](err)
	return refused
}

// asServiceRobot is a client for the service robot under its full name.
func (a *Application) asServiceRobot(username string) (*harbor.Client, error) {
	login := harbor.Login{Username: username, Password: a.inventory.Credential(robotCredential).Reveal()}
	return a.over(a.client, login, true)
}

// refusals tells what Harbor's statuses 401 and 403 mean.
type refusals struct {
	next    http.RoundTripper
	isRobot bool
}

// ReadOnlyError is a Harbor that an administrator has switched to read only.
type ReadOnlyError struct{ Message string }

func (e *ReadOnlyError) Error() string { return "harbor takes no changes: " + e.Message }

// Advice says how to end it.
func (e *ReadOnlyError) Advice() (remedy, docs string) {
	return "wait until Harbor's garbage collection has ended, or switch Repository Read Only off in its system settings; then run again", "docs/operations.md#what-the-server-refuses"
}

func (r refusals) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	status, isStatus := errors.AsType[*transport.StatusError](err)
	switch {
	case !isStatus:
	case status.Status == http.StatusForbidden && strings.Contains(status.Message, "read only mode"):
		return nil, &ReadOnlyError{status.Message}
	case r.isRobot && (transport.IsUnauthorized(err) || transport.IsForbidden(err)):
		return nil, &RobotError{err.Error()}
	}
	return response, err
}

var _ plan.Plan = (*Plan)(nil)
