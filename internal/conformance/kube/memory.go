package kube

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

// Memory is a small Kubernetes API server: it keeps objects of any kind with
// their versions, takes merge patches and applied objects, and says no as the
// real one does where that matters here. It knows neither users nor
// controllers. It may be used from many goroutines.
type Memory struct {
	mu      sync.Mutex
	version int
	objects map[string]tree
	applied map[string]tree // what was applied last, to take it back
}

// tree is any JSON object.
type tree = map[string]any

// NewMemory gives an API server without any object.
func NewMemory() *Memory {
	return &Memory{objects: map[string]tree{}, applied: map[string]tree{}}
}

// Config reaches the server without a network, so that it works where time is
// simulated.
func (m *Memory) Config() *rest.Config {
	return &rest.Config{
		Host: "http://kubernetes.test", Transport: direct{m},
		QPS:           -1,                                                  // else client-go sends five requests a second
		ContentConfig: rest.ContentConfig{ContentType: "application/json"}, // else client-go sends protobuf
	}
}

type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// place is what a path addresses.
type place struct {
	namespace, plural, name string
	collection, object      string // paths
}

func locate(path string) place {
	names := strings.Split(strings.Trim(path, "/"), "/")
	group := 2 // api/v1
	if names[0] == "apis" {
		group = 3
	}
	own := names[min(group, len(names)):]
	var p place
	if len(own) > 2 && own[0] == "namespaces" {
		p.namespace, own = own[1], own[2:]
	}
	if len(own) > 0 {
		p.plural = own[0]
	}
	if len(own) > 1 {
		p.name = own[1]
	}
	p.object = path
	p.collection = strings.TrimSuffix(path, "/"+p.name)
	return p
}

// ServeHTTP answers one request.
func (m *Memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := tree{}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil && r.ContentLength > 0 {
		answer(w, http.StatusBadRequest, refusal(http.StatusBadRequest, "BadRequest", place{}, ""))
		return
	}
	code, object := m.serve(r, locate(r.URL.Path), body)
	answer(w, code, object)
}

func answer(w http.ResponseWriter, code int, object tree) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object) // the client is gone
}

func (m *Memory) serve(r *http.Request, p place, body tree) (int, tree) {
	have, found := m.objects[p.object]
	apply := r.Header.Get("Content-Type") == "application/apply-patch+yaml"
	switch {
	case r.Method == http.MethodGet && p.name == "":
		return http.StatusOK, m.list(p)
	case r.Method == http.MethodPost:
		return m.create(p, body)
	case apply && !found:
		m.applied[p.object] = body
		return m.create(place{p.namespace, p.plural, "", p.collection, p.collection}, body)
	case !found:
		return refuse(http.StatusNotFound, "NotFound", p, "")
	case r.Method == http.MethodDelete:
		return m.remove(p, have, field(body, "preconditions"))
	case r.Method == http.MethodGet:
		return http.StatusOK, have
	case stale(have, field(body, "metadata")):
		return refuse(http.StatusConflict, "Conflict", p, "")
	case r.Method == http.MethodPut:
		return m.put(p, have, body)
	case apply:
		want := merged(withdrawn(have, m.applied[p.object], body), body)
		m.applied[p.object] = body
		return m.put(p, have, want)
	default:
		return m.put(p, have, merged(have, body))
	}
}

func (m *Memory) list(p place) tree {
	items, kind := []any{}, ""
	for path, object := range m.objects {
		if strings.HasPrefix(path, p.object+"/") && !strings.Contains(strings.TrimPrefix(path, p.object+"/"), "/") {
			items, kind = append(items, object), fmt.Sprint(object["kind"])
		}
	}
	return tree{"kind": kind + "List", "apiVersion": "v1", "metadata": tree{}, "items": items}
}

