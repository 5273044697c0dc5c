// Package document merges what we declare over what a server holds, so that a
// PUT of the whole object loses nothing that others set.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Object is a JSON object whose values are kept as they are written: numbers
// keep every digit.
type Object = map[string]json.RawMessage

// ErrNoObject says that the base of a merge is not a JSON object. What was
// declared must not be written without it: the PUT would clear all the rest.
var ErrNoObject = errors.New("the answer is not a JSON object")

// New gives the JSON object to create: the objects of declared, laid over each
// other in their order as [Merge] does. It fails when one of them has no JSON
// form, or one that is neither an object nor null; null declares nothing.
func New(declared ...any) ([]byte, error) { return lay(Object{}, declared) }

// Merge lays the JSON objects of declared, in their order, over base, the
// object as the server gave it. Objects merge key by key, everything else is
// replaced. It fails with ErrNoObject when base is empty, null or no JSON
// object, and as [New] does.
func Merge(base []byte, declared ...any) ([]byte, error) {
	merged, err := read(base)
	if err != nil {
		return nil, fmt.Errorf("reading the server's object: %w", err)
	}
	return lay(merged, declared)
}

func read(base []byte) (Object, error) {
	if len(bytes.TrimSpace(base)) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNoObject)
	}
	var o Object
	if err := json.Unmarshal(base, &o); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoObject, err)
	}
	if o == nil {
		return nil, fmt.Errorf("%w: it is null", ErrNoObject)
	}
	return o, nil
}

// lay changes merged.
func lay(merged Object, declared []any) ([]byte, error) {
	for _, d := range declared {
		raw, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("encoding the declared object: %w", err)
		}
		var over Object
		if err := json.Unmarshal(raw, &over); err != nil {
			return nil, fmt.Errorf("reading the declared object: %w", err)
		}
		overlay(merged, over)
	}
	return json.Marshal(merged)
}

func overlay(base, over Object) {
	for key, value := range over {
		inner, outer := object(base[key]), object(value)
		if inner == nil || outer == nil {
			base[key] = value
			continue
		}
		overlay(inner, outer)
		base[key] = encode(inner)
	}
}

// object is the value as an object, or nil for any other value.
func object(raw json.RawMessage) Object {
	var o Object
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o
}

func encode(o Object) json.RawMessage {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil // the values were decoded from JSON
	}
	return raw
}
