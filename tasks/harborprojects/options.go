package harborprojects

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

const verbRotate = "rotate"

// options are the flags that only this task has.
type options struct {
	prove              prove
	rotateAfter, grace time.Duration
}

// prove says when robot accounts are logged in as, to see whether their secrets
// work.
type prove string

const (
	proveNever   prove = "never"
	proveChanged prove = "changed"
	proveAlways  prove = "always"
)

// span is a time that is not negative.
type span time.Duration

const defaultGrace = 24 * time.Hour

func (o *options) add(f *pflag.FlagSet) {
	o.prove, o.grace = proveChanged, defaultGrace
	f.Var(&o.prove, "prove", "when to log in with the robot accounts' secrets: always, changed (only where something changed since it worked last), or never")
	f.Var((*span)(&o.rotateAfter), "rotate-after", "age at which a robot account is replaced by a new one with a new secret; 0 is never")
	f.Var((*span)(&o.grace), "grace", "how long a replaced robot account goes on working, and after that is only disabled before it is deleted")
}

// String is the flag's value.
func (p *prove) String() string { return string(*p) }

// Type is what the help calls the value.
func (*prove) Type() string { return "when" }

// Set takes one of the three words.
func (p *prove) Set(text string) error {
	all := []string{string(proveNever), string(proveChanged), string(proveAlways)}
	if !slices.Contains(all, text) {
		return fmt.Errorf("want one of %s", strings.Join(all, ", "))
	}
	*p = prove(text)
	return nil
}

// String is the flag's value.
func (s *span) String() string { return time.Duration(*s).String() }

// Type is what the help calls the value.
func (*span) Type() string { return "duration" }

// Set takes a time such as 720h.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return err
	case d < 0:
		return fmt.Errorf("%s is negative", text)
	}
	*s = span(d)
	return nil
}
