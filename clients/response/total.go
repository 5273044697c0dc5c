package response

import (
	"net/http"
	"strconv"
)

// Total is how many items a whole list has, as the header X-Total-Count says; 0 when it does not.
func Total(r *http.Response) int {
	total, err := strconv.Atoi(r.Header.Get("X-Total-Count"))
	if err != nil || total < 0 {
		return 0
	}
	return total
}
