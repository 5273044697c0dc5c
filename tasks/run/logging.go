package run

import (
	"io"
	"log/slog"
)

// newLogger logs text for a person at a terminal and JSON for everybody else.
// A person has seen the plan and sees the progress: only warnings are news.
func newLogger(out io.Writer, o options) *slog.Logger {
	terminal := isTerminal(out)
	level := slog.LevelInfo
	if o.logLevel == "auto" && terminal {
		level = slog.LevelWarn
	}
	_ = level.UnmarshalText([]byte(o.logLevel)) // auto is none of slog's names and changes nothing
	handler := &slog.HandlerOptions{Level: level}
	if o.logFormat == "text" || o.logFormat == "auto" && terminal {
		return slog.New(slog.NewTextHandler(out, handler))
	}
	return slog.New(slog.NewJSONHandler(out, handler))
}
