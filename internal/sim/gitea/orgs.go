package gitea

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (f CreateOrgOption) problem() error {
	return firstOf(
		required("UserName", f.Username), username("UserName", f.Username), noLonger("UserName", &f.Username, 40),
		noLonger("FullName", f.FullName, 100), noLonger("Email", f.Email, 255), noLonger("Description", f.Description, 255),
		address("Website", f.Website), noLonger("Website", f.Website, 255), noLonger("Location", f.Location, 50),
		oneOf("Visibility", string(value(f.Visibility)), "", public, limited, private),
	)
}

func (f EditOrgOption) problem() error {
	return firstOf(
		noLonger("FullName", f.FullName, 100), noLonger("Email", f.Email, 255), noLonger("Description", f.Description, 255),
		address("Website", f.Website), noLonger("Website", f.Website, 255), noLonger("Location", f.Location, 50),
		oneOf("Visibility", string(value(f.Visibility)), "", public, limited, private),
	)
}

func (c *call) orgJSON(a *account) Organization {
	return Organization{
		ID: &a.id, Name: &a.name, Username: &a.name, FullName: &a.fullName, Email: &a.email, Description: &a.description, Website: &a.website,
		Location: &a.location, Visibility: &a.visibility, RepoAdminChangeTeamAccess: &a.adminsChangeTeams, AvatarURL: new(c.avatar(a)),
	}
}

func (a api) CreateOrganization(ctx context.Context, request CreateOrganizationRequestObject) (CreateOrganizationResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if err := a.memory.checkAccountName(f.Username); err != nil {
		return nil, err
	}
	org := &account{name: f.Username, isOrg: true, visibility: public}
	org.change(EditOrgOption{
		Description: f.Description, Email: f.Email, FullName: f.FullName, Location: f.Location, Website: f.Website,
		RepoAdminChangeTeamAccess: f.RepoAdminChangeTeamAccess, Visibility: (*EditOrgOptionVisibility)(f.Visibility),
	})
	a.memory.addAccount(org)
	owners := a.memory.addTeam(&team{org: org, name: ownersName, mode: owner, includesAll: true, canCreateRepos: true, units: adminUnits(owner)})
	owners.members[c.caller] = true
	return CreateOrganization201JSONResponse(c.orgJSON(org)), nil
}

// change takes over what was given; an empty visibility is ignored.
func (a *account) change(f EditOrgOption) {
	set(&a.fullName, f.FullName)
	set(&a.description, f.Description)
	set(&a.website, f.Website)
	set(&a.location, f.Location)
	set(&a.email, f.Email)
	set(&a.adminsChangeTeams, f.RepoAdminChangeTeamAccess)
	if visibility := string(value(f.Visibility)); visibility != "" {
		a.visibility = visibility
	}
}

func (a api) GetOrganization(ctx context.Context, _ GetOrganizationRequestObject) (GetOrganizationResponseObject, error) {
	c := callOf(ctx)
	if !c.org.visibleTo(c.caller) {
		return nil, notFoundBecause("HasOrgOrUserVisible")
	}
	org := c.orgJSON(c.org)
	if c.caller == nil {
		org.Email = new("")
	}
	return GetOrganization200JSONResponse(org), nil
}

func (a api) UpdateOrganization(ctx context.Context, request UpdateOrganizationRequestObject) (UpdateOrganizationResponseObject, error) {
	c := callOf(ctx)
	if email := value(request.Body.Email); email != "" {
		if err := checkEmail(email); err != nil {
			return nil, err
		}
	}
	c.org.change(*request.Body)
	return UpdateOrganization200JSONResponse(c.orgJSON(c.org)), nil
}

func (a api) DeleteOrganization(ctx context.Context, _ DeleteOrganizationRequestObject) (DeleteOrganizationResponseObject, error) {
	org := callOf(ctx).org
	if len(org.repositories) > 0 {
		return nil, crash("user still has ownership of repositories [uid: %d]", org.id)
	}
	a.memory.removeOrg(org)
	return DeleteOrganization204Response{}, nil
}

func (a api) ListOrganizations(ctx context.Context, request ListOrganizationsRequestObject) (ListOrganizationsResponseObject, error) {
	c := callOf(ctx)
	p := window(c, a.memory.sortedAccounts(func(o *account) bool {
		return o.isOrg && (o.visibility == public || !c.publicOnly && c.caller != nil && (o.visibility == limited || c.isAdmin()))
	}), request.Params.Page, request.Params.Limit)
	return ListOrganizations200JSONResponse{
		Body: each(p.part, c.orgJSON), Headers: ListOrganizations200ResponseHeaders{p.link, p.count},
	}, nil
}

func (a api) ListCurrentUserOrganizations(ctx context.Context, request ListCurrentUserOrganizationsRequestObject) (ListCurrentUserOrganizationsResponseObject, error) {
	c := callOf(ctx)
	p := window(c, a.memory.orgsOf(c.caller), request.Params.Page, request.Params.Limit)
	return ListCurrentUserOrganizations200JSONResponse{
		Body: each(p.part, c.orgJSON), Headers: ListCurrentUserOrganizations200ResponseHeaders{p.link, p.count},
	}, nil
}

// orgsOf are the organisations that a user is a member of.
func (m *memory) orgsOf(u *account) []*account {
	return m.sortedAccounts(func(o *account) bool { return o.isOrg && o.hasMember(u) })
}

func (a *account) teamExists(name string) string {
	return fmt.Sprintf("team already exists [org_id: %d, name: %s]", a.id, strings.ToLower(name))
}

// removeOrg takes along all that the organisation has.
func (m *memory) removeOrg(org *account) {
	for _, r := range slices.Clone(org.repositories) {
		m.removeRepository(r)
	}
	for _, t := range slices.Clone(org.teams) {
		m.removeTeam(t)
	}
	maps.DeleteFunc(m.hooks, func(_ int64, h *hook) bool { return h.org == org })
	delete(m.accounts, strings.ToLower(org.name))
}

func (a *account) noTeam(name string) string {
	return fmt.Sprintf("team does not exist [org_id %d, team_id 0, name: %s]", a.id, name)
}
