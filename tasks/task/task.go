// Package task is the contract between a task and the loop that runs it.
package task

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Task is what the loop must know of a task before it has read any values.
type Task struct {
	// Name is the binary's name, as in keycloak-roles.
	Name string
	// Short says in one line what the task makes equal to the values.
	Short string
	// App is the application whose values must be complete.
	App string
	// ReadOnlyRequests are the POSTs that change nothing, so that planning may send them.
	ReadOnlyRequests []transport.ReadOnlyRequest
	// Connect makes the application of these values; it sends nothing.
	// Typed turns a task's own types into it.
	Connect func(values.Values, *transport.Chain, Setting) (Application, error)
	// Secrets says that the task keeps Secrets in Kubernetes, its inventory among
	// them: without a cluster or a folder for them it cannot run.
	Secrets bool
	// Flags adds the flags that only this task has; nil for none.
	Flags func(*pflag.FlagSet)
	// Dump says how objects of its state become values.
	Dump []DumpRule
	// Verbs are those that only this task knows. They apply as apply does, and
	// Setting.Verb tells the task.
	Verbs []Verb
}

// The verbs that an application must know of: what the values ask for is rendered
// without a server, and dump reads also what belongs to teams that no value names.
const (
	VerbRender = "render"
	VerbDump   = "dump"
)

// Verb is what a person may ask of one task besides the verbs of all tasks.
type Verb struct{ Name, Short string }

// The values of Setting.Leavers: such accounts are shown, disabled or removed.
const (
	LeaversShow    = "show"
	LeaversDisable = "disable"
	LeaversRemove  = "remove"
)

// Setting is what a run hands to its task besides the values.
type Setting struct {
	// Verb is what the person asked for.
	Verb string
	// Secrets is where the Secrets of Kubernetes are stored; nil unless Task.Secrets.
	Secrets kube.SecretStore
	// Namespace is the release's.
	Namespace string
	// Inventory says which inventory is the task's, in Secrets.
	Inventory inventory.Options
	// Installation names this release of the suite in the marks that it leaves
	// on the servers.
	Installation string
	// Leavers says what happens to accounts that the values no longer name.
	Leavers string
	// Now is the clock that rotations and expiry are measured with.
	Now func() time.Time
	// Workers is the number of writes under way at once, and of readings.
	Workers int
	// PageSize is the number of objects asked for in one list request.
	PageSize int
	// Shard is the part of all objects that the run works on. Other runs work on
	// the others at the same time.
	Shard plan.Shard
}

// Dumps tells whether also that is read which belongs to teams that no value names.
func (s Setting) Dumps() bool { return s.Verb == VerbDump }

// Application is one application server as the loop sees it.
type Application interface {
	// Ready makes one cheap request and returns nil when the server answers.
	Ready(context.Context) error
	// Plan reads the server as far as the scope says, and compares it with what the
	// values ask for. It never writes.
	Plan(context.Context, Scope) (Plan, error)
	// Desired is everything that the values ask for, as a plan for an empty server. It
	// sends nothing under VerbRender.
	Desired(context.Context) (plan.Plan, error)
	// Live reads the state of the server as far as a plan would compare it.
	Live(context.Context) (any, error)
	// Checks are the steps between the values and what people get, in their order.
	Checks() []Check
	// Server is the server as far as the requests of the run have shown it; the
	// zero value where nothing is known.
	Server() Server
}

// Plan is a plan with the way to perform it.
type Plan struct {
	plan.Plan
	apply func(context.Context, *Journal)
}

// Apply performs the plan, keeps going when an object fails, and notes in the
// journal the result of each change.
func (p Plan) Apply(ctx context.Context, j *Journal) { p.apply(ctx, j) }
