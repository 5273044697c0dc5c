package quirks

func userCreateQuirks() []quirk {
	return []quirk{
		{"UserCreate", "names are lowered, roles are not looked at, unknown attributes are dropped, a user is born disabled", []step{
			{do: "POST groups", body: `{"name":"beta"}`, as: "beta"}, {do: "POST groups", body: `{"name":"Alpha","attributes":{"k":["v"]}}`, as: "alpha"},
			{do: "POST users", as: "alice", body: `{"username":"Alice.X","email":"Alice@Example.COM","firstName":"A","lastName":"X","enabled":true,"emailVerified":true,"groups":["/beta"],
				"realmRoles":["offline_access"],"clientRoles":{"realm-management":["view-users"]},"attributes":{"dept":["x"],"locale":["en"]},"credentials":[{"type":"password","value":"pw","temporary":false}]}`},
			{do: "GET users/{alice}", want: `{"id":"{alice}","username":"alice.x","email":"alice@example.com","firstName":"A","lastName":"X","enabled":true,"emailVerified":true,"attributes":null,
				"requiredActions":[],"realmRoles":null,"groups":null,"credentials":null,"access":{"manage":true}}`},
			{do: "GET users/{alice}/role-mappings/realm", want: `[{"name":"default-roles-{realm}"}]`},
			{do: "GET users/{alice}/groups", want: `[{"id":"{beta}","name":"beta","path":"/beta"}]`},
			{do: "POST users", body: `{"username":"plain","id":"chosen"}`, as: "plain"},
			{do: "GET users/{plain}", want: `{"enabled":false,"emailVerified":false,"email":null}`},
			{do: "GET users/chosen", status: 404, want: `{"error":"User not found"}`},
		}},
		{"UserCreateIsChecked", "one problem is an object, several are a list; an unknown group brings the request down", []step{
			{do: "POST users", body: `{"username":"ALICE.X"}`, status: 409, want: `{"errorMessage":"User exists with same username"}`},
			{do: "POST users", body: `{"username":"alice2","email":"alice@example.com"}`, status: 409, want: `{"errorMessage":"User exists with same email"}`},
			{do: "POST users", body: `{"email":"only@example.com"}`, status: 400, want: `{"errorMessage":"User name is missing"}`},
			{do: "POST users", body: `{"username":"ab"}`, status: 400, want: `{"field":"username","errorMessage":"error-invalid-length","params":["username",3,255]}`},
			{do: "POST users", body: `{"username":"a b c"}`, status: 400, want: `{"field":"username","errorMessage":"error-username-invalid-character","params":["username"]}`},
			{do: "POST users", body: `{"username":"abc","email":"nomail"}`, status: 400, want: `{"field":"email","errorMessage":"error-invalid-email","params":["email","nomail"]}`},
			{do: "POST users", body: `{"username":"a<","email":"bad","firstName":"<"}`, status: 400, want: `{"errors":[{"errorMessage":"error-invalid-length"},{"errorMessage":"error-invalid-email"},{"errorMessage":"error-username-invalid-character"},{"field":"firstName","errorMessage":"error-person-name-invalid-character"}]}`},
			{do: "POST users", body: `{"username":"abc","groups":["/nosuch"]}`, status: 500, want: crashed},
		}},
	}
}

