package response

import (
	"net/http"
	"strconv"

	"otomi.io/tasks/clients/transport"
)

// Counted reads a list to its last page where the header X-Total-Count says how many items it holds. The generated types give their
// *http.Response as a field only, so whole says where it is.
func Counted[R interface {
	response
	GetJSON200() *[]T
}, T any](size int, fetch func(transport.Page) (R, error), whole func(R) *http.Response) ([]T, error) {
	return transport.AllCounted(size, func(p transport.Page) ([]T, int, error) {
		resp, err := fetch(p)
		if err != nil {
			return nil, 0, err
		}
		items, err := OK(resp, nil)
		total, invalid := strconv.Atoi(whole(resp).Header.Get("X-Total-Count")) //nolint:bodyclose // the generated client has read it
		if invalid != nil {
			total = 0 // the answer does not say
		}
		return items, total, err
	})
}
