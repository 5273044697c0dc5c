package quirks

func members() map[string]scenario {
	return map[string]scenario{
		"Totals": {
			reason: "X-Total-Count counts all, entityname finds whole names only",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-ab", ""), status: 201},
				{as: asAdmin, request: "GET /projects/a/members?entityname=team-a", status: 200, want: `[{"entity_name":"team-a"}]`, headers: map[string]string{"X-Total-Count": "3"}},
				{as: asAdmin, request: "GET /projects/a/members?page=2&page_size=2", status: 200, want: `[{"entity_name":"team-ab"}]`},
			}),
		},
		"Roles": {
			reason: "a PUT changes the role without a look: a member whose role does not exist is counted, not listed",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", ""), status: 201, headers: map[string]string{"Location": "/api/v2.0/projects/a/members/3"}},
				{as: asAdmin, request: "PUT /projects/a/members/3", body: `{"role_id":5}`, status: 200},
				{as: asAdmin, request: "GET /projects/a/members/3", status: 200, want: `{"role_id":5,"role_name":"limitedGuest"}`},
				{as: asAdmin, request: "PUT /projects/a/members/3", body: `{"role_id":99}`, status: 200},
				{as: asAdmin, request: "GET /projects/a/members", status: 200, want: `[{"entity_name":"admin"}]`, headers: map[string]string{"X-Total-Count": "2"}},
				{as: asAdmin, request: "GET /projects/a/members/3", status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "PUT /projects/a/members/77", body: `{"role_id":1}`, status: 200},
				{as: asAdmin, request: "GET /projects/a/members/77", status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "PUT /projects/a/members/3", status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects/a/members", status: 400, code: "BAD_REQUEST"},
			}),
		},
		"Names": {
			reason: "names of groups are texts: another spelling is another group",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("/team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("Team-A", ""), status: 201},
				{as: asAdmin, request: "GET /usergroups?group_name=TEAM", status: 200, want: `[{"group_name":"team-a"},{"group_name":"/team-a"},{"group_name":"Team-A"}]`},
			}),
		},
		"CreatorLeaves": {
			reason: "an administrator who is not a member has no role, and still all rights",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "DELETE /projects/a/members/2", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"current_user_role_id":"absent","current_user_role_ids":null}`},
				{as: asAdmin, request: "GET /projects/a/members", status: 200, want: `[]`},
			}),
		},
	}
}

func memberGroups() map[string]scenario {
	return map[string]scenario{
		"People": {
			reason: "a group can be a member before any of its users logged in, a person cannot",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", `,"group_type":3`), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_user":{"username":"jane"}}`, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_user":{"user_id":7}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2}`, status: 500, code: "UNKNOWN"},
			}),
		},
		"GroupsAndModes": {
			reason: "only under OIDC are groups made on demand; before, they cannot be looked up",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", `,"group_type":3`), status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"team-a","group_type":3}`, status: 201, headers: map[string]string{"Location": "/api/v2.0/usergroups/1"}},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", `,"group_type":3`), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_group":{"id":9}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_group":{"id":1}}`, status: 409, code: "CONFLICT"},
			}),
		},
		"NamesOfGroups": {
			reason: "a name is unique over all types, but only looked for within one",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"x","group_type":3}`, status: 201},
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"x","group_type":3}`, status: 409, code: "CONFLICT"},
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"x","group_type":2}`, status: 500, code: "UNKNOWN"},
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"http","group_type":2}`, status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("http", ""), status: 500, code: "UNKNOWN"},
				{as: asAdmin, request: "POST /usergroups", status: 400, headers: map[string]string{"Content-Length": "0"}},
				{as: asAdmin, request: "GET /usergroups/1", status: 200, want: `{"group_name":"x","group_type":3,"id":"absent"}`},
				{as: asAdmin, request: "GET /usergroups/99", status: 404, code: "NOT_FOUND"},
			}),
		},
		"DeletedGroup": {
			reason: "its memberships go with a group; deleting an absent one is not an error",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("team-a", ""), status: 201},
				{as: asAdmin, request: "DELETE /usergroups/1", status: 200},
				{as: asAdmin, request: "DELETE /usergroups/1", status: 200},
				{as: asAdmin, request: "GET /projects/a/members", status: 200, want: `[{"entity_name":"admin"}]`},
			}),
		},
		"WrongRole": {
			reason: "the group that a refused membership made is gone again, its id used up",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":9,"member_group":{"group_name":"x"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /usergroups", status: 200, want: `[]`},
				{as: asAdmin, request: "POST /projects/a/members", body: withGroup("x", ""), status: 201},
				{as: asAdmin, request: "GET /usergroups", status: 200, want: `[{"id":2}]`},
			}),
		},
	}
}

// withGroup is the body that makes a group a developer; rest is more of the group.
func withGroup(name, rest string) string {
	return `{"role_id":2,"member_group":{"group_name":"` + name + `"` + rest + `}}`
}
