package values

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// parseJSON reads data, which is known to be valid JSON. JSON's escapes are
// not all YAML's, so the YAML library is no use here.
func parseJSON(file string, data []byte) (*node, Problems) {
	r := jsonReader{source: &source{file: file}, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	root := r.value("", 0)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	if root.isNull() {
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
	offset, lineStart, line int
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, position) {
	start := int(r.decoder.InputOffset())
	for start < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[start]) >= 0 {
		start++
	}
	for ; r.offset < start; r.offset++ {
		if r.data[r.offset] == '\n' {
			r.line, r.lineStart = r.line+1, r.offset+1
		}
	}
	at := newPosition(r.source, r.line, 1+start-r.lineStart)
	token, err := r.decoder.Token()
	if err != nil {
		r.stop(at.problem("", "is not valid JSON"))
	}
	return token, at
}

func (r *jsonReader) stop(p Problem) {
	r.problems, r.broken = append(r.problems, p), true
}

func (r *jsonReader) value(path string, depth int) *node {
	token, at := r.next()
	if depth > maxDepth {
		r.stop(at.problem("", "is nested more than %d deep", maxDepth))
		return newScalar(tagNull, "", at)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return r.mapping(path, at, depth)
		}
		return r.sequence(path, at, depth)
	case string:
		return newScalar(tagText, token, at)
	case bool:
		return newScalar(tagBool, fmt.Sprint(token), at)
	case json.Number:
		return newScalar(numberTag(token), token.String(), at)
	}
	return newScalar(tagNull, "", at)
}

// more says whether the open list or object goes on.
func (r *jsonReader) more() bool { return !r.broken && r.decoder.More() }

func (r *jsonReader) mapping(path string, at position, depth int) *node {
	out := &node{kind: mapping, at: at}
	var known nameIndex
	for r.more() {
		token, keyAt := r.next()
		name, _ := token.(string) // valid JSON has no other keys
		keyPath := join(path, name)
		value := r.value(keyPath, depth+1)
		if first := known.find(out.fields, name); first >= 0 {
			r.problems = append(r.problems, keyAt.problem(keyPath, "stands twice in this mapping, first on line %d", out.fields[first].at.line))
			continue
		}
		out.fields = append(out.fields, field{name: name, at: keyAt, value: value})
		known = known.add(out.fields)
	}
	r.close()
	return out
}

func (r *jsonReader) sequence(path string, at position, depth int) *node {
	out := &node{kind: sequence, at: at}
	for i := 0; r.more(); i++ {
		out.items = append(out.items, r.value(fmt.Sprintf("%s[%d]", path, i), depth+1))
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

func numberTag(n json.Number) tag {
	if strings.ContainsAny(n.String(), ".eE") {
		return tagFloat
	}
	return tagInt
}
