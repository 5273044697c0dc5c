package gitearepos

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/answer"
	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// repositoryOf is the repository that a name lies below.
func repositoryOf(name string) string {
	repo, _, _ := strings.Cut(name, " ")
	return repo
}

// accesses reads who may see what, from the side that costs less: a repository
// tells its teams in one answer, a team its repositories in pages, of which the
// last one is known only by its end.
func (r *reader) accesses(ctx context.Context) error {
	r.current.Accesses = map[string]Access{}
	repos, teams := common(r.desired.Repositories, r.current.Repositories), common(r.desired.Teams, r.current.Teams)
	if len(repos) <= 2*len(teams) {
		return r.each(ctx, repos, r.teamsOf)
	}
	return r.each(ctx, teams, r.repositoriesOf)
}

// common are the names on both sides.
func common[T any](desired, current map[string]T) []string {
	names := slices.Sorted(maps.Keys(desired))
	return slices.DeleteFunc(names, func(name string) bool {
		_, exists := current[name]
		return !exists
	})
}

func (r *reader) teamsOf(ctx context.Context, repo string) error {
	reps, err := answer.OK(r.api.ListRepositoryTeamsWithResponse(ctx, organization, repo))
	if err != nil {
		return fmt.Errorf("reading the teams of repository %s: %w", repo, err)
	}
	for _, rep := range reps {
		r.addAccess(repo, fold(value(rep.Name)))
	}
	return nil
}

func (r *reader) repositoriesOf(ctx context.Context, team string) error {
	reps, err := transport.AllCapped(r.setting.PageSize, func(p transport.Page) ([]gitea.Repository, error) {
		return answer.OK(r.api.ListTeamRepositoriesWithResponse(ctx, r.teamID(team), &gitea.ListTeamRepositoriesParams{Page: number(p.Number), Limit: number(p.Size)}))
	})
	if err != nil {
		return fmt.Errorf("reading the repositories of team %s: %w", team, err)
	}
	for _, rep := range reps {
		r.addAccess(fold(value(rep.Name)), team)
	}
	return nil
}

// addAccess takes who may see a repository of ours for ours to say, as far as
// the team is ours, too. The access of other teams was given by a person.
func (r *reader) addAccess(repo, team string) {
	wantedRepo, repoOurs := r.desired.Repositories[repo]
	wantedTeam, teamOurs := r.desired.Teams[team]
	if !repoOurs || !teamOurs {
		return
	}
	a := Access{Meta: plan.Meta{Team: cmp.Or(wantedTeam.Team, wantedRepo.Team), Owned: true}, Repository: repo, TeamName: team}
	r.add(func(s *State) { s.Accesses[a.name()] = a })
}

func (r *reader) protections(ctx context.Context) error {
	r.current.Protections = map[string]Protection{}
	inventory := r.owned(kindProtection)
	return r.each(ctx, r.below(kindProtection, repositoriesOf(r.desired.Protections)), func(ctx context.Context, repo string) error {
		reps, err := answer.OK(r.api.ListBranchProtectionsWithResponse(ctx, organization, repo))
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
		Meta: plan.Meta{ID: protectionID(rep), Team: team, Owned: ours}, Repository: repo, Rule: value(rep.RuleName),
		EnablePush: value(rep.EnablePush), EnablePushWhitelist: value(rep.EnablePushWhitelist),
		PushTeams: people(value(rep.PushWhitelistTeams)), PushUsers: people(value(rep.PushWhitelistUsernames)),
		EnableMergeWhitelist: value(rep.EnableMergeWhitelist),
		MergeTeams:           people(value(rep.MergeWhitelistTeams)), MergeUsers: people(value(rep.MergeWhitelistUsernames)),
		RequiredApprovals: value(rep.RequiredApprovals), EnableStatusCheck: value(rep.EnableStatusCheck),
		StatusCheckContexts:   sorted(value(rep.StatusCheckContexts)),
		DismissStaleApprovals: value(rep.DismissStaleApprovals), BlockOnRejectedReviews: value(rep.BlockOnRejectedReviews),
		BlockOnOutdatedBranch: value(rep.BlockOnOutdatedBranch), RequireSignedCommits: value(rep.RequireSignedCommits),
		ProtectedFilePatterns: value(rep.ProtectedFilePatterns), UnprotectedFilePatterns: value(rep.UnprotectedFilePatterns),
		Adopted: ours,
	}
}

func (r *reader) hooks(ctx context.Context) error {
	r.current.Hooks = map[string]Hook{}
	return r.each(ctx, r.below(kindHook, repositoriesOf(r.desired.Hooks)), func(ctx context.Context, repo string) error {
		reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.Hook, int, error) {
			resp, err := r.api.ListHooksWithResponse(ctx, organization, repo, &gitea.ListHooksParams{Page: number(p.Number), Limit: number(p.Size)})
			if err != nil {
				return nil, 0, err
			}
			items, err := answer.OK(resp, nil)
			return items, total(resp.HTTPResponse), err
		})
		if err != nil {
			return fmt.Errorf("reading the hooks of repository %s: %w", repo, err)
		}
		r.addHooks(repo, reps)
		return nil
	})
}

