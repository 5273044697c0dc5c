package giteaweb

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// admin is the path of the login sources.
func (p *Pages) admin() string {
	if p.options.OldAdminPages {
		return "/admin/auths"
	}
	return "/-/admin/auths"
}

// administrator keeps other users out.
func (p *Pages) administrator(handle func(http.ResponseWriter, *http.Request, *session)) func(http.ResponseWriter, *http.Request, *session) {
	return func(w http.ResponseWriter, r *http.Request, s *session) {
		if p.detained(w, r, s) {
			return
		}
		if account, _ := p.directory.Account(s.user); !account.Admin {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		handle(w, r, s)
	}
}

// sourceFields are the fields of a login source with OpenID Connect.
func (p *Pages) sourceFields() (texts, switches []string) {
	texts = []string{
		"type", "name", "oauth2_provider", "oauth2_key", "oauth2_secret", "oauth2_icon_url", "open_id_connect_auto_discovery_url", "oauth2_auth_url",
		"oauth2_token_url", "oauth2_profile_url", "oauth2_email_url", "oauth2_tenant", "oauth2_scopes", "oauth2_required_claim_name",
		"oauth2_required_claim_value", "oauth2_group_claim_name", "oauth2_admin_group", "oauth2_restricted_group", "oauth2_group_team_map",
	}
	switches = []string{"is_active", "is_sync_enabled", "oauth2_use_custom_url", "oauth2_group_team_map_removal"}
	if p.options.TwoFactorSwitch {
		return texts, append(switches, "skip_local_two_fa")
	}
	return texts, append(switches, "two_factor_policy")
}

func (p *Pages) loginSources(w http.ResponseWriter, _ *http.Request, _ *session) {
	type row struct {
		ID   int
		Name string
	}
	var rows []row
	for i, source := range p.sources {
		rows = append(rows, row{i + 1, source.Get("name")})
	}
	p.page(w, http.StatusOK, "sources", map[string]any{"Base": p.admin(), "Rows": rows})
}

// source is the login source that a path names; nil for a new one.
func (p *Pages) source(r *http.Request) (source url.Values, id string, exists bool) {
	name := r.PathValue("source")
	n, err := strconv.Atoi(name)
	if name == "new" {
		return nil, "", true
	}
	if err != nil || n < 1 || n > len(p.sources) {
		return nil, "", false
	}
	return p.sources[n-1], name, true
}

func (p *Pages) loginSource(w http.ResponseWriter, r *http.Request, s *session) {
	source, id, exists := p.source(r)
	if !exists {
		http.NotFound(w, r)
		return
	}
	p.sourceForm(w, s, source, id, "")
}

func (p *Pages) sourceForm(w http.ResponseWriter, s *session, source url.Values, id, failed string) {
	target := p.admin() + "/new"
	if id != "" {
		target = p.admin() + "/" + id
	}
	texts, switches := p.sourceFields()
	p.page(w, http.StatusOK, "source", map[string]any{
		"Target": target, "CSRF": p.csrf(s), "ID": id, "Failed": failed, "Source": source, "Texts": texts, "Switches": switches})
}

// saveLoginSource empties what is left out.
func (p *Pages) saveLoginSource(w http.ResponseWriter, r *http.Request, s *session) {
	_, id, exists := p.source(r)
	if p.forged(w, r, s) {
		return
	}
	if !exists {
		http.NotFound(w, r)
		return
	}
	saved := url.Values{}
	texts, switches := p.sourceFields()
	for _, field := range append(texts, switches...) {
		if value := r.PostFormValue(field); value != "" {
			saved.Set(field, value)
		}
	}
	if problem := p.sourceProblem(saved, id); problem != "" {
		p.sourceForm(w, s, saved, id, problem)
		return
	}
	if id == "" {
		p.sources = append(p.sources, saved)
	} else if n, err := strconv.Atoi(id); err == nil {
		p.sources[n-1] = saved
	}
	http.Redirect(w, r, p.admin(), http.StatusSeeOther)
}

func (p *Pages) sourceProblem(saved url.Values, id string) string {
	var groups map[string]map[string][]string
	text := saved.Get("oauth2_group_team_map")
	switch {
	case saved.Get("name") == "":
		return "Name cannot be empty."
	case text != "" && json.Unmarshal([]byte(text), &groups) != nil:
		return "Invalid group team mapping."
	case p.nameTaken(saved.Get("name"), id):
		return "The authentication source name is already in use."
	}
	if p.options.Discover != nil {
		if err := p.options.Discover(saved.Get("open_id_connect_auto_discovery_url")); err != nil {
			return "Unable to initialize OpenID Connect Provider: " + err.Error()
		}
	}
	return ""
}

func (p *Pages) nameTaken(name, id string) bool {
	for i, source := range p.sources {
		if source.Get("name") == name && strconv.Itoa(i+1) != id {
			return true
		}
	}
	return false
}
