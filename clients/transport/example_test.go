package transport_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"otomi.io/tasks/clients/transport"
)

// A plan reads through a closed gate; an apply opens the gate first.
func Example() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	base, err := transport.Base(transport.BaseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chain := transport.New(base, transport.Options{})

	_, err = chain.Client.Get(server.URL + "/roles/team-a") //nolint:bodyclose // it fails
	fmt.Println("absent:", transport.IsNotFound(err))

	_, err = chain.Client.Post(server.URL+"/roles", "application/json", nil) //nolint:bodyclose // it fails
	refused, _ := errors.AsType[*transport.RefusedError](err)
	fmt.Println(refused)

	fmt.Printf("%+v\n", chain.Counter.Counts())
	// Output:
	// absent: true
	// refused: the run is read-only and POST writes
	// {Reads:1 Writes:0}
}

// A list is read to its last page.
func ExampleAll() {
	names := []string{"admin", "team-a", "team-b", "team-c"}
	all, err := transport.All(3, func(p transport.Page) ([]string, error) {
		return names[p.Offset:min(p.Offset+p.Size, len(names))], nil
	})
	fmt.Println(all, err)
	// Output: [admin team-a team-b team-c] <nil>
}
