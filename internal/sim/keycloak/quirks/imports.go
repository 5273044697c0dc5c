package quirks

func importQuirks() []quirk {
	const vu = `"clientRoles":{"realm-management":["view-users"]}`
	none := `{"added":0,"skipped":0,"overwritten":0,"results":[]}`
	return []quirk{
		{"ImportMakesGroupsWithTheirRoles", "it forgets the description, and makes the roles that do not exist", []step{
			{do: "POST roles", body: `{"name":"held","description":"d"}`},
			{do: "POST partialImport", body: `{"groups":[{"name":"i1","path":"/i1","description":"d","attributes":{"k":["v"]},"realmRoles":["held"],` + vu + `},{"id":"{tag}-i2","name":"i2","path":"/i2"}]}`, status: 200,
				want: `{"added":2,"skipped":0,"overwritten":0,"results":[{"action":"ADDED","resourceType":"GROUP","resourceName":"i1","id":"{any}"},{"action":"ADDED","resourceType":"GROUP","resourceName":"i2","id":"{tag}-i2"}]}`},
			{do: "GET groups?search=i&briefRepresentation=false", want: `[{"name":"i1","path":"/i1","description":null,"attributes":{"k":["v"]},"realmRoles":["held"],` + vu + `},{"id":"{tag}-i2","name":"i2","realmRoles":[],"clientRoles":{}}]`},
			{do: "POST partialImport", body: `{"groups":[{"name":"i3","path":"/i3","realmRoles":["made"],"clientRoles":{"realm-management":["made-too"]}}]}`, status: 200},
			{do: "GET roles/made", want: `{"name":"made","description":null}`},
			{do: "GET groups?search=i3&briefRepresentation=false", want: `[{"realmRoles":["made"],"clientRoles":{"realm-management":["made-too"]}}]`},
		}},
		{"ImportLooksForGroupsByTheirPath", "and breaks where they have none, or another one", []step{
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4"},{"name":"i1","path":"/i1"}]}`, status: 409, want: `{"errorMessage":"Group '/i1' already exists"}`},
			{do: "POST partialImport", body: `{"ifResourceExists":"FAIL","groups":[{"name":"i4","path":"/i1"}]}`, status: 409, want: `{"errorMessage":"Group '/i1' already exists"}`},
			{do: "POST partialImport", body: `{"ifResourceExists":"SKIP","groups":[{"name":"i5","path":"/i1"}]}`, status: 200, want: `{"added":0,"skipped":1,"results":[{"action":"SKIPPED","resourceName":"i5"}]}`},
			{do: "POST partialImport", body: `{"ifResourceExists":"OVERWRITE","groups":[{"name":"i1","path":"/i1"}]}`, status: 409, want: `{"errorMessage":"Duplicate resource error"}`},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4"}]}`, status: 500, want: crashed},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/elsewhere"}]}`, status: 500, want: crashed},
			{do: "GET groups?search=i4", want: `[]`},
		}},
		{"ImportIsAllOrNothing", "and says neither which group it does not like nor why", []step{
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4"},{"name":"i5","path":"/i5","clientRoles":{"nosuch":["x"]}}]}`, status: 500, want: crashed},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4"},{"name":"i4","path":"/i4"}]}`, status: 409, want: `{"errorMessage":"Duplicate resource error"}`},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4"},{"path":"/i5"}]}`, status: 500, want: crashed},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4"},{"id":"{tag}-i2","name":"i5","path":"/i5"}]}`, status: 409, want: `{"errorMessage":"Duplicate resource error"}`},
			{do: "GET groups?search=i4", want: `[]`},
			{do: "POST partialImport", body: `{}`, status: 200, want: none},
			{do: "POST partialImport", body: `{"groups":[]}`, status: 200, want: none},
		}},
		{"ImportCannotReadItsBody", "and takes it for a fault of its own", []step{
			{do: "POST partialImport", status: 500, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "POST partialImport", body: `{"groups":`, status: 500, want: `{"error":"invalid_request","error_description":"Cannot parse the JSON"}`},
			{do: "POST partialImport", body: `{"groups":{}}`, status: 500, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "POST partialImport", body: `{"groups":[{"name":"i4","path":"/i4","nosuch":1}]}`, status: 500, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "POST partialImport", body: `{"ifResourceExists":"NOPE","groups":[]}`, status: 500, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "POST /admin/realms/{realm}-none/partialImport", body: `{}`, status: 404, want: `{"error":"Realm not found."}`},
		}},
	}
}
