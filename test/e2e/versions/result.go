package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// result is how the tests of a row ended. It is kept in a file of its own, so that
// a run that was cut off goes on where it ended.
type result struct {
	Sources string   `json:"sources"` // what was tested; empty is never kept
	Commit  string   `json:"commit"`
	Passed  int      `json:"passed"`
	Failed  []string `json:"failed,omitempty"` // without those that failed by a part of them only
	Seconds int      `json:"seconds"`
	// CPU are the seconds of a processor that the tests and their servers took: they
	// tell what a row costs where the machine has other work, too.
	CPU int `json:"cpu"`
	// Idle are the requests of a run that finds nothing to do, by the name of the test.
	Idle map[string]int `json:"idle,omitempty"`
	Part bool           `json:"part,omitempty"` // only a part of the tests was run
}

// event is a line of go test -json.
type event struct {
	Action, Test, Output string
}

var idlePattern = regexp.MustCompile(`a run that finds nothing to do: (\d+) requests`)

// readEvents counts what passed, lists what failed, and finds what is logged.
func readEvents(stream io.Reader) (result, error) {
	r := result{Idle: map[string]int{}}
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Test == "" {
			continue // the compiler's own words, and the end of the package
		}
		switch e.Action {
		case "pass":
			r.Passed++
		case "fail":
			r.Failed = append(r.Failed, e.Test)
		case "output":
			if found := idlePattern.FindStringSubmatch(e.Output); found != nil {
				r.Idle[path.Base(e.Test)], _ = strconv.Atoi(found[1]) // digits only
			}
		}
	}
	r.Failed = leaves(r.Failed)
	return r, lines.Err()
}

// leaves drops the tests of which a part is in the list, too.
func leaves(tests []string) []string {
	return slices.DeleteFunc(slices.Clone(tests), func(test string) bool {
		return slices.ContainsFunc(tests, func(other string) bool { return strings.HasPrefix(other, test+"/") })
	})
}

// store keeps results in a folder.
type store string

func (s store) path(r row, extension string) string {
	return filepath.Join(string(s), strings.ReplaceAll(strings.ToLower(r.name()), " ", "-")+extension)
}

// parts are the results of rows of which only a part was run.
func (s store) parts() store { return store(filepath.Join(string(s), "part")) }

// newest is what is known of a row: the whole of it, or else the part that was run.
func (s store) newest(r row) (*result, error) {
	kept, err := s.read(r)
	if kept != nil || err != nil {
		return kept, err
	}
	kept, err = s.parts().read(r)
	if kept != nil {
		kept.Part = !r.isUpgrade()
	}
	return kept, err
}

// read returns nil for a row that was never run.
func (s store) read(r row) (*result, error) {
	text, err := os.ReadFile(s.path(r, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nil is: never run
	}
	if err != nil {
		return nil, err
	}
	var kept result
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.path(r, ".json"), err)
	}
	return &kept, nil
}

func (s store) write(r row, kept result) error {
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.path(r, ".json"), append(text, '\n'), 0o600)
}
