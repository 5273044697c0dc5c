package run

import (
	"context"
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
	"otomi.io/tasks/tasks/values"
)

// Outcome is the last line of stdout.
type Outcome struct {
	Task  string `json:"task"`
	Shard string `json:"shard,omitempty"`
	// Server is the application with its version, as far as they are known.
	Server  string `json:"server,omitempty"`
	Result  string `json:"result"`
	Changes any    `json:"changes"`
	// Read is what a run with --full-every read: all, changed teams, or nothing.
	Read     string           `json:"read,omitempty"`
	Requests transport.Counts `json:"requests"`
	// Kubernetes are the requests for the Secrets; nil where there is no cluster.
	Kubernetes *transport.Counts `json:"kubernetes,omitempty"`
	Seconds    float64           `json:"seconds"`
	Error      string            `json:"error,omitempty"`
	// Remedy and Docs say what to do about the error, and where to read on.
	Remedy string `json:"remedy,omitempty"`
	Docs   string `json:"docs,omitempty"`
}

// show prints the plan, and remembers what of it is looked at later.
func (r *runner) show(v values.Values, p planned) error {
	r.report.remember(plan.Lines(p))
	r.report.server = p.app.Server()
	r.report.header = r.header(v)
	r.report.lookAt(v, r.options.scope())
	if warning := r.report.server.Unproven(); warning != "" {
		r.log.Warn("server not proven", "reason", warning)
	}
	r.journal.SetBlocked(r.report.planned.Blocked)
	r.report.shown = true
	view := plan.View{Header: r.report.header, ByKind: r.options.groupsByKind(), Full: r.options.full, Color: r.options.colours(r.process), Limits: r.options.limits()}
	switch r.options.output {
	case "json":
		return plan.WriteJSON(r.process.Stdout, r.task.Name, r.report.header, plan.Lines(p))
	case "markdown":
		return view.WriteMarkdown(r.process.Stdout, r.task.Name, p)
	default:
		return view.WriteText(r.process.Stdout, p)
	}
}

// header says where a plan would write, as whom, from which values and how.
func (r *runner) header(v values.Values) plan.Header {
	server := r.report.server
	var h plan.Header
	add := func(name, value string) {
		if value != "" {
			h = append(h, plan.Note{Name: name, Value: value})
		}
	}
	add("server", join(" at ", server.String(), server.Address))
	add("account", server.Account)
	add("values", strings.Join(append(slices.Clone(r.fetched.sources), r.localSources()...), ", "))
	add("platform", v.Platform.Name)
	add("installation", r.setting(v).Installation)
	add("policy", r.options.policyName)
	add("teams", strings.Join(r.options.teams, ", "))
	add("shard", r.options.shard.String())
	add("read", r.report.read)
	add("version", r.process.Version)
	return h
}

// localSources are the sources of the values that are not in Git.
func (r *runner) localSources() []string {
	var local []string
	for _, source := range r.options.values {
		if !strings.HasPrefix(source, "git+") {
			local = append(local, workingCopy(source))
		}
	}
	return local
}

func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
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
func (r *runner) publish(end ending, err error) int {
	o := r.result(end.word, err)
	if reportErr := r.writeReport(o); reportErr != nil {
		if err == nil {
			end = ending{ExitFailed, "failed"}
		}
		err = errors.Join(err, reportErr)
		o = r.result(end.word, err)
	}
	if err != nil {
		r.reportError(o, err)
	}
	r.terminate(o)
	if encodeErr := r.printOutcome(o); encodeErr != nil {
		end.code = max(end.code, ExitFailed)
	}
	if o.Read != readNothing {
		r.emit(context.Background(), r.event(end.code, o))
	}
	return end.code
}

// printOutcome is one line of JSON for a program, and one of words on a terminal. A
// comment is all that --output markdown prints; it says why there is no plan.
func (r *runner) printOutcome(o Outcome) error {
	switch {
	case r.verb == verbRender, r.verb == verbDump: // stdout is a document
		return nil
	case r.options.output == "markdown":
		return r.commentFailure(o)
	}
	if !isTerminal(r.process.Stdout) || r.options.output == "json" {
		return json.NewEncoder(r.process.Stdout).Encode(o)
	}
	_, err := fmt.Fprintf(r.process.Stdout, "%s: %s, %s (%d reads, %d writes, %.1f s)\n",
		o.Task, o.Result, fmt.Sprint(o.Changes), o.Requests.Reads, o.Requests.Writes, o.Seconds)
	return err
}

// commentFailure is what becomes of a comment where there was no plan to print, or
// where a guard refused it.
func (r *runner) commentFailure(o Outcome) error {
	if o.Error == "" {
		return nil
	}
	text := strings.NewReplacer("~~~", "~ ~ ~", "\x1b", "").Replace(o.Error + "\nremedy: " + advice{o.Remedy, o.Docs}.String())
	head := ""
	if !r.report.shown {
		head = plan.CommentHead(r.task.Name, o.Result)
	}
	_, err := fmt.Fprintf(r.process.Stdout, "%s\n**%s:**\n\n~~~\n%s\n~~~\n", head, o.Result, text)
	return err
}

// reportError tells why the run failed: a person in plain words that end with the first
// cause and its remedy, a collector of logs in one line of JSON.
func (r *runner) reportError(o Outcome, err error) {
	first, others, told := leading(r.task.Name, err)
	if !r.options.readsText(r.process.Stderr) {
		r.log.Error("ended", "task", r.task.Name, "result", o.Result, "error", joinLines(first, others, told), "remedy", o.Remedy, "docs", o.Docs)
		return
	}
	for _, line := range others {
		fmt.Fprintln(r.process.Stderr, line)
	}
	fmt.Fprintf(r.process.Stderr, "%s: %s%s\nremedy: %s\n", r.task.Name, first, andMore(len(others)+len(told)), advice{o.Remedy, o.Docs})
}

func joinLines(first string, others, told []string) string {
	return strings.Join(slices.Concat([]string{first}, others, told), "\n")
}

func andMore(count int) string {
	if count == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more above)", count)
}

func (r *runner) result(word string, err error) Outcome {
	o := Outcome{Task: r.task.Name, Shard: r.options.shard.String(), Server: r.report.server.String(), Result: word, Read: r.report.read, Seconds: round(time.Since(r.report.started))}
	o.Changes = r.report.planned
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
		a := adviceFor(r.task.Name, err)
		o.Error, o.Remedy, o.Docs = shorten(joinLines(leading(r.task.Name, err)), maxReason), a.remedy, a.docs
	}
	return o
}

func round(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// maxReason is how much of the reasons fits the outcome line and, with the
// rest of it, into the 4 KiB of a termination message.
const maxReason = 3200

// terminate leaves the outcome where kubectl describe shows it. Kubernetes
// makes the file; outside a pod there is none.
func (r *runner) terminate(o Outcome) {
	if _, inPod := r.process.Env["KUBERNETES_SERVICE_HOST"]; !inPod {
		return
	}
	message := r.name() + ": " + o.Result + "\n"
	if o.Remedy != "" {
		first, others, _ := strings.Cut(o.Error, "\n")
		message += first + "\nremedy: " + advice{o.Remedy, o.Docs}.String() + "\n" + others
	}
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
