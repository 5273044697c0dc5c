package quirks

const (
	allAdmin   = `{"repo.actions":"admin","repo.code":"admin","repo.ext_issues":"admin","repo.ext_wiki":"admin","repo.issues":"admin","repo.packages":"admin","repo.projects":"admin","repo.pulls":"admin","repo.releases":"admin","repo.wiki":"admin"}`
	emptyUnits = `{"message":"units permission should not be empty"}`
)

func teamCreateQuirks() []quirk {
	return []quirk{
		{name: "PermissionBecomesNone", reason: "read and write are not kept: the units say what a team may do", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"Dev.one_2-x","description":"d","permission":"write","units_map":{"repo.code":"write","repo.issues":"read"}}`, as: "dev",
				want: `{"id":"{any}","name":"Dev.one_2-x","description":"d","permission":"none","units":["repo.code","repo.issues"],"units_map":{"repo.code":"write","repo.issues":"read"},"includes_all_repositories":false,"can_create_org_repo":false,"organization":{"name":"{org}"}}`},
			{do: "GET teams/{dev}", want: `{"permission":"none","units_map":{"repo.code":"write","repo.issues":"read"},"organization":{"name":"{org}"}}`},
			{do: "GET orgs/{org}/teams", want: `[{"name":"Owners"},{"name":"Dev.one_2-x","permission":"none","organization":null}]`},
		}},
		{name: "UnitsMapWins", reason: "units all get the permission; with neither it is a 500", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"both","permission":"read","units":["repo.wiki"],"units_map":{"repo.code":"admin"}}`, want: `{"permission":"none","units":["repo.code"],"units_map":{"repo.code":"admin","repo.wiki":null}}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"units","permission":"write","units":["repo.wiki","repo.nosuch","repo.CODE"]}`, want: `{"permission":"none","units_map":{"repo.wiki":"write","repo.code":"write"}}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"none","permission":"write"}`, status: 500, want: emptyUnits},
			{do: "POST orgs/{org}/teams", body: `{"name":"none","units_map":{},"units":[]}`, status: 500, want: emptyUnits},
			{do: "POST orgs/{org}/teams", body: `{"name":"nothing","units_map":{"repo.code":"none","repo.wiki":"owner","repo.pulls":"WRITE"}}`, want: `{"units_map":{"repo.code":"none","repo.wiki":"none","repo.pulls":"none"}}`},
		}},
		{name: "AdminTeam", reason: "its units are what they are", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"admins","permission":"admin","units_map":{"repo.code":"read"}}`, as: "admins", want: `{"permission":"admin","units_map":` + allAdmin + `}`},
			{do: "PATCH teams/{admins}", body: `{"units_map":{"repo.code":"read"}}`, want: `{"permission":"admin","units_map":` + allAdmin + `}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"owner","permission":"owner","units_map":{"repo.code":"read"}}`, want: `{"permission":"none","units_map":{"repo.code":"read"}}`},
		}},
		{name: "UnknownUnits", reason: "are kept, and shown without a name", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"odd","units_map":{"repo.nosuch":"write","repo.code":"read"}}`, as: "odd", want: `{"units_map":{"":"write","repo.code":"read"}}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"odder","units_map":{"repo.nosuch":"write","repo.nosuch2":"write"}}`, status: 500},
			{do: "POST orgs/{org}/teams", body: `{"name":"odder","units_map":{"repo.code":"write","REPO.CODE":"write"}}`, status: 500},
			{do: "POST orgs/{org}/teams", body: `{"name":"empty","permission":"read","units":["repo.nosuch"]}`, want: `{"permission":"none","units":null,"units_map":{}}`},
		}},
		{name: "TeamNames", reason: "fold case; a second one is refused, some are invalid", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"dev.ONE_2-x","units_map":{"repo.code":"read"}}`, status: 422, want: `{"message":"team already exists [org_id: {orgid}, name: dev.one_2-x]"}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"owners","units_map":{"repo.code":"read"}}`, status: 422},
			{do: "POST orgs/{org}/teams", body: `{"name":"new","units_map":{"repo.code":"read"}}`, status: 500, want: `{"message":"name is reserved [name: new]"}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"a b","units_map":{"repo.code":"read"}}`, status: 422, want: `{"message":"[Name]: AlphaDashDot"}`},
			{do: "POST orgs/{org}/teams", body: `{"units_map":{"repo.code":"read"}}`, status: 422, want: `{"message":"[Name]: Required"}`},
		}},
	}
}

func teamUpdateQuirks() []quirk {
	return []quirk{
		{name: "TeamPatch", reason: "what is left out stays, an empty name and empty units too", steps: []step{
			{do: "PATCH teams/{dev}", body: `{"name":"","description":"","units_map":{}}`, want: `{"name":"Dev.one_2-x","description":"","units_map":{"repo.code":"write","repo.issues":"read"},"organization":null}`},
			{do: "PATCH teams/{dev}", body: `{"name":"dev.ONE_2-x","can_create_org_repo":true}`, want: `{"name":"dev.ONE_2-x","can_create_org_repo":true}`},
			{do: "PATCH teams/{dev}", body: `{"units_map":{"repo.wiki":"read"}}`, want: `{"units_map":{"repo.wiki":"read","repo.code":null,"repo.issues":null}}`},
			{do: "PATCH teams/{dev}", body: `{"permission":"write","units":["repo.code"]}`, want: `{"permission":"none","units_map":{"repo.code":"write","repo.wiki":null}}`},
			{do: "PATCH teams/{dev}", body: `{"units":["repo.code"]}`, want: `{"permission":"none","units_map":{"repo.code":"none"}}`},
			{do: "PATCH teams/{dev}", body: `{"name":"Admins"}`, status: 500, want: `{"message":"team already exists [org_id: {orgid}, name: admins]"}`},
		}},
		{name: "IncludesAllNeedsPermission", reason: "without it the field is passed over", steps: []step{
			{do: "PATCH teams/{dev}", body: `{"includes_all_repositories":true}`, want: `{"includes_all_repositories":false}`},
			{do: "PATCH teams/{dev}", body: `{"includes_all_repositories":true,"permission":"read"}`, want: `{"includes_all_repositories":true,"permission":"none","units_map":{"repo.code":"none"}}`},
			{do: "PATCH teams/{dev}", body: `{"includes_all_repositories":false}`, want: `{"includes_all_repositories":true}`},
		}},
		{name: "TeamBecomesAdminAndBack", reason: "back it keeps the units of an admin until others are given", steps: []step{
			{do: "PATCH teams/{dev}", body: `{"permission":"admin"}`, want: `{"permission":"admin","units_map":` + allAdmin + `}`},
			{do: "PATCH teams/{dev}", body: `{"permission":"write"}`, want: `{"permission":"none","units_map":{"repo.code":"admin","repo.wiki":"admin","repo.ext_wiki":"read","repo.ext_issues":"read"}}`},
			{do: "PATCH teams/{dev}", body: `{"permission":"write","units_map":{"repo.code":"write"}}`, want: `{"permission":"none","units_map":{"repo.code":"write","repo.wiki":null}}`},
		}},
		{name: "OwnersAreFixed", reason: "but not their name, and under another they are a team like others; deleted they can be at any time", steps: []step{
			{do: "POST orgs", body: `{"username":"{tag}-two"}`},
			{do: "GET orgs/{tag}-two/teams/search?q=owners", as: "owners=data.0.id", want: `{"ok":true,"data":[{"name":"Owners","permission":"owner"}]}`},
			{do: "PATCH teams/{owners}", body: `{"description":"x","permission":"read","units_map":{"repo.code":"read"},"can_create_org_repo":false,"includes_all_repositories":false}`,
				want: `{"name":"Owners","description":"x","permission":"owner","units_map":{"repo.code":"owner","repo.ext_wiki":"owner"},"can_create_org_repo":true,"includes_all_repositories":true}`},
			{do: "DELETE teams/{owners}/members/{admin}", status: 500, want: `{"message":"user is the last member of owner team [uid: {adminid}]"}`},
			{do: "PATCH teams/{owners}", body: `{"name":"bosses"}`, want: `{"name":"bosses","permission":"owner"}`},
			{do: "PATCH teams/{owners}", body: `{"permission":"read","units_map":{"repo.code":"read"}}`, want: `{"permission":"none","units_map":{"repo.code":"read"},"can_create_org_repo":true,"includes_all_repositories":true}`},
			{do: "DELETE teams/{owners}/members/{admin}"},
			{do: "DELETE teams/{owners}"},
			{do: "GET orgs/{tag}-two/teams", want: `[]`, count: "0"},
			{do: "POST orgs/{tag}-two/repos", body: `{"name":"r"}`}, {do: "GET repos/{tag}-two/r/teams", want: `[]`},
		}},
		{name: "TeamSearch", reason: "looks into descriptions, too, unless told not to", steps: []step{
			{do: "PATCH teams/{admins}", body: `{"description":"Those who may"}`},
			{do: "GET orgs/{org}/teams/search?q=WHO", want: `{"ok":true,"data":[{"name":"admins"}]}`},
			{do: "GET orgs/{org}/teams/search?q=who&include_desc=false", want: `{"data":[]}`},
			{do: "GET orgs/{org}/teams/search?q=N&limit=1&page=2", want: `{"data":[{"name":"dev.ONE_2-x"}]}`},
		}},
		{name: "TeamDelete", reason: "and another gets another id", steps: []step{
			{do: "DELETE teams/{odd}"},
			{do: "DELETE teams/{odd}", status: 404, want: `{"message":"not found"}`},
			{do: "GET teams/{odd}", status: 404},
			{do: "GET teams/nosuch", status: 404},
			{do: "PATCH teams/{odd}", body: `{}`, status: 404},
		}},
	}
}

func teamRightQuirks() []quirk {
	return []quirk{
		{name: "TeamRights", reason: "to strangers a team is not there, members may look, owners may change", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`},
			{do: "GET teams/{dev}", by: "user {tag}-ann", status: 404},
			{do: "GET teams/{dev}", by: "anonymous", status: 401},
			{do: "GET teams/{odd}", by: "anonymous", status: 404},
			{do: "PUT teams/{dev}/members/{tag}-ann"},
			{do: "GET teams/{dev}", by: "user {tag}-ann", want: `{"name":"dev.ONE_2-x"}`},
			{do: "GET teams/{admins}", by: "user {tag}-ann", status: 403, want: `{"message":"Must be a team member"}`},
			{do: "GET orgs/{org}/teams", by: "user {tag}-ann", want: `["...",{"name":"Owners"},{"name":"admins"}]`},
			{do: "GET orgs/{org}/teams/search", by: "user {tag}-ann", want: `{"data":[{"name":"dev.ONE_2-x"}]}`},
			{do: "POST orgs/{org}/teams", by: "user {tag}-ann", body: `{"name":"x","units_map":{"repo.code":"read"}}`, status: 403, want: `{"message":"Must be an organization owner"}`},
			{do: "PATCH teams/{dev}", by: "user {tag}-ann", body: `{}`, status: 404},
			{do: "DELETE teams/{dev}", by: "user {tag}-ann", status: 404},
			{do: "POST orgs/{org}/repos", by: "user {tag}-ann", body: `{"name":"anns"}`, want: `{"permissions":{"admin":true}}`},
		}},
	}
}
