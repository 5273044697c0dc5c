package transport

import (
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Trace makes one client span for each request, with OpenTelemetry's attributes for HTTP and a
// redacted URL. The server learns of the trace (traceparent) only where the program has set a
// propagator with otel.SetTextMapPropagator. A nil provider means no tracing.
func Trace(next http.RoundTripper, provider trace.TracerProvider) http.RoundTripper {
	if provider == nil {
		return next
	}
	return &traced{next, provider.Tracer("otomi.io/tasks/clients/transport")}
}

type traced struct {
	next   http.RoundTripper
	tracer trace.Tracer
}

func (t *traced) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Start(req.Context(), method(req),
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(requestAttributes(req)...))
	defer span.End()
	req = req.Clone(ctx) // the caller's headers stay as they are
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(req.Header))
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
		span.SetAttributes(semconv.ErrorType(err))
		return nil, err
	}
	recordStatus(span, resp.StatusCode)
	return resp, nil
}

func recordStatus(span trace.Span, status int) {
	span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= 400 {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	}
}

func requestAttributes(req *http.Request) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(method(req)),
		semconv.URLFull(Redact(req.URL.String())),
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(port(req.URL)),
	}
}

func port(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
