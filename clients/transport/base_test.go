package transport

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func certificatePEM(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatalf("writing %s: %v", file, err)
	}
	return file
}

func TestBaseTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of refused handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	key := "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	cases := map[string]struct {
		reason  string
		options BaseOptions
		trusted bool
	}{
		"SystemOnly": {"a private CA is unknown", BaseOptions{}, false},
		"ExtraCA":    {"the file's certificates are trusted", BaseOptions{CAFile: writeFile(t, certificatePEM(server))}, true},
		"AmongOther": {"other blocks and text are ignored", BaseOptions{CAFile: writeFile(t, "# ours\n"+key+certificatePEM(server))}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			base, err := Base(tc.options)
			if err != nil {
				t.Fatalf("making the base: %v", err)
			}
			chain := New(base, Options{Retry: RetryOptions{Clock: newFakeClock()}})
			resp, err := chain.PassThrough.Do(newRequest(t, "GET", server.URL, ""))
			if err == nil {
				_ = readBody(t, resp)
			}
			if (err == nil) != tc.trusted {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if tc.trusted {
				if resp.ProtoMajor != 2 {
					t.Errorf("HTTP/2 where the server has it: %s", resp.Proto)
				}
				return
			}
			if !is[x509.UnknownAuthorityError](err) || Temporary(err) || chain.Counter.Counts() != (Counts{Reads: 1}) {
				t.Errorf("a bad certificate is not tried again: %v, %+v", err, chain.Counter.Counts())
			}
		})
	}
}

func TestBaseBadCAFile(t *testing.T) {
	cases := map[string]struct {
		reason string
		file   string
		text   string
	}{
		"Absent": {"the file is named", filepath.Join(t.TempDir(), "absent.pem"), "absent.pem: no such file or directory"},
		"Empty":  {"an empty file is a mistake", writeFile(t, ""), "ca.pem: no certificate in PEM form"},
		"NotPEM": {"DER is not PEM", writeFile(t, "\x30\x82"), "ca.pem: no certificate in PEM form"},
		"Broken": {"a broken certificate is not ignored", writeFile(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "ca.pem: parsing certificate 1: x509: malformed certificate"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			base, err := Base(BaseOptions{CAFile: tc.file})
			if err == nil || base != nil {
				t.Fatalf("%s: no error", tc.reason)
			}
			if !strings.HasPrefix(err.Error(), "reading extra CA certificates: ") || !strings.HasSuffix(err.Error(), tc.text) {
				t.Errorf("%s: want …%s, got %v", tc.reason, tc.text, err)
			}
			if name == "Absent" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the cause is kept: %v", err)
			}
		})
	}
}

func TestBaseLimits(t *testing.T) {
	base, err := Base(BaseOptions{})
	if err != nil {
		t.Fatalf("making the base: %v", err)
	}
	if base.Proxy == nil || base.DialContext == nil || base.TLSHandshakeTimeout == 0 || base.ResponseHeaderTimeout == 0 {
		t.Error("proxies from the environment, and a limit for every step")
	}
	if base.MaxIdleConnsPerHost < 16 {
		t.Errorf("16 workers keep their connections: %d", base.MaxIdleConnsPerHost)
	}
}
