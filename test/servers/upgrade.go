package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
)

// UpgradeKeycloak ends a Keycloak and starts another version on its data, at the
// same address.
func UpgradeKeycloak(ctx context.Context, s *Server, version string) error {
	release, err := newKeycloakRelease(version)
	if err != nil {
		return err
	}
	if err := upgradeKeycloak(ctx, s, release); err != nil {
		return fmt.Errorf("upgrading to %s: %w", release.name(), err)
	}
	return nil
}

func upgradeKeycloak(ctx context.Context, s *Server, release keycloakRelease) error {
	dist, err := installed(release.name(), func(dir string) error { return installKeycloak(ctx, release, dir) })
	if err != nil {
		return err
	}
	o := Options{Username: s.Username, Password: s.Password}
	if o.Port, err = s.port(); err != nil {
		return err
	}
	management, err := FreePort(ctx)
	if err != nil {
		return err
	}
	if err := s.process.stop(stopTimeout); err != nil {
		return err
	}
	if err := linkKeycloak(dist, s.home); err != nil {
		return err
	}
	next, err := keycloakRun{release: release, Options: o, dist: dist, home: s.home, management: management}.start(ctx)
	if err != nil {
		return err
	}
	*s = *next
	return nil
}

// Upgrade ends a Gitea and starts another version on its data, at the same address.
func (g *GiteaServer) Upgrade(ctx context.Context, version string) error {
	release, err := findGiteaRelease(version)
	if err != nil {
		return err
	}
	if err := g.upgrade(ctx, release); err != nil {
		return fmt.Errorf("upgrading to %s: %w", release.name(), err)
	}
	return nil
}

func (g *GiteaServer) upgrade(ctx context.Context, release giteaRelease) error {
	dist, err := installed(release.name(), func(dir string) error { return release.install(ctx, dir) })
	if err != nil {
		return err
	}
	port, err := g.port()
	if err != nil {
		return err
	}
	if err := g.process.stop(stopTimeout); err != nil {
		return err
	}
	// The server has added its own keys to the file: they encrypt what is in the database.
	settings, err := os.ReadFile(g.command.config())
	if err != nil {
		return err
	}
	settings = bytes.ReplaceAll(settings, []byte(g.command.dist), []byte(dist))
	if err := os.WriteFile(g.command.config(), settings, 0o600); err != nil {
		return err
	}
	g.command.name, g.command.dist = release.name(), dist
	p, err := g.command.serve(ctx, port)
	if err != nil {
		return err
	}
	g.process, g.Log = p, p.log
	return nil
}

// Upgrade ends a Harbor and starts what the variables name now on its data, at the
// same address.
func (h *HarborServer) Upgrade(ctx context.Context) error {
	if err := errors.Join(harborInstalled(), h.jobs.abort(), h.process.stop(stopTimeout)); err != nil {
		return fmt.Errorf("ending %s: %w", harborName, err)
	}
	ctx, cancel := context.WithTimeout(ctx, harborTimeout)
	defer cancel()
	core, jobs, err := h.setup.serve(ctx)
	if err != nil {
		return fmt.Errorf("upgrading %s: %w", harborName, err)
	}
	h.process, h.jobs, h.Log = core, jobs, core.log
	return nil
}

// port is that of the server's address.
func (s *Server) port() (int, error) {
	address, err := url.Parse(s.URL)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(address.Port())
}
