package values

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Digests tell these values from others: those of the platform, and those of each
// team. They follow from secrets, too, and are as secret as they are.
func (v Values) Digests() (platform Secret, teams map[string]Secret) {
	teams = make(map[string]Secret, len(v.Teams))
	for id, team := range v.Teams {
		teams[id] = digestOf(team)
	}
	v.Teams = nil
	return digestOf(v), teams
}

func digestOf(v any) Secret {
	h := sha256.New()
	writeTo(h, reflect.ValueOf(v))
	return NewSecret(hex.EncodeToString(h.Sum(nil)))
}

// writeTo hashes a value so that no two have the same text: each part says its kind
// and how long it is.
func writeTo(h hash.Hash, v reflect.Value) {
	if !v.IsValid() {
		_, _ = io.WriteString(h, "none;") // a hash takes every write
		return
	}
	if v.CanInterface() {
		if secret, is := v.Interface().(Secret); is {
			fmt.Fprintf(h, "secret %q;", secret.Reveal())
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		writeTo(h, v.Elem())
	case reflect.Struct:
		fmt.Fprintf(h, "struct %d;", v.NumField())
		for _, field := range v.Fields() {
			writeTo(h, field)
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(h, "list %d;", v.Len())
		for i := range v.Len() {
			writeTo(h, v.Index(i))
		}
	case reflect.Map:
		fmt.Fprintf(h, "map %d;", v.Len())
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, key := range keys {
			writeTo(h, key)
			writeTo(h, v.MapIndex(key))
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		// nothing that a file could say
	default:
		fmt.Fprintf(h, "%q;", fmt.Sprint(v))
	}
}
