package plan

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

// maxComment is how many bytes a comment may have: GitHub takes 65,536 characters.
const maxComment = 65536

// maxTail is what is kept free for the end of a comment, maxError for the error of a
// run that comes after the plan.
const (
	maxTail  = 512
	maxError = 4096
)

// WriteMarkdown prints the plan as a comment for a pull request: what takes something
// away or is dangerous is open, everything else is folded. What does not fit is
// counted.
func (v View) WriteMarkdown(w io.Writer, task string, p Plan) error {
	c := comment{left: maxComment - maxTail - maxError}
	c.text.WriteString(CommentHead(task, Count(Lines(p)).String()))
	if len(v.Header) > 0 {
		c.text.WriteString("| | |\n|---|---|\n")
	}
	for _, note := range v.Header {
		fmt.Fprintf(&c.text, "| %s | %s |\n", note.Name, cell(note.Value))
	}
	c.text.WriteString("\n")
	sets := p.Kinds()
	c.addCounts(v, sets)
	c.addRisks(p)
	for _, g := range v.groups(sets) {
		var lines []Line
		for _, r := range g.refs {
			lines = append(lines, sets[r.set].line(r.change, v.Full))
		}
		c.addGroup(g.title, lines)
	}
	if c.omitted > 0 {
		fmt.Fprintf(&c.text, "\n%d more changes do not fit into a comment.\n", c.omitted)
	}
	_, err := io.WriteString(w, c.text.String())
	return err
}

// CommentHead begins a comment. Its first line is what a pipeline finds the comment by
// that it should replace.
func CommentHead(task, result string) string {
	return fmt.Sprintf("<!-- otomi-tasks: %s -->\n### %s: %s\n\n", task, task, result)
}

// comment is a text of limited length.
type comment struct {
	text    strings.Builder
	left    int
	omitted int
}

// addRisks lists what a reviewer must see.
func (c *comment) addRisks(p Plan) {
	var risks []Line
	for line := range Lines(p) {
		if line.risky() {
			risks = append(risks, line)
		}
	}
	if len(risks) > 0 {
		fmt.Fprintf(&c.text, "**%d of them take something away or are dangerous:**\n\n", len(risks))
		c.addBlock(risks, c.left/2)
	}
}

// addCounts adds the counts of each kind, folded.
func (c *comment) addCounts(v View, sets []Set) {
	c.text.WriteString("<details><summary>of each kind</summary>\n\n~~~\n")
	b := bufio.NewWriter(&c.text)
	v.writeKinds(b, sets)
	_ = b.Flush() // a text in memory takes everything
	c.text.WriteString("~~~\n\n</details>\n\n")
}

// addGroup adds the changes below one heading, folded.
func (c *comment) addGroup(title string, lines []Line) {
	room := c.left - c.text.Len()
	if room < maxTail {
		c.omitted += len(lines)
		return
	}
	counts := Count(slices.Values(lines))
	fmt.Fprintf(&c.text, "<details><summary>%s: %s</summary>\n\n", html.EscapeString(title), counts.brief())
	c.omitted += c.addBlock(lines, room-maxTail)
	c.text.WriteString("\n</details>\n")
}

// addBlock adds lines as a block of code, and returns how many did not fit.
func (c *comment) addBlock(lines []Line, room int) (omitted int) {
	c.text.WriteString("~~~diff\n")
	for i, line := range lines {
		text := strings.ReplaceAll(line.String(), "~~~", "~ ~ ~") + "\n"
		for _, f := range line.Fields {
			for _, part := range f.lines(false) {
				text += "    " + strings.ReplaceAll(part, "~~~", "~ ~ ~") + "\n"
			}
		}
		if room -= len(text); room < 0 {
			omitted = len(lines) - i
			break
		}
		c.text.WriteString(text)
	}
	c.text.WriteString("~~~\n")
	return omitted
}

// cell is a text that stays within its cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(html.EscapeString(printable(text)), "|", "\\|")
}
