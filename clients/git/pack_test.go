package git_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/git"
)

// answers is a server that gives the same two answers whatever is asked.
type answers struct{ refs, pack []byte }

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	body := a.refs
	if req.Method == http.MethodPost {
		body = a.pack
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, Body: io.NopCloser(bytes.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-git-upload-pack-advertisement"}},
	}, nil
}

func fetch(t *testing.T, a answers, path string) (git.Snapshot, error) {
	t.Helper()
	return git.Fetch(t.Context(), &http.Client{Transport: a}, git.Request{URL: "https://git.example.com/values.git", Path: path})
}

// The kinds of objects in a pack.
const (
	commitKind   = 1
	treeKind     = 2
	blobKind     = 3
	offsetChange = 6
	changeByID   = 7
)

// pack is a pack in the making.
type pack struct {
	bytes.Buffer
	count uint32
	zip   *zlib.Writer // a new one for each object would take seconds
}

// add puts an object into the pack, of which it states the size.
func (p *pack) add(kind byte, size int, prefix, content []byte) {
	p.count++
	first := kind<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p.WriteByte(first | 0x80)
		first = byte(size & 127)
	}
	p.WriteByte(first)
	p.Write(prefix)
	if p.zip == nil {
		p.zip = zlib.NewWriter(nil)
	}
	p.zip.Reset(&p.Buffer)
	_, _ = p.zip.Write(content)
	_ = p.zip.Close()
}

// object adds a whole object and gives its id.
func (p *pack) object(kind byte, name, content string) []byte {
	p.add(kind, len(content), nil, []byte(content))
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", name, len(content), content))
	return sum[:]
}

// folder adds a folder that holds one object under some names.
func (p *pack) folder(mode string, id []byte, names ...string) []byte {
	var content strings.Builder
	for _, name := range names {
		fmt.Fprintf(&content, "%s %s\x00%s", mode, name, id)
	}
	return p.object(treeKind, "tree", content.String())
}

// commit ends the pack with a commit that is the default branch.
func (p *pack) commit(tree []byte) answers {
	id := p.object(commitKind, "commit", "tree "+hex.EncodeToString(tree)+"\n\nfirst\n")
	return p.answers(id)
}

func (p *pack) answers(id []byte) answers {
	whole := []byte("PACK\x00\x00\x00\x02")
	whole = binary.BigEndian.AppendUint32(whole, p.count)
	whole = append(whole, p.Bytes()...)
	sum := sha1.Sum(whole)
	refs := line("# service=git-upload-pack\n") + "0000" + line(hex.EncodeToString(id)+" HEAD\x00shallow ofs-delta\n") + "0000"
	return answers{refs: []byte(refs), pack: append([]byte("00000008NAK\n"), append(whole, sum[:]...)...)}
}

