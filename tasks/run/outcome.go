package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// outcome is what the run knows of itself when it ends.
type outcome struct {
	planned plan.Counts
	risks   plan.Risks
	lines   []plan.Line // for the report, where one is wanted
}

// word is the result of a run that met no error.
func (o outcome) word(v verb) string {
	switch {
	case v == verbValidate:
		return "valid"
	case o.planned.Pending() == 0:
		return "unchanged"
	case v == verbPlan:
		return "planned"
	default:
		return "converged"
	}
}

// Outcome is the last line of stdout.
type Outcome struct {
	Task     string           `json:"task"`
	Shard    string           `json:"shard,omitempty"`
	Result   string           `json:"result"`
	Changes  any              `json:"changes"`
	Requests transport.Counts `json:"requests"`
	// Kubernetes are the requests for the Secrets; nil where there is no cluster.
	Kubernetes *transport.Counts `json:"kubernetes,omitempty"`
	Seconds    float64           `json:"seconds"`
	Error      string            `json:"error,omitempty"`
}

// show prints the plan, and remembers what of it is looked at later.
func (r *runner) show(p task.Plan) error {
	lines := plan.Lines(p)
	r.outcome.planned, r.outcome.risks = plan.Count(lines), plan.RisksOf(lines)
	if r.report != nil {
		r.outcome.lines = slices.Collect(lines)
	}
	r.journal.SetBlocked(r.outcome.planned.Blocked)
	if r.options.output == "json" {
		return plan.WriteJSON(r.process.Stdout, r.task.Name, lines)
	}
	return plan.WriteText(r.process.Stdout, lines)
}

// showLeft tells what is still different after the last round.
func (r *runner) showLeft(left iter.Seq[plan.Line]) error {
	if r.options.readsText(r.process.Stderr) {
		return plan.WriteText(r.process.Stderr, left)
	}
	for line := range left {
		if line.Blocked == "" {
			r.log.Error("left over", "change", line)
		}
	}
	return nil
}

// publish writes the report, the reason of a failure, the termination message,
// the outcome line and the Event. A report that fails makes the run fail and never hides
// the run's own error.
func (r *runner) publish(code int, word string, err error) int {
	o := r.result(word, err)
	if reportErr := r.writeReport(o); reportErr != nil {
		if err == nil {
			code, word = ExitFailed, "failed"
		}
		err = errors.Join(err, reportErr)
		o = r.result(word, err)
	}
	if err != nil {
		r.reportError(word, err)
	}
	r.terminate(o)
	if encodeErr := json.NewEncoder(r.process.Stdout).Encode(o); encodeErr != nil {
		code = max(code, ExitFailed)
	}
	r.emitEvent(code, o)
	return code
}

// reportError tells why the run failed: a person in plain words, a collector of
// logs in one line of JSON.
func (r *runner) reportError(word string, err error) {
	if r.options.readsText(r.process.Stderr) {
		fmt.Fprintf(r.process.Stderr, "%s: %s\n", r.task.Name, err)
		return
	}
	r.log.Error("ended", "task", r.task.Name, "result", word, "error", err.Error())
}

func (r *runner) result(word string, err error) Outcome {
	o := Outcome{Task: r.task.Name, Shard: r.options.shard.String(), Result: word, Seconds: round(time.Since(r.started))}
	o.Changes = r.outcome.planned
	if r.journal != nil && r.applies() {
		o.Changes = r.journal.Results()
	}
	if r.chain != nil {
		o.Requests = r.chain.Counter.Counts()
	}
	if r.kube.chain != nil {
		o.Kubernetes = new(r.kube.chain.Counter.Counts())
	}
	if err != nil {
		o.Error = shorten(err.Error(), maxReason)
	}
	return o
}

func round(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// maxReason is how much of the reasons fits the outcome line and, with the
// rest of it, into the 4 KiB of a termination message.
const maxReason = 3500

// terminate leaves the outcome where kubectl describe shows it. Kubernetes
// makes the file; outside a pod there is none.
func (r *runner) terminate(o Outcome) {
	if _, inPod := r.process.Env["KUBERNETES_SERVICE_HOST"]; !inPod {
		return
	}
	message := fmt.Sprintf("%s: %s\n%s\n", strings.TrimSpace(o.Task+" "+o.Shard), o.Result, o.Error)
	if err := os.WriteFile(r.options.termination, []byte(message), 0o600); err != nil {
		r.log.Warn("no termination message", "error", err)
	}
}

func shorten(text string, limit int) string {
	text = strings.TrimSpace(text)
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + " …"
}
