package tree

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a file up to one byte more than any may have. A read
// of a pipe without a writer ends with the context.
func ReadFile(ctx context.Context, name string) ([]byte, error) {
	return waitFor(ctx, func() ([]byte, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
		if closing := f.Close(); err == nil {
			err = closing
		}
		return data, err
	})
}

// ReadAll reads what is open already, as ReadFile does.
func ReadAll(ctx context.Context, from io.Reader) ([]byte, error) {
	return waitFor(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(from, MaxFileBytes+1)) })
}

// waitFor leaves a read behind that does not end: the process ends with it.
func waitFor(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Reason is the cause of a file error without the operation and path that
// the problem already names.
func Reason(err error) string {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err.Error()
	}
	return err.Error()
}
