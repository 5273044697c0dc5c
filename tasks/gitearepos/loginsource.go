package gitearepos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// AcceptAdminGroup is what --accept must name before another group administers
// Gitea.
const AcceptAdminGroup = "login-source.admin-group"

const (
	groupsClaim   = "groups"
	oauth2Type    = "6"
	openIDConnect = "openidConnect"
)

// LoginSource is how people log in to Gitea through Keycloak. The JSON names are
// those of the form on the administrator's pages, which show every field, the
// secret, too.
type LoginSource struct {
	plan.Meta    `json:"-"`
	Active       bool           `json:"is_active"`
	ClientID     string         `json:"oauth2_key"`
	ClientSecret *values.Secret `json:"oauth2_secret"` // nil where the values have none
	DiscoveryURL string         `json:"open_id_connect_auto_discovery_url" plan:"review"`
	GroupClaim   string         `json:"oauth2_group_claim_name"`
	AdminGroup   string         `json:"oauth2_admin_group" plan:"review"`
	// Groups are the teams of organisations that a group's people join, each as
	// "group: organisation/team". Those of groups that are not the platform's are
	// left untouched.
	Groups []string `json:"oauth2_group_team_map"`
	// fields are all of the form, as they were read.
	fields url.Values
}

// desiredLoginSources has the one of the platform's generation.
func desiredLoginSources(v values.Values) map[string]LoginSource {
	source := v.Platform.Gitea.LoginSource
	if source.Name == "" {
		return nil
	}
	k := v.Apps.Keycloak
	desired := LoginSource{
		Meta: plan.Meta{Ownership: plan.Ours}, Active: true, ClientID: k.ClientID, GroupClaim: groupsClaim, AdminGroup: source.AdminGroup,
		DiscoveryURL: k.HostnameURL + "/realms/" + k.Realm + "/.well-known/openid-configuration",
	}
	if !k.ClientSecret.IsZero() {
		desired.ClientSecret = &k.ClientSecret
	}
	if source.OwnersGroup != "" {
		desired.Groups = append(desired.Groups, source.OwnersGroup+": "+organization+"/Owners")
	}
	for _, id := range v.TeamIDs() {
		group := values.TeamName(id)
		desired.Groups = append(desired.Groups, group+": "+organization+"/"+teamViewer, group+": "+organization+"/"+group)
		if source.TeamOwners {
			desired.Groups = append(desired.Groups, group+": "+teamOrganization(id)+"/Owners")
		}
	}
	desired.Groups = sorted(desired.Groups)
	return map[string]LoginSource{source.Name: desired}
}

// foreignGroups are the entries of groups that the platform does not make.
func (s LoginSource) foreignGroups(platformGroups ...string) []string {
	return slices.DeleteFunc(slices.Clone(s.Groups), func(entry string) bool {
		group, _, _ := strings.Cut(entry, ": ")
		return strings.HasPrefix(group, values.TeamName("")) || slices.Contains(platformGroups, group)
	})
}

// asMerged keeps the entries of other groups.
func (s LoginSource) asMerged(before LoginSource) LoginSource {
	s.Groups = sorted(append(before.foreignGroups(s.AdminGroup), s.Groups...))
	return s
}

// groupTeams reads the map of the form: group -> organisation -> teams.
func groupTeams(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return []string{}, nil
	}
	var all map[string]map[string][]string
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("reading the map of groups to teams: %w", err)
	}
	entries := []string{}
	for group, organizations := range all {
		for name, teams := range organizations {
			for _, team := range teams {
				entries = append(entries, group+": "+name+"/"+team)
			}
		}
	}
	return sorted(entries), nil
}

