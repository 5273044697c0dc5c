package quirks

const asPull = "robot$pull:" + goodOne

func pullIn(project string) string { return permission("project", project, "repository:pull") }

// runner is a robot with the rights of a task that makes projects and robots.
func runner() string {
	return permission("system", "/", "project:create", "project:list", "robot:create", "robot:list", "robot:read", "robot:delete",
		"quota:list", "quota:read", "quota:update", "user-group:list", "user-group:create") + "," +
		permission("project", "*", "project:read", "project:update", "project:delete", "repository:pull", "member:list", "member:create",
			"member:update", "member:delete", "tag-retention:create", "tag-retention:read", "immutable-tag:list", "robot:list")
}

const asRunner = "robot$runner:" + goodOne

func robotSecrets() map[string]scenario {
	return map[string]scenario{
		"SecretOfThePOST": {
			reason: "POST ignores the secret and makes its own",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /robots", body: `{"name":"pull","level":"system","duration":-1,"secret":"` + goodOne + `","permissions":[` + pullIn("a") + `]}`, status: 201},
				{as: asPull, request: "GET /projects/a", status: 401, code: "UNAUTHORIZED"},
			}),
		},
		"DisabledInThePOST": {
			reason: "POST ignores that a robot account should be disabled",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /robots", body: `{"name":"pull","level":"system","duration":-1,"disable":true,"permissions":[` + pullIn("a") + `]}`, status: 201},
				{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"disable":false}`},
			}),
		},
		"Secrets": {
			reason: "8 to 128 characters, upper and lower case, a digit",
			exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: asAdmin, request: "PATCH /robots/1", body: `{"secret":"abcdefgh1"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PATCH /robots/1", body: `{"secret":"ABCDEFGH1"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PATCH /robots/1", body: `{"secret":"Abcdefghi"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PATCH /robots/1", body: `{"secret":"Abcdef1"}`, status: 400, code: "BAD_REQUEST"},
				{as: asPull, request: "GET /projects/a", status: 403, code: "FORBIDDEN"},
				{as: asAdmin, request: "PATCH /robots/1", body: `{"secret":"Abcdefg1"}`, status: 200, want: `{"secret":"absent"}`},
				{as: asPull, request: "GET /projects/a", status: 401, code: "UNAUTHORIZED"},
				{as: "robot$pull:Abcdefg1", request: "GET /projects/a", status: 403, code: "FORBIDDEN"},
				{as: asAdmin, request: "PATCH /robots/1", body: ``, status: 422, code: "UNPROCESSABLE_ENTITY"},
			}),
		},
	}
}

func robotLists() map[string]scenario {
	return map[string]scenario{
		"Levels": {
			reason: "a list has the robots of the system, unless one project's are asked for", since: 15,
			exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: asAdmin, request: "POST /robots", body: `{"name":"in","level":"project","duration":-1,"permissions":[` + pullIn("a") + `]}`, status: 201, want: `{"name":"robot$a+in"}`},
				{as: asAdmin, request: "GET /robots", status: 200, want: `[{"name":"robot$pull","level":"system"}]`},
				{as: asAdmin, request: "GET /robots?q=Level%3Dsystem", status: 200, want: `[{"name":"robot$pull"}]`},
				{as: asAdmin, request: "GET /robots?q=Level=project,ProjectID=2", status: 200, want: `[{"name":"robot$a+in","level":"project"}]`},
				{as: asAdmin, request: "GET /robots?q=Level=project,ProjectID=99", status: 200, want: `[]`},
				{as: asAdmin, request: "GET /robots?q=Level=project,ProjectID=a", status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /robots?q=Level=nonsense", status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /robots?q=level=project,nonsense=1", status: 200, want: `[{"name":"robot$pull"}]`},
				{as: asAdmin, request: "GET /robots?q=level=project,project_id=2", status: 200, want: `[]`},
				{as: asAdmin, request: "GET /robots?q=name", status: 400, code: "BAD_REQUEST"},
			}),
		},
		"Searches": {
			reason: "names are matched without the prefix: whole, in part, or one of several",
			exchanges: do(withProjects("a"), withRobot(1, "one", pullIn("a")), withRobot(2, "two", pullIn("a")), withRobot(3, "three", pullIn("a")), []exchange{
				{as: asAdmin, request: "GET /robots?q=name%3D~T", status: 200, want: `[{"id":3},{"id":2}]`},
				{as: asAdmin, request: "GET /robots?q=name%3D%7Bone%20two%7D", status: 200, want: `[{"id":1},{"id":2}]`},
				{as: asAdmin, request: "GET /robots?q=name%3Drobot%24one", status: 200, want: `[]`},
				{as: asAdmin, request: "GET /robots?sort=-id", status: 200, want: `[{"id":3},{"id":2},{"id":1}]`},
				{as: asAdmin, request: "GET /robots?sort=nonsense", status: 200, want: `[{"id":1},{"id":3},{"id":2}]`},
			}),
		},
	}
}

func robotChanges() map[string]scenario {
	return map[string]scenario{
		"WholePUT": {
			reason: "name with prefix, level and permissions must be there; the description is cleared, the duration stays",
			exchanges: do(withProjects("a", "b"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","duration":7,"description":"text","permissions":[` + pullIn("a") + `]}`, status: 200},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"project","duration":7,"permissions":[` + pullIn("a") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","duration":7}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","duration":7,"permissions":[` + pullIn("a") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","duration":0,"permissions":[` + pullIn("a") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","permissions":[` + pullIn("nosuch") + `]}`, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"description":"text","duration":7,"permissions":[{"namespace":"a"}]}`},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","permissions":[` + pullIn("b") + `]}`, status: 200},
				{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"description":"absent","duration":7,"disable":false,"permissions":[{"namespace":"b"}]}`},
			}),
		},
		"ProjectOfARobot": {
			reason: "a robot of a project stays in it, and has one permission",
			exchanges: do(withProjects("a", "b"), []exchange{
				{as: asAdmin, request: "POST /robots", body: `{"name":"in","level":"project","duration":-1,"permissions":[` + pullIn("a") + "," + pullIn("b") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: `{"name":"in","level":"project","duration":-1,"permissions":[` + pullIn("nosuch") + `]}`, status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /robots", body: `{"name":"in","level":"project","duration":-1,"permissions":[` + pullIn("a") + `]}`, status: 201, want: `{"id":1}`},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$a+in","level":"project","duration":-1,"permissions":[` + pullIn("b") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$a+in","level":"project","duration":-1,"permissions":[` + pullIn("a") + `]}`, status: 200},
				{as: asAdmin, request: "DELETE /robots/1", status: 200},
				{as: asAdmin, request: "GET /robots?q=Level=project,ProjectID=2", status: 200, want: `[]`},
			}),
		},
		"Prefix": {
			reason: "the prefix belongs to the server: a change renames all, also for logging in",
			exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: asAdmin, request: "PUT /configurations", body: `{"robot_name_prefix":"otomi-"}`, status: 200},
				{as: asPull, request: "GET /projects/a", status: 401, code: "UNAUTHORIZED"},
				{as: "otomi-pull:" + goodOne, request: "GET /projects/a", status: 403, code: "FORBIDDEN"},
				{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","permissions":[` + pullIn("a") + `]}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"name":"otomi-pull"}`},
			}),
		},
	}
}

