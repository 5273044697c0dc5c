package run

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// flushTime bounds how long a run that is over waits for its traces to leave.
const flushTime = 5 * time.Second

// traced runs do inside the run's span when the standard OTEL_* variables name
// an endpoint, which the exporter reads itself. Trouble with the traces is
// logged and changes nothing else.
func (s *session) traced(ctx context.Context, do func(context.Context) error) error {
	s.tracing = noop.NewTracerProvider()
	if !s.wantsTraces() {
		return do(ctx)
	}
	// By itself OpenTelemetry prints its errors to the process's stderr.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { s.log.Warn("trouble with the traces", "error", err) }))
	provider, err := s.newProvider(ctx)
	if err != nil {
		s.log.Warn("running without traces", "error", err)
		return do(ctx)
	}
	s.tracing = provider
	ctx, span := provider.Tracer("otomi.io/tasks").Start(ctx, s.task.Name+" "+string(s.verb))
	err = do(ctx)
	endSpan(span, err)
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if flushErr := provider.Shutdown(flush); flushErr != nil {
		s.log.Warn("traces were not delivered", "error", flushErr)
	}
	return err
}

func (s *session) wantsTraces() bool {
	env := s.process.Env
	return env["OTEL_SDK_DISABLED"] != "true" &&
		(env["OTEL_EXPORTER_OTLP_ENDPOINT"] != "" || env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] != "")
}

func (s *session) newProvider(ctx context.Context) (*trace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing traces: %w", err)
	}
	// What cannot be read of the variables is missing; the provider says so, because it reads them, too.
	about, _ := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", s.task.Name), attribute.String("service.version", s.process.Version)), resource.WithFromEnv())
	return trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about)), nil
}

func endSpan(span oteltrace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, shorten(err.Error(), maxReason))
	}
	span.End()
}
