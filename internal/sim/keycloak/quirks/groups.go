package quirks

func roleQuirks() []quirk {
	return []quirk{
		{"RoleCreate", "only name, description and attributes are taken; names tell case apart", []step{
			{do: "POST roles", body: `{"name":"r1","description":"d","attributes":{"k":["v","w"]},"id":"chosen","clientRole":true,"containerId":"x"}`},
			{do: "GET roles/r1", as: "r1", want: `{"id":"{any}","name":"r1","description":"d","clientRole":false,"composite":false,"attributes":{"k":["v","w"]}}`},
			{do: "GET roles/R1", status: 404, want: `{"error":"Could not find role"}`},
			{do: "POST roles", body: `{"name":"r1"}`, status: 409, want: `{"errorMessage":"Role with name r1 already exists"}`},
			{do: "POST roles", body: `{}`, status: 400, want: `{"error":"role has no name"}`},
			{do: "POST roles", body: `{"name":"with space/slash"}`},
			{do: "GET roles/with%20space%2Fslash", want: `{"name":"with space/slash","description":null,"attributes":{}}`},
		}},
		{"RolePutErasesTheDescription", "and keeps attributes that are left out", []step{
			{do: "PUT roles/r1", body: `{"name":"r1"}`},
			{do: "GET roles/r1", want: `{"id":"{r1}","description":null,"attributes":{"k":["v","w"]}}`},
			{do: "PUT roles/r1", body: `{"name":"r1","description":"e","attributes":{"z":["1"]}}`},
			{do: "GET roles/r1", want: `{"description":"e","attributes":{"k":null,"z":["1"]}}`},
			{do: "PUT roles/r1", body: `{"description":"x"}`, status: 500, want: crashed},
			{do: "PUT roles/r1", body: `{"name":"offline_access"}`, status: 409, want: duplicate},
			{do: "PUT roles/r1", body: `{"name":"r1b","description":"e"}`},
			{do: "GET roles/r1", status: 404},
			{do: "PUT roles-by-id/{r1}", body: `{"name":"r1","description":"f"}`},
			{do: "GET roles-by-id/{r1}", want: `{"name":"r1","description":"f","attributes":{"z":["1"]}}`},
			{do: "PUT roles/nosuch", body: `{"name":"nosuch"}`, status: 404, want: `{"error":"Could not find role"}`},
		}},
		{"RoleDelete", "the default role cannot go", []step{
			{do: "DELETE roles/default-roles-{realm}", status: 400, want: `{"errorMessage":"default-roles-{realm} is default role of the realm and cannot be removed."}`},
			{do: "DELETE roles-by-id/{r1}"},
			{do: "DELETE roles-by-id/{r1}", status: 404, want: `{"error":"Could not find role with id"}`},
			{do: "DELETE roles/r1", status: 404, want: `{"error":"Could not find role"}`},
		}},
		{"RolesArePagedOnlyByBothBounds", "with one of them the server gives all, in no order; a search is always cut", []step{
			{do: "POST roles", body: `{"name":"zz-b","attributes":{"k":["v"]}}`}, {do: "POST roles", body: `{"name":"zz-a"}`}, {do: "POST roles", body: `{"name":"zz-c"}`},
			{do: "GET roles?max=1", want: `["...",{"name":"zz-a"},{"name":"zz-b","attributes":null},{"name":"zz-c"},{"name":"offline_access"}]`},
			{do: "GET roles?first=1", want: `["...",{"name":"zz-a"},{"name":"zz-b"},{"name":"zz-c"},{"name":"default-roles-{realm}"}]`},
			{do: "GET roles?first=0&max=1", exact: "default-roles-{realm}"},
			{do: "GET roles?search=ZZ-&max=2", exact: "zz-a zz-b"},
			{do: "GET roles?search=zz-&first=2", exact: "zz-c"},
			{do: "GET roles?search=zz-b&briefRepresentation=false", want: `[{"attributes":{"k":["v"]}}]`},
		}},
	}
}

