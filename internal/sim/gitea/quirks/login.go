package quirks

const (
	wrongLogIn  = `{"message":"invalid username, password or token","url":"{base}/api/swagger"}`
	tokenNeeded = `{"message":"token is required","url":"{base}/api/swagger"}`
)

func logInQuirks() []quirk {
	return []quirk{
		{name: "EveryWayIn", reason: "password, token by either word, and token as password or as name; in names case does not count", steps: []step{
			{do: "GET user", by: "password", want: `{"login":"{admin}","is_admin":true,"active":true,"login_name":"","source_id":0,"visibility":"public"}`},
			{do: "GET user", want: `{"login":"{admin}"}`},
			{do: "GET user", by: "bearer {all}", want: `{"login":"{admin}"}`},
			{do: "GET user", by: "basic anybody:{all}", want: `{"login":"{admin}"}`},
			{do: "GET user", by: "basic {all}:", want: `{"login":"{admin}"}`},
			{do: "GET user", by: "basic {all}:x-oauth-basic", want: `{"login":"{admin}"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-Lea","email":"{tag}-lea@example.com","password":"{password}","must_change_password":false}`},
			{do: "GET user", by: "user {tag}-lEA", want: `{"login":"{tag}-Lea","is_admin":false}`},
			{do: "GET user", by: "user {tag}-lea@example.com", want: `{"login":"{tag}-Lea"}`},
		}},
		{name: "AnonymousSeesLittle", reason: "what needs no login is given, the rest is 401", steps: []step{
			{do: "GET version", by: "anonymous", want: `{"version":"{any}"}`},
			{do: "GET user", by: "anonymous", status: 401, want: tokenNeeded},
			{do: "GET orgs/{org}", by: "anonymous", want: `{"name":"{org}","email":""}`},
			{do: "GET orgs/{org}/teams", by: "anonymous", status: 401, want: tokenNeeded},
			{do: "POST orgs", by: "anonymous", body: `{`, status: 401, want: tokenNeeded},
			{do: "GET admin/users", by: "anonymous", status: 401, want: tokenNeeded},
			{do: "GET users/{admin}", by: "anonymous", want: `{"login":"{admin}","is_admin":false,"email":"{adminid}+{admin}@noreply.localhost"}`},
			{do: "GET users/{admin}/tokens", by: "anonymous", status: 403, want: `{"message":"doer should be the site admin or be same as the contextUser"}`},
		}},
		{name: "WrongLogInIsRefusedEverywhere", reason: "also where none is needed", steps: []step{
			{do: "GET version", by: "basic {admin}:wrong", status: 401, want: wrongLogIn},
			{do: "GET version", by: "basic {tag}-nobody:wrong", status: 401, want: wrongLogIn},
			{do: "GET version", by: "token 0123456789012345678901234567890123456789", status: 401, want: wrongLogIn},
			{do: "GET version", by: "bearer short", status: 401, want: wrongLogIn},
			{do: "GET version", by: "basic {tag}-nobody:", status: 401, want: wrongLogIn},
		}},
	}
}

func lockedOutQuirks() []quirk {
	return []quirk{
		{name: "UserMustChangePassword", reason: "that is the default, and then every call of that user fails", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-new","email":"{tag}-new@example.com","password":"{password}"}`},
			{do: "GET user", by: "user {tag}-new", status: 403, want: `{"message":"You must change your password. Change it at: {base}//user/change_password","url":null}`},
			{do: "GET version", by: "user {tag}-new", status: 403},
			{do: "PATCH admin/users/{tag}-new", body: `{"login_name":"{tag}-new","source_id":0,"must_change_password":false}`},
			{do: "GET user", by: "user {tag}-new"},
		}},
		{name: "ProhibitedAndInactiveUsers", reason: "may not do anything; the reason is given only with a token, or while they are inactive", steps: []step{
			{do: "POST users/{tag}-new/tokens", by: "user {tag}-new", body: `{"name":"t","scopes":["all"]}`, as: "new=sha1"},
			{do: "PATCH admin/users/{tag}-new", body: `{"login_name":"{tag}-new","source_id":0,"prohibit_login":true}`, want: `{"prohibit_login":true,"active":true}`},
			{do: "GET user", by: "user {tag}-new", status: 401, want: wrongLogIn},
			{do: "GET user", by: "token {new}", status: 403, want: `{"message":"This account is prohibited from signing in, please contact your site administrator."}`},
			{do: "GET user", by: "basic {tag}-new:wrong", status: 401, want: wrongLogIn},
			{do: "PATCH admin/users/{tag}-new", body: `{"login_name":"{tag}-new","source_id":0,"prohibit_login":false,"active":false}`, want: `{"prohibit_login":false,"active":false}`},
			{do: "GET user", by: "user {tag}-new", status: 403, want: `{"message":"This account is prohibited from signing in, please contact your site administrator."}`},
		}},
		{name: "Sudo", reason: "an administrator may act as another user, other users may not", steps: []step{
			{do: "GET user", by: "sudo {tag}-Lea", want: `{"login":"{tag}-Lea"}`},
			{do: "GET user?sudo={tag}-lea", want: `{"login":"{tag}-Lea"}`},
			{do: "GET user?sudo={tag}-none", status: 404, want: `{"message":"not found","errors":null}`},
			{do: "GET user?sudo={admin}", by: "user {tag}-lea", status: 403, want: `{"message":"Only administrators allowed to sudo."}`},
		}},
	}
}
