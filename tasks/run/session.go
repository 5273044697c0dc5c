package run

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/time/rate"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// session is what one run works with: the process, what was asked for, and the
// ways to the servers.
type session struct {
	task    task.Task
	process Process
	options options
	verb    verb

	log     *slog.Logger
	bar     *progress
	tracing trace.TracerProvider
	chain   *transport.Chain // to the application
	kube    kubeEnv
	fetched *fetched
	abandon context.CancelCauseFunc // ends the run's requests
}

// name is the task's, with the shard's.
func (s *session) name() string {
	return strings.TrimSpace(s.task.Name + " " + s.options.shard.String())
}

// applies tells whether this run writes. The verbs of one task do.
func (s *session) applies() bool {
	switch s.verb {
	case verbPlan, verbValidate, verbDoctor, verbRender, verbDump:
		return false
	default:
		return true
	}
}

func (s *session) load(ctx context.Context) (values.Values, error) {
	secrets, err := s.platformSecrets()
	if err != nil {
		return values.Values{}, err
	}
	app, origins := s.task.App, ""
	if s.verb == verbRender { // needs no credentials
		app, origins = "", cmp.Or(s.task.App, s.task.Name)
	}
	v, err := values.Load(ctx, values.Request{
		Origins: origins,
		Secrets: secrets, WithoutUsers: !slices.Contains(s.options.fromPlatform, "users"),
		Sources: s.options.values, Env: s.process.Env, Stdin: s.process.Stdin, Remote: s.remote(), App: app, Platform: s.options.platform,
	})
	if err == nil {
		s.tellValues(v)
	}
	return v, err
}

// connect prepares the way to the server and the application at its end. It
// sends nothing.
func (s *session) connect(v values.Values) (task.Application, error) {
	base, err := transport.Base(transport.BaseOptions{CAFile: v.ExtraCAFile})
	if err != nil {
		return nil, usageError{caError{err}}
	}
	options := s.transportOptions()
	options.ReadOnlyRequests = s.task.ReadOnlyRequests
	if s.options.rate > 0 {
		options.Limiter = rate.NewLimiter(rate.Limit(s.options.rate), 1)
	}
	s.chain = transport.New(base, options)
	return s.task.Connect(v, s.chain, s.setting(v))
}

func (s *session) transportOptions() transport.Options {
	return transport.Options{Logger: s.log, TracerProvider: s.tracing, Retry: transport.RetryOptions{Clock: s.process.Clock}}
}

func (s *session) setting(v values.Values) task.Setting {
	setting := task.Setting{
		Verb: string(s.verb), Namespace: s.kube.namespace, Now: s.now,
		Workers: s.options.workers, PageSize: s.options.pageSize, Shard: s.options.shard,
		Installation: cmp.Or(s.options.installation, path.Join(v.Cluster.DomainSuffix+"/"+s.kube.namespace, s.options.release)), Leavers: s.options.leavers,
	}
	if s.task.Secrets {
		setting.Secrets, setting.Inventory = s.kube.secrets, s.inventory(setting.Installation)
	}
	return setting
}

// inventory names the Secret of what the task remembers. Earlier releases had one
// name, which two releases of the chart in one namespace shared.
func (s *session) inventory(installation string) inventory.Options {
	name := "otomi-tasks-" + s.task.Name
	o := inventory.Options{
		Namespace: s.kube.namespace, Name: name, Former: name,
		Installation: installation, TakeOver: slices.Contains(s.options.accept, plan.AcceptOwner),
	}
	if s.options.release != "" {
		o.Name = "otomi-tasks-" + s.options.release + "-" + s.task.Name
	}
	return o
}

// isName tells whether a text can be part of a mark on every server.
func isName(text string) bool {
	blank := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return len(text) <= 100 && !strings.ContainsFunc(text, blank)
}

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

func (s *session) newProvider(ctx context.Context) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing traces: %w", err)
	}
	// What cannot be read of the variables is missing; the provider says so, because it reads them, too.
	about, _ := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", s.task.Name), attribute.String("service.version", s.process.Version)), resource.WithFromEnv())
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, shorten(err.Error(), maxReason))
	}
	span.End()
}
