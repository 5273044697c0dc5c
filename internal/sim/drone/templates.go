package drone

import (
	"cmp"
	"path"
	"slices"
)

// template is a pipeline that repositories of an organisation share, as Drone
// 2.x has them.
type template struct {
	ID        int64  `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Data      string `json:"data,omitempty"`
	Created   int64  `json:"created,omitempty"`
	Updated   int64  `json:"updated,omitempty"`
}

func (t *template) check() error {
	switch {
	case t.Name == "":
		return badRequest("No Template Name Provided")
	case t.Data == "":
		return badRequest("No Template Data Provided")
	case !slices.Contains([]string{".yml", ".yaml", ".star", ".starlark", ".script", ".jsonnet"}, path.Ext(t.Name)):
		return badRequest("Template extension invalid. Must be yaml, starlark or jsonnet")
	}
	return nil
}

func (m *memory) templatesOf(namespace string) []*template {
	list := []*template{}
	for _, t := range m.templates {
		if t.Namespace == namespace {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *template) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (m *memory) findTemplate(namespace, name string) (*template, error) {
	list := m.templatesOf(namespace)
	if i := slices.IndexFunc(list, func(t *template) bool { return t.Name == name }); i >= 0 {
		return list[i], nil
	}
	return nil, noRows()
}

func (m *memory) allTemplates(*call) (any, error) { return m.templates, nil }

func (m *memory) listTemplates(c *call) (any, error) {
	return m.templatesOf(c.PathValue("namespace")), nil
}

func (m *memory) showTemplate(c *call) (any, error) {
	return m.findTemplate(c.PathValue("namespace"), c.PathValue("template"))
}

func (m *memory) createTemplate(c *call) (any, error) {
	t := new(template)
	if err := c.input(t); err != nil {
		return nil, err
	}
	t.Namespace = c.PathValue("namespace")
	if err := t.check(); err != nil {
		return nil, err
	}
	if _, missing := m.findTemplate(t.Namespace, t.Name); missing == nil {
		return nil, crash("UNIQUE constraint failed: templates.template_name, templates.template_namespace")
	}
	t.ID, t.Created, t.Updated = m.next(), m.now(), m.now()
	m.templates = append(m.templates, t)
	return t, nil
}

func (m *memory) updateTemplate(c *call) (any, error) {
	var in struct {
		Data *string `json:"data"`
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	t, err := m.findTemplate(c.PathValue("namespace"), c.PathValue("template"))
	if err != nil {
		return nil, err
	}
	changed := *t
	set(&changed.Data, in.Data)
	if err := changed.check(); err != nil {
		return nil, err
	}
	*t, t.Updated = changed, m.now()
	return t, nil
}

func (m *memory) deleteTemplate(c *call) (any, error) {
	t, err := m.findTemplate(c.PathValue("namespace"), c.PathValue("template"))
	if err != nil {
		return nil, err
	}
	m.templates = slices.DeleteFunc(m.templates, func(other *template) bool { return other == t })
	return nil, nil
}
