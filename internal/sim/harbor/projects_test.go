package harbor

import "testing"

func TestProjects(t *testing.T) {
	scenarios := map[string]scenario{
		"H12NumericNames": {
			reason: "what looks like a number is an id, unless the header says that it is a name",
			exchanges: do(withProjects("1", "a"), []exchange{
				{as: asAdmin, request: "GET /projects/1", status: 200, want: `{"name":"library"}`},
				{as: asAdmin, request: "GET /projects/1", header: map[string]string{"X-Is-Resource-Name": "true"}, status: 200, want: `{"name":"1"}`},
				{as: asAdmin, request: "GET /projects/2/members", header: map[string]string{"X-Is-Resource-Name": "true"}, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "DELETE /projects/3", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 404, code: "NOT_FOUND"},
			}),
		},
		"H16Metadata": {
			reason: "metadata are texts, merged and not checked, but for public in the POST",
			exchanges: []exchange{
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a","metadata":{"public":"maybe"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a","metadata":{"public":true}}`, status: 422, code: "UNPROCESSABLE_ENTITY"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a","public":true}`, status: 201},
				{as: asAdmin, request: "PUT /projects/a", body: `{"metadata":{"severity":"HIGH","prevent_vul":"yes","public":""}}`, status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"metadata":{"public":"true","severity":"high","prevent_vul":"yes"}}`},
				{as: asAdmin, request: "PUT /projects/a", body: `{"metadata":{"severity":"awful"}}`, status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"metadata":{"severity":"unknown","prevent_vul":"yes"}}`},
			},
		},
		"H17RetentionAndQuota": {
			reason: "a PUT neither takes a retention_id that is not there, nor touches the quota",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "PUT /projects/a", body: `{"metadata":{"retention_id":"7"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"b","metadata":{"retention_id":"7"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /projects/a", body: `{"storage_limit":4096}`, status: 200},
				{as: asAdmin, request: "GET /quotas/2", status: 200, want: `{"hard":{"storage":-1}}`},
			}),
		},
		"H25Names": {
			reason: "lower case letters and digits, with single separators inside",
			exchanges: []exchange{
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"A"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a--b"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"-a"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a_"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a.b_c-1"}`, status: 201},
			},
		},
		"IdsAndLocations": {
			reason: "a name that is taken has used up an id; the location has the id, or the name on demand",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a"}`, status: 409, code: "CONFLICT"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"b"}`, status: 201, headers: map[string]string{"Location": "/api/v2.0/projects/4"}},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"c"}`, header: map[string]string{"X-Resource-Name-In-Location": "true"}, status: 201, headers: map[string]string{"Location": "/api/v2.0/projects/c"}},
			}),
		},
		"H26Quotas": {
			reason: "the limit of a new project is the default for 0 and nothing, and its own otherwise; -1 is none",
			exchanges: []exchange{
				{as: asAdmin, request: "PUT /configurations", body: `{"storage_per_project":1000}`, status: 200},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a","storage_limit":0}`, status: 201},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"b","storage_limit":-1}`, status: 201},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"c","storage_limit":-2}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /quotas?reference=project", status: 200, want: `[{"ref":{"name":"b"},"hard":{"storage":-1}},{"ref":{"name":"a"},"hard":{"storage":1000}},{"ref":{"name":"library"}}]`},
				{as: asAdmin, request: "GET /quotas?sort=-hard.storage&page_size=1", status: 200, want: `[{"hard":{"storage":-1}}]`},
				{as: asAdmin, request: "GET /quotas?reference=nonsense", status: 200, want: `[]`},
				{as: asAdmin, request: "PUT /quotas/2", body: `{"hard":{"storage":1125899906842625}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /quotas/2", body: `{"hard":{"count":1}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /quotas/2", body: `{}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /quotas/99", body: `{"hard":{"storage":1}}`, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "DELETE /projects/a", status: 200},
				{as: asAdmin, request: "GET /quotas/2", status: 404, code: "NOT_FOUND"},
				{as: nobody, request: "GET /quotas", status: 401, code: "UNAUTHORIZED"},
			},
		},
		"Visibility": {
			reason: "who is nobody, by a wrong password too, sees the public projects",
			exchanges: do(withProjects("a"), []exchange{
				{as: nobody, request: "GET /projects", status: 200, want: `[{"name":"library"}]`},
				{as: "admin:wrong", request: "GET /projects", status: 200, want: `[{"name":"library"}]`},
				{as: nobody, request: "GET /projects?public=false", status: 200, want: `[]`},
				{as: nobody, request: "GET /projects/a", status: 401, code: "UNAUTHORIZED"},
				{as: nobody, request: "GET /projects/nosuch", status: 401, code: "UNAUTHORIZED"},
				{as: nobody, request: "GET /projects/library", status: 200},
				{as: nobody, request: "HEAD /projects?project_name=a", status: 401},
				{as: asAdmin, request: "GET /projects?public=false", status: 200, want: `[{"name":"a"}]`},
				{as: asAdmin, request: "GET /projects?name=IB", status: 200, want: `[{"name":"library"}]`},
				{as: asAdmin, request: "GET /projects?owner=somebody", status: 200, want: `[]`},
				{as: asAdmin, request: "GET /projects?sort=-name", status: 200, want: `[{"name":"library"},{"name":"a"}]`},
			}),
		},
		"Allowlist": {
			reason: "a list of vulnerabilities is kept as it is, for its own project",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "PUT /projects/a", body: `{"cve_allowlist":{"project_id":1,"items":[]}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /projects/a", body: `{"cve_allowlist":{"expires_at":5,"items":[{"cve_id":"CVE-1"}]}}`, status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"cve_allowlist":{"id":2,"project_id":2,"expires_at":5,"items":[{"cve_id":"CVE-1"}]}}`},
			}),
		},
	}
	for name, s := range scenarios {
		t.Run(name, s.run)
	}
}

