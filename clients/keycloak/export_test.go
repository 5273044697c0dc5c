package keycloak

import "time"

// SetClock gives the session another clock.
func (s *Session) SetClock(now func() time.Time) { s.now = now }