func (m *Memory) create(p place, body tree) (int, tree) {
	if _, exists := m.objects["/api/v1/namespaces/"+p.namespace]; p.namespace != "" && !exists {
		return refuse(http.StatusNotFound, "NotFound", place{plural: "namespaces", name: p.namespace}, "")
	}
	meta := merged(tree{}, field(body, "metadata"))
	if meta["name"] == nil {
		meta["name"] = fmt.Sprint(meta["generateName"], m.version)
	}
	if p.namespace != "" {
		meta["namespace"] = p.namespace
	}
	p.name = fmt.Sprint(meta["name"])
	p.object = p.collection + "/" + p.name
	if _, exists := m.objects[p.object]; exists {
		return refuse(http.StatusConflict, "AlreadyExists", p, "")
	}
	meta["uid"] = fmt.Sprintf("uid-%d", m.version)
	object := merged(body, nil)
	object["metadata"] = meta
	return http.StatusCreated, m.keep(p, object)
}

func (m *Memory) put(p place, have, want tree) (int, tree) {
	if constant(have, want) {
		return http.StatusOK, have
	}
	for _, name := range []string{"type", "data"} {
		locked := p.plural == "secrets" && (name == "type" || have["immutable"] == true)
		if locked && !reflect.DeepEqual(have[name], want[name]) {
			return refuse(http.StatusUnprocessableEntity, "Invalid", p, name)
		}
	}
	meta := merged(field(have, "metadata"), field(want, "metadata"))
	if labels, ok := field(want, "metadata")["labels"]; ok {
		meta["labels"] = labels
	}
	object := merged(want, nil)
	object["metadata"] = meta
	return http.StatusOK, m.keep(p, object)
}

func (m *Memory) remove(p place, have, wanted tree) (int, tree) {
	if stale(have, wanted) {
		return refuse(http.StatusConflict, "Conflict", p, "")
	}
	delete(m.objects, p.object)
	delete(m.applied, p.object)
	for path := range m.objects {
		if p.plural == "namespaces" && strings.HasPrefix(path, p.object+"/") {
			delete(m.objects, path)
		}
	}
	return http.StatusOK, tree{"kind": "Status", "apiVersion": "v1", "status": "Success"}
}

// keep stores an object under a new version.
func (m *Memory) keep(p place, object tree) tree {
	m.version++
	field(object, "metadata")["resourceVersion"] = strconv.Itoa(m.version)
	m.objects[p.object] = object
	return object
}

// stale tells whether what is wanted names another version than there is.
func stale(have, wanted tree) bool {
	version := wanted["resourceVersion"]
	return version != nil && version != field(have, "metadata")["resourceVersion"]
}

// constant tells whether both are the same but for the version.
func constant(have, want tree) bool {
	return reflect.DeepEqual(merged(have, nil), merged(want, tree{"metadata": tree{"resourceVersion": field(have, "metadata")["resourceVersion"]}}))
}

func refuse(code int, reason string, p place, cause string) (int, tree) {
	return code, refusal(code, reason, p, cause)
}

// refusal is a Status as the real server words it.
func refusal(code int, reason string, p place, cause string) tree {
	details := tree{"kind": p.plural, "name": p.name}
	if cause != "" {
		details["causes"] = []any{tree{"reason": "FieldValueInvalid", "field": cause, "message": "field is immutable"}}
	}
	return tree{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
		"message": fmt.Sprintf("%s %q: %s", p.plural, p.name, reason), "details": details,
	}
}

func field(object tree, name string) tree {
	child, ok := object[name].(tree)
	if !ok {
		return tree{}
	}
	return child
}

// merged is a copy of both, the second one over the first; null removes, and a
// list replaces a list.
func merged(under, over tree) tree {
	all := tree{}
	for name, value := range under {
		if child, ok := value.(tree); ok {
			value = merged(child, nil)
		}
		all[name] = value
	}
	for name, value := range over {
		child, isTree := value.(tree)
		switch {
		case value == nil:
			delete(all, name)
		case isTree:
			all[name] = merged(field(all, name), child)
		default:
			all[name] = value
		}
	}
	return all
}

// withdrawn is the object without what was applied before and is no longer.
func withdrawn(have, before, now tree) tree {
	rest := merged(have, nil)
	for name, value := range before {
		child, isTree := value.(tree)
		again, still := now[name]
		if isTree && (still || slices.Contains([]string{"metadata", "data"}, name)) {
			againTree, _ := again.(tree)
			rest[name] = withdrawn(field(rest, name), child, againTree)
		} else if !still {
			delete(rest, name)
		}
	}
	return rest
}
