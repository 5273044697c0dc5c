package transport

import (
	"net/http"

	"golang.org/x/time/rate"
)

// Limit lets requests pass no faster than the limiter does; nil means no limit. A request whose turn
// would come after its deadline fails with a [*RefusedError] at once.
func Limit(next http.RoundTripper, limiter *rate.Limiter) http.RoundTripper {
	if limiter == nil {
		return next
	}
	return &limit{next, limiter}
}

type limit struct {
	next    http.RoundTripper
	limiter *rate.Limiter
}

func (t *limit) RoundTrip(req *http.Request) (*http.Response, error) {
	err := t.limiter.Wait(req.Context())
	if err == nil {
		return t.next.RoundTrip(req)
	}
	refused := refuse(req, err.Error())
	if end := req.Context().Err(); end != nil {
		return nil, end
	}
	return nil, refused
}
