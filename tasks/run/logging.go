package run

import (
	"io"
	"log/slog"
)

// newLogger logs text for a person at a terminal and JSON for everybody else.
// At a terminal the single changes are debug news: the plan has shown them.
func newLogger(out io.Writer, o options) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(o.logLevel)) // checked with the options
	handler := &slog.HandlerOptions{Level: level}
	if o.logFormat == "text" || o.logFormat == "auto" && isTerminal(out) {
		return slog.New(slog.NewTextHandler(out, handler))
	}
	return slog.New(slog.NewJSONHandler(out, handler))
}