// TestRepositories has H18.
func TestRepositories(t *testing.T) {
	server := New(Options{})
	scenario{exchanges: withProjects("a")}.play(t, server)
	if err := server.AddRepository("a", "app"); err != nil {
		t.Fatal(err)
	}
	scenario{reason: "a project with images cannot be deleted", exchanges: []exchange{
		{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"repo_count":1}`},
		{as: asAdmin, request: "DELETE /projects/a", status: 412, code: "PRECONDITION"},
	}}.play(t, server)
	if err := server.RemoveRepository("a", "app"); err != nil {
		t.Fatal(err)
	}
	scenario{reason: "without images it can", exchanges: []exchange{{as: asAdmin, request: "DELETE /projects/a", status: 200}}}.play(t, server)
	if err := server.AddRepository("a", "app"); err == nil {
		t.Error("a project that is gone took a repository")
	}
}

func TestMembers(t *testing.T) {
	group := func(name, rest string) string {
		return `{"role_id":2,"member_group":{"group_name":"` + name + `"` + rest + `}}`
	}
	scenarios := map[string]scenario{
		"H10Totals": {
			reason: "X-Total-Count counts all, entityname finds whole names only",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-ab", ""), status: 201},
				{as: asAdmin, request: "GET /projects/a/members?entityname=team-a", status: 200, want: `[{"entity_name":"team-a"}]`, headers: map[string]string{"X-Total-Count": "3"}},
				{as: asAdmin, request: "GET /projects/a/members?page=2&page_size=2", status: 200, want: `[{"entity_name":"team-ab"}]`},
			}),
		},
		"H11Roles": {
			reason: "a PUT changes the role without a look: a member whose role does not exist is counted, not listed",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", ""), status: 201, headers: map[string]string{"Location": "/api/v2.0/projects/a/members/3"}},
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
		"H22Names": {
			reason: "names of groups are texts: another spelling is another group",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: group("/team-a", ""), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: group("Team-A", ""), status: 201},
				{as: asAdmin, request: "GET /usergroups?group_name=TEAM", status: 200, want: `[{"group_name":"team-a"},{"group_name":"/team-a"},{"group_name":"Team-A"}]`},
			}),
		},
		"H23People": {
			reason: "a group can be a member before anybody of it logged in, a person cannot",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", `,"group_type":3`), status: 201},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_user":{"username":"jane"}}`, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2,"member_user":{"user_id":7}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects/a/members", body: `{"role_id":2}`, status: 500, code: "UNKNOWN"},
			}),
		},
		"GroupsAndModes": {
			reason: "only under OIDC are groups made on demand; before, they cannot be looked up",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", `,"group_type":3`), status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /usergroups", body: `{"group_name":"team-a","group_type":3}`, status: 201, headers: map[string]string{"Location": "/api/v2.0/usergroups/1"}},
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", `,"group_type":3`), status: 201},
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
				{as: asAdmin, request: "POST /projects/a/members", body: group("http", ""), status: 500, code: "UNKNOWN"},
				{as: asAdmin, request: "POST /usergroups", status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /usergroups/1", status: 200, want: `{"group_name":"x","group_type":3,"id":"absent"}`},
				{as: asAdmin, request: "GET /usergroups/99", status: 404, code: "NOT_FOUND"},
			}),
		},
		"DeletedGroup": {
			reason: "its memberships go with a group; one that is absent is no error",
			exchanges: do(withOIDC(), withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /projects/a/members", body: group("team-a", ""), status: 201},
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
				{as: asAdmin, request: "POST /projects/a/members", body: group("x", ""), status: 201},
				{as: asAdmin, request: "GET /usergroups", status: 200, want: `[{"id":2}]`},
			}),
		},
		"CreatorLeaves": {
			reason: "an administrator who is no member has no role, and still all rights",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "DELETE /projects/a/members/2", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"current_user_role_id":"absent","current_user_role_ids":null}`},
				{as: asAdmin, request: "GET /projects/a/members", status: 200, want: `[]`},
			}),
		},
	}
	for name, s := range scenarios {
		t.Run(name, s.run)
	}
}
