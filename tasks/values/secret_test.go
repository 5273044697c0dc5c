package values_test

import (
	"bytes"
	"context"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/tasks/values"
)

const hidden = "correct-horse-battery"

// holder has the secret where fmt asks methods and where it does not.
type holder struct {
	Public  values.Secret
	private values.Secret
	Pointer *values.Secret
	List    []values.Secret
	Map     map[string]values.Secret
	Any     any
}

func newHolder() holder {
	s := values.NewSecret(hidden)
	return holder{
		Public: s, private: s, Pointer: &s, List: []values.Secret{s},
		Map: map[string]values.Secret{"s": s}, Any: s,
	}
}

func TestSecretFormat(t *testing.T) {
	verbs := []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "T", "t", "b", "c", "U", "e", "g", "p", "10s", "-10.3s", " x", "#x", "#q"}
	h := newHolder()
	for _, verb := range verbs {
		for name, arg := range map[string]any{"Secret": h.Public, "Pointer": h.Pointer, "Holder": h, "HolderPointer": &h} {
			got := fmt.Sprintf("%"+verb, arg)
			if leaks(got) {
				t.Errorf("a secret shows in %%%s of a %s: %s", verb, name, got)
			}
		}
		if got := fmt.Sprintf("%"+verb, h.Public); got != "***" && verb != "T" && verb != "p" {
			t.Errorf("Sprintf(%%%s, secret): want ***, got %s", verb, got)
		}
	}
	if got := fmt.Sprint(h.Public) + h.Public.String() + h.Public.GoString(); got != "*********" {
		t.Errorf("Sprint, String and GoString: want *** three times, got %s", got)
	}
}

// leaks looks for the secret as text, in hexadecimal and as numbers.
func leaks(s string) bool {
	low := strings.ToLower(s)
	hexed := fmt.Sprintf("%x", hidden)
	numbers := strings.Trim(fmt.Sprintf("%d", []byte(hidden)), "[]")
	return strings.Contains(s, hidden) || strings.Contains(low, hexed) || strings.Contains(s, numbers)
}

func TestSecretEncoding(t *testing.T) {
	h := newHolder()
	encoders := map[string]func(any) ([]byte, error){
		"JSON": json.Marshal,
		"YAML": yaml.Marshal,
		"Text": func(any) ([]byte, error) { return encoding.TextMarshaler(h.Public).MarshalText() },
		"XML":  func(any) ([]byte, error) { return xml.Marshal(h.Public) },
	}
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			for _, arg := range []any{h.Public, h} {
				got, err := encode(arg)
				if err != nil {
					t.Fatalf("encoding %T: %v", arg, err)
				}
				if leaks(string(got)) || !strings.Contains(string(got), "***") {
					t.Errorf("encoding %T: want *** and no secret, got %s", arg, got)
				}
			}
		})
	}
}

func TestSecretGob(t *testing.T) {
	var out bytes.Buffer
	err := gob.NewEncoder(&out).Encode(struct{ S values.Secret }{values.NewSecret(hidden)})
	if leaks(out.String()) {
		t.Errorf("a secret shows in gob (error %v): %q", err, out.String())
	}
}

func TestSecretLogging(t *testing.T) {
	h := newHolder()
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		logger := slog.New(handler).With("with", h.Public)
		logger.LogAttrs(context.Background(), slog.LevelInfo, "m",
			slog.Any("secret", h.Public), slog.Any("holder", h), slog.Any("pointer", &h), slog.Group("g", slog.Any("s", h.Public)))
	}
	if leaks(out.String()) || !strings.Contains(out.String(), "secret=***") {
		t.Errorf("slog: want secret=*** and no secret, got %s", out.String())
	}
}

func TestSecretInError(t *testing.T) {
	err := fmt.Errorf("with %v: %w", newHolder(), errors.New("cause"))
	if leaks(err.Error()) {
		t.Errorf("a secret shows in an error: %v", err)
	}
}

func TestSecretEquality(t *testing.T) {
	a, b, c := values.NewSecret("a"), values.NewSecret("a"), values.NewSecret("c")
	if a != b || !a.Equal(b) || !reflect.DeepEqual(a, b) {
		t.Error("two secrets of the same text are not equal")
	}
	if a == c || a.Equal(c) || reflect.DeepEqual(a, c) {
		t.Error("two secrets of different texts are equal")
	}
	if a.Reveal() != "a" || a.IsZero() {
		t.Errorf("Reveal, IsZero: want a, false, got %s, %t", a.Reveal(), a.IsZero())
	}
}

func TestSecretZero(t *testing.T) {
	var zero values.Secret
	if !zero.IsZero() || zero != values.NewSecret("") || zero.Reveal() != "" {
		t.Error("the zero Secret is not the empty one")
	}
	if got := zero.String(); got != "***" {
		t.Errorf("String: want ***, not to tell an absent secret from one that is there, got %q", got)
	}
}
