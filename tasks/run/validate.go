package run

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"otomi.io/tasks/tasks/values"
)

// validate loads the values and says what became of them: the release that they
// are of, what is not read, and the settings of our applications that nothing
// acts on.
func (r *runner) validate(ctx context.Context) error {
	v, err := r.load(ctx)
	if err != nil {
		return err
	}
	if err := r.checkTeams(v); err != nil {
		return err
	}
	if r.options.output == "json" {
		return json.NewEncoder(r.process.Stdout).Encode(struct {
			FormatVersion int             `json:"formatVersion"`
			Task          string          `json:"task"`
			Platform      string          `json:"platform"`
			Version       int             `json:"valuesVersion"`
			Teams         []string        `json:"teams"`
			Unread        []values.Unread `json:"notRead"`
			Unused        []string        `json:"notActedOn"`
		}{1, r.task.Name, v.Platform.Name, v.Version, v.TeamIDs(), v.Unread, v.Unused})
	}
	return describeValues(r.process.Stdout, v)
}

// describeValues is for a person.
func describeValues(w io.Writer, v values.Values) error {
	b := bufio.NewWriter(w) // keeps its first error
	if v.Platform.Versioned() {
		fmt.Fprintf(b, "platform: %s (%s, values version %d), teams: %s\n", v.Platform, v.Platform.Layout, v.Version, strings.Join(v.TeamIDs(), ", "))
	}
	if len(v.Unread) > 0 {
		files := 0
		for _, u := range v.Unread {
			files += u.Files
		}
		fmt.Fprintf(b, "not read: %d files\n", files)
	}
	for _, u := range v.Unread {
		fmt.Fprintf(b, "  %s: %s", u.File, u.Reason)
		if u.Files > 1 {
			fmt.Fprintf(b, " (%d files)", u.Files)
		}
		b.WriteByte('\n')
	}
	if len(v.Unused) > 0 {
		fmt.Fprintf(b, "settings that no task acts on: %s\n", strings.Join(v.Unused, ", "))
	}
	return b.Flush()
}

// tellValues logs what a person should know of the values, once a run.
func (s *session) tellValues(v values.Values) {
	if v.Platform.Versioned() {
		s.log.Info("values loaded", "platform", v.Platform.String(), "version", v.Version, "teams", len(v.Teams))
	}
	for _, warning := range v.Warnings {
		s.log.Warn("values", "warning", warning.String())
	}
}
