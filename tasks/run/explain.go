package run

import (
	"encoding/json"
	"errors"
	"net"
	"slices"
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
		return "plan anew, look at it, and apply that one"
	}
	return "repair the values, or if it is meant run once by hand with " + strings.Join(e.Overrides, " ")
}

// symptoms are in the order in which they count: an error may show several.
func symptoms() []symptom {
	return []symptom{
		{is[caError], "correct the file that NODE_EXTRA_CA_CERTS names (global.caBundle in the chart)", "certificates-and-proxies"},
		{is[reportError], "name a file in a folder that exists and may be written", "exit-codes"},
		{func(err error) bool { return errors.Is(err, kube.ErrNoCluster) }, "name the cluster with --kubeconfig or KUBECONFIG, or a folder for the Secrets with --secrets-dir", "two-runs-at-once"},
		{notMounted, "create the Secret or ConfigMap that the end of the path names, with that key", "exit-codes"},
		{is[usageError], "see TASK --help", "exit-codes"},
		{is[values.Problems], "repair the values that are named; TASK validate lists all problems, offline", "exit-codes"},
		{is[*inventory.OwnerError], "run as that installation (--installation, --release), or take the inventory over with --accept owner", "the-inventory-and-its-backups"},
		{is[*inventory.UnreadableError], "restore the Secret that is named, or delete it: what is on the server is adopted", "the-inventory-and-its-backups"},
		{is[*kube.LockedError], "wait until the other run has ended; it is named above", "two-runs-at-once"},
		{is[*kube.DeniedError], "grant the task's ServiceAccount the right, as the chart's Role does", "missing-rights"},
		{is[*kube.ImmutableError], "delete the Secret that is named, and run again", "blocked-repairs"},
		{loginRefused, "set the password or token that the server knows; servers lock accounts that try wrong ones", "login"},
		{is[*kube.PolicyError], "change the quota or the policy that is named, or exempt the task from it", "missing-rights"},
		{func(err error) bool { return errors.Is(err, task.ErrStopped) }, "run it again: it begins with the present state of the server", "exit-codes"},
		{func(err error) bool { return errors.Is(err, errUnsettled) }, "find the other writer: another installation, an operator, a person", "exit-codes"},
		{isMissing, "run the other shards, at the same time or before", "shards"},
		{foreignAnswer, "look at the address: a proxy, a login page or another application answers there", "another-application-answers"},
	}
}

// notMounted tells a file that the chart mounts where its Secret and key exist.
func notMounted(err error) bool {
	text := err.Error()
	return strings.Contains(text, "/etc/otomi/") && strings.Contains(text, "no such file")
}

// loginRefused tells a login that an SDK reports without a status.
func loginRefused(err error) bool {
	_, known := errors.AsType[*transport.StatusError](err)
	return !known && task.Unauthorized(err)
}

// leading is the error among joined ones that a person has to see first, the one that
// the advice is about, and the lines of the others; those of objects were told already,
// each when it came.
func leading(taskName string, err error) (first string, others, told []string) {
	about, all := adviceFor(taskName, err), leaves(err)
	lead := slices.IndexFunc(all, func(e error) bool { return adviceFor(taskName, e) == about })
	if object := slices.IndexFunc(all, func(e error) bool { return is[*task.ObjectError](e) && adviceFor(taskName, e) == about }); object >= 0 {
		lead = object // it says more than the end of the run that it caused
	}
	lead = max(lead, 0)
	for i, e := range all {
		lines := strings.Split(strings.TrimSpace(e.Error()), "\n")
		if i == lead {
			first, lines = lines[0], lines[1:]
		}
		if is[*task.ObjectError](e) {
			told = append(told, lines...)
		} else {
			others = append(others, lines...)
		}
	}
	return first, others, told
}

func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
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