func userUpdateQuirks() []quirk {
	return []quirk{
		{"UserPut", "attributes in the body, even none, clear names and address that are not beside them", []step{
			{do: "PUT users/{alice}", body: `{"firstName":"B"}`},
			{do: "GET users/{alice}", want: `{"firstName":"B","lastName":"X","email":"alice@example.com","emailVerified":true}`},
			{do: "PUT users/{alice}", body: `{"firstName":"C","attributes":{"dept":["y"]}}`},
			{do: "GET users/{alice}", want: `{"username":"alice.x","firstName":"C","lastName":null,"email":null,"attributes":null,"enabled":true}`},
			{do: "PUT users/{alice}", body: `{"email":"alice@example.com","enabled":false,"emailVerified":false,"groups":["/Alpha"]}`},
			{do: "GET users/{alice}", want: `{"email":"alice@example.com","enabled":false,"emailVerified":false,"firstName":"C"}`},
			{do: "GET users/{alice}/groups", exact: "beta"},
			{do: "PUT users/{alice}", body: `{"username":"other"}`, status: 400, want: `{"field":"username","errorMessage":"error-user-attribute-read-only","params":["username"]}`},
			{do: "PUT users/{alice}", body: `{"username":"ALICE.x","enabled":true}`},
			{do: "PUT users/{plain}", body: `{"email":"alice@example.com"}`, status: 409, want: `{"errorMessage":"User exists with same email"}`},
			{do: "PUT users/{plain}", body: `{"email":"nomail"}`, status: 400, want: `{"errorMessage":"error-invalid-email"}`},
			{do: "PUT users/nosuch", body: `{}`, status: 404, want: `{"error":"User not found"}`},
		}},
		{"TemporaryPasswords", "each one asks for a new one at the next login; unknown actions are dropped", []step{
			{do: "PUT users/{alice}", body: `{"credentials":[{"type":"password","value":"n","temporary":true}]}`},
			{do: "GET users/{alice}", want: `{"requiredActions":["UPDATE_PASSWORD"]}`},
			{do: "PUT users/{alice}", body: `{"requiredActions":["nosuch"]}`},
			{do: "GET users/{alice}", want: `{"requiredActions":[]}`},
			{do: "PUT users/{alice}/reset-password", body: `{"type":"password","value":"pw","temporary":true}`},
			{do: "GET users/{alice}", want: `{"requiredActions":["UPDATE_PASSWORD"]}`},
			{do: "PUT users/{alice}/reset-password", body: `{"type":"password","value":"pw","temporary":false}`},
			{do: "PUT users/{alice}/reset-password", body: `{"type":"password","temporary":true}`, status: 400, want: `{"error":"No password provided"}`},
			{do: "PUT users/{alice}/reset-password", body: `{"type":"password","value":""}`, status: 400, want: `{"error":"Empty password not allowed"}`},
			{do: "PUT users/{alice}", body: `{"requiredActions":[]}`},
		}},
		{"Memberships", "joining twice is not an error; a deleted group has no members", []step{
			{do: "PUT users/{alice}/groups/{alpha}"}, {do: "PUT users/{alice}/groups/{alpha}", body: `{}`},
			{do: "GET users/{alice}/groups", exact: "Alpha beta"},
			{do: "GET users/{alice}/groups?search=alp&briefRepresentation=false", want: `[{"name":"Alpha","attributes":{"k":["v"]},"realmRoles":[],"access":null,"subGroupCount":null}]`},
			{do: "GET users/{alice}/groups?first=1&max=1", exact: "beta"},
			{do: "GET groups/{alpha}/members", want: `[{"username":"alice.x","requiredActions":[],"access":null}]`},
			{do: "GET groups/{alpha}/members?briefRepresentation=true", want: `[{"username":"alice.x","requiredActions":null}]`},
			{do: "PUT users/{alice}/groups/nosuch", status: 404, want: `{"error":"Group not found"}`},
			{do: "PUT users/nosuch/groups/{alpha}", status: 404, want: `{"error":"User not found"}`},
			{do: "DELETE users/{alice}/groups/{alpha}"}, {do: "DELETE users/{alice}/groups/{alpha}"},
			{do: "GET groups/{alpha}/members", want: `[]`},
			{do: "DELETE groups/{beta}"},
			{do: "GET users/{alice}/groups", want: `[]`},
			{do: "DELETE groups/{beta}", status: 404, want: `{"error":"Could not find group by id"}`},
		}},
	}
}

func searchQuirks() []quirk {
	return []quirk{
		{"UsersAreFoundByPart", "unless the search is exact; the case never matters", []step{
			{do: "POST users", body: `{"username":"alice.xy","email":"xy@example.com","firstName":"Anna","lastName":"Maria"}`},
			{do: "GET users?username=alice", exact: "alice.x alice.xy"},
			{do: "GET users?username=LICE", exact: "alice.x alice.xy"},
			{do: "GET users?username=alice.x", exact: "alice.x alice.xy"},
			{do: "GET users?username=Alice.X&exact=true", exact: "alice.x"},
			{do: "GET users?username=alice&exact=true", want: `[]`},
			{do: "GET users?email=example", exact: "alice.x alice.xy"},
			{do: "GET users?email=xy@example.com&exact=true", exact: "alice.xy"},
			{do: "GET users?username=alice&firstName=anna", exact: "alice.xy"},
			{do: "GET users?username=alice&enabled=true", exact: "alice.x"},
		}},
		{"UserSearchIsByBeginning", "of any field, word by word; stars are wild", []step{
			{do: "GET users?search=example", want: `[]`},
			{do: "GET users?search=alic", exact: "alice.x alice.xy"},
			{do: "GET users?search=*example*", exact: "alice.x alice.xy"},
			{do: "GET users?search=ann%20mar", exact: "alice.xy"},
			{do: "GET users?search=%22alice%22", want: `[]`},
			{do: "GET users?search=alice&max=1", want: `[{"username":"alice.x","userProfileMetadata":{"attributes":["...",{"name":"username"}]},"access":{"manage":true}}]`},
		}},
		{"ServiceAccountsAreHidden", "in the whole list and in a search, not where a field is asked for", []step{
			{do: "POST clients", body: `{"clientId":"hidden","serviceAccountsEnabled":true}`, as: "hidden"},
			{do: "GET users?search=service-account", want: `[]`},
			{do: "GET users?username=service-account-hidden", exact: "service-account-hidden"},
			{do: "GET users?first=0&max=1000", exact: "alice.x alice.xy plain"},
			{do: "DELETE clients/{hidden}"},
			{do: "GET users?username=service-account-hidden", want: `[]`},
		}},
	}
}
