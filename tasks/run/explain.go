package run

import (
	"encoding/json"
	"errors"
	"net"
	"strings"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// advice is what to do about an error, and where to read on.
type advice struct{ remedy, docs string }

func (a advice) String() string {
	if a.docs == "" {
		return a.remedy
	}
	return a.remedy + " (" + a.docs + ")"
}

// symptom is a kind of error with what to do about it.
type symptom struct {
	fits   func(error) bool
	remedy string
	anchor string // of docs/operations.md
}

// adviceFor finds what to do: what the error itself knows, the first symptom that
// fits, or what the way to the server shows. Everything else is explained by its exit
// code.
func adviceFor(taskName string, err error) advice {
	if f := task.Explain(err); f.Remedy != "" {
		return advice{f.Remedy, f.Docs}
	}
	if unsafe, ok := errors.AsType[*plan.UnsafeError](err); ok {
		return advice{unsafeRemedy(unsafe), "docs/operations.md#guards"}
	}
	for _, s := range symptoms() {
		if s.fits(err) {
			return advice{strings.ReplaceAll(s.remedy, "TASK", taskName), "docs/operations.md#" + s.anchor}
		}
	}
	if e, ok := transport.Explain(err); ok {
		return advice{e.Remedy, "docs/operations.md#" + e.Topic}
	}
	return advice{"read the errors above, and run it again", "docs/operations.md#exit-codes"}
}

func unsafeRemedy(e *plan.UnsafeError) string {
	if len(e.Overrides) == 0 {
		return "make a new plan"
	}
	return "repair the values, or if it is meant run once by hand with " + strings.Join(e.Overrides, " ")
}

// symptoms are in the order in which they count: an error may show several.
func symptoms() []symptom {
	return []symptom{
		{is[usageError], "see TASK --help", "exit-codes"},
		{is[values.Problems], "repair the values that are named; TASK validate lists all problems, offline", "exit-codes"},
		{is[*inventory.OwnerError], "run as that installation (--installation, --release), or take the inventory over with --accept owner", "the-inventory-and-its-backups"},
		{is[*inventory.UnreadableError], "restore the Secret that is named, or delete it: what is on the server is adopted", "the-inventory-and-its-backups"},
		{is[*kube.LockedError], "wait until the other run has ended; it is named above", "two-runs-at-once"},
		{is[*kube.DeniedError], "grant the task's ServiceAccount the right, as the chart's Role does", "missing-rights"},
		{is[*kube.PolicyError], "change the quota or the policy that is named, or exempt the task from it", "missing-rights"},
		{func(err error) bool { return errors.Is(err, task.ErrStopped) }, "run it again: it begins where the server stands", "exit-codes"},
		{func(err error) bool { return errors.Is(err, errUnsettled) }, "find who else writes there: another installation, an operator, a person", "exit-codes"},
		{isMissing, "run the other shards, at the same time or before", "shards"},
		{foreignAnswer, "look at the address: a proxy, a login page or another application answers there", "another-application-answers"},
	}
}

func unknownHost(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

// foreignAnswer tells an answer that is not JSON, or other JSON than the application's.
func foreignAnswer(err error) bool {
	return is[*json.SyntaxError](err) || is[*json.UnmarshalTypeError](err)
}

// cause is the first line of an error, and how many more there are.
func cause(text string, limit int) string {
	return shorten(strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "; "), limit)
}