// addHooks takes hooks with the same address for copies of one: that which is
// ours, else the oldest.
func (r *reader) addHooks(repo string, reps []gitea.Hook) {
	inventory := r.owned(kindHook)
	slices.SortFunc(reps, func(a, b gitea.Hook) int { return cmp.Compare(value(a.ID), value(b.ID)) })
	r.add(func(s *State) {
		for _, rep := range reps {
			name := below(repo, value(rep.Config)["url"])
			found := r.hookFrom(rep, repo, inventory[name])
			first, again := s.Hooks[name]
			switch {
			case !again:
			case found.Adopted:
				found.Copies, found.Others = first.Copies+1, append(first.Others, first.ID)
			default:
				first.Copies, first.Others = first.Copies+1, append(first.Others, found.ID)
				found = first
			}
			s.Hooks[name] = found
		}
	})
}

func (r *reader) hookFrom(rep gitea.Hook, repo, note string) Hook {
	name := below(repo, value(rep.Config)["url"])
	ours := note == id(rep.ID)
	return Hook{
		Meta:       plan.Meta{ID: id(rep.ID), Team: r.current.Repositories[repo].Team, Owned: ours},
		Repository: repo, URL: value(rep.Config)["url"], ContentType: value(rep.Config)["content_type"],
		Events: sorted(value(rep.Events)), BranchFilter: value(rep.BranchFilter), Active: value(rep.Active),
		Authorization: values.NewSecret(value(rep.AuthorizationHeader)), Secret: r.hookSecret(name, ours),
		Copies: 1, Adopted: ours,
	}
}

// hookSecret is what we know of a secret that Gitea never shows: the desired one
// where our fingerprint says so. Of a hook that was made by somebody else none
// is known, and none is not worth a new hook.
func (r *reader) hookSecret(name string, ours bool) values.Secret {
	wanted := r.desired.Hooks[name].Secret
	r.Application.mu.Lock()
	defer r.Application.mu.Unlock()
	switch {
	case ours && r.state.Matches(hookPrint(name), wanted):
		return wanted
	case ours && wanted.IsZero():
		return values.NewSecret("another")
	default:
		return values.Secret{}
	}
}

// hookPrint names the fingerprint of a hook's secret.
func hookPrint(name string) string { return kindHook + " " + name }

func (r *reader) deployKeys(ctx context.Context) error {
	r.current.DeployKeys = map[string]DeployKey{}
	inventory := r.owned(kindKey)
	return r.each(ctx, r.below(kindKey, repositoriesOf(r.desired.DeployKeys)), func(ctx context.Context, repo string) error {
		reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.DeployKey, int, error) {
			resp, err := r.api.ListDeployKeysWithResponse(ctx, organization, repo, &gitea.ListDeployKeysParams{Page: number(p.Number), Limit: number(p.Size)})
			if err != nil {
				return nil, 0, err
			}
			items, err := answer.OK(resp, nil)
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
					Meta:       plan.Meta{ID: id(rep.ID), Team: s.Repositories[repo].Team, Owned: ours},
					Repository: repo, Title: value(rep.Title), Key: withoutComment(value(rep.Key)), ReadOnly: value(rep.ReadOnly), Adopted: ours,
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
