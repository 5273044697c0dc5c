package drone

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/transport"
)

const maxPage = 1 << 20 // bytes of a page that are read

// site is one of the two servers, as a browser sees it: with cookies of its own.
type site struct {
	base *url.URL
	jar  jar
	http *http.Client
}

func newSite(baseURL string, over http.RoundTripper) (*site, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, err
	}
	cookies, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	s := &site{base: base, jar: jar{cookies}}
	s.http = &http.Client{Transport: over, Jar: s.jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // where a server sends us is what we want to read
	}}
	return s, nil
}

func (s *site) origin() string { return address.OriginOf(s.base) }

func (s *site) holds(cookie string) bool {
	for _, c := range s.jar.Cookies(s.base) {
		if c.Name == cookie {
			return true
		}
	}
	return false
}

func (s *site) get(ctx context.Context, path string, query url.Values) (*page, error) {
	target := s.base.JoinPath(path)
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	return s.do(req)
}

func (s *site) post(ctx context.Context, path string, form url.Values) (*page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base.JoinPath(path).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(req)
}

// page is what a server answered.
type page struct {
	status   int
	location *url.URL // nil when it is not a redirect
	body     []byte
}

func (s *site) do(req *http.Request) (*page, error) {
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, transport.RedactError(err)
	}
	defer resp.Body.Close()
	if temporary := temporaryError(req, resp); temporary != nil {
		return nil, temporary
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	p := &page{status: resp.StatusCode, body: body}
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		p.location = to
	}
	return p, nil
}

// temporaryError is the answer of a server that has a fault: it says nothing about the login.
func temporaryError(req *http.Request, resp *http.Response) error {
	err := &transport.StatusError{Method: req.Method, URL: transport.Redact(req.URL.String()), Status: resp.StatusCode}
	if transport.Temporary(err) {
		return fmt.Errorf("%s %s: %w", err.Method, err.URL, err)
	}
	return nil
}

// String says what came, without anything of its content: a page may repeat what was sent.
func (p *page) String() string {
	if p.location != nil {
		return fmt.Sprintf("%d, to %s", p.status, transport.Redact(p.location.Scheme+"://"+p.location.Host+p.location.Path))
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", p.status, http.StatusText(p.status)))
}

// unless gives the answer's status where the cause does not say it all.
func (p *page) unless(c Cause) string {
	if c == Unexpected {
		return p.String()
	}
	return ""
}

// jar holds the cookies of one server, whose address the caller chose: behind a proxy that ends TLS a server marks its cookies as
// secure and as those of another name, and still means this caller.
type jar struct{ jar *cookiejar.Jar }

func secured(u *url.URL) *url.URL {
	secure := *u
	secure.Scheme = "https"
	return &secure
}

// SetCookies keeps the cookies of an answer.
func (j jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Domain = ""
	}
	j.jar.SetCookies(secured(u), cookies)
}

// Cookies are those that go with a request.
func (j jar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(secured(u)) }
