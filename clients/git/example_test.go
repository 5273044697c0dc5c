package git_test

import (
	"context"
	"fmt"

	"otomi.io/tasks/clients/git"
	"otomi.io/tasks/clients/transport"
)

// The files of a folder on a branch, without its history.
func ExampleFetch() {
	base, err := transport.Base(transport.BaseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chain := transport.New(base, transport.Options{ReadOnlyRequests: []transport.ReadOnlyRequest{git.UploadPack()}})
	snapshot, err := git.Fetch(context.Background(), chain.Client, git.Request{
		URL: "https://git.example.com/otomi/values.git", Ref: "main", Path: "env", Username: "otomi-tasks", Password: "token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range snapshot.Files {
		fmt.Println(file.Name, len(file.Data))
	}
}
