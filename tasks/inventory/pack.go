package inventory

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// maxContent bounds, in bytes, what a packed inventory may unfold to.
const maxContent = 32 << 20

// content are the notes.
type content struct {
	Fingerprints map[string][]byte            `json:"fingerprints,omitempty"`
	Credentials  map[string]string            `json:"credentials,omitempty"`
	Inventory    map[string]map[string]string `json:"inventory,omitempty"` // kind -> name -> note
}

// empty tells whether there is nothing to remember.
func (c content) empty() bool {
	return len(c.Fingerprints) == 0 && len(c.Credentials) == 0 && len(c.Inventory) == 0
}

// partOf is the part of all notes about a name, from 1 on.
func partOf(name string) int {
	hash := fnv.New32a()
	_, _ = io.WriteString(hash, name) // a hash takes every write
	return int(hash.Sum32()%Parts) + 1
}

// divide returns the notes by the number of the Secret that they belong into.
func (c content) divide(divided bool) map[int]content {
	if !divided {
		return map[int]content{0: c}
	}
	parts := make(map[int]content, Parts)
	for number := 1; number <= Parts; number++ {
		parts[number] = content{}
	}
	c.each(func(name string, add func(*content)) {
		part := parts[partOf(name)]
		add(&part)
		parts[partOf(name)] = part
	})
	return parts
}

// add takes over the notes of another content.
func (c *content) add(other content) {
	other.each(func(_ string, add func(*content)) { add(c) })
}

// each calls do with every name and with what adds its note to another content.
func (c content) each(do func(name string, add func(*content))) {
	for name, print := range c.Fingerprints {
		do(name, func(into *content) { put(&into.Fingerprints, name, print) })
	}
	for name, secret := range c.Credentials {
		do(name, func(into *content) { put(&into.Credentials, name, secret) })
	}
	for kind, names := range c.Inventory {
		for name, text := range names {
			do(name, func(into *content) {
				inKind := into.Inventory[kind]
				put(&inKind, name, text)
				put(&into.Inventory, kind, inKind)
			})
		}
	}
}

// sum tells one content from another without keeping it.
type sum [sha256.Size]byte

func sumOf(text []byte) sum { return sha256.Sum256(text) }

// sumUp notes what the Secrets say. An absent part says what the first Secret
// says in its place.
func (s *stored) sumUp() error {
	for number, c := range s.content.divide(s.divided) {
		text, err := c.text()
		if err != nil {
			return err
		}
		s.sums[number] = sumOf(text)
	}
	return nil
}

// text is the same for the same content.
func (c content) text() ([]byte, error) { return json.Marshal(c) }

func compress(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// unpack never shows the content in its error.
func unpack(packed []byte) (content, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return content{}, fmt.Errorf("unpacking it: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxContent+1))
	if err != nil {
		return content{}, fmt.Errorf("unpacking it: %w", err)
	}
	if len(text) > maxContent {
		return content{}, fmt.Errorf("unpacking it: more than %d bytes", maxContent)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return content{}, errors.New("invalid JSON")
	}
	return c, nil
}
