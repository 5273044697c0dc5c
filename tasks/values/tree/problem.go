package tree

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// EnvFile is Problem.File for what came from the environment.
const EnvFile = "env"

// Problem is one thing that is wrong with the values, and where. Its message
// never holds the text of a secret.
type Problem struct {
	// File is the file as it was named, "-" for stdin, "env" for the
	// environment, "" where no place is to blame.
	File string
	// Line and Column count from 1; 0 is unknown.
	Line, Column int
	// Path is the dotted path of the setting, or the variable's name.
	Path string
	// Message says what is wrong and, where it can, what to do.
	Message string
}

// String gives "file:line:column: path: message" without the parts that are
// unknown.
func (p Problem) String() string {
	var parts []string
	if place := p.place(); place != "" {
		parts = append(parts, place)
	}
	if p.Path != "" {
		parts = append(parts, p.Path)
	}
	return strings.Join(append(parts, p.Message), ": ")
}

func (p Problem) place() string {
	if p.File == "" || p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems is everything that is wrong, sorted by file, line and column.
type Problems []Problem

// Error gives one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Has says whether any problem is about one of the paths.
func (ps Problems) Has(paths ...string) bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return slices.Contains(paths, p.Path) })
}

// Sorted returns the problems in order, each once.
func (ps Problems) Sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, compareProblems)
	return slices.Compact(out)
}

func compareProblems(a, b Problem) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Message, b.Message),
	)
}

// source is a file, or a variable in the environment.
type source struct {
	file string
	// variable is the name of the variable (and the path in its JSON); it
	// then takes the place of the path in problems.
	variable string
}

// Position is where a piece of the values came from. There are as many as
// there are values, so it is kept small.
type Position struct {
	source       *source // nil for nowhere
	line, column int32
}

func newPosition(from *source, line, column int) Position {
	return Position{source: from, line: narrow(line), column: narrow(column)}
}

// narrow gives 0, the unknown place, for what no file of ours has.
func narrow(n int) int32 {
	if n < 0 || n > math.MaxInt32 {
		return 0
	}
	return int32(n)
}

// InVariable is the place of what an environment variable holds.
func InVariable(name string) Position {
	return Position{source: &source{file: EnvFile, variable: name}}
}

// InFile is a file, or something like one, without a line.
func InFile(name string) Position { return Position{source: &source{file: name}} }

// IsVariable says whether the place is in the environment.
func (at Position) IsVariable() bool { return at.source != nil && at.source.variable != "" }

// String is the file with the line, or the variable; "" for nowhere.
func (at Position) String() string {
	switch {
	case at.source == nil:
		return ""
	case at.IsVariable():
		return "variable " + at.source.variable
	case at.line == 0:
		return at.source.file
	}
	return fmt.Sprintf("%s:%d", at.source.file, at.line)
}

// Problem is what is wrong at the place, with the path of the setting.
func (at Position) Problem(path, format string, args ...any) Problem {
	p := Problem{Line: int(at.line), Column: int(at.column), Path: path, Message: fmt.Sprintf(format, args...)}
	if at.source != nil {
		p.File = at.source.file
	}
	if at.IsVariable() {
		p.Path = at.source.variable
	}
	return p
}
