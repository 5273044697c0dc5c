package quirks

import "otomi.io/tasks/internal/sim/harbor"

func settings() map[string]scenario {
	return map[string]scenario{
		"Secrets": {
			reason: "the secret of the OIDC client is taken and never told",
			exchanges: []exchange{
				{as: asAdmin, request: "PUT /configurations", body: `{"oidc_client_secret":"s","uaa_client_secret":"t"}`, status: 200},
				{as: asAdmin, request: "GET /configurations", status: 200, want: `{"oidc_client_secret":"absent","ldap_search_password":"absent","uaa_client_secret":{"value":"t"}}`},
			},
		},
		"Overwritten": {
			reason:  "CONFIG_OVERWRITE_JSON locks everything",
			options: harbor.Options{Overwrite: map[string]any{"robot_name_prefix": "otomi-", "storage_per_project": 5}},
			exchanges: do([]exchange{
				{as: asAdmin, request: "GET /configurations", status: 200, want: `{"robot_name_prefix":{"value":"otomi-","editable":false},"auth_mode":{"editable":false}}`},
				{as: asAdmin, request: "PUT /configurations", body: `{"read_only":true}`, status: 403, code: "FORBIDDEN"},
			}, withProjects("a"), []exchange{
				{as: asAdmin, request: "GET /quotas?page_size=1", status: 200, want: `[{"hard":{"storage":5}}]`},
			}),
		},
		"BadValues": {
			reason: "a body with one bad value changes nothing",
			exchanges: []exchange{
				{as: asAdmin, request: "PUT /configurations", body: `{"banner_message":"x","project_creation_restriction":"nobody"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"storage_per_project":0}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"robot_token_duration":0}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"oidc_extra_redirect_parms":"x"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"ldap_url":" "}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"oidc_verify_cert":"false"}`, status: 422, code: "UNPROCESSABLE_ENTITY"},
				{as: asAdmin, request: "GET /configurations", status: 200, want: `{"banner_message":{"value":""},"scan_all_policy":{}}`},
			},
		},
		"ReadOnly": {
			reason: "a Harbor that is read only takes its configuration, and nothing else",
			exchanges: []exchange{
				{as: asAdmin, request: "PUT /configurations", body: `{"read_only":true}`, status: 200},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a"}`, status: 403, code: "DENIED"},
				{as: asAdmin, request: "GET /projects", status: 200},
				{as: asAdmin, request: "PUT /configurations", body: `{"read_only":false}`, status: 200},
				{as: asAdmin, request: "POST /projects", body: `{"project_name":"a"}`, status: 201},
			},
		},
	}
}

