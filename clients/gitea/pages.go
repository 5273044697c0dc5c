package gitea

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"

	"otomi.io/tasks/clients/internal/markup"
)

const (
	signInPath   = "/user/login"
	maxPageBytes = 4 << 20
)

// SignIn is the request that logs in at the pages. It changes nothing but the session.
func SignIn() transport.ReadOnlyRequest {
	return transport.ReadOnlyRequest{Method: http.MethodPost, PathSuffix: signInPath}
}

// Pages is an administrator at the pages of a Gitea, for what its API does not know: the login sources. It logs in with the password
// before the first request, for the pages take no token. It must not be used from several goroutines.
type Pages struct {
	base        *url.URL
	client      *http.Client
	credentials Credentials
	version     Version
	signedIn    bool
}

// Pages begins a session at the pages; it sends nothing. The transport must pass answers of any status on.
func (s *Session) Pages(over http.RoundTripper, version Version) (*Pages, error) {
	base, err := url.Parse(s.baseURL)
	if err != nil {
		return nil, fmt.Errorf("reading the address of the server: %w", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Pages{base: base, credentials: s.credentials, version: version, client: &http.Client{
		Transport: over, Jar: plainJar{jar}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// ErrNoPassword says that the pages cannot be used: they take neither a token nor a second factor.
var ErrNoPassword = errors.New("the pages of Gitea take only the administrator's password, without a second factor")

// LoginSources returns the ids of the login sources by their names.
func (p *Pages) LoginSources(ctx context.Context) (map[string]string, error) {
	body, err := p.get(ctx, p.sources())
	if err != nil {
		return nil, fmt.Errorf("reading the login sources: %w", err)
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("reading the login sources: %w", err)
	}
	found := map[string]string{}
	for node := range root.Descendants() {
		id, below := strings.CutPrefix(markup.Attribute(node, "href"), p.base.Path+p.sources()+"/")
		if name := strings.TrimSpace(markup.Text(node)); node.DataAtom == atom.A && below && id != "new" && name != "" {
			found[name] = id
		}
	}
	return found, nil
}

// LoginSource returns all fields of the form of a login source, its secret among them.
func (p *Pages) LoginSource(ctx context.Context, id string) (url.Values, error) {
	target := p.sources() + "/" + id
	body, err := p.get(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("reading the login source %s: %w", id, err)
	}
	fields, found := formOf(body, target)
	if !found || fields.Get("id") != id {
		return nil, fmt.Errorf("reading the login source %s: %w", id, &response.UnexpectedError{Status: http.StatusOK, ContentType: "text/html", Want: "the form of the login source"})
	}
	return fields, nil
}

// SaveLoginSource sends all fields of a login source; id is "" for a new one. Gitea fetches the discovery document before it saves.
func (p *Pages) SaveLoginSource(ctx context.Context, id string, fields url.Values) error {
	target := p.sources() + "/" + id
	if id == "" {
		target = p.sources() + "/new"
	}
	if !p.version.Supports(PlainForms) {
		body, err := p.get(ctx, target)
		if err != nil {
			return err
		}
		page, _ := formOf(body, target)
		fields.Set("_csrf", page.Get("_csrf"))
	}
	resp, err := p.post(ctx, target, fields)
	if err != nil {
		return err
	}
	if resp.status != http.StatusSeeOther && resp.status != http.StatusFound {
		return fmt.Errorf("the server refuses the form: %s", resp.flash())
	}
	return nil
}

// sources is the path of the list of login sources.
func (p *Pages) sources() string {
	if p.version.Supports(AdminPages) {
		return "/-/admin/auths"
	}
	return "/admin/auths"
}

// signIn logs in once.
func (p *Pages) signIn(ctx context.Context) error {
	if p.signedIn {
		return nil
	}
	if p.credentials.Password == "" {
		return ErrNoPassword
	}
	page, err := p.send(ctx, http.MethodGet, signInPath, nil)
	if err != nil {
		return fmt.Errorf("logging in at the pages: %w", err)
	}
	fields, _ := formOf(page.body, signInPath)
	form := url.Values{"user_name": {p.credentials.Username}, "password": {p.credentials.Password}}
	if csrf := fields.Get("_csrf"); csrf != "" {
		form.Set("_csrf", csrf)
	}
	answer, err := p.send(ctx, http.MethodPost, signInPath, form)
	switch {
	case err != nil:
		return fmt.Errorf("logging in at the pages: %w", err)
	case answer.status != http.StatusSeeOther && answer.status != http.StatusFound:
		return fmt.Errorf("logging in at the pages: the server refuses name and password, or has no form for them: %w", ErrNoPassword)
	case strings.HasPrefix(path.Base(answer.location), "two_factor") || strings.Contains(answer.location, "webauthn"):
		return fmt.Errorf("logging in at the pages: %w", ErrNoPassword)
	}
	p.signedIn = true
	return nil
}

func (p *Pages) get(ctx context.Context, target string) ([]byte, error) {
	if err := p.signIn(ctx); err != nil {
		return nil, err
	}
	page, err := p.send(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	if page.status != http.StatusOK {
		return nil, &response.UnexpectedError{Status: page.status, ContentType: page.kind, Want: "the page " + target}
	}
	return page.body, nil
}

func (p *Pages) post(ctx context.Context, target string, fields url.Values) (page, error) {
	if err := p.signIn(ctx); err != nil {
		return page{}, err
	}
	return p.send(ctx, http.MethodPost, target, fields)
}

// page is an answer of the pages.
type page struct {
	status         int
	kind, location string
	body           []byte
}

// send never follows a redirect: password and session go to no other server.
func (p *Pages) send(ctx context.Context, method, target string, fields url.Values) (page, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base.JoinPath(target).String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return page{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return page{}, transport.RedactError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPageBytes))
	if err != nil {
		return page{}, fmt.Errorf("reading the answer: %w", err)
	}
	found := page{status: resp.StatusCode, kind: resp.Header.Get("Content-Type"), body: body}
	if to, err := resp.Location(); err == nil {
		if address.OriginOf(to) != address.OriginOf(p.base) {
			return page{}, fmt.Errorf("the server sends the browser to another one, %s", to.Host)
		}
		found.location = to.Path
	}
	return found, nil
}

// flash is what a page says went wrong.
func (p page) flash() string {
	root, err := html.Parse(bytes.NewReader(p.body))
	if err == nil {
		for node := range root.Descendants() {
			if strings.Contains(markup.Attribute(node, "class"), "negative message") {
				return transport.Printable(markup.Text(node))
			}
		}
	}
	return fmt.Sprintf("%d %s", p.status, http.StatusText(p.status))
}

// plainJar sends the cookies of the one server also where it marks them as secure: behind a proxy that ends TLS we talk plainly.
type plainJar struct{ jar *cookiejar.Jar }

func (j plainJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Secure, c.Domain = false, ""
	}
	j.jar.SetCookies(u, cookies)
}

func (j plainJar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(u) }
