package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// parseJSON reads data, which is known to be valid JSON. JSON's escapes are
// not all YAML's, so the YAML library cannot read it.
func parseJSON(file string, data []byte) (*Node, Problems) {
	r := jsonReader{source: &source{file: file}, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), Line: 1}
	r.decoder.UseNumber()
	root := r.value("", 0)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	if root.IsNull() {
		return nil, nil
	}
	return root, nil
}

type jsonReader struct {
	source   *source
	data     []byte
	decoder  *json.Decoder
	problems Problems
	broken   bool // the rest cannot be read
	// offset has been counted up to; lineStart is where its line begins.
	offset, lineStart, Line int
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, Position) {
	start := int(r.decoder.InputOffset())
	for start < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[start]) >= 0 {
		start++
	}
	for ; r.offset < start; r.offset++ {
		if r.data[r.offset] == '\n' {
			r.Line, r.lineStart = r.Line+1, r.offset+1
		}
	}
	at := newPosition(r.source, r.Line, 1+start-r.lineStart)
	token, err := r.decoder.Token()
	if err != nil {
		r.stop(at.Problem("", "is not valid JSON"))
	}
	return token, at
}

func (r *jsonReader) stop(p Problem) {
	r.problems, r.broken = append(r.problems, p), true
}

func (r *jsonReader) value(path string, depth int) *Node {
	token, at := r.next()
	if depth > maxDepth {
		r.stop(at.Problem("", "is nested more than %d deep", maxDepth))
		return NewScalar(TagNull, "", at)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return r.mapping(path, at, depth)
		}
		return r.sequence(path, at, depth)
	case string:
		return NewScalar(TagText, token, at)
	case bool:
		return NewScalar(TagBool, fmt.Sprint(token), at)
	case json.Number:
		return NewScalar(numberTag(token), token.String(), at)
	}
	return NewScalar(TagNull, "", at)
}

// more says whether the open list or object goes on.
func (r *jsonReader) more() bool { return !r.broken && r.decoder.More() }

func (r *jsonReader) mapping(path string, at Position, depth int) *Node {
	out := &Node{Kind: Mapping, At: at}
	var known nameIndex
	for r.more() {
		token, keyAt := r.next()
		name, _ := token.(string) // valid JSON has no other keys
		keyPath := Join(path, name)
		value := r.value(keyPath, depth+1)
		if first := known.find(out.Fields, name); first >= 0 {
			r.problems = append(r.problems, keyAt.Problem(keyPath, "duplicate key, first on line %d", out.Fields[first].At.line))
			continue
		}
		out.Fields = append(out.Fields, Field{Name: name, At: keyAt, Value: value})
		known = known.add(out.Fields)
	}
	r.close()
	return out
}

func (r *jsonReader) sequence(path string, at Position, depth int) *Node {
	out := &Node{Kind: Sequence, At: at}
	for i := 0; r.more(); i++ {
		out.Items = append(out.Items, r.value(fmt.Sprintf("%s[%d]", path, i), depth+1))
	}
	r.close()
	return out
}

// close reads the bracket that ends a list or object.
func (r *jsonReader) close() {
	if !r.broken {
		r.next()
	}
}

func numberTag(n json.Number) Tag {
	if strings.ContainsAny(n.String(), ".eE") {
		return TagFloat
	}
	return TagInt
}