func robotRights() map[string]scenario {
	return map[string]scenario{
		"Ids": {
			reason: "a creation that fails late has used up an id, one that fails early has not",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /robots", body: robotBody("Bad", pullIn("a")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", pullIn("nosuch")), status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("system", "a", "project:list")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", pullIn("a")), status: 201, want: `{"id":3}`, headers: map[string]string{"Location": "/api/v2.0/robots/3"}},
			}),
		},
		"Rights": {
			reason: "a right must be listed: no stars, and what a project gives is not what the system gives",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("project", "a", "*:*")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("system", "/", "repository:pull")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("system", "/", "configuration:update")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("system", "/", "robot:update")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("nonsense", "/", "robot:read")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("project", "a")), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /robots", body: robotBody("x", permission("project", "*", "repository:pull")), status: 201},
			}),
		},
		"Runner": {
			reason: "a robot makes robots within its own rights, and never changes one or the configuration", since: 10,
			exchanges: do(withProjects("a"), withRobot(1, "runner", runner()), []exchange{
				{as: asRunner, request: "POST /robots", body: robotBody("pull", pullIn("a")), status: 201, want: `{"name":"robot$pull"}`},
				{as: asRunner, request: "GET /robots/2", status: 200, want: `{"creator_type":"robot","creator_ref":1}`},
				{as: asRunner, request: "POST /robots", body: robotBody("push", permission("project", "a", "repository:push")), status: 403, code: "DENIED"},
				{as: asRunner, request: "POST /robots", body: robotBody("sys", permission("system", "/", "audit-log:list")), status: 403, code: "DENIED"},
				{as: asRunner, request: "PATCH /robots/2", body: `{}`, status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "PUT /robots/2", body: `{"name":"robot$pull","level":"system","permissions":[` + pullIn("a") + `]}`, status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "GET /configurations", status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "PUT /configurations", body: `{}`, status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "GET /permissions", status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "GET /users/current", status: 412, code: "PRECONDITION"},
				{as: asRunner, request: "GET /users", status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "DELETE /robots/2", status: 200},
			}),
		},
	}
}

