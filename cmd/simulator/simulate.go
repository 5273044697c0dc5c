package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// The exit codes of the simulator itself; those of a command are passed on.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNoStart  = 127 // the command could not be started, as a shell says it
	signalBase   = 128 // the command was killed by a signal, as a shell says it
	usageTrailer = "With none of these flags all applications are simulated, on free ports. When they are ready, one line of JSON tells\nwhere they are: on stdout, or on stderr when COMMAND runs, which finds them in its environment.\n"
)

// simulate starts what the arguments ask for and returns the exit code.
func simulate(args []string, stdout, stderr io.Writer) int {
	o, command, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	if o.listen != "" {
		_, _ = fmt.Fprintln(stderr, "simulator: warning: other machines can reach it, and its passwords protect nothing")
	}
	s, err := start(o)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "simulator: %v\n", err)
		return exitFailed
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	code := exitOK
	if len(command) == 0 {
		err = json.NewEncoder(stdout).Encode(s.endpoints) //nolint:gosec // the password guards nothing
		if err == nil {
			<-signals
		}
	} else {
		code, err = s.run(command, signals, stdout, stderr)
	}
	if err = errors.Join(err, s.close()); err != nil {
		_, _ = fmt.Fprintf(stderr, "simulator: %v\n", err)
		return max(code, exitFailed)
	}
	return code
}

// parse reads the flags; what follows them is a command.
func parse(args []string, stderr io.Writer) (o options, command []string, err error) {
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprint(stderr, "usage: simulator [flags] [-- COMMAND [ARG…]]\n\n")
		flags.PrintDefaults()
		_, _ = fmt.Fprint(stderr, "\n"+usageTrailer)
	}
	o = options{addresses: map[string]string{}, versions: map[string]string{}}
	flags.StringVar(&o.listen, "listen", "", "serve on `HOST` instead of loopback, such as 0.0.0.0, and take any host in the other flags")
	for _, a := range apps(nil) {
		flags.Func(a.name, "simulate "+a.name+" on `ADDR`, host:port of loopback; port 0 takes a free one", into(o.addresses, a.name))
	}
	for _, name := range versioned() {
		flags.Func(name+"-version", "be `VERSION` of "+name+", such as 1.22.3 of gitea; default the newest", into(o.versions, name))
	}
	err = flags.Parse(args)
	return o, flags.Args(), err
}

// into keeps a flag's value under a name.
func into(all map[string]string, name string) func(string) error {
	return func(value string) error {
		all[name] = value
		return nil
	}
}

// run runs the command with the applications in its environment, passes signals
// on and gives its exit code.
func (s *started) run(command []string, signals <-chan os.Signal, stdout, stderr io.Writer) (int, error) {
	if err := json.NewEncoder(stderr).Encode(s.endpoints); err != nil { //nolint:gosec // the password guards nothing
		return exitFailed, err
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // the user's own command, ended by the user's own signals
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	cmd.Env = append(os.Environ(), s.env...)
	if err := cmd.Start(); err != nil {
		return exitNoStart, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case received := <-signals:
			_ = cmd.Process.Signal(received) // it may have ended by itself
		case err := <-ended:
			return codeOf(cmd.ProcessState, err)
		}
	}
}

// codeOf is the exit code as a shell gives it.
func codeOf(state *os.ProcessState, err error) (int, error) {
	if state == nil {
		return exitFailed, err
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalBase + int(status.Signal()), nil
	}
	return state.ExitCode(), nil
}
