package quirks

func repositoryQuirks() []quirk {
	return []quirk{
		{name: "RepositoryCreate", reason: "empty it has a default branch already; the answer is complete", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"Plain","description":"d"}`, as: "plain", want: `{"id":"{any}","name":"Plain","full_name":"{org}/Plain","owner":{"login":"{org}"},"description":"d","private":false,"empty":true,"archived":false,"template":false,"default_branch":"main","fork":false,"mirror":false,"size":"{any}",
				"permissions":{"admin":true,"push":true,"pull":true},"html_url":"{base}/{org}/Plain","url":"{base}/api/v1/repos/{org}/Plain","clone_url":"{base}/{org}/Plain.git","website":"","original_url":"",
				"has_issues":true,"has_wiki":true,"has_pull_requests":true,"has_projects":true,"has_releases":true,"has_packages":true,"has_actions":true,"has_code":true,"allow_merge_commits":true,"allow_squash_merge":true,"allow_rebase":true,"allow_rebase_explicit":true,"allow_rebase_update":true,"allow_fast_forward_only_merge":true,"allow_manual_merge":false,"autodetect_manual_merge":false,
				"default_merge_style":"merge","default_delete_branch_after_merge":false,"default_allow_maintainer_edit":true,"ignore_whitespace_conflicts":false,"projects_mode":"all","internal":false,"object_format_name":"sha1","internal_tracker":{"enable_time_tracker":true,"allow_only_contributors_to_track_time":true,"enable_issue_dependencies":true}}`},
			{do: "GET repos/{org}/plain", want: `{"id":{plain},"name":"Plain","empty":true,"branch_count":0}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"init","private":true,"auto_init":true,"default_branch":"trunk"}`, want: `{"private":true,"empty":false,"default_branch":"trunk"}`},
			{do: "GET repos/{org}/init", want: `{"empty":false,"default_branch":"trunk","branch_count":1}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"later","default_branch":"trunk"}`, want: `{"empty":true,"default_branch":"trunk"}`},
		}},
		{name: "Branches", reason: "come with the first commit", steps: []step{
			{do: "GET repos/{org}/init/branches/trunk", want: `{"name":"trunk","protected":false,"commit":{"id":"{any}"},"effective_branch_protection_name":"","required_approvals":0,"enable_status_check":false,"status_check_contexts":[],"user_can_push":true,"user_can_merge":true}`},
			{do: "GET repos/{org}/init/branches/a/b", status: 404, want: `{"message":"not found"}`},
			{do: "GET repos/{org}/later/branches/trunk", status: 404},
			{do: "POST repos/{org}/init/branch_protections", body: `{"rule_name":"tr*","required_approvals":2,"enable_status_check":true,"status_check_contexts":["ci"]}`},
			{do: "GET repos/{org}/init/branches/trunk", want: `{"protected":true,"effective_branch_protection_name":"tr*","required_approvals":2,"enable_status_check":true,"status_check_contexts":["ci"],"user_can_push":false,"user_can_merge":true}`},
			{do: "PATCH repos/{org}/init/branch_protections/tr*", body: `{"enable_push":true,"enable_merge_whitelist":true}`},
			{do: "GET repos/{org}/init/branches/trunk", want: `{"user_can_push":true,"user_can_merge":false}`},
			{do: "DELETE repos/{org}/init/branch_protections/tr*"},
		}},
		{name: "RepositoryNames", reason: "fold case; some are reserved, some are invalid", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"PLAIN"}`, status: 409, want: `{"message":"The repository with the same name already exists."}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"x.wiki"}`, status: 422, want: `{"message":"name pattern is not allowed [pattern: *.wiki]"}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"-"}`, status: 422, want: `{"message":"name is reserved [name: -]"}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"a..b"}`, status: 500, want: `{"message":"name is invalid [a..b]: must be valid alpha or numeric or dash(-_) or dot characters"}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"a b"}`, status: 422, want: `{"message":"[Name]: AlphaDashDot"}`},
			{do: "POST orgs/{org}/repos", body: `{}`, status: 422, want: `{"message":"[Name]: Required"}`},
			{do: "POST orgs/{org}/repos", body: `{"name":"x","default_branch":"a b"}`, status: 422, want: `{"message":"[DefaultBranch]: GitRefName"}`},
			{do: "POST orgs/{tag}-none/repos", body: `{"name":"x"}`, status: 404, want: `{"message":"GetOrgByName"}`},
			{do: "GET repos/{org}/nosuch", status: 404, want: `{"message":"not found","errors":null}`},
			{do: "GET repos/{tag}-none/x", status: 404, want: `{"message":"GetUserByName","errors":["user redirect does not exist [name: {tag}-none]"]}`},
		}},
		{name: "RepositoryList", reason: "in the order of creation, whether the caller may see it or not", steps: []step{
			{do: "GET orgs/{org}/repos", exact: "Plain init later", count: "3"},
			{do: "GET orgs/{org}/repos?page=2&limit=2", exact: "later", count: "3"},
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`},
			{do: "GET orgs/{org}/repos", by: "user {tag}-ann", exact: "Plain later", count: "3"},
			{do: "GET orgs/{org}/repos", by: "anonymous", exact: "Plain later", count: "2"},
			{do: "GET repos/{org}/init", by: "user {tag}-ann", status: 404},
			{do: "GET repos/{org}/plain", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":false,"pull":true}}`},
			{do: "GET repos/{org}/plain", by: "anonymous", want: `{"permissions":{"admin":false,"push":false,"pull":true}}`},
			{do: "PATCH repos/{org}/plain", by: "user {tag}-ann", body: `{}`, status: 403, want: `{"message":"user should be an owner or a collaborator with admin write of a repository"}`},
			{do: "DELETE repos/{org}/plain", by: "user {tag}-ann", status: 403, want: `{"message":"user should be the owner of the repo"}`},
			{do: "GET repos/{org}/plain/teams", by: "user {tag}-ann", want: `[{"name":"Owners"}]`},
			{do: "GET repos/{org}/plain/hooks", by: "user {tag}-ann", status: 403},
		}},
	}
}

