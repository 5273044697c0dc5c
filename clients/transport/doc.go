// Package transport is the one way in which every client of the suite speaks HTTP: small
// [net/http.RoundTripper] decorators that retry, refuse, limit, count, log and trace requests, the
// one error for an answer that is not a success ([StatusError]), and the one pager ([All],
// [AllCapped]).
//
// [New] puts the decorators in their one order. Nothing here keeps cookies, prints a header or a
// body, or knows an application.
package transport
