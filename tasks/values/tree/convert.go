package tree

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// converter turns the YAML library's tree into ours: aliases replaced, keys
// unique, everything bounded. It lets go of the library's tree on the way,
// which is the larger one.
type converter struct {
	source   *source
	path     []step              // of the node that is being read
	open     map[*yaml.Node]bool // anchors whose value is being read
	aliased  int                 // nodes made from aliases so far
	outer    []*yaml.Node        // aliases that are being replaced, outermost first
	outerAt  string              // path of the outermost
	problems Problems
}

// step is one part of a path.
type step struct {
	name  string
	index int // of an item; -1 where the step is a name
}

func (c *converter) dotted() string {
	var out string
	for _, s := range c.path {
		if s.index < 0 {
			out = Join(out, s.name)
		} else {
			out += fmt.Sprintf("[%d]", s.index)
		}
	}
	return out
}

func positionOf(n *yaml.Node, from *source) Position {
	return newPosition(from, n.Line, n.Column)
}

func (c *converter) Position(n *yaml.Node) Position { return positionOf(n, c.source) }

func (c *converter) Fail(n *yaml.Node, format string, args ...any) *Node {
	c.problems = append(c.problems, c.Position(n).Problem(c.dotted(), format, args...))
	return NewScalar(TagNull, "", c.Position(n))
}

func (c *converter) convert(n *yaml.Node) *Node {
	if len(c.outer) > 0 {
		c.aliased++
	}
	switch {
	case c.exhausted():
		return c.tooManyAliases()
	case len(c.path)+len(c.outer) > maxDepth:
		c.problems = append(c.problems, c.Position(n).Problem("", "is nested more than %d deep", maxDepth))
		return NewScalar(TagNull, "", c.Position(n))
	}
	if n.Anchor != "" {
		c.open[n] = true
		defer delete(c.open, n)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.alias(n)
	case yaml.MappingNode:
		return c.mapping(n)
	case yaml.SequenceNode:
		return c.sequence(n)
	case yaml.DocumentNode, yaml.ScalarNode:
	}
	return NewScalar(tagOf(n), n.Value, c.Position(n))
}

// below converts a child under one more step of the path.
func (c *converter) below(s step, n *yaml.Node) *Node {
	c.path = append(c.path, s)
	out := c.convert(n)
	c.path = c.path[:len(c.path)-1]
	return out
}

func (c *converter) exhausted() bool { return c.aliased > maxAliased }

// tooManyAliases reports the excess once: a bomb has it at every leaf.
func (c *converter) tooManyAliases() *Node {
	at := c.Position(c.outer[0])
	if c.aliased == maxAliased+1 {
		c.problems = append(c.problems, at.Problem(c.outerAt, "aliases stand for more than %d values", maxAliased))
	}
	return NewScalar(TagNull, "", at)
}

func (c *converter) alias(n *yaml.Node) *Node {
	if c.open[n.Alias] {
		return c.Fail(n, "an alias stands for something that holds it")
	}
	if len(c.outer) == 0 {
		c.outerAt = c.dotted()
	}
	c.outer = append(c.outer, n)
	out := c.convert(n.Alias)
	c.outer = c.outer[:len(c.outer)-1]
	return out
}

func (c *converter) mapping(n *yaml.Node) *Node {
	out := &Node{Kind: Mapping, At: c.Position(n), Fields: make([]Field, 0, len(n.Content)/2)}
	var known nameIndex
	for i := 0; i+1 < len(n.Content) && !c.exhausted(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if fault := keyFault(key); fault != "" {
			c.Fail(key, "%s", fault)
			continue
		}
		if first := known.find(out.Fields, key.Value); first >= 0 {
			p := c.Position(key).Problem(Join(c.dotted(), key.Value), "duplicate key, first on line %d", out.Fields[first].At.line)
			c.problems = append(c.problems, p)
			continue
		}
		out.Fields = append(out.Fields, Field{Name: key.Value, At: c.Position(key), Value: c.below(step{name: key.Value, index: -1}, value)})
		known = known.add(out.Fields)
		c.release(n.Content[i : i+2])
	}
	return out
}

func keyFault(key *yaml.Node) string {
	switch {
	case key.Kind == yaml.MappingNode && key.Style&yaml.FlowStyle != 0:
		return "holds an unexpanded template {{ … }}, or a mapping where a name is wanted"
	case key.Kind != yaml.ScalarNode:
		return "has a key that is not text"
	case key.ShortTag() == "!!merge":
		return "merge keys (<<) are not supported: repeat the settings"
	}
	return ""
}

func (c *converter) sequence(n *yaml.Node) *Node {
	out := &Node{Kind: Sequence, At: c.Position(n), Items: make([]*Node, 0, len(n.Content))}
	for i, item := range n.Content {
		if c.exhausted() {
			break
		}
		out.Items = append(out.Items, c.below(step{index: i}, item))
		c.release(n.Content[i : i+1])
	}
	return out
}

// release lets go of nodes that were read, unless an alias may read them
// again.
func (c *converter) release(done []*yaml.Node) {
	if len(c.open) == 0 && len(c.outer) == 0 {
		clear(done)
	}
}

// tagOf returns the type that the YAML library sees in a scalar.
func tagOf(n *yaml.Node) Tag {
	switch n.ShortTag() {
	case "!!null":
		return TagNull
	case "!!str":
		return TagText
	case "!!int":
		return TagInt
	case "!!float":
		return TagFloat
	case "!!bool":
		return TagBool
	case "!!timestamp":
		return TagTime
	}
	return TagOther
}
