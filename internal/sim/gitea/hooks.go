package gitea

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"
)

// hook is a web hook of an organisation or of a repository. Its secret is kept,
// and never told.
type hook struct {
	id                           int64
	org                          *account
	repo                         *repository
	kind, name, url, contentType string
	secret, branchFilter, header string
	active                       bool
	events                       []string
	channel                      map[string]string // what only Slack has
	created                      time.Time
}

func (f CreateHookOption) problem() error {
	return firstOf(
		required("Type", string(f.Type)), wrong("Config", "Required", f.Config == nil),
		glob("BranchFilter", f.BranchFilter), noLonger("Name", f.Name, 255),
	)
}

func (f EditHookOption) problem() error {
	return firstOf(glob("BranchFilter", f.BranchFilter), noLonger("Name", f.Name, 255))
}

// glob is a sketch of what the server takes for a pattern.
func glob(field string, pattern *string) error {
	_, err := path.Match(value(pattern), "")
	return wrong(field, "unterminated character class", err != nil)
}

func (h *hook) json(m *memory) Hook {
	config := map[string]string{"url": h.url, "content_type": h.contentType}
	for _, key := range []string{"channel", "username", "icon_url", "color"} {
		if h.kind == slack {
			config[key] = h.channel[key]
		}
	}
	shown := Hook{
		ID: &h.id, Type: &h.kind, Name: &h.name, Active: &h.active, Events: &h.events, Config: &config,
		BranchFilter: &h.branchFilter, AuthorizationHeader: &h.header, CreatedAt: &h.created, UpdatedAt: &h.created,
	}
	if m.before(20) {
		shown.BranchFilter = nil
	}
	return shown
}

const slack = "slack"

func hookKinds() []string {
	return strings.Fields("gitea gogs slack discord dingtalk telegram msteams feishu matrix wechatwork packagist")
}

func checkHook(f CreateHookOption) error {
	if !slices.Contains(hookKinds(), string(f.Type)) {
		return invalid("Invalid hook type: %s", f.Type)
	}
	for _, name := range []string{"url", "content_type"} {
		if _, given := f.Config[name]; !given {
			return invalid("Missing config option: %s", name)
		}
	}
	if err := checkHookConfig(f.Config); err != nil {
		return err
	}
	if _, given := f.Config["channel"]; !given && f.Type == slack {
		return invalid("Missing config option: channel")
	}
	return nil
}

// checkHookConfig: whether the host may be reached is not looked at.
func checkHookConfig(config map[string]string) error {
	if kind, given := config["content_type"]; given && kind != "json" && kind != "form" {
		return invalid("Invalid content type")
	}
	if address, given := config["url"]; given && !isURL(address) {
		return invalid("Invalid url")
	}
	return nil
}

// addHook makes a hook that sleeps unless told otherwise.
func (m *memory) addHook(f CreateHookOption, org *account, repo *repository) (Hook, error) {
	if err := checkHook(f); err != nil {
		return Hook{}, err
	}
	h := &hook{
		id: m.next("hook"), org: org, repo: repo, kind: string(f.Type), name: strings.TrimSpace(value(f.Name)),
		url: f.Config["url"], contentType: f.Config["content_type"], secret: f.Config["secret"], channel: f.Config,
		active: value(f.Active), events: m.grownEvents(value(f.Events)),
		branchFilter: value(f.BranchFilter), header: value(f.AuthorizationHeader), created: m.time(),
	}
	m.hooks[h.id] = h
	return h.json(m), nil
}

// changeHook empties what is left out, but for the switch, the name and what is
// in config; a new secret is passed over.
func (h *hook) change(m *memory, f EditHookOption) error {
	config := value(f.Config)
	if err := checkHookConfig(config); err != nil {
		return err
	}
	if address, given := config["url"]; given {
		h.url = address
	}
	if kind, given := config["content_type"]; given {
		h.contentType = kind
	}
	if _, given := config["channel"]; given {
		h.channel = config
	}
	h.events, h.branchFilter, h.header = m.grownEvents(value(f.Events)), value(f.BranchFilter), value(f.AuthorizationHeader)
	set(&h.active, f.Active)
	if f.Name != nil {
		h.name = strings.TrimSpace(*f.Name)
	}
	return nil
}

// hook is the hook that a path names, among those of one place.
func (c *call) hook(id int64) (*hook, error) {
	h := c.memory.hooks[id]
	if h == nil || h.org != c.org || h.repo != c.repo {
		return nil, notFound()
	}
	return h, nil
}

// placed are the hooks of the place that the path names, oldest first.
func (c *call) hooksHere() []*hook {
	return byID(c.memory.hooks, func(h *hook) bool { return h.org == c.org && h.repo == c.repo })
}

func (c *call) showHook(id int64) (Hook, error) {
	h, err := c.hook(id)
	if err != nil {
		return Hook{}, err
	}
	return h.json(c.memory), nil
}

func (c *call) updateHook(id int64, f EditHookOption) (Hook, error) {
	h, err := c.hook(id)
	if err != nil {
		return Hook{}, err
	}
	if err := h.change(c.memory, f); err != nil {
		return Hook{}, err
	}
	return h.json(c.memory), nil
}

func (c *call) removeHook(id int64) error {
	if _, err := c.hook(id); err != nil {
		return err
	}
	delete(c.memory.hooks, id)
	return nil
}

// TestHook sends nothing; without a commit there is nothing to send.
func (a api) TestHook(ctx context.Context, request TestHookRequestObject) (TestHookResponseObject, error) {
	c := callOf(ctx)
	if len(c.repo.branches) == 0 {
		return nil, notFoundBecause("repository is empty")
	}
	if _, err := c.hook(request.ID); err != nil {
		return nil, err
	}
	return TestHook204Response{}, nil
}
