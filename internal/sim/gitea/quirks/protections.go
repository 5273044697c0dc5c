package quirks

func protectionQuirks() []quirk {
	return []quirk{
		{name: "ProtectionCreate", reason: "what is left out is off; the branch need not be there", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"r"}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"main"}`, want: `{"rule_name":"main","branch_name":"main","priority":1,"status_check_contexts":null,"enable_push":false,"enable_push_whitelist":false,"push_whitelist_usernames":[],"push_whitelist_teams":[],"push_whitelist_deploy_keys":false,
				"enable_force_push":false,"enable_merge_whitelist":false,"merge_whitelist_usernames":[],"merge_whitelist_teams":[],"enable_status_check":false,"required_approvals":0,"enable_approvals_whitelist":false,"approvals_whitelist_username":[],
				"block_on_rejected_reviews":false,"block_on_official_review_requests":false,"block_on_outdated_branch":false,"dismiss_stale_approvals":false,"ignore_stale_approvals":false,"require_signed_commits":false,"protected_file_patterns":"","unprotected_file_patterns":"","block_admin_merge_override":false}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"main"}`, status: 403, want: `{"message":"Branch protection already exist"}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"MAIN"}`, want: `{"rule_name":"MAIN","priority":2}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"branch_name":"old"}`, want: `{"rule_name":"old","branch_name":"old"}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{}`, status: 400, want: `{"message":"both rule_name and branch_name are empty"}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"rel/*","priority":1}`, want: `{"rule_name":"rel/*","branch_name":"","priority":1}`},
			{do: "GET repos/{org}/r/branch_protections", exact: "main rel/* MAIN old", count: "none"},
			{do: "GET repos/{org}/r/branch_protections/rel%2F*", want: `{"rule_name":"rel/*"}`},
			{do: "GET repos/{org}/r/branch_protections/rel/*", want: `{"rule_name":"rel/*"}`},
			{do: "GET repos/{org}/r/branch_protections/nosuch", status: 404},
		}},
		{name: "PushRulesNeedPush", reason: "what hangs on a switch that is off is off", steps: []step{
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"a","enable_push_whitelist":true,"enable_force_push":true,"push_whitelist_deploy_keys":true,"required_approvals":-1,"status_check_contexts":["ci"]}`,
				want: `{"enable_push":false,"enable_push_whitelist":false,"enable_force_push":false,"push_whitelist_deploy_keys":false,"required_approvals":0,"enable_status_check":false,"status_check_contexts":["ci"]}`},
			{do: "POST repos/{org}/r/branch_protections", body: `{"rule_name":"b","enable_push":true,"enable_push_whitelist":true,"push_whitelist_deploy_keys":true,"enable_force_push":true,"enable_force_push_allowlist":true,"force_push_allowlist_deploy_keys":true}`,
				want: `{"enable_push":true,"enable_push_whitelist":true,"push_whitelist_deploy_keys":true,"enable_force_push":true,"enable_force_push_allowlist":true,"force_push_allowlist_deploy_keys":true}`},
			{do: "PATCH repos/{org}/r/branch_protections/b", body: `{"enable_push":false}`, want: `{"enable_push":false,"enable_push_whitelist":false,"push_whitelist_deploy_keys":false,"enable_force_push":true}`},
			{do: "PATCH repos/{org}/r/branch_protections/b", body: `{"enable_push_whitelist":true}`, want: `{"enable_push":false,"enable_push_whitelist":false}`},
			{do: "PATCH repos/{org}/r/branch_protections/b", body: `{"enable_force_push":false}`, want: `{"enable_force_push":false,"enable_force_push_allowlist":false,"force_push_allowlist_deploy_keys":false}`},
		}},
		{name: "ProtectionPatch", reason: "changes what is given; the name stays", steps: []step{
			{do: "PATCH repos/{org}/r/branch_protections/a", body: `{"required_approvals":2,"enable_status_check":true,"block_on_rejected_reviews":true,"dismiss_stale_approvals":true,"require_signed_commits":true,"protected_file_patterns":"*.lock","unprotected_file_patterns":"docs/*","block_on_outdated_branch":true,"block_admin_merge_override":true,"ignore_stale_approvals":true,"block_on_official_review_requests":true,"enable_merge_whitelist":true,"enable_approvals_whitelist":true,"rule_name":"c"}`,
				want: `{"rule_name":"a","required_approvals":2,"enable_status_check":true,"status_check_contexts":["ci"],"block_on_rejected_reviews":true,"dismiss_stale_approvals":true,"require_signed_commits":true,"protected_file_patterns":"*.lock","unprotected_file_patterns":"docs/*","block_on_outdated_branch":true,"block_admin_merge_override":true,"ignore_stale_approvals":true,"block_on_official_review_requests":true,"enable_merge_whitelist":true,"enable_approvals_whitelist":true}`},
			{do: "PATCH repos/{org}/r/branch_protections/a", body: `{"required_approvals":-1,"status_check_contexts":[]}`, want: `{"required_approvals":2,"status_check_contexts":[],"enable_status_check":true}`},
			{do: "PATCH repos/{org}/r/branch_protections/nosuch", body: `{}`, status: 404},
			{do: "DELETE repos/{org}/r/branch_protections/a"},
			{do: "DELETE repos/{org}/r/branch_protections/a", status: 404},
			{do: "DELETE repos/{org}/r/branch_protections/rel%2F*"},
		}},
	}
}

