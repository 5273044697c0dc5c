package keycloak

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"otomi.io/tasks/clients/transport"
)

// The versions that are supported.
const (
	OldestVersion = "20"
	NewestVersion = "26"
)

// maxServerInfo bounds the document that holds the version among much else.
const maxServerInfo = 8 << 20

// Version is the server's, "" where it was not asked for or is hidden.
func (s *Session) Version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// LearnVersion asks the server for its version once. Administrators of one realm
// may not see it. The client must be logged in.
func (s *Session) LearnVersion(ctx context.Context, client *http.Client, baseURL string) error {
	if s.Version() != "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(baseURL, "/")+"/admin/serverinfo", nil)
	if err != nil {
		return fmt.Errorf("asking for the server's version: %w", err)
	}
	resp, err := client.Do(req)
	if transport.IsForbidden(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking for the server's version: %w", transport.RedactError(err))
	}
	defer resp.Body.Close()
	var info struct {
		SystemInfo struct{ Version string } `json:"systemInfo"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxServerInfo)).Decode(&info); err != nil {
		return fmt.Errorf("reading the server's version: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = info.SystemInfo.Version
	return nil
}