func groupQuirks() []quirk {
	return []quirk{
		{"GroupCreate", "roles and subgroups inside are not looked at, an id asks for a move", []step{
			{do: "POST groups", body: `{"name":"g1","description":"d","attributes":{"k":["v"]},"realmRoles":["offline_access"],"subGroups":[{"name":"sub"}]}`, as: "g1"},
			{do: "GET groups/{g1}", want: `{"id":"{g1}","name":"g1","path":"/g1","description":"d","attributes":{"k":["v"]},"realmRoles":[],"clientRoles":{},"subGroups":[],"subGroupCount":0,"access":{"manage":true}}`},
			{do: "POST groups", body: `{"name":"g1"}`, status: 409, want: `{"errorMessage":"Top level group named 'g1' already exists."}`},
			{do: "POST groups", body: `{"name":"G1"}`},
			{do: "POST groups", body: `{"name":""}`, status: 400, want: `{"errorMessage":"Group name is missing"}`},
			{do: "POST groups", body: `{"name":"moved","id":"nosuch"}`, status: 404, want: `{"error":"Could not find child by id"}`},
			{do: "GET groups/nosuch", status: 404, want: `{"error":"Could not find group by id"}`},
		}},
		{"GroupPut", "attributes are replaced when they are given, a description that is left out is erased, the name must be there", []step{
			{do: "PUT groups/{g1}", body: `{"name":"g1"}`},
			{do: "GET groups/{g1}", want: `{"description":null,"attributes":{"k":["v"]}}`},
			{do: "PUT groups/{g1}", body: `{"name":"g1","description":"e","attributes":{"z":["1"]},"realmRoles":["offline_access"]}`},
			{do: "GET groups/{g1}", want: `{"description":"e","attributes":{"k":null,"z":["1"]},"realmRoles":[]}`},
			{do: "PUT groups/{g1}", body: `{"description":"x"}`, status: 400, want: `{"errorMessage":"Group name is missing"}`},
			{do: "PUT groups/{g1}", body: `{"name":"G1"}`, status: 409, want: `{"errorMessage":"Sibling group named 'G1' already exists."}`},
			{do: "PUT groups/{g1}", body: `{"name":"g1x","attributes":{}}`},
			{do: "GET groups/{g1}", want: `{"name":"g1x","path":"/g1x","attributes":{"z":null}}`},
			{do: "PUT groups/nosuch", body: `{"name":"x"}`, status: 404, want: `{"error":"Could not find group by id"}`},
		}},
		{"GroupLists", "sorted by name, capitals first; attributes and roles only in the long form", []step{
			{do: "POST groups", body: `{"name":"Alpha","attributes":{"k":["v"]}}`, as: "alpha"},
			{do: "GET groups?first=0&max=2", exact: "Alpha G1"},
			{do: "GET groups?first=2&max=1", exact: "g1x"},
			{do: "GET groups?first=2", exact: "g1x"},
			{do: "GET groups?max=0", want: `[]`},
			{do: "GET groups?max=-1", exact: "Alpha G1 g1x"},
			{do: "GET groups?search=Alpha", want: `[{"attributes":null,"realmRoles":null,"subGroupCount":0,"access":{"manage":true}}]`},
			{do: "GET groups?search=Alpha&briefRepresentation=false&subGroupsCount=false", want: `[{"attributes":{"k":["v"]},"realmRoles":[],"clientRoles":{},"subGroupCount":null}]`},
		}},
		{"GroupSearchIsPartial", "and does not tell case apart, unless it is exact", []step{
			{do: "GET groups?search=g1", exact: "G1 g1x"},
			{do: "GET groups?search=g1&exact=true", want: `[]`},
			{do: "GET groups?search=G1&exact=true", exact: "G1"},
		}},
	}
}

func subgroupQuirks() []quirk {
	return []quirk{
		{"Subgroups", "names are unique among siblings only, ten are listed unless asked for more", []step{
			{do: "POST groups", body: `{"name":"top"}`, as: "top"},
			{do: "POST groups/{top}/children", body: `{"name":"top","attributes":{"k":["v"]}}`, as: "below", want: `{"name":"top","path":"/top/top","parentId":"{top}","attributes":{"k":["v"]},"subGroupCount":null}`},
			{do: "POST groups/{top}/children", body: `{"name":"top"}`, status: 409, want: `{"errorMessage":"Sibling group named 'top' already exists."}`},
			{do: "POST groups/{top}/children", body: `{}`, status: 400, want: `{"errorMessage":"Group name is missing"}`},
			{do: "POST groups/nosuch/children", body: `{"name":"x"}`, status: 404, want: `{"error":"Could not find group by id"}`},
			{do: "GET groups/{below}", want: `{"path":"/top/top","parentId":"{top}"}`},
			{do: "GET groups?search=top&exact=true", want: `[{"id":"{top}","subGroupCount":1,"subGroups":[{"id":"{below}"}]}]`},
			{do: "GET groups?search=top&populateHierarchy=false", want: `[{"id":"{top}","subGroups":[]},{"id":"{below}"}]`},
			{do: "GET groups/{top}", want: `{"subGroupCount":1,"subGroups":[]}`},
		}},
		{"SearchFindsTheParentOfAHit", "what is at the top is shown, what was looked for is inside", []step{
			{do: "POST groups/{top}/children", body: `{"name":"deep"}`},
			{do: "GET groups?search=deep", want: `[{"name":"top","subGroups":[{"name":"deep","attributes":null}]}]`},
			{do: "GET groups?search=deep&briefRepresentation=false", want: `[{"name":"top","subGroups":[{"name":"deep","attributes":{}}]}]`},
			{do: "GET groups/{top}/children?first=0&max=1", exact: "deep"},
			{do: "GET groups/{top}/children", want: `[{"name":"deep","subGroupCount":0},{"name":"top","attributes":{"k":["v"]}}]`},
			{do: "GET groups/{top}/children?briefRepresentation=true&max=1", want: `[{"attributes":null}]`},
			{do: "PUT groups/{below}", body: `{"name":"deep"}`, status: 409, want: `{"errorMessage":"Sibling group named 'deep' already exists."}`},
		}},
		{"DeletedGroupTakesItsChildrenAlong", "and their members lose them", []step{
			{do: "POST users", body: `{"username":"member","groups":["/top/deep"]}`, as: "member"},
			{do: "GET users/{member}/groups", want: `[{"name":"deep","path":"/top/deep","parentId":"{top}"}]`},
			{do: "DELETE groups/{top}"},
			{do: "GET groups/{below}", status: 404},
			{do: "GET users/{member}/groups", want: `[]`},
		}},
	}
}