func line(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// change is a delta that makes an object of one size out of another.
func change(from, to uint64, steps ...byte) []byte {
	delta := binary.AppendUvarint(nil, from)
	return append(binary.AppendUvarint(delta, to), steps...)
}

func TestPack(t *testing.T) {
	t.Parallel()
	var p pack
	start := p.Len()
	base := p.object(blobKind, "blob", "0123456789")
	copyAndInsert := change(10, 5, 0x91, 0, 4, 1, 'x') // copy 4 from 0, insert x
	p.add(changeByID, len(copyAndInsert), base, copyAndInsert)
	distance := byte(p.Len() - start)
	copyAll := change(10, 10, 0x90, 10)
	p.add(offsetChange, len(copyAll), []byte{distance}, copyAll)
	byID, byOffset := sha1.Sum([]byte("blob 5\x000123x")), base
	folder := p.object(treeKind, "tree", "100644 a\x00"+string(byID[:])+"100755 b\x00"+string(byOffset)+"160000 c\x00"+strings.Repeat("\x01", 20))
	got, err := fetch(t, p.commit(p.folder("40000", folder, "d")), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"d/a": "0123x", "d/b": "0123456789"}, contents(got)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestBombs: what a few bytes may become is bounded before it is made.
func TestBombs(t *testing.T) {
	t.Parallel()
	const huge = 1 << 40
	cases := map[string]struct {
		reason string
		make   func(*pack) answers
		input  bool
		says   string
	}{
		"Size": {"an object that says it is huge", func(p *pack) answers {
			p.add(blobKind, huge, nil, nil)
			return p.commit(nil)
		}, true, "larger than 64 MiB"},
		"Negative": {"a negative size", func(p *pack) answers {
			p.count++
			p.Write([]byte{0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
			return p.commit(nil)
		}, false, ""},
		"Content": {"an object that is larger than it says", func(p *pack) answers {
			p.add(blobKind, 5, nil, make([]byte, 1<<20))
			return p.commit(nil)
		}, false, "exceeds"},
		"Short": {"one that is smaller than it says", func(p *pack) answers {
			p.add(blobKind, 5, nil, []byte("1234"))
			return p.commit(nil)
		}, false, "shorter"},
		"Change": {"a change that says it makes something huge", func(p *pack) answers {
			delta := change(1, huge)
			p.add(changeByID, len(delta), p.object(blobKind, "blob", "0"), delta)
			return p.commit(nil)
		}, true, "larger than 64 MiB"},
		"Changes": {"many that make something large", func(p *pack) answers {
			base := p.object(blobKind, "blob", strings.Repeat("0", 0xffff))
			steps := bytes.Repeat([]byte{0xb0, 0xff, 0xff}, 100)
			for range 20 {
				delta := change(0xffff, 100*0xffff, steps...)
				p.add(changeByID, len(delta), base, delta)
			}
			return p.commit(nil)
		}, true, "larger than 64 MiB"},
		"Many": {"more objects than there is memory for", func(p *pack) answers {
			p.object(blobKind, "blob", "")
			one := bytes.Clone(p.Bytes())
			for range 132_000 {
				p.count++
				p.Write(one)
			}
			return p.commit(nil)
		}, true, "larger than 64 MiB"},
		"Nested": {"folders that hold each other a hundred times", func(p *pack) answers {
			id := p.object(blobKind, "blob", "0")
			names := make([]string, 100)
			for i := range names {
				names[i] = fmt.Sprintf("%02d", i)
			}
			id = p.folder("100644", id, names...)
			for range 8 {
				id = p.folder("40000", id, names...)
			}
			return p.commit(id)
		}, true, "more than 100000 files"},
		"Deep": {"folders within folders without an end", func(p *pack) answers {
			id := p.object(blobKind, "blob", "0")
			for i := range 5000 {
				id = p.folder("40000", id, "x", fmt.Sprintf("y%d", i))
			}
			return p.commit(id)
		}, true, "a path of more than 4096 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pack
			_, err := fetch(t, tc.make(&p), "")
			if err == nil || isInput(err) != tc.input || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// TestDamaged: a repository that does not hold what it says is an error, and
// nothing of it a file.
func TestDamaged(t *testing.T) {
	t.Parallel()
	none := bytes.Repeat([]byte{1}, 20)
	cases := map[string]struct {
		reason string
		make   func(*pack) answers
	}{
		"NoCommit": {"the commit is missing", func(p *pack) answers { return p.answers(none) }},
		"NoTree":   {"the folder is missing", func(p *pack) answers { return p.commit(none) }},
		"NoBlob":   {"a file is missing", func(p *pack) answers { return p.commit(p.folder("100644", none, "a")) }},
		"NoHeader": {"an invalid commit", func(p *pack) answers { return p.answers(p.object(commitKind, "commit", "tree what\n")) }},
		"CutTree":  {"a folder that breaks off", func(p *pack) answers { return p.commit(p.object(treeKind, "tree", "100644 a\x00short")) }},
		"Upwards":  {"a name that leads out", func(p *pack) answers { return p.commit(p.folder("100644", p.object(blobKind, "blob", ""), "..")) }},
		"Slash":    {"a name with a slash", func(p *pack) answers { return p.commit(p.folder("100644", p.object(blobKind, "blob", ""), "a/b")) }},
		"NoName":   {"no name", func(p *pack) answers { return p.commit(p.folder("100644", p.object(blobKind, "blob", ""), "")) }},
		"NoBase":   {"a change of a missing object", func(p *pack) answers { p.add(changeByID, 4, none, change(1, 1, 1, 'x')); return p.commit(none) }},
		"NoChange": {"a change without its sizes", func(p *pack) answers {
			p.add(changeByID, 0, p.object(blobKind, "blob", "0"), nil)
			return p.commit(none)
		}},
		"WrongKind": {"an object of no kind", func(p *pack) answers { p.add(5, 1, nil, []byte("x")); return p.commit(none) }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pack
			got, err := fetch(t, tc.make(&p), "")
			if err == nil || isInput(err) || len(got.Files) > 0 {
				t.Errorf("%s: %d files, %v", tc.reason, len(got.Files), err)
			}
		})
	}
}

// FuzzFetch takes foreign bytes for both answers of a server. What comes out is
// an error, or files with sound names.
func FuzzFetch(f *testing.F) {
	var p pack
	blob := p.object(blobKind, "blob", "0123456789")
	p.add(changeByID, 6, blob, change(10, 4, 0x91, 0, 4))
	whole := p.commit(p.folder("40000", p.folder("100644", blob, "a.yaml", "b.yaml"), "env"))
	f.Add(whole.refs, whole.pack, "env")
	f.Add(whole.refs, whole.pack, "")
	f.Add([]byte(line("# service=git-upload-pack\n")+"0000"), []byte("0008NAK\nPACK"), "a/b")
	f.Add(whole.refs, []byte(line("ERR upload-pack: not our ref\n")), "")
	f.Fuzz(func(t *testing.T, refs, pack []byte, path string) {
		got, err := fetch(t, answers{refs, pack}, path)
		if err != nil {
			return
		}
		for _, file := range got.Files {
			if !fs.ValidPath(file.Name) || !strings.HasPrefix(file.Name, path) {
				t.Errorf("path %q: a file is named %q", path, file.Name)
			}
		}
		if len(got.Commit) != 40 {
			t.Errorf("the commit is %q", got.Commit)
		}
	})
}
