package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// item is the one kind of object of the application of these tests.
type item struct {
	plan.Meta `json:"-"`
	Colour    string        `json:"colour"`
	Key       values.Secret `json:"key"`
}

// shelf is its state.
type shelf map[string]item

// owned makes items of ours, of one team.
func owned(names ...string) shelf {
	s := shelf{}
	for _, name := range names {
		s[name] = item{Meta: plan.Meta{Ownership: plan.Ours, Team: "red"}}
	}
	return s
}

// coloured is one item of a team with a colour.
func coloured(colour string) item {
	return item{Meta: plan.Meta{Ownership: plan.Ours, Team: "red"}, Colour: colour}
}

// shelfPlan is its plan.
type shelfPlan struct{ Items plan.Kind[item] }

func (p *shelfPlan) Kinds() []plan.Set { return []plan.Set{&p.Items} }

// app is an application in memory. The functions are called before it acts; nil
// ones are not.
type app struct {
	desired shelf
	// unwanted is why the desired state is unknown.
	unwanted error
	ready    func(context.Context) error
	// read is called at each read of the state with its number, from 1.
	read func(ctx context.Context, number int) error
	// marks changes the plan as a task does.
	marks func(*shelfPlan)
	// write is called at each change. It says whether the server holds it
	// afterwards, and the answer.
	write func(context.Context, plan.Change[item]) (held bool, err error)
	// together is called at each pair that one request makes; where it is nil,
	// none does.
	together func(pair *shelfPlan) error

	checks []task.Check
	server task.Server

	values  values.Values
	setting task.Setting
	chain   *transport.Chain

	mu       sync.Mutex
	current  shelf
	asked    int // for readiness
	connects int
	reads    int
	attempts []string // the changes that began, in order
}

func (a *app) Ready(ctx context.Context) error {
	a.asked++
	if a.ready == nil {
		return nil
	}
	return a.ready(ctx)
}

func (a *app) Desired(context.Context, task.Scope) (shelf, error) { return a.desired, a.unwanted }

func (a *app) Current(ctx context.Context, _ shelf, _ task.Scope) (shelf, error) {
	a.reads++
	if a.read != nil {
		if err := a.read(ctx, a.reads); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.current), nil
}

func (a *app) Plan(desired, current shelf) *shelfPlan {
	p := &shelfPlan{Items: plan.Diff("item", desired, current)}
	if a.marks != nil {
		a.marks(p)
	}
	return p
}

func (a *app) Apply(ctx context.Context, p *shelfPlan, j *task.Journal) {
	if a.together != nil {
		p = a.pairs(ctx, p, j)
	}
	task.Upsert(ctx, j, &p.Items, a.change)
	task.Remove(ctx, j, &p.Items, a.change)
}

// pairs makes two items with each request, and gives what is left.
func (a *app) pairs(ctx context.Context, p *shelfPlan, j *task.Journal) *shelfPlan {
	var pairs []*shelfPlan
	left := &shelfPlan{Items: plan.Kind[item]{Name: p.Items.Name}}
	for changes := range slices.Chunk(p.Items.Changes, 2) {
		pairs = append(pairs, &shelfPlan{Items: plan.Kind[item]{Name: p.Items.Name, Changes: changes}})
	}
	for _, pair := range task.ApplyBatches(ctx, j, pairs, a.pair) {
		left.Items.Changes = append(left.Items.Changes, pair.Items.Changes...)
	}
	return left
}

func (a *app) pair(_ context.Context, pair *shelfPlan) error {
	if err := a.together(pair); err != nil {
		return err
	}
	for _, c := range pair.Items.Changes {
		a.hold(c)
	}
	return nil
}

func (a *app) change(ctx context.Context, c plan.Change[item]) error {
	a.mu.Lock()
	a.attempts = append(a.attempts, string(c.Action)+" "+c.Name)
	a.mu.Unlock()
	held, err := true, error(nil)
	if a.write != nil {
		held, err = a.write(ctx, c)
	}
	if held {
		a.hold(c)
	}
	return err
}

func (a *app) hold(c plan.Change[item]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == nil {
		a.current = shelf{}
	}
	if c.Action == plan.Delete {
		delete(a.current, c.Name)
		return
	}
	held := *c.After
	held.Ownership = plan.Ours
	a.current[c.Name] = held
}

