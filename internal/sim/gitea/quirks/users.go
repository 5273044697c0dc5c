package quirks

func userQuirks() []quirk {
	return []quirk{
		{name: "UserCreate", reason: "is active, and must change the password unless told otherwise; only the answer to the creation has the address in small letters", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-Ann","email":"{tag}-Ann@example.com","password":"{password}","full_name":"Ann A","must_change_password":false,"login_name":"x","nosuch":1}`, as: "ann",
				want: `{"id":"{any}","login":"{tag}-Ann","full_name":"Ann A","email":"{tag}-ann@example.com","is_admin":false,"active":true,"restricted":false,"prohibit_login":false,"visibility":"public","login_name":"x","source_id":0,"description":"","location":"","website":""}`},
			{do: "POST admin/users", body: `{"username":"{tag}-bob","email":"{tag}-bob@example.com","password":"{password}","restricted":true,"visibility":"private","must_change_password":false}`, want: `{"restricted":true,"visibility":"private"}`},
			{do: "GET users/{tag}-ANN", want: `{"id":{ann},"login":"{tag}-Ann"}`},
			{do: "GET users/{tag}-none", status: 404, want: `{"message":"user redirect does not exist [name: {tag}-none]"}`},
		}},
		{name: "UsersAreUnique", reason: "by name and by address, whatever the case", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-aNN","email":"{tag}-other@example.com","password":"{password}"}`, status: 422, want: `{"message":"user already exists [name: {tag}-aNN]"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-eve","email":"{tag}-ann@EXAMPLE.com","password":"{password}"}`, status: 422, want: `{"message":"e-mail already in use [email: {tag}-ann@EXAMPLE.com]"}`},
			{do: "POST admin/users", body: `{"username":"{org}","email":"{tag}-o@example.com","password":"{password}"}`, status: 422, want: `{"message":"user already exists [name: {org}]"}`},
		}},
		{name: "UserIsChecked", reason: "the password has at least eight characters", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-eve","email":"{tag}-eve@example.com","password":"short"}`, status: 400, want: `{"message":"PasswordIsRequired"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-eve","email":"{tag}-eve@example.com"}`, status: 400, want: `{"message":"PasswordIsRequired"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-eve","email":"nowhere","password":"{password}"}`, status: 422, want: `{"message":"[Email]: Email"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-eve","password":"{password}"}`, status: 422, want: `{"message":"[Email]: Required"}`},
			{do: "POST admin/users", body: `{"email":"x@example.com","password":"{password}"}`, status: 422, want: `{"message":"[Username]: Required"}`},
			{do: "POST admin/users", body: `{"username":"ghost","email":"{tag}-g@example.com","password":"{password}"}`, status: 422, want: `{"message":"name is reserved [name: ghost]"}`},
			{do: "POST admin/users", body: `{"username":"a b","email":"{tag}-g@example.com","password":"{password}"}`, status: 422, want: `{"message":"[Username]: invalid username"}`},
			{do: "POST admin/users", body: `{"username":"{tag}-eve","email":"{tag}-eve@example.com","password":"{password}","source_id":99}`, status: 422, want: `{"message":"login source does not exist [id: 99]"}`},
		}},
		{name: "UserLists", reason: "are for administrators, by name; what others see of a user is less", steps: []step{
			{do: "GET admin/users?q={tag}-", exact: "{tag}-Ann {tag}-bob", count: "2"},
			{do: "GET admin/users?q={tag}-&limit=1&page=2", exact: "{tag}-bob", count: "2"},
			{do: "GET admin/users?q={tag}-BOB@example", exact: "{tag}-bob"},
			{do: "GET admin/users?q={tag}-&is_admin=true", want: `[]`},
			{do: "GET admin/users?q={tag}-&is_restricted=true", exact: "{tag}-bob"},
			{do: "GET admin/users?q={tag}-&login_name=x", exact: "{tag}-Ann"},
			{do: "GET admin/users?q={tag}-&source_id=0", exact: "{tag}-Ann {tag}-bob"},
			{do: "GET users/{tag}-bob", by: "user {tag}-ann", status: 404},
			{do: "GET users/{tag}-ann", by: "user {tag}-bob", want: `{"login":"{tag}-Ann","email":"{tag}-Ann@example.com","is_admin":false,"active":false,"login_name":""}`},
			{do: "GET users/{tag}-ann", by: "anonymous", want: `{"email":"{ann}+{tag}-ann@noreply.localhost"}`},
		}},
	}
}

