package transport

import (
	"log/slog"
	"net/http"
	"time"
)

// Log writes one line at level debug for each request: method, redacted URL, status or error, and
// the milliseconds until the answer began. Headers and bodies are never written; nil means no log.
func Log(next http.RoundTripper, logger *slog.Logger) http.RoundTripper {
	if logger == nil {
		return next
	}
	return &logged{next, logger}
}

type logged struct {
	next   http.RoundTripper
	logger *slog.Logger
}

func (t *logged) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !t.logger.Enabled(ctx, slog.LevelDebug) {
		return t.next.RoundTrip(req)
	}
	start := time.Now()
	resp, err := t.next.RoundTrip(req)
	attrs := []slog.Attr{slog.String("method", method(req)), slog.String("url", Redact(req.URL.String()))}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	} else {
		attrs = append(attrs, slog.Int("status", resp.StatusCode))
	}
	attrs = append(attrs, slog.Int64("ms", time.Since(start).Milliseconds()))
	t.logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
	return resp, err
}
