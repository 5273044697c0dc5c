package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	readyPoll    = 200 * time.Millisecond
	probeTimeout = 2 * time.Second
	stopTimeout  = 20 * time.Second
	tailLines    = 40
)

var (
	errEnded  = errors.New("the server ended by itself")
	errKilled = errors.New("the server did not end in time and was killed")
)

// process is a running server with its log.
type process struct {
	pid  int
	log  string
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; to be read after done
}

// launch starts cmd in a process group of its own, its output going to the log.
func launch(cmd *exec.Cmd, log string) (*process, error) { return launchAs(cmd, log, nil) }

// launchAs is launch under another account; nil is our own.
func launchAs(cmd *exec.Cmd, log string, owner *syscall.Credential) (*process, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("creating the log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = childAttributes()
	cmd.SysProcAttr.Credential = owner
	p := &process{log: log, done: make(chan struct{})}
	started := make(chan error)
	go p.run(cmd, file, started)
	return p, <-started
}

// run starts the process and waits for its end. The kernel ties the death of a
// child to the thread that started it, not to the program: that thread has to
// live as long as the child.
func (p *process) run(cmd *exec.Cmd, log *os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	if err := cmd.Start(); err != nil {
		p.err = err
		started <- errors.Join(err, log.Close())
		return
	}
	p.pid = cmd.Process.Pid
	started <- nil
	p.err = errors.Join(cmd.Wait(), log.Close())
}

// ready waits until each of the urls answers 200. When the process ends before,
// or ctx does, the error shows the end of the log.
func (p *process) ready(ctx context.Context, urls ...string) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	client := &http.Client{Timeout: probeTimeout}
	for len(urls) > 0 {
		select {
		case <-p.done:
			return fmt.Errorf("%w\n%s", errors.Join(errEnded, p.err), tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w\n%s", urls[0], ctx.Err(), tail(p.log))
		case <-tick.C:
			if answers(ctx, client, urls[0]) {
				urls = urls[1:]
			}
		}
	}
	return nil
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	return succeeds(client, request)
}

func succeeds(client *http.Client, request *http.Request) bool {
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// stop ends the process group: politely, then by force.
func (p *process) stop(timeout time.Duration) error {
	if p.ended() {
		return fmt.Errorf("%w\n%s", errEnded, tail(p.log))
	}
	if err := syscall.Kill(-p.pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping process group %d: %w", p.pid, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(timeout):
		return errors.Join(errKilled, p.abort())
	}
}

// abort kills the process group if it is still there.
func (p *process) abort() error {
	if p.ended() {
		return nil
	}
	err := syscall.Kill(-p.pid, syscall.SIGKILL)
	<-p.done
	if errors.Is(err, syscall.ESRCH) {
		return nil // it ended in this very moment
	}
	return err
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail returns the last lines of a log, or why it cannot be read.
func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-tailLines):], "\n")
}
