package quirks

func server() map[string]scenario {
	eleven := withProjects("p01", "p02", "p03", "p04", "p05", "p06", "p07", "p08", "p09", "p10", "p11")
	return map[string]scenario{
		"Pages": {
			reason: "ten on a page unless asked otherwise, at most a hundred, 0 is all; links name the neighbours",
			exchanges: do(eleven, []exchange{
				{as: asAdmin, request: "GET /projects?page_size=0", status: 200, headers: map[string]string{"X-Total-Count": "12", "Link": "-"}},
				{as: asAdmin, request: "GET /projects", status: 200, headers: map[string]string{"Link": `</api/v2.0/projects?page=2&page_size=10>; rel="next"`},
					want: `[{"name":"library"},{"name":"p01"},{"name":"p02"},{"name":"p03"},{"name":"p04"},{"name":"p05"},{"name":"p06"},{"name":"p07"},{"name":"p08"},{"name":"p09"}]`},
				{as: asAdmin, request: "GET /projects?page=2&page_size=5&q=name%3D~p", status: 200,
					headers: map[string]string{"X-Total-Count": "11", "Link": `</api/v2.0/projects?page=1&page_size=5&q=name=~p>; rel="prev" , </api/v2.0/projects?page=3&page_size=5&q=name=~p>; rel="next"`},
					want:    `[{"name":"p06"},{"name":"p07"},{"name":"p08"},{"name":"p09"},{"name":"p10"}]`},
				{as: asAdmin, request: "GET /projects?page=9&page_size=5", status: 200, want: `[]`, headers: map[string]string{"X-Total-Count": "12", "Link": "-"}},
				{as: anonymous, request: "GET /robots?page_size=101", status: 422, code: "UNPROCESSABLE_ENTITY"},
				{as: asAdmin, request: "GET /usergroups?page_size=x", status: 422, code: "UNPROCESSABLE_ENTITY"},
				{as: asAdmin, request: "GET /robots/x", status: 422, code: "UNPROCESSABLE_ENTITY"},
			}),
		},
		"Cookies": {
			reason: "who shows the session that every answer offers cannot write any more",
			exchanges: []exchange{
				{as: asAdmin, request: "GET /projects", header: map[string]string{"Cookie": "sid=x"}, status: 200},
				{as: asAdmin, request: "POST /projects", header: map[string]string{"Cookie": "sid=x"}, body: `{"project_name":"a"}`, status: 403, code: "FORBIDDEN"},
				{as: asAdmin, request: "POST /projects", header: map[string]string{"Cookie": "other=x"}, body: `{"project_name":"a"}`, status: 201},
			},
		},
		"Paths": {
			reason: "a path or a method that does not exist",
			exchanges: []exchange{
				{as: anonymous, request: "GET /nosuch", status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "PATCH /projects", status: 405, code: "METHOD_NOT_ALLOWED"},
				{as: anonymous, request: "GET /ping", status: 200, headers: map[string]string{"Content-Type": "text/plain"}},
				{as: anonymous, request: "GET /health", status: 200, want: `{"status":"present"}`},
			},
		},
		"Anonymous": {
			reason: "anonymous callers", since: 10,
			exchanges: []exchange{
				{as: anonymous, request: "GET /users/current", status: 401, code: "UNAUTHORIZED"},
				{as: anonymous, request: "GET /permissions", status: 401, code: "UNAUTHORIZED"},
			},
		},
	}
}
