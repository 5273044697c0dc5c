package quirks

func projectNames() map[string]scenario {
	return map[string]scenario{
		"NumericNames": {
			reason: "what looks like a number is an id, unless the header says that it is a name",
			exchanges: do(withProjects("1", "a"), []exchange{
				{as: asAdmin, request: "GET /projects/1", status: 200, want: `{"name":"library"}`},
				{as: asAdmin, request: "GET /projects/1", header: map[string]string{"X-Is-Resource-Name": "true"}, status: 200, want: `{"name":"1"}`},
				{as: asAdmin, request: "GET /projects/2/members", header: map[string]string{"X-Is-Resource-Name": "true"}, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "DELETE /projects/3", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 404, code: "NOT_FOUND"},
			}),
		},
		"Names": {
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
		"Visibility": {
			reason: "an anonymous caller, by a wrong password too, sees the public projects",
			exchanges: do(withProjects("a"), []exchange{
				{as: anonymous, request: "GET /projects", status: 200, want: `[{"name":"library"}]`},
				{as: "admin:wrong", request: "GET /projects", status: 200, want: `[{"name":"library"}]`},
				{as: anonymous, request: "GET /projects?public=false", status: 200, want: `[]`},
				{as: anonymous, request: "GET /projects/a", status: 401, code: "UNAUTHORIZED"},
				{as: anonymous, request: "GET /projects/nosuch", status: 401, code: "UNAUTHORIZED"},
				{as: anonymous, request: "GET /projects/library", status: 200},
				{as: anonymous, request: "HEAD /projects?project_name=a", status: 401},
				{as: asAdmin, request: "GET /projects?public=false", status: 200, want: `[{"name":"a"}]`},
				{as: asAdmin, request: "GET /projects?name=IB", status: 200, want: `[{"name":"library"}]`},
				{as: asAdmin, request: "GET /projects?owner=somebody", status: 200, want: `[]`},
				{as: asAdmin, request: "GET /projects?sort=-name", status: 200, want: `[{"name":"library"},{"name":"a"}]`},
			}),
		},
	}
}

func projectContents() map[string]scenario {
	return map[string]scenario{
		"Metadata": {
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
		"RetentionAndQuota": {
			reason: "a PUT neither takes an unknown retention_id, nor touches the quota",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "PUT /projects/a", body: `{"metadata":{"retention_id":"7"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"b","metadata":{"retention_id":"7"}}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /projects/a", body: `{"storage_limit":4096}`, status: 200},
				{as: asAdmin, request: "GET /quotas/2", status: 200, want: `{"hard":{"storage":-1}}`},
			}),
		},
		"Quotas": {
			reason: "the limit of a new project is the default for 0 and nothing, and its own otherwise; -1 means no limit",
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
				{as: anonymous, request: "GET /quotas", status: 401, code: "UNAUTHORIZED"},
			},
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
}
