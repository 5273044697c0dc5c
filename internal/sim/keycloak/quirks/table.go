package quirks

import (
	"fmt"
	"slices"
	"strings"
)

// newest is the major version that the quirks were written for.
const newest = 26

// newestOnly are the quirks that Keycloak 22 does not show in the same words or
// numbers: it has fewer scopes and no descriptions of groups, shows no
// introspection keys, and refuses with other texts.
func newestOnly() []string {
	return strings.Fields(`
		RealmIsBornDisabled RealmNamesAreChecked RealmAttributesAreReplaced RealmSettingsAreChecked
		ScopeCreate ScopePutIgnoresMappers ScopeDelete MapperConfigIsCompleted MapperCreateIsChecked MapperPutNeedsTheID
		MappersOfNoTypeAreHidden ClientMappersHaveTheirOwnEndpoint
		ClientDefaults ClientWithAProtocolIsBornPublic ClientCreateIsChecked ClientLists ClientPutKeepsWhatIsLeftOut
		ClientAttributesAreMerged WebOriginsFollowRedirects AuthorizationIsSwitchedOff ServiceAccount OptionalMustGoFirst
		RoleCreate RolePutErasesTheDescription
		GroupCreate GroupPut GroupLists GroupSearchIsPartial RolesAreNamedByIDAndName RolesAreTakenAway Subgroups
		SearchFindsTheParentOfAHit DeletedGroupTakesItsChildrenAlong
		ImportMakesGroupsWithTheirRoles ImportLooksForGroupsByTheirPath ImportIsAllOrNothing ImportCannotReadItsBody
		UserCreate UserCreateIsChecked UserPut UsersAreFoundByPart UserSearchIsByBeginning ServiceAccountsAreHidden
		ProviderCreate ProviderPutReplaces ProviderMappers ProviderMapperPutNeedsTheID ProviderRenameAndDelete
		ProviderPutWithoutAliasLosesIt
		BodiesAreChecked SlashesDoNotMatter UnknownPathsAndMethods`)
}

// dependent are the quirks that Keycloak 22 shows, too, but that use what one of
// newestOnly makes.
func dependent() []string {
	return strings.Fields(`
		RealmPutKeepsWhatIsLeftOut RealmPutIgnoresObjects RealmRenameAndDelete
		ClientPutReplacesMappers SecretFollowsTheKindOfClient ClientDelete
		RoleDelete ClientRolesHaveTheirOwnPath DeletedRoleLeavesItsHolders
		TemporaryPasswords Memberships`)
}

// runs tells whether the quirk can be tried on a server of that version.
func (q quirk) runs(version int) bool {
	return q.holds(version) && (version == newest || !slices.Contains(dependent(), q.name))
}

// holds tells whether a server of that version shows the quirk.
func (q quirk) holds(version int) bool {
	return version == newest || !slices.Contains(newestOnly(), q.name)
}

// Markdown is the table of all quirks.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Quirks of Keycloak\n\nWhat surprises a client of the admin API. Each row is a test that runs against the simulator and against a real server:\n" +
		"`internal/sim/keycloak/quirks`. The versions are those that it was seen on; where 22.0 is missing, that version\n" +
		"answers in other words or with other fields. This page is written by the simulator's tests (`-update`).\n")
	for _, c := range chapters() {
		fmt.Fprintf(&b, "\n## %s\n\n| quirk and test | what the server does | seen on |\n|---|---|---|\n", c.name)
		for _, q := range c.quirks {
			versions := "26.4"
			if q.holds(22) {
				versions = "22.0, 26.4"
			}
			fmt.Fprintf(&b, "| `%s/%s` | %s | %s |\n", c.name, q.name, strings.ReplaceAll(q.reason, "|", "\\|"), versions)
		}
	}
	b.WriteString(`
## Tokens and pages

| quirk and test | what the server does | seen on |
|---|---|---|
` + "| `Tokens/LightTokensSeeNewRealms` | tokens of admin-cli name no roles: the server looks them up at each use | 26.4 |\n" +
		"| `Tokens/TokenOlderThanRealm` | a full token knows nothing of a realm that is younger: it looks almost empty, all in it is forbidden | 26.4 |\n" +
		"| `Tokens/RefreshAndLogout` | older tokens of a session live on until it ends | 22.0, 26.4 |\n" +
		"| `Pages` | users, members and identity providers come by the hundred unless asked for more, groups below a group by ten, roles and groups all at once | 26.4 |\n" + `
## Versions

| what differs | from | test |
|---|---|---|
` + "| the scope `basic` holds the mapper of `sub`; before, every token has it | 25 | `TestVersions` in `internal/conformance/keycloakroles` |\n" +
		"| the user profile has a policy for unmanaged attributes; before, its address answers 204 and users keep every attribute | 24 | the same |\n" +
		"| a group has the number of those below it; before, they are inside of it | 23 | the same |\n")
	return b.String()
}