func people() map[string]scenario {
	return map[string]scenario{
		"LocalPeople": {
			reason: "auth_mode stays once there are people",
			exchanges: []exchange{
				{as: asAdmin, request: "POST /users", body: `{"username":"jane","email":"jane@example.com","realname":"Jane","password":"weak"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /users", body: `{"username":"jane","email":"jane@example.com","realname":"Jane","password":"` + goodOne + `"}`, status: 201},
				{as: asAdmin, request: "POST /users", body: `{"username":"jane","email":"j@example.com","realname":"Jane","password":"` + goodOne + `"}`, status: 409, code: "CONFLICT"},
				{as: asAdmin, request: "GET /users", status: 200, want: `[{"username":"jane","sysadmin_flag":false}]`},
				{as: asAdmin, request: "GET /configurations", status: 200, want: `{"auth_mode":{"editable":false},"read_only":{"editable":true}}`},
				{as: asAdmin, request: "PUT /configurations", body: `{"auth_mode":"oidc_auth"}`, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /configurations", body: `{"auth_mode":"db_auth"}`, status: 200},
				{as: "jane:" + goodOne, request: "GET /users/current", status: 200, want: `{"username":"jane"}`},
				{as: "jane:" + goodOne, request: "GET /configurations", status: 403, code: "FORBIDDEN"},
				{as: "jane:" + goodOne, request: "POST /projects", body: `{"project_name":"j"}`, status: 201},
				{as: "jane:" + goodOne, request: "GET /projects/j", status: 200, want: `{"owner_name":"jane","current_user_role_id":1}`},
				{as: "jane:" + goodOne, request: "GET /projects", status: 200, want: `[{"name":"j"},{"name":"library"}]`},
			},
		},
		"LocalPeopleUnderOIDC": {
			reason: "accounts of Harbor's own are made in its own mode only",
			exchanges: do(withOIDC(), []exchange{
				{as: asAdmin, request: "POST /users", body: `{"username":"jane","email":"jane@example.com","realname":"Jane","password":"` + goodOne + `"}`, status: 403, code: "FORBIDDEN"},
				{as: anonymous, request: "GET /systeminfo", status: 200, want: `{"auth_mode":"oidc_auth","oidc_provider_name":"keycloak","external_url":"absent"}`},
			}),
		},
	}
}

func retentions() map[string]scenario {
	policy := func(project, cron string) string {
		return `{"algorithm":"or","scope":{"level":"project","ref":` + project + `},"trigger":{"kind":"Schedule","settings":{"cron":"` + cron + `"}},
			"rules":[{"action":"retain","template":"always"}]}`
	}
	return map[string]scenario{
		"Retention": {
			reason: "one policy a project, whose id is in the metadata; a schedule tells its next run; an absent one is 500 or 400", since: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", body: policy("2", "0 0 0 * * *"), status: 201, headers: map[string]string{"Location": "/api/v2.0/retentions/1"}},
				{as: asAdmin, request: "POST /retentions", body: policy("2", ""), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /retentions", body: policy("99", ""), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "POST /retentions", body: `{"rules":[]}`, status: 500, headers: map[string]string{"Content-Type": "-"}},
				{as: asAdmin, request: "GET /retentions/1", status: 200, want: `{"id":1,"trigger":{"settings":{"cron":"0 0 0 * * *","next_scheduled_time":"present"}}}`},
				{as: asAdmin, request: "PUT /projects/a", body: `{"metadata":{"retention_id":"1","auto_scan":"true"}}`, status: 200},
				{as: asAdmin, request: "PUT /retentions/1", body: policy("2", "0 * * * *"), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /retentions/1", body: policy("2", "1 0 * * * *"), status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /retentions/1", body: policy("1", ""), status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "PUT /retentions/1", body: policy("2", ""), status: 200},
				{as: asAdmin, request: "GET /retentions/1", status: 200, want: `{"trigger":{"settings":{"next_scheduled_time":"absent"}}}`},
				{as: asAdmin, request: "DELETE /retentions/1", status: 200},
				{as: asAdmin, request: "DELETE /retentions/1", status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "GET /retentions/1", status: 500, code: "UNKNOWN"},
				{as: anonymous, request: "GET /retentions/1", status: 401, code: "UNAUTHORIZED"},
				{as: asAdmin, request: "GET /projects/a", status: 200, want: `{"metadata":{"retention_id":"absent","auto_scan":"true"}}`},
			}),
		},
		"RetentionOfADeletedProject": {
			reason: "a policy goes with its project", since: 15,
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", body: policy("2", ""), status: 201},
				{as: asAdmin, request: "DELETE /projects/a", status: 200},
				{as: asAdmin, request: "GET /retentions/1", status: 500, code: "UNKNOWN"},
			}),
		},
		"RulesThatRepeat": {
			reason: "the same rule twice in a policy is a conflict",
			exchanges: do(withProjects("a"), []exchange{
				{as: asAdmin, request: "POST /retentions", status: 409, code: "CONFLICT", body: `{"algorithm":"or","scope":{"level":"project","ref":2},
					"trigger":{"kind":"","settings":{}},"rules":[{"id":1,"template":"always"},{"id":2,"template":"always"}]}`},
			}),
		},
	}
}

func immutableTags() map[string]scenario {
	const rule = `{"action":"immutable","template":"immutable_template","priority":3,"disabled":true,
		"tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"v*","extras":"x"}],"scope_selectors":{"repository":[]}}`
	return map[string]scenario{
		"ImmutableTags": {
			reason: "a rule begins enabled; a PUT switches it or changes it, never both",
			exchanges: do(withProjects("a", "b"), []exchange{
				{as: asAdmin, request: "POST /projects/a/immutabletagrules", body: rule, status: 201},
				{as: asAdmin, request: "POST /projects/a/immutabletagrules", body: rule, status: 409, code: "CONFLICT"},
				{as: asAdmin, request: "GET /projects/a/immutabletagrules", status: 200, want: `[{"id":1,"priority":3,"disabled":"absent","tag_selectors":[{"pattern":"v*","extras":"absent"}]}]`},
				{as: asAdmin, request: "PUT /projects/a/immutabletagrules/1", body: rule, status: 400, code: "BAD_REQUEST"},
				{as: asAdmin, request: "PUT /projects/a/immutabletagrules/1", body: `{"id":1,"disabled":true,"template":"other"}`, status: 200},
				{as: asAdmin, request: "GET /projects/a/immutabletagrules", status: 200, want: `[{"disabled":true,"template":"immutable_template"}]`},
				{as: asAdmin, request: "PUT /projects/a/immutabletagrules/1", body: `{"id":1,"disabled":true,"template":"other"}`, status: 200},
				{as: asAdmin, request: "GET /projects/a/immutabletagrules", status: 200, want: `[{"disabled":true,"template":"other"}]`},
				{as: asAdmin, request: "DELETE /projects/b/immutabletagrules/1", status: 404, code: "NOT_FOUND"},
				{as: asAdmin, request: "DELETE /projects/a/immutabletagrules/1", status: 200},
				{as: asAdmin, request: "DELETE /projects/a/immutabletagrules/1", status: 404, code: "NOT_FOUND"},
			}),
		},
	}
}
