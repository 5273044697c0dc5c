// Package transport is the one way in which every client of the suite speaks HTTP: small
// [net/http.RoundTripper] decorators that retry, refuse, limit, count, log and trace requests, the
// one error for an answer that is not a success ([StatusError]), and the one pager ([All],
// [AllCapped]).
//
// [New] puts the decorators in their one order. Nothing here keeps cookies, prints a header or a
// body, or knows an application.
package transport

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// BaseOptions say whom to trust.
type BaseOptions struct {
	CAFile string // PEM file of certificates trusted besides the system's; "" for none
}

// Base gives the http.Transport below all decorators: the system's roots and the extra ones, proxies
// from the environment, HTTP/2 where the server has it, and idle connections for 32 workers. The
// time for a whole attempt is up to [Retry]; the limits here only notice a lost peer sooner. It
// fails when the file of extra certificates cannot be read or holds none.
func Base(o BaseOptions) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		roots, err := rootsWith(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading extra CA certificates: %w", err)
		}
		config.RootCAs = roots
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       config,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 5 * time.Minute,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   32,
		ForceAttemptHTTP2:     true, // our own dialer and TLS settings would switch it off
	}, nil
}

func rootsWith(file string) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("loading the system's: %w", err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	found, err := certificates(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, c := range found {
		roots.AddCert(c)
	}
	return roots, nil
}

// certificates takes every certificate of a PEM file; keys and other blocks are passed over. Unlike
// x509.CertPool.AppendCertsFromPEM it says what is wrong with a broken one.
func certificates(data []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("parsing certificate %d: %w", len(found)+1, err)
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no certificate in PEM form")
	}
	return found, nil
}
