package run

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"otomi.io/tasks/tasks/plan"
)

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
