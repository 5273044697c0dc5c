package quirks

func organizationQuirks() []quirk {
	return []quirk{
		{name: "OrganizationCreate", reason: "what is left out is empty, unknown fields are passed over, a team of owners comes with it", steps: []step{
			{do: "POST orgs", body: `{"username":"{tag}-One","description":"d","full_name":"One","website":"https://example.com","location":"here","visibility":"limited","repo_admin_change_team_access":true,"email":"one@example.com","nosuch":1}`, as: "one",
				want: `{"id":"{any}","name":"{tag}-One","username":"{tag}-One","full_name":"One","description":"d","website":"https://example.com","location":"here","visibility":"limited","repo_admin_change_team_access":true,"email":"one@example.com"}`},
			{do: "GET orgs/{org}", want: `{"name":"{org}","full_name":"","description":"","visibility":"public","repo_admin_change_team_access":false}`},
			{do: "GET orgs/{tag}-one/teams", count: "1", want: `[{"name":"Owners","permission":"owner","includes_all_repositories":true,"can_create_org_repo":true,"description":"","organization":null}]`},
		}},
		{name: "NamesFoldCase", reason: "users and organisations share their names", steps: []step{
			{do: "GET orgs/{tag}-ONE", want: `{"id":{one},"name":"{tag}-One"}`},
			{do: "POST orgs", body: `{"username":"{tag}-oNE"}`, status: 422, want: `{"message":"user already exists [name: {tag}-oNE]"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-one","email":"{tag}-one@example.com","password":"{password}"}`, status: 422, want: `{"message":"user already exists [name: {tag}-one]"}`},
			{do: "POST orgs", body: `{"username":"{admin}"}`, status: 422, want: `{"message":"user already exists [name: {admin}]"}`},
			{do: "GET orgs/{admin}", status: 404},
			{do: "GET users/{tag}-one", want: `{"id":{one},"login":"{tag}-One","email":"one@example.com"}`},
		}},
		{name: "OrganizationNames", reason: "some are reserved, some are invalid", steps: []step{
			{do: "POST orgs", body: `{}`, status: 422, want: `{"message":"[UserName]: Required"}`},
			{do: "POST orgs", body: `{"username":"a b"}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
			{do: "POST orgs", body: `{"username":"-a"}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
			{do: "POST orgs", body: `{"username":"a--b"}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
			{do: "POST orgs", body: `{"username":"a."}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
			{do: "POST orgs", body: `{"username":"ä"}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
			{do: "POST orgs", body: `{"username":"{tag}-a-name-that-is-longer-than-forty"}`, status: 422, want: `{"message":"[UserName]: MaxSize"}`},
			{do: "POST orgs", body: `{"username":"Api"}`, status: 422, want: `{"message":"name is reserved [name: api]"}`},
			{do: "POST orgs", body: `{"username":"x.keys"}`, status: 422, want: `{"message":"name pattern is not allowed [pattern: *.keys]"}`},
			{do: "POST orgs", body: `{"username":"{tag}-x","visibility":"secret"}`, status: 422, want: `{"message":"[Visibility]: In"}`},
			{do: "POST orgs", body: `{"username":"{tag}-x","website":"no url"}`, status: 422, want: `{"message":"[Website]: Url"}`},
			{do: "POST orgs", body: `{"username":"a b","visibility":"secret"}`, status: 422, want: `{"message":"[UserName]: invalid username"}`},
		}},
		{name: "OrganizationPatch", reason: "changes what is given; an empty visibility is ignored", steps: []step{
			{do: "PATCH orgs/{tag}-one", body: `{"description":"e","visibility":"","email":""}`, want: `{"description":"e","full_name":"One","website":"https://example.com","visibility":"limited","email":""}`},
			{do: "PATCH orgs/{tag}-one", body: `{"full_name":"","website":"","location":"","visibility":"private","repo_admin_change_team_access":false}`, want: `{"description":"e","full_name":"","website":"","location":"","visibility":"private","repo_admin_change_team_access":false}`},
			{do: "PATCH orgs/{tag}-one", body: `{"email":"nowhere"}`, status: 422, want: `{"message":"e-mail address contains unsupported character [email: nowhere]"}`},
			{do: "PATCH orgs/{tag}-one", body: `{"username":"{tag}-two"}`, want: `{"name":"{tag}-One"}`},
			{do: "PATCH orgs/{tag}-none", body: `{}`, status: 404, want: `{"message":"GetOrgByName","errors":["user redirect does not exist [name: {tag}-none]"]}`},
		}},
		{name: "OrganizationDelete", reason: "not while it owns repositories", steps: []step{
			{do: "POST orgs/{tag}-one/repos", body: `{"name":"r"}`},
			{do: "DELETE orgs/{tag}-one", status: 500, want: `{"message":"user still has ownership of repositories [uid: {one}]"}`},
			{do: "DELETE repos/{tag}-one/r"},
			{do: "DELETE orgs/{tag}-one"},
			{do: "DELETE orgs/{tag}-one", status: 404},
		}},
	}
}

func organizationRightQuirks() []quirk {
	return []quirk{
		{name: "PrivateOrganization", reason: "only members see it; but asking for its teams gives a 403", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`},
			{do: "POST orgs", body: `{"username":"{tag}-priv","visibility":"private"}`},
			{do: "GET orgs/{tag}-priv", by: "user {tag}-ann", status: 404, want: `{"message":"HasOrgOrUserVisible"}`},
			{do: "GET orgs/{tag}-priv", by: "anonymous", status: 404},
			{do: "GET orgs/{tag}-priv/teams", by: "user {tag}-ann", status: 403, want: `{"message":"Must be an organization member"}`},
			{do: "POST orgs/{tag}-priv/repos", by: "user {tag}-ann", body: `{"name":"r"}`, status: 404},
			{do: "GET orgs?limit=50", by: "user {tag}-ann", not: `["...",{"name":"{tag}-priv"}]`, want: `["...",{"name":"{org}"}]`},
			{do: "GET orgs?limit=50", want: `["...",{"name":"{tag}-priv"}]`},
		}},
		{name: "WhatIsTheOwners", reason: "others may look", steps: []step{
			{do: "PATCH orgs/{org}", by: "user {tag}-ann", body: `{}`, status: 403, want: `{"message":"Must be an organization owner"}`},
			{do: "DELETE orgs/{org}", by: "user {tag}-ann", status: 403, want: `{"message":"Must be an organization owner"}`},
			{do: "GET orgs/{org}/teams", by: "user {tag}-ann", status: 403, want: `{"message":"Must be an organization member"}`},
			{do: "POST orgs/{org}/repos", by: "user {tag}-ann", body: `{"name":"r"}`, status: 403, want: `{"message":"User is not allowed to create repositories in this organization."}`},
			{do: "GET orgs/{org}/hooks", by: "user {tag}-ann", status: 403, want: `{"message":"Must be an organization owner"}`},
			{do: "POST orgs", by: "user {tag}-ann", body: `{"username":"{tag}-anns"}`},
			{do: "PATCH orgs/{tag}-anns", by: "user {tag}-ann", body: `{"description":"mine"}`, want: `{"description":"mine"}`},
			{do: "GET user/orgs", by: "user {tag}-ann", exact: "{tag}-anns", count: "1"},
			{do: "GET admin/users", by: "user {tag}-ann", status: 403, want: `{"message":"user should be the site admin"}`},
		}},
	}
}
