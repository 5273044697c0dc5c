package transport

import (
	"log/slog"
	"net/http"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// Options of a [Chain]; the zero value retries with the defaults and neither limits, logs nor traces.
type Options struct {
	// ReadOnlyRequests are the requests that pass a closed gate, count as reads and are retried like a GET
	// although they are POSTs.
	ReadOnlyRequests []ReadOnlyRequest
	// Retry bounds the retries. Its ReadOnlyRequests is replaced by the one above; without an OnRetry each
	// retry is one warning in Logger.
	Retry          RetryOptions
	Limiter        *rate.Limiter        // nil: no limit
	Logger         *slog.Logger         // nil: no log
	TracerProvider trace.TracerProvider // nil: no spans
}

// Chain is all decorators in their one order, outermost first:
//
//	Strict   sees only the last answer: an answer that is retried is not an error yet
//	Retry    around all that belongs to one attempt
//	Limit    so that a retry waits for its turn like any request
//	Gate     before whatever reports requests: one that it refuses was never sent
//	Trace    one span for each attempt
//	Log      within the span, so that the line carries its id
//	Counter  next to the wire: it counts what really went out
//	base
//
// A refused request is not retried: [RefusedError] is not temporary.
type Chain struct {
	// Client is for generated clients: an answer that is not a success is a *StatusError.
	Client *http.Client
	// PassThrough is the same chain without Strict, for SDKs that look at the status themselves.
	PassThrough *http.Client
	// NoRetry is Client without retries, for a caller that waits in its own way.
	NoRetry *http.Client
	// Gate is closed; an apply opens it.
	Gate *Gate
	// Counter counts for both clients.
	Counter *Counter
}

// New builds the chain around base, as [Base] gives it. Both clients refuse redirects that an API
// never means: those that turn a write into a GET (the usual sign of a wrong scheme in the address:
// the write would be lost without an error), that leave https, or that carry a write to another
// host. A browser's login needs other rules and a cookie jar: give it a client of its own around
// PassThrough.Transport.
func New(base http.RoundTripper, o Options) *Chain {
	counter := NewCounter(base, o.ReadOnlyRequests...)
	gate := NewGate(Trace(Log(counter, o.Logger), o.TracerProvider), o.ReadOnlyRequests...)
	o.Retry.ReadOnlyRequests = o.ReadOnlyRequests
	if o.Retry.OnRetry == nil && o.Logger != nil {
		o.Retry.OnRetry = WarnRetry(o.Logger)
	}
	limited := Limit(gate, o.Limiter)
	raw := Retry(limited, o.Retry)
	return &Chain{
		Client:      &http.Client{Transport: Strict(raw), CheckRedirect: checkRedirect},
		PassThrough: &http.Client{Transport: raw, CheckRedirect: checkRedirect},
		NoRetry:     &http.Client{Transport: Strict(limited), CheckRedirect: checkRedirect},
		Gate:        gate,
		Counter:     counter,
	}
}

const maxRedirects = 10

func checkRedirect(req *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	switch {
	case len(via) >= maxRedirects:
		return refuse(req, "too many redirects")
	case last.URL.Scheme == "https" && req.URL.Scheme != "https":
		return refuse(req, "a redirect leaves https")
	case method(req) != method(first):
		return refuse(req, "the answer to "+method(first)+" is a redirect that would lose it: use the address it points to")
	case !reads(req, nil) && req.URL.Hostname() != first.URL.Hostname():
		return refuse(req, "a redirect carries "+method(first)+" to another host")
	}
	return nil
}
