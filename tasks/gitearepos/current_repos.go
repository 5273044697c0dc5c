package gitearepos

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// branches looks for default branches that do not exist yet: Gitea would
// silently keep the old one. An empty repository takes any.
func (r *reader) branches(ctx context.Context) error {
	var differ []string
	for name, repo := range r.current.Repositories {
		wanted := r.desired.Repositories[name].DefaultBranch
		if wanted != nil && *wanted != response.Value(repo.DefaultBranch) && !repo.Empty {
			differ = append(differ, name)
		}
	}
	return r.setting.Each(ctx, differ, func(ctx context.Context, name string) error {
		_, err := response.OK(r.api.GetBranchWithResponse(ctx, organization, name, *r.desired.Repositories[name].DefaultBranch))
		if err != nil && !transport.IsNotFound(err) {
			return fmt.Errorf("reading the branches of repository %s: %w", name, err)
		}
		r.add(func(s *State) {
			repo := s.Repositories[name]
			repo.BranchMissing = err != nil
			s.Repositories[name] = repo
		})
		return nil
	})
}

func (r *reader) protections(ctx context.Context) error {
	r.current.Protections = map[string]Protection{}
	return r.setting.Each(ctx, r.repositoriesToRead(kindProtection, repositoriesOf(r.desired.Protections)), func(ctx context.Context, repo string) error {
		reps, err := response.OK(r.api.ListBranchProtectionsWithResponse(ctx, organization, repo))
		if err != nil {
			return fmt.Errorf("reading the branch protections of repository %s: %w", repo, err)
		}
		for _, rep := range reps {
			name := inRepository(repo, response.Value(rep.RuleName))
			p, err := protectionFrom(rep, repo)
			if err != nil {
				return fmt.Errorf("reading branch protection %s: %w", name, err)
			}
			same := len(plan.Compare(r.desired.Protections[name], p)) == 0
			r.add(func(s *State) {
				p.Meta = plan.Meta{ID: protectionID(rep), Team: s.Repositories[repo].Team, Ownership: r.ownership(kindProtection, name, protectionID(rep), same)}
				s.Protections[name] = p
			})
		}
		return nil
	})
}

// repositoriesOf are the repositories that declared objects are below.
func repositoriesOf[T any](declared map[string]T) []string {
	var repos []string
	for name := range declared {
		repos = append(repos, firstWord(name))
	}
	return repos
}

// protectionID tells a rule from a later one of the same name: it has no number.
func protectionID(rep gitea.BranchProtection) string {
	return response.Value(rep.CreatedAt).UTC().Format("2006-01-02T15:04:05Z")
}

func protectionFrom(rep gitea.BranchProtection, repo string) (Protection, error) {
	p, err := sharedFields[Protection](rep)
	p.Repository, p.Rule = repo, response.Value(rep.RuleName)
	p.PushTeams, p.PushUsers = people(p.PushTeams), people(p.PushUsers)
	p.MergeTeams, p.MergeUsers = people(p.MergeTeams), people(p.MergeUsers)
	p.StatusCheckContexts = sorted(p.StatusCheckContexts)
	return p, err
}

func (r *reader) deployKeys(ctx context.Context) error {
	r.current.DeployKeys = map[string]DeployKey{}
	return r.setting.Each(ctx, r.repositoriesToRead(kindKey, repositoriesOf(r.desired.DeployKeys)), func(ctx context.Context, repo string) error {
		reps, err := response.Counted(r.setting.PageSize, func(p transport.Page) (*gitea.ListDeployKeysResponse, error) {
			return r.api.ListDeployKeysWithResponse(ctx, organization, repo, &gitea.ListDeployKeysParams{Page: number(p.Number), Limit: number(p.Size)})
		}, func(r *gitea.ListDeployKeysResponse) *http.Response { return r.HTTPResponse })
		if err != nil {
			return fmt.Errorf("reading the deploy keys of repository %s: %w", repo, err)
		}
		r.add(func(s *State) {
			for _, rep := range reps {
				name := inRepository(repo, response.Value(rep.Title))
				k := DeployKey{Repository: repo, Title: response.Value(rep.Title), Key: withoutComment(response.Value(rep.Key)), ReadOnly: response.Value(rep.ReadOnly)}
				same := k.Key == r.desired.DeployKeys[name].Key
				k.Meta = plan.Meta{ID: id(rep.ID), Team: s.Repositories[repo].Team, Ownership: r.ownership(kindKey, name, id(rep.ID), same)}
				s.DeployKeys[name] = k
			}
		})
		return nil
	})
}

func withoutComment(key string) string {
	fields := strings.Fields(key)
	return strings.Join(fields[:min(2, len(fields))], " ")
}
