// Package failures_test seeds every failure of the catalogue in docs/operations.md and
// writes what a person on call reads of it.
package failures_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// failure is a row of the catalogue.
type failure struct {
	// what is broken, as a person would say it.
	what string
	task string
	code int
	// anchor is the heading of the docs where the remedy leads.
	anchor string
	// terminal marks those of the test on a terminal.
	terminal bool
	seed     func(*scene)
}

var update = flag.Bool("update", false, "write the catalogue anew")

const (
	page  = "../../../docs/operations.md"
	begin = "<!-- catalogue: made by internal/conformance/failures (go test -update) -->\n"
	final = "<!-- end of the catalogue -->\n"
)

// TestCatalogue seeds each failure. The two lines at the end of stderr, the Event and
// the place to read on are those of the page.
func TestCatalogue(t *testing.T) {
	all := slices.Concat(soon(connections()), soon(answers()), logins(), rights(), rules(), inputs(), clusters(), outcomes())
	rows := make([]string, len(all))
	t.Run("seed", func(t *testing.T) {
		for i, f := range all {
			t.Run(strings.ReplaceAll(f.what, " ", "_"), func(t *testing.T) {
				t.Parallel()
				rows[i] = f.row(t)
			})
		}
	})
	compare(t, table(all, rows))
}

// row is the failure's row, after it was seeded and compared.
func (f failure) row(t *testing.T) string {
	s := newScene(t, f.task)
	f.seed(s)
	e := s.run()
	cause, remedy := lastLines(t, e.stderr)
	first := more.ReplaceAllString(strings.TrimPrefix(cause, f.task+": "), "")
	if e.code != f.code {
		t.Errorf("exit %d, want %d", e.code, f.code)
	}
	if place := "(docs/" + f.anchor + ")"; !strings.HasSuffix(remedy, place) {
		t.Errorf("read on at %s, want %s", remedy, place)
	}
	if !strings.Contains(e.event.Message, strings.TrimPrefix(remedy, "remedy: ")) || !strings.Contains(e.event.Message, shortest(first)) {
		t.Errorf("the event says something else: %s", e.event.Message)
	}
	if !strings.Contains(e.message, remedy) || !strings.Contains(e.message, first) {
		t.Errorf("the termination message says something else: %s", e.message)
	}
	if strings.Contains(e.stderr+e.message+e.event.Message, password) {
		t.Error("the password is shown")
	}
	if strings.Contains(remedy, "read the errors above") {
		t.Error("nothing is known to do about it")
	}
	hide, mark := s.names(), ""
	if f.terminal {
		mark = " ★"
	}
	return fmt.Sprintf("| %s%s | %s | %d | `%s` | `%s` |\n", f.what, mark, f.task, f.code, cell(hide, cause), cell(hide, remedy))
}

// shortest is as much of a cause as an Event has room for.
func shortest(cause string) string { return cause[:min(len(cause), 300)] }

// lastLines are the cause and the remedy.
func lastLines(t *testing.T, stderr string) (cause, remedy string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[len(lines)-1], "remedy: ") {
		t.Fatalf("no remedy at the end: %s", stderr)
	}
	return lines[len(lines)-2], lines[len(lines)-1]
}

// names give what differs from run to run a name.
func (s *scene) names() *strings.Replacer {
	pairs := []string{s.folder, "/tmp", strings.TrimPrefix(s.server.URL, "http://"), "app.example.com", "127.0.0.1:1:", "app.example.com:", "127.0.0.1:1/", "app.example.com/", "1.2.3.4.5", "kyecloak.otomi"}
	if s.git != nil {
		pairs = append(pairs, strings.TrimPrefix(s.git.URL, "http://"), "gitea.example.com")
	}
	return strings.NewReplacer(pairs...)
}

var (
	ports    = regexp.MustCompile(`127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?`)
	waits    = regexp.MustCompile(`waiting \d+(\.\d+)?m?s`)
	folders  = regexp.MustCompile(`/tmp/Test\S+/values\.yaml`)
	moments  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	more     = regexp.MustCompile(` \(and \d+ more above\)$`)
	unstable = regexp.MustCompile(`\b[0-9a-f]{40}\b`)
	drafts   = regexp.MustCompile(`\.report\.html-\d+`)
)

func cell(names *strings.Replacer, text string) string {
	text = strings.TrimPrefix(folders.ReplaceAllString(names.Replace(text), "/values.yaml"), "remedy: ")
	text = ports.ReplaceAllString(text, "app.example.com")
	text = waits.ReplaceAllString(text, "waiting 5m0s")
	text = moments.ReplaceAllString(text, "…")
	text = unstable.ReplaceAllString(text, "…")
	text = drafts.ReplaceAllString(text, "report.html")
	return strings.NewReplacer("|", `\|`, "`", "'").Replace(text)
}

func table(all []failure, rows []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d failures, each seeded by a test that compares these lines: the last two on stderr, and what the termination message and the\nEvent say. Addresses stand for those of the run. ★ marks those that are most frequent on a terminal.\n\n", len(all))
	b.WriteString("| what is broken | task | exit | cause | remedy |\n|---|---|---|---|---|\n" + strings.Join(rows, ""))
	return b.String()
}

// compare holds the page against what was seen.
func compare(t *testing.T, want string) {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(content), begin)
	got, after, ends := strings.Cut(rest, final)
	if !begins || !ends {
		t.Fatalf("%s has no place for the catalogue", page)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(page, []byte(before+begin+want+final+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(got, "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("the page is not what was seen, run go test -update: -page, +seen:\n%s", diff)
	}
}
