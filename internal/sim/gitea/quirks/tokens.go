package quirks

func tokenQuirks() []quirk {
	return []quirk{
		{name: "TokenIsShownOnce", reason: "the list has its last eight characters; its scopes are put in order and without what others hold", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-a","scopes":["read:user","write:user","read:repository","write:organization"]}`, as: "a=sha1",
				want: `{"id":"{any}","name":"{tag}-a","sha1":"{any}","token_last_eight":"{any}","scopes":["write:organization","read:repository","write:user"]}`},
			{do: "GET users/{admin}/tokens", by: "password", want: `["...",{"name":"{tag}-a","sha1":"","scopes":["write:organization","read:repository","write:user"]},{"name":"{tag}","scopes":["all"]}]`},
			{do: "GET user", by: "token {a}", want: `{"login":"{admin}"}`},
		}},
		{name: "TokenNeedsNameAndScopes", reason: "both are checked, in this order", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-a","scopes":["nosuch"]}`, status: 400, want: `{"message":"access token name has been used already"}`},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-A","scopes":["nosuch"]}`, status: 400, want: `{"message":"invalid access token scope provided: invalid access token scope: nosuch"}`},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-b"}`, status: 400, want: `{"message":"access token must have a scope"}`},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"scopes":["all"]}`, status: 422, want: `{"message":"[Name]: Required"}`},
		}},
		{name: "TokensNeedThePassword", reason: "a token makes, lists and removes none, not even one for all; one that comes as a password does", steps: []step{
			{do: "GET users/{admin}/tokens", status: 401, want: `{"message":"auth required"}`},
			{do: "POST users/{admin}/tokens", body: `{"name":"{tag}-b","scopes":["all"]}`, status: 401, want: `{"message":"auth required"}`},
			{do: "DELETE users/{admin}/tokens/{tag}-a", status: 401, want: `{"message":"auth required"}`},
			{do: "GET users/{admin}/tokens?limit=1", by: "basic x:{all}", want: `[{"name":"{any}"}]`},
			{do: "POST users/{admin}/tokens", by: "basic x:{a}", body: `{"name":"{tag}-more","scopes":["all"]}`, want: `{"scopes":["all"]}`},
		}},
		{name: "TokenGoesByNumberOrName", reason: "and is refused from then on", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-c","scopes":["read:user"]}`, as: "c=sha1"},
			{do: "GET user", by: "token {c}"},
			{do: "DELETE users/{admin}/tokens/{tag}-c", by: "password"},
			{do: "GET user", by: "token {c}", status: 401, want: wrongLogIn},
			{do: "DELETE users/{admin}/tokens/{tag}-c", by: "password", status: 404},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-c","scopes":["read:user"]}`, as: "id"},
			{do: "DELETE users/{admin}/tokens/{id}", by: "password"},
			{do: "DELETE users/{admin}/tokens/{id}", by: "password", status: 404},
			{do: "DELETE users/{admin}/tokens/{tag}-more", by: "password"},
		}},
		{name: "TokensOfOthers", reason: "an administrator may make one for any user, other users only for themselves", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-tom","email":"{tag}-tom@example.com","password":"{password}","must_change_password":false}`},
			{do: "POST users/{tag}-tom/tokens", by: "password", body: `{"name":"{tag}","scopes":["read:user"]}`, as: "tom=sha1"},
			{do: "GET user", by: "token {tom}", want: `{"login":"{tag}-tom"}`},
			{do: "GET users/{admin}/tokens", by: "user {tag}-tom", status: 403, want: `{"message":"doer should be the site admin or be same as the contextUser"}`},
			{do: "POST users/{tag}-none/tokens", by: "password", body: `{"name":"t","scopes":["all"]}`, status: 404, want: `{"message":"user redirect does not exist [name: {tag}-none]"}`},
		}},
	}
}

// lacks is the answer that names the missing scope.
func lacks(required, has string) string {
	return `{"message":"token does not have at least one of required scope(s), required=[` + required + `], token scope=` + has + `"}`
}

func scopeQuirks() []quirk {
	const has = "read:organization,read:repository,read:user"
	return []quirk{
		{name: "MissingScopeIsNamed", reason: "each group of paths has its own; writing needs more than reading", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-read","scopes":["read:user","read:organization","read:repository"]}`, as: "read=sha1"},
			{do: "GET version", by: "token {read}"},
			{do: "GET orgs/{org}/teams", by: "token {read}"},
			{do: "POST orgs", by: "token {read}", body: `{`, status: 403, want: lacks("write:organization", has)},
			{do: "POST orgs/{org}/repos", by: "token {read}", body: `{"name":"x"}`, status: 403, want: lacks("write:organization", has)},
			{do: "PUT teams/1/members/x", by: "token {read}", status: 403, want: lacks("write:organization", has)},
			{do: "DELETE repos/x/y", by: "token {read}", status: 403, want: lacks("write:repository", has)},
			{do: "POST user/applications/oauth2", by: "token {read}", body: `{}`, status: 403, want: lacks("write:user", has)},
			{do: "GET admin/users", by: "token {read}", status: 403, want: lacks("read:admin", has)},
			{do: "POST admin/users", by: "token {read}", body: `{}`, status: 403, want: lacks("write:admin", has)},
		}},
		{name: "SomePathsNeedTwoScopes", reason: "both are named", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-misc","scopes":["read:misc"]}`, as: "misc=sha1"},
			{do: "GET version", by: "token {misc}"},
			{do: "GET user/orgs", by: "token {misc}", status: 403, want: lacks("read:user read:organization", "read:misc")},
			{do: "GET user/repos", by: "token {misc}", status: 403, want: lacks("read:user", "read:misc")},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-user","scopes":["read:user"]}`, as: "user=sha1"},
			{do: "GET user/repos", by: "token {user}", status: 403, want: lacks("read:repository", "read:user")},
			{do: "GET users/{admin}", by: "token {misc}", status: 403, want: lacks("read:user", "read:misc")},
			{do: "GET repos/x/y", by: "token {misc}", status: 403, want: lacks("read:repository", "read:misc")},
			{do: "GET repos/x/y", by: "token {read}", status: 404},
		}},
		{name: "PublicOnlyTokens", reason: "see no private repositories", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"hidden","private":true}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"open"}`},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-public","scopes":["public-only","all"]}`, as: "public=sha1", want: `{"scopes":["public-only","all"]}`},
			{do: "GET repos/{org}/open", by: "token {public}"},
			{do: "GET repos/{org}/hidden", by: "token {public}", status: 403, want: `{"message":"token scope is limited to public repos"}`},
		}},
	}
}
