// Package document merges what we declare over what a server holds, so that a
// PUT of the whole object loses nothing that somebody else set.
package document

import (
	"encoding/json"
	"fmt"
)

// Object is a JSON object whose values are kept as they are written: numbers
// keep every digit.
type Object = map[string]json.RawMessage

// Merge lays the JSON objects of declared, in their order, over base. Objects
// merge key by key, everything else is replaced. An empty base and null are {}.
func Merge(base []byte, declared ...any) ([]byte, error) {
	merged := Object{}
	if len(base) > 0 {
		if err := json.Unmarshal(base, &merged); err != nil {
			return nil, fmt.Errorf("reading the server's object: %w", err)
		}
	}
	if merged == nil {
		merged = Object{} // the base was null
	}
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

// object is the value as an object, or nil when it is none.
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
