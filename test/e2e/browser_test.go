package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxPages bounds a login: the longest takes five pages, and a page that keeps
// coming back refuses what was typed.
const maxPages = 8

// browser is one person's browser: it keeps cookies, follows redirects on the
// server, and stops where it is sent elsewhere.
type browser struct {
	client *http.Client
	host   string // of the server
}

// newBrowser makes a browser without a session.
func newBrowser(server string) (*browser, error) {
	address, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{host: address.Host}
	b.client = &http.Client{Jar: jar, CheckRedirect: b.checkRedirect}
	return b, nil
}

func (b *browser) checkRedirect(req *http.Request, via []*http.Request) error {
	if req.URL.Host != b.host {
		return http.ErrUseLastResponse
	}
	if len(via) == 10 {
		return errors.New("ten redirects in a row")
	}
	return nil
}

// hands are what a person does on the pages of a login.
type hands struct {
	fields map[string]string // typed into the empty fields of that name
	link   string            // id of the link to follow when a page has it
}

// visit is a walk through pages until the server sent the browser elsewhere.
type visit struct {
	away  *url.URL // where it was sent
	pages []string // the ids of the forms filled in and of the links followed
}

// pageError is a page on which a person cannot go on.
type pageError struct {
	status int
	pages  []string // before it
	text   string
}

func (e *pageError) Error() string {
	return fmt.Sprintf("stopped after %v at a page with status %d: %s", e.pages, e.status, e.text)
}

// walk opens the address and works through the pages.
func (b *browser) walk(ctx context.Context, address string, h hands) (visit, error) {
	var v visit
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return v, err
	}
	for {
		p, err := b.open(req)
		if err != nil {
			return v, err
		}
		if p.away != nil {
			v.away = p.away
			return v, nil
		}
		step, next, err := p.answer(ctx, h)
		if err != nil {
			return v, err
		}
		if next == nil || len(v.pages) == maxPages {
			return v, &pageError{status: p.status, pages: v.pages, text: p.text}
		}
		v.pages, req = append(v.pages, step), next
	}
}

// page is what a person sees, or where the browser was sent instead.
type page struct {
	away   *url.URL
	at     *url.URL
	status int
	text   string
	links  map[string]string // address by id
	forms  []form
}

type form struct {
	id, action string
	inputs     []input
}

type input struct{ name, kind, value string }

func (b *browser) open(req *http.Request) (page, error) {
	resp, err := b.client.Do(req)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	if away, err := resp.Location(); err == nil {
		return page{away: away}, nil
	}
	p := page{at: resp.Request.URL, status: resp.StatusCode, links: map[string]string{}}
	return p, p.read(resp.Body)
}

// read takes the forms, the links and the text out of a page.
func (p *page) read(body io.Reader) error {
	root, err := html.Parse(body)
	if err != nil {
		return fmt.Errorf("reading the page %s: %w", p.at, err)
	}
	var words []string
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && !hidden(n.Parent):
			words = append(words, strings.Fields(n.Data)...)
		case n.DataAtom == atom.A:
			p.links[attribute(n, "id")] = attribute(n, "href")
		case n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), http.MethodPost):
			p.forms = append(p.forms, formFrom(n))
		}
	}
	p.text = strings.Join(words, " ")
	return nil
}

func hidden(n *html.Node) bool { return n.DataAtom == atom.Script || n.DataAtom == atom.Style }

func formFrom(root *html.Node) form {
	f := form{id: attribute(root, "id"), action: attribute(root, "action")}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Input && attribute(n, "name") != "" {
			f.inputs = append(f.inputs, input{attribute(n, "name"), attribute(n, "type"), attribute(n, "value")})
		}
	}
	return f
}

func attribute(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

// answer is the person's next request: the link that they look for, else the
// first form filled in; nil where there is neither.
func (p page) answer(ctx context.Context, h hands) (step string, next *http.Request, err error) {
	if href, ok := p.links[h.link]; ok && h.link != "" {
		next, err = p.request(ctx, http.MethodGet, href, nil)
		return h.link, next, err
	}
	if len(p.forms) == 0 {
		return "", nil, nil
	}
	f := p.forms[0]
	next, err = p.request(ctx, http.MethodPost, f.action, f.fill(h.fields))
	return f.id, next, err
}

func (p page) request(ctx context.Context, method, address string, filled url.Values) (*http.Request, error) {
	target, err := p.at.Parse(address)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), strings.NewReader(filled.Encode()))
	if err != nil {
		return nil, err
	}
	if filled != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, nil
}

// fill keeps what the page already holds, as a person does, and ticks no box.
func (f form) fill(fields map[string]string) url.Values {
	filled := url.Values{}
	for _, i := range f.inputs {
		switch {
		case i.kind == "checkbox" || i.kind == "submit":
		case i.value == "" && i.kind != "hidden":
			filled.Set(i.name, fields[i.name])
		default:
			filled.Set(i.name, i.value)
		}
	}
	return filled
}
