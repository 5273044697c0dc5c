package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is longer than any run; it keeps sums of times from overflowing.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header Retry-After, seconds or an HTTP date, as the time to wait; 0 when it is
// absent, past or senseless. A date is compared with the answer's own Date when there is one, so that
// the clocks of both sides need not agree.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}
