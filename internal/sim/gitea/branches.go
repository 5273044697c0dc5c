package gitea

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: the name of a commit, as Git makes it
	"encoding/hex"
	"net/http"
	"path"
	"slices"
)

// GetBranch shows one of the branches that were made with a repository or by
// Server.AddBranch.
func (a api) GetBranch(ctx context.Context, request GetBranchRequestObject) (GetBranchResponseObject, error) {
	c, name := callOf(ctx), request.Branch
	if !c.repo.branches[name] {
		return nil, notFound()
	}
	mayWrite := c.rights.code() >= write
	branch := Branch{
		Name: &name, Commit: &PayloadCommit{ID: new(commitID(c.repo, name)), Message: new("Initial commit\n")}, Protected: new(false),
		EffectiveBranchProtectionName: new(""), RequiredApprovals: new(int64(0)), EnableStatusCheck: new(false), StatusCheckContexts: new([]string{}),
		UserCanPush: &mayWrite, UserCanMerge: &mayWrite,
	}
	for _, p := range c.repo.sortedProtections() {
		if p.covers(name) {
			branch.Protected, branch.RequiredApprovals = new(true), p.RequiredApprovals
			branch.EnableStatusCheck, branch.StatusCheckContexts = p.EnableStatusCheck, p.StatusCheckContexts
			branch.UserCanPush = new(*p.EnablePush && p.lets(c.caller, mayWrite, *p.EnablePushWhitelist, "PushWhitelist"))
			branch.UserCanMerge = new(p.lets(c.caller, mayWrite, *p.EnableMergeWhitelist, "MergeWhitelist"))
			if c.rights.mode >= admin {
				branch.EffectiveBranchProtectionName = p.RuleName
			}
			break
		}
	}
	return GetBranch200JSONResponse(branch), nil
}

// lets says whether a rule lets a user do a thing: who is on its list, or all
// who may write where it has none.
func (p *protection) lets(u *account, mayWrite, listed bool, list string) bool {
	if !listed {
		return mayWrite
	}
	return slices.Contains(p.users[list+"Usernames"], u) || slices.ContainsFunc(p.teams[list+"Teams"], func(t *team) bool { return t.members[u] })
}

// covers is a sketch of how the server matches patterns.
func (p *protection) covers(branch string) bool {
	matched, err := path.Match(p.name(), branch)
	return p.name() == branch || isPattern(p.name()) && err == nil && matched
}

func commitID(r *repository, branch string) string {
	sum := sha1.Sum([]byte(r.fullName() + " " + branch)) //nolint:gosec // G401: no secret
	return hex.EncodeToString(sum[:])
}

// codeReader: a team can let its members into the repository and not to its code.
func codeReader(c *call, _ *http.Request) error {
	if c.rights.code() < read && c.rights.mode < admin {
		return forbidden("user should have specific read permission or be a repo admin or a site admin")
	}
	return nil
}
