package run

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"otomi.io/tasks/tasks/plan"
)

// readsText tells whether the log is text: on a terminal and
// where it was asked for. Anything else gets lines of JSON and nothing between them.
func (o options) readsText(out io.Writer) bool {
	return o.logFormat == "text" || o.logFormat == "auto" && isTerminal(out)
}

// newLogger logs text or JSON through the progress, which makes room for each line.
// A person has seen the plan and sees the progress: only warnings are logged.
func newLogger(out io.Writer, bar *progress, o options) *slog.Logger {
	level := slog.LevelInfo
	if o.logLevel == "auto" && isTerminal(out) {
		level = slog.LevelWarn
	}
	_ = level.UnmarshalText([]byte(o.logLevel)) // auto is not a name of slog's and changes nothing
	handler := &slog.HandlerOptions{Level: level}
	if o.readsText(out) {
		return slog.New(slog.NewTextHandler(bar, handler))
	}
	return slog.New(slog.NewJSONHandler(bar, handler))
}

// colours tells whether the plan is printed in colours.
func (o options) colours(p Process) bool {
	return o.color == "always" || o.color == "auto" && p.Env["NO_COLOR"] == "" && isTerminal(p.Stdout)
}

// progress is one line on a terminal that is written over and over. Anywhere
// else it is silent: the log has the same news.
type progress struct {
	mu          sync.Mutex
	log         io.Writer
	out         io.Writer // the same, or nil where it is not a terminal
	what        string    // "" while there is no line
	done, total int
}

func newProgress(out io.Writer) *progress {
	if !isTerminal(out) {
		return &progress{log: out}
	}
	return &progress{log: out, out: out}
}

// Write writes a line of the log above the line of the progress.
func (p *progress) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	n, err := p.log.Write(line)
	p.draw()
	return n, err
}

func (p *progress) clear() {
	if p.out != nil && p.what != "" {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) Start(what string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.done, p.total = what, 0, total
	p.draw()
}

func (p *progress) Step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.draw()
}

func (p *progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.what = ""
}

func (p *progress) draw() {
	if p.out == nil || p.what == "" {
		return
	}
	line := p.what
	if p.total > 0 {
		line = fmt.Sprintf("%s %d/%d", p.what, p.done, p.total)
	}
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", line)
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// confirm asks a person on a terminal once before anything is taken away. Through a
// pipe and in a Job there is no one to answer: there the guards alone decide. A saved plan
// was looked at before.
func (r *runner) confirm(ctx context.Context, p planned) error {
	if r.options.yes || r.saved != nil || !isTerminal(r.process.Stdin) || !isTerminal(r.process.Stderr) {
		return nil
	}
	var taken []plan.Line
	for line := range plan.Lines(p) {
		if line.TakesAway() && line.Blocked == "" {
			taken = append(taken, line)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	fmt.Fprintf(r.process.Stderr, "\n%d changes take something away: %s\nGo on? Only yes does: ", len(taken), summarize(taken))
	if answer := r.answer(ctx); strings.TrimSpace(answer) != "yes" {
		return &plan.UnsafeError{Reasons: []string{"what would be taken away was not confirmed"}, Overrides: []string{"--yes"}}
	}
	return nil
}

// answer reads one line; nothing where the run ends before it comes.
func (r *runner) answer(ctx context.Context) string {
	lines := make(chan string, 1)
	go func(in io.Reader) {
		line, _ := bufio.NewReader(in).ReadString('\n') // what ends without a line says nothing
		lines <- line
	}(r.process.Stdin)
	select {
	case line := <-lines:
		return line
	case <-ctx.Done():
	case <-r.process.Stop:
	}
	return ""
}
