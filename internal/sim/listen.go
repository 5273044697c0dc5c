// Package sim holds what the simulated applications share: a listener on
// loopback, requests as transactions, a log of them, faults on demand, and an
// answer that is complete before the first byte of it leaves.
package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Running is a server that listens.
type Running struct {
	URL string // http://host:port, without a slash at the end

	server *http.Server
	served chan error
}

// Listen serves h on addr, which must be on loopback: the simulators protect
// nothing. An empty host is 127.0.0.1; port 0 takes a free one. Close ends it.
func Listen(addr string, h http.Handler) (*Running, error) {
	return listen(addr, h, func(ip net.IP) bool { return ip.IsLoopback() })
}

// ListenAnywhere is Listen also for other addresses, where other machines reach it.
func ListenAnywhere(addr string, h http.Handler) (*Running, error) {
	return listen(addr, h, func(net.IP) bool { return true })
}

func listen(addr string, h http.Handler, allowed func(net.IP) bool) (*Running, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !allowed(tcp.IP) {
		return nil, errors.Join(fmt.Errorf("listening on %q: not a loopback address", addr), listener.Close())
	}
	r := &Running{
		URL: "http://" + listener.Addr().String(),
		// Connections that a fault broke are not logged.
		server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)},
		served: make(chan error, 1),
	}
	go func() { r.served <- r.server.Serve(listener) }()
	return r, nil
}

// Close drops every connection, also in the middle of a request, and frees the
// port. It returns what broke the server before, if anything did.
func (r *Running) Close() error {
	closed := r.server.Close()
	served := <-r.served
	r.served <- served
	if errors.Is(served, http.ErrServerClosed) {
		served = nil
	}
	return errors.Join(closed, served)
}
