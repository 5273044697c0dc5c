// Package response takes the payload out of what a generated client's call returned.
//
// The generated calls return (*XResponse, error) with one pointer per documented answer, and these pointers are nil when the server
// answered something else (a login page of a proxy in front of it, say). The functions here turn that case into an error, so
// that no caller reads through nil:
//
//	roles, err := response.OK(client.ListRolesWithResponse(ctx, realm, nil))
package response

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// UnexpectedError says that a call succeeded (2xx) but its answer is not the documented one.
type UnexpectedError struct {
	Status      int
	ContentType string // as the server sent it
	Want        string // what was expected instead
}

// Error names status and content type, never the content.
func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("%d %s with content type %q instead of %s", e.Status, http.StatusText(e.Status), e.ContentType, e.Want)
}

// response is what each generated response type has.
type response interface {
	StatusCode() int
	ContentType() string
}

// OK returns the JSON body of a 200. It fails with the call's own error, or with *UnexpectedError when there is no such body.
func OK[R interface {
	response
	GetJSON200() *T
}, T any](r R, err error) (T, error) {
	return body(r, err, R.GetJSON200, "200 with JSON")
}

// Created returns the JSON body of a 201. It fails as OK does.
func Created[R interface {
	response
	GetJSON201() *T
}, T any](r R, err error) (T, error) {
	return body(r, err, R.GetJSON201, "201 with JSON")
}

func body[R response, T any](r R, err error, get func(R) *T, want string) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	if found := get(r); found != nil {
		return *found, nil
	}
	return none, &UnexpectedError{Status: r.StatusCode(), ContentType: r.ContentType(), Want: want}
}

// ID returns the last segment of the Location header, which is how the servers name a new object: its id, or its name where it
// has no id. It fails with *UnexpectedError when there is none:
//
//	created, err := client.CreateGroupWithResponse(ctx, realm, group)
//	...
//	id, err := response.ID(created.HTTPResponse)
func ID(r *http.Response) (string, error) {
	missing := &UnexpectedError{Status: r.StatusCode, ContentType: r.Header.Get("Content-Type"), Want: "a Location"}
	location, err := url.Parse(r.Header.Get("Location"))
	if err != nil {
		return "", missing
	}
	// A name may hold a slash, which the server escapes: cut first, then unescape.
	segments := strings.Split(location.EscapedPath(), "/")
	id, err := url.PathUnescape(segments[len(segments)-1])
	if err != nil || id == "" {
		return "", missing
	}
	return id, nil
}
