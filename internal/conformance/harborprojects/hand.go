package harborprojects

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// object is any JSON object.
type object = map[string]any

// console is a person at Harbor's console, the administrator.
type console struct {
	*env
	t testing.TB
}

func (b *env) console(t testing.TB) *console { return &console{env: b, t: t} }

// do sends a request and ends the test where Harbor refuses it.
func (h *console) do(method, path string, body any) []byte {
	h.t.Helper()
	status, answer := h.try(method, path, body)
	if status/100 != 2 {
		h.t.Fatalf("%s %s by hand: %d %s", method, path, status, answer)
	}
	return answer
}

func (h *console) try(method, path string, body any) (status int, answer []byte) {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, h.URL+"/api/v2.0"+path, bytes.NewReader(text))
	if err != nil {
		h.t.Fatal(err)
	}
	request.SetBasicAuth(h.Username, h.Password)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Is-Resource-Name", "true")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatalf("%s %s by hand: %v", method, path, err)
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(response.Body); err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode, answer
}

func (h *console) put(path string, body any)  { h.t.Helper(); h.do(http.MethodPut, path, body) }
func (h *console) post(path string, body any) { h.t.Helper(); h.do(http.MethodPost, path, body) }
func (h *console) remove(path string)         { h.t.Helper(); h.do(http.MethodDelete, path, nil) }

func (h *console) get(path string) object {
	h.t.Helper()
	var o object
	if err := json.Unmarshal(h.do(http.MethodGet, path, nil), &o); err != nil {
		h.t.Fatalf("GET %s by hand: %v", path, err)
	}
	return o
}

func (h *console) list(path string) []object {
	h.t.Helper()
	var all []object
	if err := json.Unmarshal(h.do(http.MethodGet, path, nil), &all); err != nil {
		h.t.Fatalf("GET %s by hand: %v", path, err)
	}
	return all
}

// find is the object of a list whose field has this text.
func (h *console) find(path, field, text string) object {
	h.t.Helper()
	for _, o := range h.list(path) {
		if fmt.Sprint(o[field]) == text {
			return o
		}
	}
	h.t.Fatalf("nothing in %s has %s %s", path, field, text)
	return nil
}

// id is a number as a path holds it.
func id(o object) string { return fmt.Sprintf("%.0f", o["id"]) }

func (h *console) setting(key string, v any) { h.t.Helper(); h.put("/configurations", object{key: v}) }

func (h *console) metadata(project, key, text string) {
	h.t.Helper()
	h.put("/projects/"+project, object{"metadata": object{key: text}})
}

func (h *console) member(project, name string) string {
	h.t.Helper()
	members := "/projects/" + project + "/members"
	return members + "/" + id(h.find(members+"?page_size=100", "entity_name", name))
}

func (h *console) quota(project string) string {
	h.t.Helper()
	return "/quotas/" + id(h.list("/quotas?reference=project&reference_id=" + fmt.Sprintf("%.0f", h.get("/projects/" + project)["project_id"]))[0])
}

func (h *console) retention(project string) string {
	h.t.Helper()
	metadata, _ := h.get("/projects/" + project)["metadata"].(object)
	return fmt.Sprint("/retentions/", metadata["retention_id"])
}

// policy changes the retention policy of a project.
func (h *console) policy(project string, change func(policy object, rules []any)) {
	h.t.Helper()
	path := h.retention(project)
	policy := h.get(path)
	rules, _ := policy["rules"].([]any)
	change(policy, rules)
	h.put(path, policy)
}

// rule is the path of the rule of immutable tags with this pattern of tags.
func (h *console) rule(project, tags string) (path string, rule object) {
	h.t.Helper()
	rules := "/projects/" + project + "/immutabletagrules"
	for _, rule := range h.list(rules + "?page_size=100") {
		if dig(rule, "tag_selectors", 0, "pattern") == tags {
			return rules + "/" + id(rule), rule
		}
	}
	h.t.Fatalf("project %s has no rule for the tags %s", project, tags)
	return "", nil
}

// dig goes down names and indices; nil where there is nothing.
func dig(v any, steps ...any) any {
	for _, step := range steps {
		switch s := step.(type) {
		case string:
			o, _ := v.(object)
			v = o[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}