func protectionListQuirks() []quirk {
	return []quirk{
		{name: "ListsOfWhoMay", reason: "hold only users who may write or see it anyway; unknown ones are refused", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"s","private":true}`},
			{do: "POST admin/users", body: `{"username":"{tag}-Ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`},
			{do: "POST admin/users", body: `{"username":"{tag}-bob","email":"{tag}-bob@example.com","password":"{password}","must_change_password":false}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"dev","units_map":{"repo.code":"write","repo.pulls":"write"}}`, as: "dev"},
			{do: "POST orgs/{org}/teams", body: `{"name":"outside","units_map":{"repo.code":"write","repo.pulls":"write"}}`},
			{do: "PUT teams/{dev}/repos/{org}/s"}, {do: "PUT teams/{dev}/members/{tag}-ann"},
			{do: "POST repos/{org}/s/branch_protections", body: `{"rule_name":"main","enable_push":true,"enable_push_whitelist":true,"push_whitelist_usernames":["{tag}-ANN","{tag}-bob"],"push_whitelist_teams":["DEV","outside"],"approvals_whitelist_username":["{tag}-ann","{tag}-bob"],"merge_whitelist_usernames":["{tag}-bob"]}`,
				want: `{"push_whitelist_usernames":["{tag}-Ann"],"push_whitelist_teams":["dev"],"approvals_whitelist_username":["{tag}-Ann"],"merge_whitelist_usernames":[]}`},
			{do: "POST repos/{org}/s/branch_protections", body: `{"rule_name":"x","push_whitelist_usernames":["{tag}-none"]}`, status: 422, want: `{"message":"user does not exist [uid: 0, name: {tag}-none]"}`},
			{do: "POST repos/{org}/s/branch_protections", body: `{"rule_name":"x","merge_whitelist_teams":["none"]}`, status: 422, want: `{"message":"team does not exist [org_id {orgid}, team_id 0, name: none]"}`},
			{do: "PATCH repos/{org}/s/branch_protections/main", body: `{"push_whitelist_teams":[]}`, want: `{"push_whitelist_usernames":["{tag}-Ann"],"push_whitelist_teams":[]}`},
			{do: "PATCH repos/{org}/s/branch_protections/main", body: `{"push_whitelist_usernames":[],"push_whitelist_teams":["dev"]}`, want: `{"push_whitelist_usernames":[],"push_whitelist_teams":["dev"]}`},
			{do: "PATCH repos/{org}/s/branch_protections/main", body: `{"push_whitelist_teams":["none"]}`, status: 422},
			{do: "PATCH admin/users/{tag}-bob", body: `{"login_name":"x","admin":true}`},
			{do: "PATCH repos/{org}/s/branch_protections/main", body: `{"push_whitelist_usernames":["{tag}-bob"]}`, want: `{"push_whitelist_usernames":[]}`}, // he may, and is not shown
			{do: "DELETE teams/{dev}"},
			{do: "GET repos/{org}/s/branch_protections/main", want: `{"push_whitelist_teams":[],"enable_push_whitelist":true}`},
		}},
	}
}
