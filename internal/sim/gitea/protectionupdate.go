package gitea

import (
	"reflect"
	"slices"
)

// editOf takes the fields of a creation for those of a change: they have the
// same names.
func editOf(f CreateBranchProtectionOption) (edit EditBranchProtectionOption) {
	from, into := reflect.ValueOf(f), reflect.ValueOf(&edit).Elem()
	for i := range into.NumField() {
		into.Field(i).Set(from.FieldByName(into.Type().Field(i).Name))
	}
	return edit
}

// change takes over what was given. What hangs on a switch is looked at only
// where the switch was given, too.
func (p *protection) change(f EditBranchProtectionOption) {
	changeSwitch(f.EnablePush, p.EnablePush, f.EnablePushWhitelist, p.EnablePushWhitelist, f.PushWhitelistDeployKeys, p.PushWhitelistDeployKeys)
	changeSwitch(f.EnableForcePush, p.EnableForcePush, f.EnableForcePushAllowlist, p.EnableForcePushAllowlist, f.ForcePushAllowlistDeployKeys, p.ForcePushAllowlistDeployKeys)
	if approvals := f.RequiredApprovals; approvals != nil && *approvals >= 0 {
		*p.RequiredApprovals = *approvals
	}
	set(p.Priority, f.Priority)
	set(p.StatusCheckContexts, f.StatusCheckContexts)
	set(p.ProtectedFilePatterns, f.ProtectedFilePatterns)
	set(p.UnprotectedFilePatterns, f.UnprotectedFilePatterns)
	set(p.EnableMergeWhitelist, f.EnableMergeWhitelist)
	set(p.EnableStatusCheck, f.EnableStatusCheck)
	set(p.EnableApprovalsWhitelist, f.EnableApprovalsWhitelist)
	set(p.BlockOnRejectedReviews, f.BlockOnRejectedReviews)
	set(p.BlockOnOfficialReviewRequests, f.BlockOnOfficialReviewRequests)
	set(p.BlockOnOutdatedBranch, f.BlockOnOutdatedBranch)
	set(p.DismissStaleApprovals, f.DismissStaleApprovals)
	set(p.IgnoreStaleApprovals, f.IgnoreStaleApprovals)
	set(p.RequireSignedCommits, f.RequireSignedCommits)
	set(p.BlockAdminMergeOverride, f.BlockAdminMergeOverride)
}

// changeSwitch sets a switch, the list that hangs on it, and the keys that hang
// on that.
func changeSwitch(given, into, listGiven, list, keysGiven, keys *bool) {
	if given == nil {
		return
	}
	if *into = *given; !*given {
		*list, *keys = false, false
		return
	}
	if listGiven == nil {
		return
	}
	if *list = *listGiven; !*list {
		*keys = false
		return
	}
	set(keys, keysGiven)
}

// dropWithoutPush: at creation forced pushes hang on pushes, too.
func (p *protection) dropWithoutPush() {
	if !*p.EnablePush {
		*p.EnableForcePush, *p.EnableForcePushAllowlist, *p.ForcePushAllowlistDeployKeys = false, false, false
	}
}

// The names of the lists; the fields of requests and answers have them.
const approvers = "ApprovalsWhitelistUsername"

func userLists() []string {
	return []string{"PushWhitelistUsernames", "ForcePushAllowlistUsernames", "MergeWhitelistUsernames", approvers}
}

func teamLists() []string {
	return []string{"PushWhitelistTeams", "ForcePushAllowlistTeams", "MergeWhitelistTeams", "ApprovalsWhitelistTeams"}
}

// listsOf are the lists in a request; nil were not given.
func listsOf(request any) map[string]*[]string {
	lists := map[string]*[]string{}
	for _, name := range slices.Concat(userLists(), teamLists()) {
		lists[name], _ = reflect.ValueOf(request).FieldByName(name).Interface().(*[]string)
	}
	return lists
}

// setLists refuses unknown users before it changes anything.
func (p *protection) setLists(c *call, lists map[string]*[]string) error {
	users, teams := map[string][]*account{}, map[string][]*team{}
	for _, name := range userLists() {
		for _, login := range value(lists[name]) {
			u, known := c.memory.account(login)
			if !known {
				return invalid("user does not exist [uid: 0, name: %s]", login)
			}
			users[name] = append(users[name], u)
		}
	}
	for _, name := range teamLists() {
		for _, wanted := range value(lists[name]) {
			t := c.repo.owner.team(wanted)
			if t == nil {
				return invalid("%s", c.repo.owner.noTeam(wanted))
			}
			teams[name] = append(teams[name], t)
		}
	}
	for name, list := range lists {
		if list != nil {
			p.users[name] = filtered(users[name], func(u *account) bool { return c.repo.listable(name, u) })
			p.teams[name] = filtered(teams[name], c.repo.isReader)
		}
	}
	return nil
}

// listable: who approves must see pull requests, the others must be able to write.
func (r *repository) listable(list string, u *account) bool {
	if list == approvers {
		return r.readsPulls(u)
	}
	return rightsOf(u, r).code() >= write
}

// readsPulls counts what teams and collaboration give, not what an administrator
// may do: on no list is one shown who is that alone.
func (r *repository) readsPulls(u *account) bool {
	if r.collaborators[u] >= read {
		return true
	}
	for t := range r.teams {
		if t.members[u] && (t.mode >= read || t.units[pulls] >= read) {
			return true
		}
	}
	return false
}

// isReader says whether a team sees the code or the pull requests.
func (r *repository) isReader(t *team) bool {
	return r.teams[t] && (t.mode >= read || t.units[code] >= read || t.units[pulls] >= read)
}

// unique sorts names and drops those that come again.
func unique(names []string) *[]string {
	slices.Sort(names)
	names = slices.Compact(names)
	return &names
}

func (p *protection) json(r *repository) BranchProtection {
	shown := p.BranchProtection
	into := reflect.ValueOf(&shown).Elem()
	for _, name := range userLists() {
		names := each(filtered(p.users[name], r.readsPulls), func(u *account) string { return u.name })
		into.FieldByName(name).Set(reflect.ValueOf(unique(names)))
	}
	for _, name := range teamLists() {
		names := each(filtered(p.teams[name], r.isReader), func(t *team) string { return t.name })
		into.FieldByName(name).Set(reflect.ValueOf(unique(names)))
	}
	return shown
}
