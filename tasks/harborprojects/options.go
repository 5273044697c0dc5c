package harborprojects

import "github.com/spf13/pflag"

const verbRotate = "rotate"

// options are the flags that only this task has.
type options struct{}

func (o *options) add(*pflag.FlagSet) {}

func (o *options) check() error { return nil }
