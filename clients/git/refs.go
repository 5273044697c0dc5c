package git

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

const (
	head     = "HEAD"
	branches = "refs/heads/"
	tags     = "refs/tags/"
)

// refs is what a server says of a repository before anything is asked for.
type refs struct {
	ids map[string]plumbing.Hash
	// capabilities are the words that say what the server can do.
	capabilities []string
}

// readRefs reads an advertisement: a line that names the service, then "id name" for each ref, the first one followed by the
// capabilities.
func readRefs(body io.Reader) (refs, error) {
	out := refs{ids: map[string]plumbing.Hash{}}
	lines := pktline.NewScanner(body)
	if !lines.Scan() || !strings.HasPrefix(string(lines.Bytes()), "# service="+service) {
		return refs{}, ended(lines.Err())
	}
	for lines.Scan() {
		line := strings.TrimSuffix(string(lines.Bytes()), "\n")
		if line == "" { // between the parts
			continue
		}
		line, capabilities, first := strings.Cut(line, "\x00")
		if first {
			out.capabilities = strings.Fields(capabilities)
		}
		id, name, found := strings.Cut(line, " ")
		switch {
		case slices.Contains(out.capabilities, "object-format=sha256"):
			return refs{}, wrong("it is a SHA-256 repository, which is not supported")
		case id == "shallow":
		case !found || !plumbing.IsHash(id):
			return refs{}, fmt.Errorf("reading the answer: unknown line %q", cut(line))
		default:
			out.ids[name] = plumbing.NewHash(id)
		}
	}
	if err := lines.Err(); err != nil {
		return refs{}, ended(err)
	}
	delete(out.ids, "capabilities^{}") // a repository without refs
	return out, nil
}

func (r refs) can(capability string) bool { return slices.Contains(r.capabilities, capability) }

// want is one object that the server is asked for.
type want struct {
	id plumbing.Hash
	// asked says that the id came from the request, not from the server.
	asked bool
	// options are capabilities that make the answer shorter.
	options string
}

// resolve finds the object that a ref names.
func (r refs) resolve(ref string) (want, error) {
	var out want
	switch {
	case len(r.ids) == 0:
		return out, wrong("the repository is empty")
	case !r.can("shallow"):
		return out, wrong("its server gives no commit without all of its history")
	}
	for _, option := range []string{"ofs-delta", "no-progress"} {
		if r.can(option) {
			out.options += " " + option
		}
	}
	for _, name := range candidates(ref) {
		if id, found := r.ids[name]; found {
			out.id = id
			return out, nil
		}
	}
	switch {
	case ref == "":
		return out, wrong("it has no default branch: say ?ref=… (%s)", r.names())
	case plumbing.IsHash(ref):
		out.id, out.asked = plumbing.NewHash(ref), true
		return out, nil
	}
	return out, wrong("there is no branch or tag %q (%s)", cut(ref), r.names())
}

func candidates(ref string) []string {
	if ref == "" || ref == head {
		return []string{head}
	}
	if strings.HasPrefix(ref, "refs/") {
		return []string{ref}
	}
	return []string{branches + ref, tags + ref}
}

// names lists some branches, for a reader who mistyped one.
func (r refs) names() string {
	const limit = 5
	var found []string
	for _, name := range slices.Sorted(maps.Keys(r.ids)) {
		if branch, ok := strings.CutPrefix(name, branches); ok {
			found = append(found, fmt.Sprintf("%q", cut(branch)))
		}
	}
	if len(found) > limit {
		found = append(found[:limit], "…")
	}
	return "branches: " + strings.Join(found, ", ")
}

// encode writes the request for the object, as if its history ended there.
func (w want) encode() []byte {
	var out bytes.Buffer
	lines := pktline.NewEncoder(&out)
	// A buffer takes everything.
	_ = lines.EncodeString("want "+w.id.String()+w.options+"\n", "deepen 1\n", pktline.FlushString, "done\n")
	return out.Bytes()
}

// explain tells what the server's refusal means. An id that the server named itself has become unknown since, which passes.
func (w want) explain(err error) error {
	refusal := new(pktline.ErrorLine)
	if !w.asked || !errors.As(err, &refusal) {
		return err
	}
	return wrong("its server gives no commit of this id (%s): name a branch or tag, or let it (uploadpack.allowAnySHA1InWant)", cut(refusal.Text))
}
