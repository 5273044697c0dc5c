package transport

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
)

// PageError is a success with a web page where an API answers with data: the page of a proxy, of a login, of maintenance, or another
// application's. It holds nothing secret.
type PageError struct {
	URL         string // of the request; redacted
	Status      int
	ContentType string
	Title       string // of the page; may be empty
}

// Error leaves the address out because the http.Client puts it before every error of its transport.
func (e *PageError) Error() string {
	text := "a web page (content type " + e.ContentType + ") instead of JSON"
	if e.Title != "" {
		text += ": " + e.Title
	}
	return text
}

// RefusePages turns a success with a web page into a [*PageError]; every other answer is passed on. It is for the logins of SDKs that
// look at the status themselves.
func RefusePages(next http.RoundTripper) http.RoundTripper { return pageless{next} }

type pageless struct{ next http.RoundTripper }

func (t pageless) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || !succeeded(resp) {
		return resp, err
	}
	return refusePage(req, resp)
}

// sniffed is how many bytes of an answer decide whether it is a page.
const sniffed = 64

// refusePage gives an answer back whose body is not a web page, whatever its content type claims.
func refusePage(req *http.Request, resp *http.Response) (*http.Response, error) {
	kind := resp.Header.Get("Content-Type")
	body := bufio.NewReaderSize(resp.Body, sniffed)
	start, _ := body.Peek(sniffed) // an error comes again when the body is read
	claims := strings.HasPrefix(kind, "text/html")
	if !claims && !tagPattern.Match(bytes.TrimSpace(start)) {
		resp.Body = &peeked{body, resp.Body}
		return resp, nil
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(body, maxErrorBody))
	e := &PageError{URL: Redact(req.URL.String()), Status: resp.StatusCode, ContentType: Printable(kind)}
	if title := titlePattern.FindSubmatch(page); title != nil {
		e.Title = Printable(newMask(req).known(pageTitle(page)))
	}
	return nil, e
}

// peeked is a body of which the start was looked at.
type peeked struct {
	io.Reader
	io.Closer
}