func grantQuirks() []quirk {
	at := "groups/{alpha}/role-mappings"
	return []quirk{
		{"RolesAreNamedByIDAndName", "both must fit; giving a role twice is not an error", []step{
			{do: "POST roles", body: `{"name":"given"}`}, {do: "GET roles/given", as: "given"},
			{do: "POST " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`, status: 204},
			{do: "POST " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`, status: 204},
			{do: "POST " + at + "/realm", body: `[{"id":"nosuch","name":"given"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/realm", body: `[{"id":"{given}","name":"other"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/realm", body: `[{"name":"given"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/realm", body: `[{"id":"{given}"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/realm", body: `{"id":"{given}","name":"given"}`, status: 400, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "GET " + at + "/realm", want: `[{"id":"{given}","name":"given","attributes":null}]`},
			{do: "POST groups/nosuch/role-mappings/realm", body: `[]`, status: 404, want: `{"error":"Could not find group by id"}`},
		}},
		{"ClientRolesHaveTheirOwnPath", "a role of the realm is not found there, nor the other way round", []step{
			{do: "GET clients?clientId=realm-management", as: "mgmt"}, {do: "GET clients/{mgmt}/roles?search=view-users", as: "vu"},
			{do: "POST " + at + "/clients/{mgmt}", body: `[{"id":"{vu}","name":"view-users"}]`, status: 204},
			{do: "POST " + at + "/clients/{mgmt}", body: `[{"id":"{given}","name":"given"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/realm", body: `[{"id":"{vu}","name":"view-users"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "POST " + at + "/clients/nosuch", body: `[{"id":"{vu}","name":"view-users"}]`, status: 404, want: `{"error":"Client not found"}`},
			{do: "GET " + at + "/clients/{mgmt}", want: `[{"name":"view-users","clientRole":true,"composite":true,"containerId":"{mgmt}"}]`},
			{do: "GET " + at, want: `{"realmMappings":[{"name":"given"}],"clientMappings":{"realm-management":{"id":"{mgmt}","client":"realm-management","mappings":[{"name":"view-users"}]}}}`},
			{do: "GET groups?search=Alpha&briefRepresentation=false", want: `[{"realmRoles":["given"],"clientRoles":{"realm-management":["view-users"]}}]`},
		}},
		{"RolesAreTakenAway", "taking it twice is not an error, without a body all go", []step{
			{do: "DELETE " + at + "/realm", body: `[{"id":"{given}","name":"other"}]`, status: 404, want: `{"error":"Role not found"}`},
			{do: "DELETE " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`},
			{do: "DELETE " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`},
			{do: "GET " + at + "/realm", want: `[]`},
			{do: "POST " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`, status: 204},
			{do: "DELETE " + at + "/realm"},
			{do: "GET " + at + "/realm", want: `[]`},
			{do: "DELETE " + at + "/clients/{mgmt}", body: `[{"id":"{vu}","name":"view-users"}]`},
			{do: "GET " + at, want: `{"realmMappings":null,"clientMappings":null}`},
		}},
		{"DeletedRoleLeavesItsHolders", "groups and users lose it, a mapper of a provider still names it", []step{
			{do: "POST " + at + "/realm", body: `[{"id":"{given}","name":"given"}]`, status: 204},
			{do: "POST users", body: `{"username":"holder"}`, as: "holder"},
			{do: "POST users/{holder}/role-mappings/realm", body: `[{"id":"{given}","name":"given"}]`, status: 204},
			{do: "GET users/{holder}/role-mappings/realm", want: `[{"name":"given"},{"name":"default-roles-{realm}"}]`},
			{do: "POST identity-provider/instances", body: `{"alias":"names-role","providerId":"oidc","config":{}}`},
			{do: "POST identity-provider/instances/names-role/mappers", body: `{"name":"m","identityProviderAlias":"names-role","identityProviderMapper":"oidc-role-idp-mapper","config":{"role":"given"}}`},
			{do: "DELETE roles/given"},
			{do: "GET " + at + "/realm", want: `[]`},
			{do: "GET users/{holder}/role-mappings/realm", want: `[{"name":"default-roles-{realm}"}]`},
			{do: "GET identity-provider/instances/names-role/mappers", want: `[{"config":{"role":"given"}}]`},
		}},
	}
}