func robotsInProjects() map[string]scenario {
	return map[string]scenario{
		"RobotsAndProjects": {
			reason: "a robot may do what its permissions say, where they say it; a project that is absent is forbidden", since: 10,
			exchanges: do(withProjects("a", "b"), withRobot(1, "runner", runner()), withRobot(2, "pull", pullIn("a")), []exchange{
				{as: asRunner, request: "POST /projects", body: `{"project_name":"c","storage_limit":1024}`, status: 201},
				{as: asRunner, request: "GET /projects/c", status: 200, want: `{"owner_name":"admin","current_user_role_id":"absent","current_user_role_ids":null}`},
				{as: asRunner, request: "GET /quotas?reference_id=4", status: 200, want: `[{"hard":{"storage":1024}}]`},
				{as: asRunner, request: "GET /projects/nosuch", status: 403, code: "FORBIDDEN"},
				{as: asRunner, request: "HEAD /projects?project_name=nosuch", status: 404},
				{as: asRunner, request: "GET /projects?q=name%3Dnosuch", status: 200, want: `[]`},
				{as: asRunner, request: "GET /projects/a/members", status: 200, want: `[{"entity_name":"admin"}]`},
				{as: asRunner, request: "DELETE /projects/c", status: 200},
				{as: asPull, request: "GET /projects/a/members", status: 403, code: "FORBIDDEN"},
				{as: asPull, request: "PUT /projects/a", body: `{}`, status: 403, code: "FORBIDDEN"},
				{as: asPull, request: "GET /projects/library", status: 200, want: `{"name":"library"}`},
				{as: asPull, request: "GET /projects", status: 200, want: `[{"name":"a"},{"name":"library"}]`},
				{as: asRunner, request: "GET /projects", status: 200, want: `[{"name":"a"},{"name":"b"},{"name":"library"}]`},
				{as: asPull, request: "GET /robots", status: 403, code: "FORBIDDEN"},
			}),
		},
		"CreationForEverybody": {
			reason: "project_creation_restriction is the only thing that keeps a robot of the system from making projects",
			exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: asPull, request: "POST /projects", body: `{"project_name":"b"}`, status: 201},
				{as: asAdmin, request: "PUT /configurations", body: `{"project_creation_restriction":"adminonly"}`, status: 200},
				{as: asPull, request: "POST /projects", body: `{"project_name":"c"}`, status: 403, code: "FORBIDDEN"},
				{as: anonymous, request: "POST /projects", body: `{"project_name":"c"}`, status: 401, code: "UNAUTHORIZED"},
			}),
		},
		"DeletedProject": {
			reason: "robots of the system lose their rights in it for good, those of the project are gone",
			exchanges: do(withProjects("a"), withRobot(1, "pull", permission("project", "a", "project:read")), []exchange{
				{as: asPull, request: "GET /projects/a", status: 200},
				{as: asAdmin, request: "DELETE /projects/a", status: 200},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a"}`, status: 201},
				{as: asPull, request: "GET /projects/a", status: 403, code: "FORBIDDEN"},
				{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"permissions":[]}`},
			}),
		},
	}
}
