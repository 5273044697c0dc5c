package quirks

// policyVersions are what differs between the versions of Harbor in policies.
func policyVersions() map[string]scenario {
	policy := `{"algorithm":"or","scope":{"level":"project","ref":2},"trigger":{"kind":"Schedule","settings":{"cron":""}},"rules":[]}`
	return map[string]scenario{
		"DeletedPolicyStays": {
			reason: "a project still names a retention policy that was deleted, and takes no other one until that metadata is deleted", before: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", body: policy, status: 201},
				{as: asAdmin, request: "DELETE /retentions/1", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"metadata":{"retention_id":"1"}}`},
				{as: asAdmin, request: "GET /retentions/1", status: 500, code: "UNKNOWN"},
				{as: asAdmin, request: "POST /retentions", body: policy, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "DELETE /projects/a/metadatas/retention_id", status: 200},
				{as: asAdmin, request: "POST /retentions", body: policy, status: 201},
			}),
		},
		"DeletedPolicyGoes": {
			reason: "a project forgets a retention policy that was deleted", since: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", body: policy, status: 201},
				{as: asAdmin, request: "DELETE /retentions/1", status: 200},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"metadata":{"retention_id":"absent"}}`},
				{as: asAdmin, request: "POST /retentions", body: policy, status: 201},
			}),
		},
		"PolicyOutlives": {
			reason: "a retention policy outlives its project", before: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", body: policy, status: 201},
				{as: asAdmin, request: "DELETE /projects/a", status: 200},
				{as: asAdmin, request: "GET /retentions/1", status: 200},
			}),
		},
	}
}

// robotVersions are what differs between the versions of Harbor in robot accounts.
func robotVersions() map[string]scenario {
	list := permission("project", "*", "member:list", "project:update")
	const asLister = "robot$lister:" + goodOne
	return map[string]scenario{
		"SystemListsProjects": {
			reason: "the list of the system's robot accounts also has those of projects", before: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /robots", body: `{"name":"x","level":"project","duration":-1,"permissions":[` + pullIn("a") + `]}`, status: 201},
				{as: asAdmin, request: "GET /robots?q=Level%3Dsystem", status: 200, want: `[{"name":"robot$a+x","level":"project"}]`},
			}),
		},
		"MembersRefused": {
			reason: "a robot account is refused the members of a project, whatever its rights", before: 10,
			exchanges: do(withProjects("a"), withRobot(1, "lister", list), []exchange{
				{as: asLister, request: "GET /projects/a/members", status: 403, code: "FORBIDDEN"},
			}),
		},
		"MembersListed": {
			reason: "a robot account with the right sees the members of a project", since: 10,
			exchanges: do(withProjects("a"), withRobot(1, "lister", list), []exchange{
				{as: asLister, request: "GET /projects/a/members", status: 200, want: `[{"entity_name":"admin"}]`},
			}),
		},
		"NoListOfRights": {
			reason: "there is no list of the rights that robot accounts may have", before: 10,
			exchanges: []exchange{{as: asAdmin, request: "GET /permissions", status: 404, code: "NOT_FOUND"}},
		},
		"ListOfRights": {
			reason: "the administrator can list the rights that robot accounts may have", since: 10,
			exchanges: []exchange{{as: asAdmin, request: "GET /permissions", status: 200, want: `{"system":"present","project":"present"}`}},
		},
		"VersionForUsers": {
			reason: "every logged-in caller sees the version, robot accounts included",
			exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{
				{as: anonymous, request: "GET /systeminfo", status: 200, want: `{"harbor_version":"absent"}`},
				{as: asPull, request: "GET /systeminfo", status: 200, want: `{"harbor_version":"present"}`},
			}),
		},
	}
}
