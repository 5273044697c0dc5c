package run

import (
	"io"
	"log/slog"
)

// readsText tells whether the log is text: on a terminal and
// where it was asked for. Anything else gets lines of JSON and nothing between them.
func (o options) readsText(out io.Writer) bool {
	return o.logFormat == "text" || o.logFormat == "auto" && isTerminal(out)
}

// newLogger logs text or JSON.
// A person has seen the plan and sees the progress: only warnings are news.
func newLogger(out io.Writer, o options) *slog.Logger {
	level := slog.LevelInfo
	if o.logLevel == "auto" && isTerminal(out) {
		level = slog.LevelWarn
	}
	_ = level.UnmarshalText([]byte(o.logLevel)) // auto is none of slog's names and changes nothing
	handler := &slog.HandlerOptions{Level: level}
	if o.readsText(out) {
		return slog.New(slog.NewTextHandler(out, handler))
	}
	return slog.New(slog.NewJSONHandler(out, handler))
}

// colours tells whether the plan is printed in colours.
func (o options) colours(p Process) bool {
	return o.color == "always" || o.color == "auto" && p.Env["NO_COLOR"] == "" && isTerminal(p.Stdout)
}