// groupTeamMap is the map of the form.
func groupTeamMap(entries []string) (string, error) {
	all := map[string]map[string][]string{}
	for _, entry := range entries {
		group, target, _ := strings.Cut(entry, ": ")
		name, team, _ := strings.Cut(target, "/")
		if all[group] == nil {
			all[group] = map[string][]string{}
		}
		all[group][name] = append(all[group][name], team)
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// loginSources reads the administrator's pages, for the API does not know login
// sources.
func (r *reader) loginSources(ctx context.Context) error {
	r.current.LoginSources = map[string]LoginSource{}
	if len(r.desired.LoginSources) == 0 || !r.selected("") {
		return nil
	}
	pages, err := r.session.Pages(r.plain.Transport, r.current.version)
	if err != nil {
		return err
	}
	ids, err := pages.LoginSources(ctx)
	if errors.Is(err, gitea.ErrNoPassword) {
		r.current.NoPages = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	notes := r.inventory.Owned(kindLoginSource)
	for _, name := range slices.Sorted(maps.Keys(r.desired.LoginSources)) {
		if ids[name] == "" {
			continue
		}
		fields, err := pages.LoginSource(ctx, ids[name])
		if err != nil {
			return err
		}
		source, err := loginSourceFrom(fields)
		if err != nil {
			return fmt.Errorf("login source %s: %w", name, err)
		}
		source.Meta = plan.Meta{ID: ids[name], Ownership: plan.OursIf(notes[name] == ids[name], plan.Predecessor)}
		r.current.LoginSources[name] = source
	}
	return nil
}

func loginSourceFrom(fields url.Values) (LoginSource, error) {
	groups, err := groupTeams(fields.Get("oauth2_group_team_map"))
	return LoginSource{
		Active: fields.Get("is_active") != "", ClientID: fields.Get("oauth2_key"), ClientSecret: new(values.NewSecret(fields.Get("oauth2_secret"))),
		DiscoveryURL: fields.Get("open_id_connect_auto_discovery_url"), GroupClaim: fields.Get("oauth2_group_claim_name"),
		AdminGroup: fields.Get("oauth2_admin_group"), Groups: groups, fields: fields,
	}, err
}

// form is the request: our fields over those that were read, since Gitea empties
// omitted fields.
func (s LoginSource) form(name string, before *LoginSource) (url.Values, error) {
	fields := url.Values{}
	if before != nil {
		fields = maps.Clone(before.fields)
	}
	groups, err := groupTeamMap(s.Groups)
	for key, value := range map[string]string{
		"type": oauth2Type, "name": name, "is_active": "on", "oauth2_provider": openIDConnect, "oauth2_key": s.ClientID,
		"open_id_connect_auto_discovery_url": s.DiscoveryURL, "oauth2_group_claim_name": s.GroupClaim,
		"oauth2_admin_group": s.AdminGroup, "oauth2_group_team_map": groups,
	} {
		fields.Set(key, value)
	}
	if s.ClientSecret != nil {
		fields.Set("oauth2_secret", s.ClientSecret.Reveal())
	}
	return fields, err
}

// loginSource saves a login source. The answer does not hold the id of a new one.
func (w *writer) loginSource(ctx context.Context, c plan.Change[LoginSource]) error {
	if c.Action == plan.Adopt {
		w.inventory.Own(kindLoginSource, c.Name, c.Before.ID)
		return nil
	}
	fields, err := c.After.form(c.Name, c.Before)
	if err != nil {
		return err
	}
	pages, err := w.session.Pages(w.plain.Transport, w.plan.facts.version)
	if err != nil {
		return err
	}
	id := ""
	if c.Before != nil {
		id = c.Before.ID
	}
	if err := pages.SaveLoginSource(ctx, id, fields); err != nil {
		return err
	}
	if id == "" {
		ids, err := pages.LoginSources(ctx)
		if err != nil {
			return err
		}
		id = ids[c.Name]
	}
	w.inventory.Own(kindLoginSource, c.Name, id)
	return nil
}

// loginSources hold back what cannot be read or made, and say who is locked out.
func (g guard) loginSources(p *Plan) {
	block(&p.LoginSources, func(c plan.Change[LoginSource]) string {
		switch {
		case g.current.NoPages != "":
			return g.current.NoPages
		case c.Action == plan.Create && c.After.ClientSecret == nil:
			return "the values hold no apps.keycloak.idp.clientSecret"
		}
		return ""
	})
	for i, c := range p.LoginSources.Changes {
		if c.Action == plan.Update && c.Before.AdminGroup != "" && c.Differs("oauth2_admin_group") {
			p.LoginSources.Changes[i].Danger, p.LoginSources.Changes[i].DangerReason = AcceptAdminGroup, "other people would administer Gitea"
		}
	}
	lose(&p.LoginSources, func(before, after LoginSource) string {
		lost := slices.DeleteFunc(slices.Clone(before.Groups), func(entry string) bool { return slices.Contains(after.Groups, entry) })
		return strings.Join(lost, ", ")
	})
}
