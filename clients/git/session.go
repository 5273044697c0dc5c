package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"

	"otomi.io/tasks/clients/transport"
)

const service = "git-upload-pack"

// UploadPack is the request that asks for objects: a POST that changes nothing.
func UploadPack() transport.ReadOnlyRequest {
	return transport.ReadOnlyRequest{Method: http.MethodPost, PathSuffix: "/" + service}
}

// session is one conversation with a server.
type session struct {
	client  *http.Client
	request Request
	base    string // address of the repository, where redirects led to
}

// onOneHost gives a client that follows no redirect to another host. The http.Client itself would carry the password to any port of
// the host and to the names below it.
func onOneHost(client *http.Client) *http.Client {
	direct := *client
	direct.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if next.URL.Host != via[0].URL.Host {
			return wrong("its server leads to %s: use that address", transport.Redact(next.URL.Scheme+"://"+next.URL.Host))
		}
		if client.CheckRedirect != nil {
			return client.CheckRedirect(next, via)
		}
		return nil
	}
	return &direct
}

// refs asks for the names that the repository has.
func (s *session) refs(ctx context.Context) (refs, error) {
	const suffix = "/info/refs"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+suffix+"?service="+service, nil)
	if err != nil {
		return refs{}, err
	}
	resp, err := s.send(req)
	if err != nil {
		return refs{}, err
	}
	defer resp.Body.Close()
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // a broken one is not Git's either
	if kind != "application/x-"+service+"-advertisement" {
		return refs{}, notGit(kind)
	}
	final := *resp.Request.URL
	final.RawQuery = ""
	s.base = strings.TrimSuffix(final.String(), suffix)
	return readRefs(bounded(resp.Body))
}

// objects asks for one commit and all that it holds.
func (s *session) objects(ctx context.Context, want want) (store, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/"+service, bytes.NewReader(want.encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-"+service+"-request")
	req.Header.Set("Accept", "application/x-"+service+"-result")
	resp, err := s.send(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body := bufio.NewReader(bounded(resp.Body))
	if err := skipToPack(body); err != nil {
		return nil, want.explain(err)
	}
	return unpack(body)
}

func (s *session) send(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", "otomi-tasks")
	if s.request.Username+s.request.Password != "" {
		req.SetBasicAuth(s.request.Username, s.request.Password)
	}
	resp, err := s.client.Do(req)
	if transport.IsNotFound(err) {
		return nil, wrong("there is no such repository, or this user must not see it")
	}
	if page, ok := errors.AsType[*transport.PageError](err); ok {
		return nil, notGit(page.ContentType)
	}
	if errors.Is(err, transport.ErrTooLarge) {
		return nil, tooLarge(MaxAnswer)
	}
	return resp, transport.RedactError(err)
}

func notGit(kind string) error {
	return wrong("there is no Git repository: the server answers with %q", kind)
}

func tooLarge(limit int) error {
	return wrong("it is larger than %d MiB: keep the values in a repository of their own", limit>>20)
}

// skipToPack reads what comes before the pack: which commits have no parents here, and that the server knows of nothing that we have.
func skipToPack(body io.Reader) error {
	lines := pktline.NewScanner(body)
	for lines.Scan() {
		switch line := strings.TrimSuffix(string(lines.Bytes()), "\n"); {
		case line == "NAK":
			return nil
		case line == "", strings.HasPrefix(line, "shallow "), strings.HasPrefix(line, "unshallow "):
		default:
			return fmt.Errorf("reading the answer: unknown line %q", cut(line))
		}
	}
	return ended(lines.Err())
}

// ended is the error of an answer that is over too early.
func ended(err error) error {
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading the answer: %w", err)
}

// bounded reads no more than one answer may have, whatever client was given.
func bounded(body io.Reader) io.Reader { return &boundedReader{body, MaxAnswer} }

type boundedReader struct {
	body io.Reader
	left int
}

func (r *boundedReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if r.left -= n; r.left < 0 {
		return 0, tooLarge(MaxAnswer)
	}
	return n, err
}

// cut bounds foreign text in messages.
func cut(s string) string {
	const limit = 200
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