func repositoryUpdateQuirks() []quirk {
	return []quirk{
		{name: "RepositoryPatch", reason: "changes what is given", steps: []step{
			{do: "PATCH repos/{org}/plain", body: `{"description":"","website":"https://example.com","private":true,"template":true,"nosuch":1}`, want: `{"description":"","website":"https://example.com","private":true,"template":true,"has_wiki":true}`},
			{do: "PATCH repos/{org}/plain", body: `{"has_wiki":false,"has_issues":false,"has_projects":false,"has_packages":false,"has_releases":false,"has_actions":false,"has_pull_requests":false,"template":false}`,
				want: `{"website":"https://example.com","has_wiki":false,"has_issues":false,"has_projects":false,"has_packages":false,"has_releases":false,"has_actions":false,"has_pull_requests":false,"internal_tracker":null,"allow_squash_merge":false,"allow_manual_merge":true}`},
			{do: "PATCH repos/{org}/plain", body: `{"allow_squash_merge":true}`, want: `{"has_pull_requests":false,"allow_squash_merge":false}`},
			{do: "PATCH repos/{org}/plain", body: `{"allow_rebase":false,"default_merge_style":"squash","default_delete_branch_after_merge":true}`, want: `{"has_pull_requests":true,"allow_rebase":false,"default_merge_style":"squash","default_delete_branch_after_merge":true,"allow_squash_merge":true}`},
			{do: "PATCH repos/{org}/plain", body: `{"has_issues":true,"has_projects":true,"projects_mode":"repo"}`, want: `{"has_issues":true,"has_projects":true,"projects_mode":"repo","internal_tracker":{"enable_time_tracker":true}}`},
			{do: "PATCH repos/{org}/plain", body: `{"projects_mode":"owner"}`, want: `{"projects_mode":"repo"}`},
			{do: "PATCH repos/{org}/plain", body: `{"projects_mode":"nosuch"}`, status: 422, want: `{"message":"[ProjectsMode]: In"}`},
			{do: "PATCH repos/{org}/nosuch", body: `{}`, status: 404},
		}},
		{name: "RenameOfCase", reason: "is a plain update, any other leaves a way from the old name", steps: []step{
			{do: "PATCH repos/{org}/PLAIN", body: `{"name":"plain"}`, want: `{"id":{plain},"name":"plain","full_name":"{org}/plain"}`},
			{do: "PATCH repos/{org}/plain", body: `{"name":"init"}`, status: 422, want: `{"message":"repository already exists [uname: {org}, name: init]"}`},
			{do: "PATCH repos/{org}/plain", body: `{"name":"moved"}`, want: `{"id":{plain},"name":"moved"}`},
			{do: "GET repos/{org}/plain", want: `{"id":{plain},"name":"moved"}`},
			{do: "PATCH repos/{org}/moved", body: `{"name":"plain"}`},
		}},
		{name: "UnknownDefaultBranch", reason: "is passed over with a 200 once there is a commit, and taken before", steps: []step{
			{do: "PATCH repos/{org}/init", body: `{"default_branch":"nosuch"}`, want: `{"default_branch":"trunk"}`},
			{do: "PATCH repos/{org}/later", body: `{"default_branch":"other"}`, want: `{"default_branch":"other"}`},
		}},
		{name: "Archived", reason: "can be undone, and lets nearly everything be changed", steps: []step{
			{do: "PATCH repos/{org}/init", body: `{"archived":true}`, want: `{"archived":true}`},
			{do: "PATCH repos/{org}/init", body: `{"description":"old"}`, want: `{"archived":true,"description":"old"}`},
			{do: "POST repos/{org}/init/branch_protections", body: `{"rule_name":"trunk"}`, status: 423, want: `{"message":"{org}/init is archived"}`},
			{do: "POST repos/{org}/init/hooks", body: `{"type":"gitea","config":{"url":"http://example.com","content_type":"json"}}`},
			{do: "PATCH repos/{org}/init", body: `{"archived":false}`, want: `{"archived":false}`},
		}},
		{name: "RepositoryDelete", reason: "is at once", steps: []step{
			{do: "DELETE repos/{org}/later"},
			{do: "DELETE repos/{org}/later", status: 404},
			{do: "POST orgs/{org}/repos", body: `{"name":"later"}`},
			{do: "GET user/repos?limit=1", want: `[{}]`},
		}},
	}
}
