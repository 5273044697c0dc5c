package values

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// environment reads settings from variables. An empty variable counts as
// absent: charts set variables that they have no value for.
type environment struct {
	env      map[string]string
	problems Problems
}

// overlay returns what the variables of the table say, nil for nothing.
func (e *environment) overlay() *node {
	var out *node
	for _, v := range variables() {
		if value := e.value(v); value != nil {
			out = merge(out, nest(value, strings.Split(v.path, ".")...))
		}
	}
	return out
}

func (e *environment) value(v variable) *node {
	if raw := e.env[v.name]; raw != "" {
		return e.shaped(v.name, raw, v.shape)
	}
	path := e.env[v.name+"_FILE"]
	if !v.credential || path == "" {
		return nil
	}
	return e.credential(path, inVariable(v.name+"_FILE"))
}

func (e *environment) shaped(name, raw string, s shape) *node {
	at := inVariable(name)
	switch s {
	case structure:
		return e.structure(name)
	case number:
		if _, err := strconv.Atoi(raw); err == nil {
			return newScalar(tagInt, raw, at)
		}
	case flag:
		if word := flagWord(raw); word != "" {
			return newScalar(tagBool, word, at)
		}
	case text:
	}
	return newScalar(tagText, raw, at)
}

// flagWord returns "true" or "false" for the words that the predecessor took
// for them, else "".
func flagWord(raw string) string {
	switch strings.ToLower(raw) {
	case "true", "t", "1", "yes", "on":
		return "true"
	case "false", "f", "0", "no", "off":
		return "false"
	}
	return ""
}

// structure reads the JSON in a variable; every node of it then names the
// variable and the path in it as its place.
func (e *environment) structure(name string) *node {
	out, problems := parseAny(envFile, []byte(e.env[name]))
	if len(problems) > 0 {
		at := inVariable(name)
		e.problems = append(e.problems, at.problem("", "is not valid JSON"))
		return nil
	}
	if out != nil {
		relocate(out, name)
	}
	return out
}

func relocate(n *node, variable string) {
	n.at = inVariable(variable)
	for i, f := range n.fields {
		n.fields[i].at = inVariable(join(variable, f.name))
		relocate(f.value, join(variable, f.name))
	}
	for i, item := range n.items {
		relocate(item, fmt.Sprintf("%s[%d]", variable, i))
	}
}

// credential reads a secret from a file, without the one line break that
// editors and echo put at its end.
func (e *environment) credential(path string, at position) *node {
	data, err := readFile(path)
	if err != nil {
		e.problems = append(e.problems, at.problem("", "reading %s: %s", path, reason(err)))
		return nil
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	data = bytes.TrimSuffix(data, []byte("\r"))
	if len(data) == 0 {
		e.problems = append(e.problems, at.problem("", "%s is empty", path))
		return nil
	}
	return newScalar(tagText, string(data), at)
}

// plainNumber turns a text of digits into the number, and leaves any other.
func plainNumber(n *node) *node {
	if _, err := strconv.Atoi(n.text); err != nil {
		return n
	}
	return newScalar(tagInt, n.text, n.at)
}
