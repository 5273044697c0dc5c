package gitearepos

import (
	"context"
	"fmt"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// repositoryOf is the repository that a name lies below.
func repositoryOf(name string) string {
	repo, _, _ := strings.Cut(name, " ")
	return repo
}

func (r *reader) protections(ctx context.Context) error {
	r.current.Protections = map[string]Protection{}
	inventory := r.owned(kindProtection)
	return r.setting.Each(ctx, r.below(kindProtection, repositoriesOf(r.desired.Protections)), func(ctx context.Context, repo string) error {
		reps, err := response.OK(r.api.ListBranchProtectionsWithResponse(ctx, organization, repo))
		if err != nil {
			return fmt.Errorf("reading the branch protections of repository %s: %w", repo, err)
		}
		r.add(func(s *State) {
			for _, rep := range reps {
				name := below(repo, value(rep.RuleName))
				s.Protections[name] = protectionFrom(rep, repo, s.Repositories[repo].Team, inventory[name])
			}
		})
		return nil
	})
}

// repositoriesOf are the repositories that declared things lie below.
func repositoriesOf[T any](declared map[string]T) []string {
	var repos []string
	for name := range declared {
		repos = append(repos, repositoryOf(name))
	}
	return repos
}

// protectionID tells a rule from a later one of the same name: it has no number.
func protectionID(rep gitea.BranchProtection) string {
	return value(rep.CreatedAt).UTC().Format("2006-01-02T15:04:05Z")
}

func protectionFrom(rep gitea.BranchProtection, repo, team, note string) Protection {
	ours := note == protectionID(rep)
	return Protection{
		Meta: plan.Meta{ID: protectionID(rep), Team: team, Ownership: plan.OursIf(ours, plan.Predecessor)}, Repository: repo, Rule: value(rep.RuleName),
		EnablePush: value(rep.EnablePush), EnablePushWhitelist: value(rep.EnablePushWhitelist),
		PushTeams: people(value(rep.PushWhitelistTeams)), PushUsers: people(value(rep.PushWhitelistUsernames)),
		EnableMergeWhitelist: value(rep.EnableMergeWhitelist),
		MergeTeams:           people(value(rep.MergeWhitelistTeams)), MergeUsers: people(value(rep.MergeWhitelistUsernames)),
		RequiredApprovals: value(rep.RequiredApprovals), EnableStatusCheck: value(rep.EnableStatusCheck),
		StatusCheckContexts:   sorted(value(rep.StatusCheckContexts)),
		DismissStaleApprovals: value(rep.DismissStaleApprovals), BlockOnRejectedReviews: value(rep.BlockOnRejectedReviews),
		BlockOnOutdatedBranch: value(rep.BlockOnOutdatedBranch), RequireSignedCommits: value(rep.RequireSignedCommits),
		ProtectedFilePatterns: value(rep.ProtectedFilePatterns), UnprotectedFilePatterns: value(rep.UnprotectedFilePatterns),
	}
}

func (r *reader) deployKeys(ctx context.Context) error {
	r.current.DeployKeys = map[string]DeployKey{}
	inventory := r.owned(kindKey)
	return r.setting.Each(ctx, r.below(kindKey, repositoriesOf(r.desired.DeployKeys)), func(ctx context.Context, repo string) error {
		reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.DeployKey, int, error) {
			resp, err := r.api.ListDeployKeysWithResponse(ctx, organization, repo, &gitea.ListDeployKeysParams{Page: number(p.Number), Limit: number(p.Size)})
			if err != nil {
				return nil, 0, err
			}
			items, err := response.OK(resp, nil)
			return items, total(resp.HTTPResponse), err
		})
		if err != nil {
			return fmt.Errorf("reading the deploy keys of repository %s: %w", repo, err)
		}
		r.add(func(s *State) {
			for _, rep := range reps {
				name := below(repo, value(rep.Title))
				ours := inventory[name] == id(rep.ID)
				s.DeployKeys[name] = DeployKey{
					Meta:       plan.Meta{ID: id(rep.ID), Team: s.Repositories[repo].Team, Ownership: plan.OursIf(ours, plan.Predecessor)},
					Repository: repo, Title: value(rep.Title), Key: withoutComment(value(rep.Key)), ReadOnly: value(rep.ReadOnly),
				}
			}
		})
		return nil
	})
}

func withoutComment(key string) string {
	fields := strings.Fields(key)
	return strings.Join(fields[:min(2, len(fields))], " ")
}
