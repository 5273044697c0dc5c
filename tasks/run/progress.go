package run

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// progress is one line on a terminal that is written over and over. Anywhere
// else it is silent: the log has the same news.
type progress struct {
	mu          sync.Mutex
	out         io.Writer
	what        string
	done, total int
}

func newProgress(out io.Writer) *progress {
	if !isTerminal(out) {
		return &progress{}
	}
	return &progress{out: out}
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
	if p.out != nil {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) draw() {
	if p.out == nil {
		return
	}
	line := p.what
	if p.total > 0 {
		line = fmt.Sprintf("%s %d/%d", p.what, p.done, p.total)
	}
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", line)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
