package harbor

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recording is what a real Harbor answered to a series of requests.
type recording struct {
	BasePath string `json:"base_path"`
	Steps    []step `json:"steps"`
}

type step struct {
	Note    string `json:"note"`
	Auth    string `json:"auth"` // "", "admin", "wrong", or robot:NAME:SECRET, variables or literals
	Request struct {
		Method string          `json:"method"`
		Path   string          `json:"path"`
		Body   json.RawMessage `json:"body"`
		Raw    *string         `json:"raw"`
	} `json:"request"`
	Capture  map[string]string `json:"capture"` // variable: where it is in the answer
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"response"`
}

func TestReplayOfRealServer(t *testing.T) {
	text, err := os.ReadFile("testdata/exchanges-2.15.2.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded recording
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Steps) != 95 {
		t.Fatalf("%d steps: the recording has 95", len(recorded.Steps))
	}
	r := replay{server: New(Options{}), base: recorded.BasePath, variables: map[string]any{}}
	for i, s := range recorded.Steps {
		name := fmt.Sprintf("%02d %s %s", i+1, s.Request.Method, s.Request.Path)
		for _, difference := range r.step(t, s) {
			t.Errorf("%s (%s): %s", name, s.Note, difference)
		}
	}
}

type replay struct {
	server    http.Handler
	base      string
	variables map[string]any
}

// step sends one request and says where the answer differs.
func (r *replay) step(t *testing.T, s step) []string {
	t.Helper()
	request := httptest.NewRequest(s.Request.Method, r.base+r.fill(s.Request.Path), r.body(t, s))
	request.Header.Set("Content-Type", "application/json")
	r.logIn(request, s.Auth)
	answer := httptest.NewRecorder()
	r.server.ServeHTTP(answer, request)
	var body any
	if answer.Body.Len() > 0 && request.Method != http.MethodHead { // a connection drops the body of that
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			return []string{"the body is not JSON: " + err.Error()}
		}
	}
	if answer.Code != s.Response.Status {
		return []string{fmt.Sprintf("status %d, real %d: %s", answer.Code, s.Response.Status, answer.Body)}
	}
	differences := append(compareHeaders(s.Response.Headers, answer.Header()), compare(s.Response.Body, body, "body")...)
	return append(differences, r.capture(s.Capture, answer.Header(), body)...)
}

func (r *replay) logIn(request *http.Request, as string) {
	switch kind, rest, _ := strings.Cut(as, ":"); kind {
	case "admin":
		request.SetBasicAuth("admin", "Harbor12345")
	case "wrong":
		request.SetBasicAuth("admin", "wrong")
	case "robot":
		name, secret, _ := strings.Cut(rest, ":")
		request.SetBasicAuth(r.variable(name), r.variable(secret))
	}
}

// variable is its value, or the literal.
func (r *replay) variable(name string) string {
	if v, bound := r.variables[name]; bound {
		return fmt.Sprint(v)
	}
	return name
}

var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

func (r *replay) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string { return fmt.Sprint(r.variables[found[2:len(found)-1]]) })
}

// body fills the variables in; one that is a whole text becomes a number.
func (r *replay) body(t *testing.T, s step) io.Reader {
	t.Helper()
	switch {
	case s.Request.Raw != nil:
		return strings.NewReader(*s.Request.Raw)
	case s.Request.Body == nil:
		return nil
	}
	text := regexp.MustCompile(`"\$\{(\w+)\}"`).ReplaceAllStringFunc(string(s.Request.Body), func(found string) string {
		v, err := json.Marshal(r.variables[found[3:len(found)-2]])
		if err != nil {
			t.Fatal(err)
		}
		return string(v)
	})
	return strings.NewReader(r.fill(text))
}

func (r *replay) capture(wanted map[string]string, header http.Header, body any) []string {
	for name, where := range wanted {
		if where == "location" {
			location := header.Get("Location")
			id, err := strconv.Atoi(location[strings.LastIndex(location, "/")+1:])
			if err != nil {
				return []string{"capturing " + name + ": " + err.Error()}
			}
			r.variables[name] = id
			continue
		}
		found := body
		for field := range strings.SplitSeq(where, ".") {
			switch b := found.(type) {
			case map[string]any:
				found = b[field]
			case []any:
				index, err := strconv.Atoi(field)
				if err != nil || index >= len(b) {
					return []string{"capturing " + name + ": no " + where}
				}
				found = b[index]
			}
		}
		r.variables[name] = found
	}
	return nil
}

// compareHeaders takes the recorded ones as they are: ids, too, come from a
// fresh database.
func compareHeaders(real map[string]string, got http.Header) (differences []string) {
	for _, name := range []string{"location", "link", "x-total-count"} {
		if real[name] != got.Get(name) && (name != "x-total-count" || real[name] != "") {
			differences = append(differences, fmt.Sprintf("%s %q, real %q", name, got.Get(name), real[name]))
		}
	}
	return differences
}

// volatile names what differs from server to server.
var volatile = regexp.MustCompile(`(^|_)(time|at|secret|date)$|^(message|version|harbor_version|registry_url|external_url)$`)

// compare says where got lacks or changes something of real, at any depth. What
// is volatile must be there with its type. Nothing may be in got that is not in real.
func compare(real, got any, at string) []string {
	switch r := real.(type) {
	case map[string]any:
		g, isMap := got.(map[string]any)
		if !isMap {
			return []string{fmt.Sprintf("%s is %T", at, got)}
		}
		return compareMaps(r, g, at)
	case []any:
		g, isList := got.([]any)
		if !isList || len(g) != len(r) {
			return []string{fmt.Sprintf("%s is %v, real %v", at, got, real)}
		}
		if strings.HasSuffix(at, ".access") || strings.HasSuffix(at, ".permissions") {
			r, g = inOrder(r), inOrder(g)
		}
		var differences []string
		for i := range r {
			differences = append(differences, compare(r[i], g[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return differences
	}
	if !cmp.Equal(real, got) {
		return []string{fmt.Sprintf("%s is %v, real %v", at, got, real)}
	}
	return nil
}

func compareMaps(real, got map[string]any, at string) (differences []string) {
	for _, key := range slices.Sorted(maps.Keys(real)) {
		inGot, exists := got[key]
		switch {
		case !exists:
			differences = append(differences, at+"."+key+" is missing")
		case volatile.MatchString(key):
			if reflect.TypeOf(real[key]) != reflect.TypeOf(inGot) {
				differences = append(differences, fmt.Sprintf("%s.%s is %T, real %T", at, key, inGot, real[key]))
			}
		default:
			differences = append(differences, compare(real[key], inGot, at+"."+key)...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, exists := real[key]; !exists {
			differences = append(differences, at+"."+key+" is not in the real answer")
		}
	}
	return differences
}

// inOrder sorts what comes in no order.
func inOrder(list []any) []any {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}
