package harborprojects

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestOptions(t *testing.T) {
	defaults := options{prove: proveChanged, grace: 24 * time.Hour}
	for name, tc := range map[string]struct {
		reason string
		args   []string
		want   options
		wrong  bool
	}{
		"Defaults": {"without flags", nil, defaults, false},
		"All":      {"every flag", []string{"--prove=always", "--rotate-after=720h", "--grace=0s"}, options{prove: proveAlways, rotateAfter: 720 * time.Hour}, false},
		"Never":    {"no logins", []string{"--prove=never"}, options{prove: proveNever, grace: defaultGrace}, false},
		"Word":     {"an unknown word", []string{"--prove=sometimes"}, defaults, true},
		"Past":     {"a time that is over", []string{"--rotate-after=-1h"}, defaults, true},
		"Number":   {"a time without a unit", []string{"--grace=24"}, defaults, true},
	} {
		t.Run(name, func(t *testing.T) {
			var o options
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			o.add(flags)
			err := flags.Parse(tc.args)
			if (err != nil) != tc.wrong || o != tc.want {
				t.Errorf("%s: %+v, %v; want %+v", tc.reason, o, err, tc.want)
			}
		})
	}
}