func userUpdateQuirks() []quirk {
	return []quirk{
		{name: "LoginNameIsAlwaysSet", reason: "and must be there; so it gets one that had none", steps: []step{
			{do: "PATCH admin/users/{tag}-ANN", body: `{"source_id":0,"login_name":"y","full_name":"A","admin":true,"restricted":true,"description":"d","location":"l","website":"https://example.com","visibility":"limited"}`,
				want: `{"id":{ann},"login_name":"y","full_name":"A","is_admin":true,"restricted":true,"description":"d","location":"l","website":"https://example.com","visibility":"limited"}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"z"}`, want: `{"login_name":"z","full_name":"A","is_admin":true}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","admin":false,"restricted":false}`, want: `{"login_name":"x","is_admin":false,"restricted":false}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{}`, status: 422, want: `{"message":"[LoginName]: Required"}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"","full_name":"B"}`, status: 422, want: `{"message":"[LoginName]: Required"}`},
			{do: "PATCH admin/users/{tag}-none", body: `{"login_name":"x"}`, status: 404, want: `{"message":"user redirect does not exist [name: {tag}-none]"}`},
		}},
		{name: "PasswordIsSet", reason: "and the old one is no more; tokens stay", steps: []step{
			{do: "POST users/{tag}-ann/tokens", by: "user {tag}-ann", body: `{"name":"t","scopes":["all"]}`, as: "t=sha1"},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","password":"Another-password-1"}`},
			{do: "GET user", by: "user {tag}-ann", status: 401, want: wrongLogIn},
			{do: "GET user", by: "basic {tag}-ann:Another-password-1"},
			{do: "GET user", by: "token {t}"},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","password":"short"}`, status: 400, want: `{"message":"password must be at least 8 characters"}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","password":"{password}"}`},
		}},
		{name: "AddressIsChecked", reason: "again", steps: []step{
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","email":"{tag}-ann2@example.com"}`, want: `{"email":"{tag}-ann2@example.com"}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","email":"{tag}-BOB@example.com"}`, status: 400, want: `{"message":"e-mail already in use [email: {tag}-BOB@example.com]"}`},
			{do: "PATCH admin/users/{tag}-ann", body: `{"login_name":"x","email":"nowhere"}`, status: 400, want: `{"message":"e-mail address contains unsupported character [email: nowhere]"}`},
		}},
		{name: "UserDelete", reason: "not yourself, not an owner of anything, unless purged", steps: []step{
			{do: "POST orgs", by: "user {tag}-ann", body: `{"username":"{tag}-anns"}`},
			{do: "DELETE admin/users/{tag}-ann", status: 422, want: `{"message":"user still has membership of organizations [uid: {ann}]"}`},
			{do: "DELETE admin/users/{admin}", status: 422, want: `{"message":"you cannot delete yourself"}`},
			{do: "DELETE admin/users/{org}", status: 422, want: `{"message":"{org} is an organization not a user"}`},
			{do: "DELETE admin/users/{tag}-none", status: 404},
			{do: "DELETE admin/users/{tag}-ann?purge=true"},
			{do: "GET users/{tag}-ann", status: 404},
			{do: "GET user", by: "token {t}", status: 401},
			{do: "GET orgs/{tag}-anns", status: 404},
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}"}`},
		}},
	}
}