// setup is what a run is given besides its application.
type setup struct {
	args   []string
	env    map[string]string
	stdin  string
	stop   chan struct{}
	locker run.Locker
	events *fakeEvents
	// app is the application whose values must be complete.
	valuesFor string
	// task changes the task; nil leaves it as it is.
	task func(*task.Task)
}

// ran is what a run left behind.
type ran struct {
	code           int
	stdout, stderr string
	outcome        outcome
}

// outcome is the documented form of the last line.
type outcome struct {
	Task     string         `json:"task"`
	Shard    string         `json:"shard"`
	Server   string         `json:"server"`
	Result   string         `json:"result"`
	Changes  map[string]int `json:"changes"`
	Requests map[string]int `json:"requests"`
	// Kubernetes is nil where there is no cluster.
	Kubernetes map[string]int `json:"kubernetes"`
	Seconds    float64        `json:"seconds"`
	Error      string         `json:"error"`
	Remedy     string         `json:"remedy"`
	Docs       string         `json:"docs"`
}

// complaint is why the run failed as the last line of the log tells it, "" where
// the log does not end with a failure.
func (r ran) complaint(t *testing.T) string {
	t.Helper()
	if r.stderr == "" {
		return ""
	}
	var entry struct{ Msg, Error string }
	if err := json.Unmarshal([]byte(lastLine(r.stderr)), &entry); err != nil {
		t.Errorf("the log ends with invalid JSON: %v\n%s", err, r.stderr)
	}
	if entry.Msg != "ended" {
		return ""
	}
	return entry.Error
}

// output is all that a person can see.
func (r ran) output() string { return r.stdout + r.stderr }

// execute runs the task shelf-items and reads its outcome.
func execute(t *testing.T, a *app, s setup) ran {
	t.Helper()
	r := perform(t, a, s)
	decoder := json.NewDecoder(strings.NewReader(lastLine(r.stdout)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r.outcome); err != nil {
		t.Fatalf("the last line of stdout is not an outcome: %v\n%s", err, r.stdout)
	}
	return r
}

func perform(t *testing.T, a *app, s setup) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	task := a.task(s.valuesFor)
	if s.task != nil {
		s.task(&task)
	}
	p := run.Process{
		Args: s.args, Env: s.env, Stdin: strings.NewReader(s.stdin), Stdout: &stdout, Stderr: &stderr,
		Stop: s.stop, Locker: s.locker, Version: "v1.2.3",
	}
	if s.events != nil {
		p.Events = s.events
	}
	code := run.Run(task, p)
	return ran{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func (a *app) task(valuesFor string) task.Task {
	return task.Task{
		Name: "shelf-items", Short: "Make the shelf equal to the Otomi Values", App: valuesFor,
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: "/token"}},
		Connect: task.Typed(func(v values.Values, chain *transport.Chain, setting task.Setting) (task.Converger[shelf, *shelfPlan], error) {
			a.connects++
			a.values, a.chain, a.setting = v, chain, setting
			return a, nil
		}),
	}
}

// apply is the setup of most tests: one worker, so that the order is known.
func apply(args ...string) setup {
	return setup{args: append([]string{"apply", "--workers", "1"}, args...)}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1]
}

// begun are the changes that began, sorted.
func (a *app) begun() []string { return slices.Sorted(slices.Values(a.attempts)) }

// refusal is what a client says of a login that the server refused.
type refusal struct{ refused bool }

func (r refusal) Error() string      { return "wrong user name or password" }
func (r refusal) Unauthorized() bool { return r.refused }

// fakeLocker is another run, or none.
type fakeLocker struct {
	err             error
	names           []string
	locked, unlocks int
}

func (l *fakeLocker) Lock(_ context.Context, name string) (func(), error) {
	l.names = append(l.names, name)
	if l.err != nil {
		return nil, l.err
	}
	l.locked++
	return func() { l.unlocks++ }, nil
}

// fakeEvents keeps the Events of a run, each as its reason and message.
type fakeEvents struct{ messages []string }

func (e *fakeEvents) Report(_ context.Context, _ kube.Job, event kube.Event) error {
	e.messages = append(e.messages, event.Reason+" "+event.Message)
	return nil
}

func status(code int) error {
	return &transport.StatusError{Method: http.MethodGet, URL: "http://server.test/", Status: code}
}

func (a *app) Checks() []task.Check { return a.checks }

func (a *app) Server() task.Server { return a.server }

// learns tells the server with each reading.
func (a *app) learns(s task.Server) func(context.Context, int) error {
	return func(context.Context, int) error { a.server = s; return nil }
}
