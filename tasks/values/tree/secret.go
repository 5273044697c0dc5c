package tree

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

// masked is all that a Secret ever shows.
const masked = "***"

// Secret is a piece of text that does not print: every way of formatting,
// encoding or logging it gives "***". Two secrets are equal (==) when their
// texts are; the zero Secret is the absent one.
//
// The text is behind a handle, not in a string field: fmt reads the
// unexported fields of a struct without asking their methods, and then finds
// an address.
type Secret struct {
	handle unique.Handle[string]
}

// NewSecret wraps s. The empty text gives the zero Secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{handle: unique.Make(s)}
}

// Reveal returns the text, "" for the zero Secret. It is the only way out.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.handle.Value()
}

// IsZero says whether the secret is absent.
func (s Secret) IsZero() bool { return s == Secret{} }

// Equal says whether both hold the same text.
func (s Secret) Equal(other Secret) bool { return s == other }

// String returns "***".
func (s Secret) String() string { return masked }

// GoString returns "***".
func (s Secret) GoString() string { return masked }

// Format writes "***" whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) {
	// fmt.State reports no write error to its caller.
	_, _ = io.WriteString(state, masked)
}

// MarshalText returns "***".
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// MarshalJSON returns "***" as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }

// MarshalYAML returns "***".
func (s Secret) MarshalYAML() (any, error) { return masked, nil }

// LogValue returns "***".
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }
