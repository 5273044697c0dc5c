package gitea

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// protection is a rule for branches. Its lists hold the named users; those who may not
// write or see the repository anyway is dropped when they are set, and not shown
// when they are read.
type protection struct {
	BranchProtection // but for the lists
	users            map[string][]*account
	teams            map[string][]*team
}

func (p *protection) name() string { return *p.RuleName }

// isPattern: branches are named by rules without these.
func isPattern(rule string) bool { return strings.ContainsAny(rule, `*?[]{}\`) }

func (r *repository) protection(name string) *protection {
	i := slices.IndexFunc(r.protections, func(p *protection) bool { return p.name() == name })
	if i < 0 {
		return nil
	}
	return r.protections[i]
}

func (a api) CreateBranchProtection(ctx context.Context, request CreateBranchProtectionRequestObject) (CreateBranchProtectionResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if err := notArchived(c); err != nil {
		return nil, err
	}
	name := cmp.Or(value(f.RuleName), value(f.BranchName))
	switch {
	case name == "":
		return nil, refused(http.StatusBadRequest, "both rule_name and branch_name are empty")
	case c.repo.protection(name) != nil:
		return nil, forbidden("Branch protection already exist")
	}
	p := newProtection(name, a.memory.time())
	if err := p.setLists(c, listsOf(f)); err != nil {
		return nil, err
	}
	p.change(editOf(f))
	if *p.Priority == 0 {
		*p.Priority = c.repo.lastPriority() + 1
	}
	p.dropWithoutPush()
	c.repo.protections = append(c.repo.protections, p)
	return CreateBranchProtection201JSONResponse(p.json(c.repo)), nil
}

func (r *repository) lastPriority() (last int64) {
	for _, p := range r.protections {
		last = max(last, *p.Priority)
	}
	return last
}

func (a api) UpdateBranchProtection(ctx context.Context, request UpdateBranchProtectionRequestObject) (UpdateBranchProtectionResponseObject, error) {
	c := callOf(ctx)
	if err := notArchived(c); err != nil {
		return nil, err
	}
	p := c.repo.protection(request.Name)
	if p == nil {
		return nil, notFound()
	}
	if err := p.setLists(c, listsOf(*request.Body)); err != nil {
		return nil, err
	}
	p.change(*request.Body)
	return UpdateBranchProtection200JSONResponse(p.json(c.repo)), nil
}

func (a api) GetBranchProtection(ctx context.Context, request GetBranchProtectionRequestObject) (GetBranchProtectionResponseObject, error) {
	c := callOf(ctx)
	p := c.repo.protection(request.Name)
	if p == nil {
		return nil, notFound()
	}
	return GetBranchProtection200JSONResponse(p.json(c.repo)), nil
}

func (a api) DeleteBranchProtection(ctx context.Context, request DeleteBranchProtectionRequestObject) (DeleteBranchProtectionResponseObject, error) {
	c := callOf(ctx)
	if err := notArchived(c); err != nil {
		return nil, err
	}
	p := c.repo.protection(request.Name)
	if p == nil {
		return nil, notFound()
	}
	c.repo.protections = slices.DeleteFunc(c.repo.protections, func(other *protection) bool { return other == p })
	return DeleteBranchProtection204Response{}, nil
}

// ListBranchProtections has no pages; it is sorted by priority, then rules for
// one branch come first.
func (a api) ListBranchProtections(ctx context.Context, _ ListBranchProtectionsRequestObject) (ListBranchProtectionsResponseObject, error) {
	r := callOf(ctx).repo
	return ListBranchProtections200JSONResponse{Body: each(r.sortedProtections(), func(p *protection) BranchProtection { return p.json(r) })}, nil
}

func (r *repository) sortedProtections() []*protection {
	sorted := slices.Clone(r.protections)
	slices.SortStableFunc(sorted, func(a, b *protection) int {
		return cmp.Or(cmp.Compare(*a.Priority, *b.Priority), compareBool(isPattern(a.name()), isPattern(b.name())))
	})
	return sorted
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func newProtection(name string, now time.Time) *protection {
	branch := name
	if isPattern(name) {
		branch = ""
	}
	return &protection{
		BranchProtection: BranchProtection{
			RuleName: &name, BranchName: &branch, Priority: new(int64(0)), RequiredApprovals: new(int64(0)), StatusCheckContexts: new([]string),
			ProtectedFilePatterns: new(""), UnprotectedFilePatterns: new(""), CreatedAt: &now, UpdatedAt: &now,
			EnablePush: new(false), EnablePushWhitelist: new(false), PushWhitelistDeployKeys: new(false),
			EnableForcePush: new(false), EnableForcePushAllowlist: new(false), ForcePushAllowlistDeployKeys: new(false),
			EnableMergeWhitelist: new(false), EnableStatusCheck: new(false), EnableApprovalsWhitelist: new(false),
			BlockOnRejectedReviews: new(false), BlockOnOfficialReviewRequests: new(false), BlockOnOutdatedBranch: new(false),
			DismissStaleApprovals: new(false), IgnoreStaleApprovals: new(false), RequireSignedCommits: new(false), BlockAdminMergeOverride: new(false),
		},
		users: map[string][]*account{}, teams: map[string][]*team{},
	}
}
