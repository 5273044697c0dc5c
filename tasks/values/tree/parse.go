package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Bounds of one file: generous for values, small for an attack.
const (
	// MaxFileBytes is the size of one file.
	MaxFileBytes = 16 << 20
	maxDepth     = 100
	maxAliased   = 100_000
)

// Parse reads one YAML or JSON document whose top is a mapping. An empty one
// is nil.
func Parse(file string, data []byte) (*Node, Problems) {
	root, problems := ParseAny(file, data)
	if root != nil && root.Kind != Mapping {
		return nil, Problems{root.At.Problem("", "want a mapping at the top, got %s", root.Describe())}
	}
	return root, problems
}

// ParseAny reads one YAML or JSON document, whatever it holds.
func ParseAny(file string, data []byte) (*Node, Problems) {
	if len(data) > MaxFileBytes {
		return nil, Problems{{File: file, Message: fmt.Sprintf("is larger than %d MiB", MaxFileBytes>>20)}}
	}
	if json.Valid(data) {
		return parseJSON(file, data)
	}
	return parseYAML(file, data)
}

func parseYAML(file string, data []byte) (*Node, Problems) {
	document, Problem := decodeDocument(file, data)
	if Problem != nil {
		return nil, Problems{*Problem}
	}
	if document == nil {
		return nil, nil
	}
	c := converter{source: &source{file: file}, open: map[*yaml.Node]bool{}}
	root := c.convert(document)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return root, nil
}

// decodeDocument returns the only document of data, nil where there is none.
func decodeDocument(file string, data []byte) (*yaml.Node, *Problem) {
	var found *yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, syntaxProblem(file, data, err)
		}
		if len(document.Content) == 0 || tagOf(document.Content[0]) == TagNull {
			continue
		}
		if found != nil {
			p := positionOf(document.Content[0], &source{file: file}).Problem("", "a second document begins here: keep each in a file of its own")
			return nil, &p
		}
		found = document.Content[0]
	}
}
