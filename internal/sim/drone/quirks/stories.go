package quirks

import "otomi.io/tasks/clients/drone"

// Answers that say little.
const (
	notFound     = `{"message":"Not Found"}`
	unauthorized = `{"message":"Unauthorized"}`
	forbidden    = `{"message":"Forbidden"}`
	noRows       = `{"message":"sql: no rows in result set"}`
)

func accessTraps() []trap {
	return []trap{
		{"Tokens", "a wrong token is somebody; users are made with the token that is given", []step{
			{do: "GET /api/user", want: `{"login":"{root}","admin":true,"machine":false,"active":true,"last_login":0,"synced":0}`},
			{by: nobody, do: "GET /api/user", status: 401, want: unauthorized},
			{do: "POST /api/users", body: `{"login":"{plain}","token":"{plain}-token"}`, want: `{"login":"{plain}","admin":false,"machine":false,"active":true,"token":null}`},
			{do: "POST /api/users", body: `{"login":"{robot}","machine":true,"token":"{robot}-token"}`, want: `{"token":"{robot}-token"}`},
			{do: "POST /api/users", body: `{"login":"{robot}","machine":true}`, status: 500},
			{do: "POST /api/users", body: `{"login":"has space"}`, status: 400},
			{by: plain, do: "GET /api/user", want: `{"login":"{plain}"}`},
			{by: plain, do: "GET /api/users", status: 403, want: forbidden},
			{by: nobody, do: "GET /api/users", status: 401, want: unauthorized},
		}},
		{"NobodyLoggedIn", "lists are empty and not refused; Gitea's refusals come as 500, and a private repository is not found for one without a grant", []step{
			{do: "GET /api/user/repos", want: `[]`},
			{do: "POST /api/user/repos", status: 500, want: unauthorized},
			{do: "POST /api/user/repos?async=true", status: 204},
			{do: "GET /api/user/remote/repos", status: 500, want: unauthorized},
			{do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: notFound},
			{do: "GET", status: 404, want: notFound},
		}},
		{"Unknown", "an unknown path of the API is no JSON, any other is the application for browsers; an administrator may look anywhere", []step{
			{do: "GET /api/nosuch", status: 404, exact: "404 page not found\n"},
			{do: "GET /api/templates", status: 404, exact: "404 page not found\n"},
			{do: "PUT /api/user", status: 405},
			{do: "GET /nosuch"},
			{do: "GET /healthz", exact: "OK"},
			{by: nobody, do: "GET /version", want: `{"version":"1.10.1"}`},
			{by: nobody, do: "GET", status: 401, want: unauthorized},
			{do: "GET /api/secrets/nosuch", want: `[]`},
			{by: plain, do: "GET /api/secrets/{org}", status: 401, want: notFound},
			{by: plain, do: "GET /api/secrets", status: 403, want: forbidden},
			{by: plain, do: "GET /api/repos", status: 403, want: forbidden},
		}},
	}
}

func loginTraps() []trap {
	user := func(fields string) step {
		return step{by: gitea, do: "PATCH /admin/users/{plain}", body: `{"login_name":"{plain}","source_id":0,` + fields + `}`}
	}
	return []trap{
		{"Refused", "who may not log in learns why", []step{
			user(`"password":"another-{tag}"`), {do: "LOGIN {plain}", login: drone.WrongPassword},
			user(`"password":"{password}","must_change_password":true`), {do: "LOGIN {plain}", login: drone.MustChangePassword},
			user(`"must_change_password":false,"prohibit_login":true`), {do: "LOGIN {plain}", login: drone.Prohibited},
			user(`"prohibit_login":false`),
			{do: "LOGIN nosuch-{tag}", login: drone.WrongPassword},
			{do: "LOGIN {robot}", login: drone.MachineAccount}, // D9
			{do: "PATCH /api/users/{plain}", body: `{"active":false}`}, {do: "LOGIN {plain}", login: drone.Inactive},
			{do: "PATCH /api/users/{plain}", body: `{"active":true}`},
		}},
		{"Twice", "consent is asked for once; a failed sync counts as one, so that the login reads no repositories for a week", []step{
			{do: "LOGIN {root}"}, {do: "LOGIN {root}"}, {do: "LOGIN {plain}"},
			{do: "GET /api/user/repos", want: `[]`},
			{do: "GET /api/user/remote/repos/{org}/{repo}", want: `{"id":0,"slug":"{org}/{repo}","active":false,"permissions":{"read":true,"write":true,"admin":true}}`},
			{do: "GET /api/user/remote/repos/{org}/nosuch", status: 500, want: notFound},
			{by: plain, do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: notFound},
		}},
		{"D13Revoked", "a grant that is taken back makes every question to Gitea a 500, and the next login repairs it", []step{
			{do: "REVOKE {root}"},
			{do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: unauthorized},
			{do: "POST /api/user/repos", status: 500, want: unauthorized},
			{do: "GET /api/user", want: `{"login":"{root}"}`},
			{do: "LOGIN {root}"},
			{do: "GET /api/user/remote/repos/{org}/{repo}"},
		}},
	}
}

func syncTraps() []trap {
	return []trap{
		{"D1Unsynced", "what was not read from Gitea does not exist, not even for an administrator", []step{
			{do: "GET", status: 404, want: notFound},
			{do: "PATCH", body: `{}`, status: 404, want: notFound},
			{do: "POST", status: 404, want: notFound},
			{by: robot, do: "POST /api/user/repos", status: 500, want: unauthorized},
			{by: robot, do: "POST", status: 404, want: notFound},
		}},
		{"Sync", "the answer is the list, inactive repositories and all, with empty settings; names tell case apart", []step{
			{do: "POST /api/user/repos?async=false", want: `["...",{"slug":"{org}/{repo}","active":false,"config_path":"","timeout":0,"visibility":"private","trusted":false,"user_id":0,"counter":0,"permissions":null}]`},
			{do: "GET /api/user/repos", want: `["...",{"slug":"{org}/{repo}","default_branch":"main","private":true}]`},
			{do: "GET", want: `{"slug":"{org}/{repo}","permissions":{"admin":true}}`},
			{do: "GET /api/repos/TRAPS-{tag}/{repo}", status: 404, want: notFound},
			{do: "GET /api/repos?per_page=1", want: `[{"id":"{any}"}]`},
			{by: plain, do: "POST /api/user/repos", want: `[]`},
			{by: plain, do: "GET", status: 404, want: notFound},
			{by: robot, do: "GET", status: 404, want: notFound},
		}},
		{"D6Gone", "a repository that was deleted stays known, but not as one of the user's; one made again under its name is another, without settings", []step{
			{by: gitea, do: "POST /orgs/{org}/repos", body: `{"name":"two","private":true}`},
			{do: "POST /api/user/repos"},
			{do: "PATCH /api/repos/{org}/two", body: `{"timeout":77}`},
			{by: gitea, do: "DELETE /repos/{org}/two"},
			{do: "POST /api/user/repos", want: `["...",{"slug":"{org}/{repo}"}]`},
			{do: "GET /api/repos/{org}/two", want: `{"timeout":77,"permissions":null}`},
			{do: "POST /api/repos/{org}/two", status: 500, want: notFound},
			{by: gitea, do: "POST /orgs/{org}/repos", body: `{"name":"two","private":true}`},
			{do: "POST /api/user/repos", want: `["...",{"slug":"{org}/two","timeout":0}]`},
			{by: gitea, do: "DELETE /repos/{org}/two"},
		}},
	}
}

func repoTraps() []trap {
	return []trap{
		{"D14Settings", "an inactive repository takes settings; any text is a visibility; null changes nothing; what 1.x does not know it does not say", []step{
			{do: "PATCH", body: `{"config_path":"ci.yml","timeout":90,"trusted":true,"throttle":2,"visibility":"nonsense","ignore_forks":true,"auto_cancel_running":true}`,
				want: `{"active":false,"config_path":"ci.yml","timeout":90,"trusted":true,"throttle":2,"visibility":"nonsense","ignore_forks":true,"auto_cancel_running":null}`},
			{do: "PATCH", body: `{"visibility":"private","ignore_forks":null,"throttle":0}`, want: `{"visibility":"private","ignore_forks":true,"throttle":null,"timeout":90}`},
			{do: "PATCH", body: `nonsense`, status: 400},
		}},
		{"D14Enable", "activation keeps the settings", []step{
			{do: "POST", want: `{"active":true,"config_path":"ci.yml","timeout":90,"trusted":true}`, as: "owner=user_id"},
			{do: "PATCH", body: `{"config_path":"","timeout":0}`, want: `{"config_path":"","timeout":0}`},
			{do: "POST", want: `{"active":true,"config_path":".drone.yml","timeout":60}`},
		}},
		{"D5IgnoredSettings", "what only Drone's administrators may change is left out with a 200", []step{
			{by: gitea, do: "PUT /repos/{org}/{repo}/collaborators/{plain}", body: `{"permission":"write"}`},
			{by: plain, do: "POST /api/user/repos"},
			{by: plain, do: "GET", want: `{"permissions":{"read":true,"write":true,"admin":false}}`},
			{by: plain, do: "PATCH", body: `{"config_path":"x"}`, status: 404, want: notFound}, // D11
			{by: plain, do: "POST", status: 404, want: notFound},
			{by: plain, do: "GET secrets", want: `[]`},
			{by: gitea, do: "PUT /repos/{org}/{repo}/collaborators/{plain}", body: `{"permission":"admin"}`},
			{by: plain, do: "POST /api/user/repos"},
			{by: plain, do: "PATCH", body: `{"config_path":".drone.yaml","timeout":7,"trusted":false,"throttle":9,"counter":100,"protected":true}`,
				want: `{"config_path":".drone.yaml","timeout":60,"trusted":true,"throttle":null,"counter":0,"protected":true}`},
		}},
		{"D2Owner", "whoever activates again is the owner from then on", []step{
			{by: plain, do: "POST", as: "second=user_id"},
			{do: "GET", want: `{"active":true}`},
			{do: "POST /api/repos/{org}/{repo}/chown", want: `{"active":true}`, as: "third=user_id"},
		}},
		{"Disable", "the hook stays, and so do the settings", []step{
			{do: "DELETE", want: `{"active":false,"config_path":".drone.yaml"}`},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"id":"{any}"}]`},
			{do: "POST", want: `{"active":true,"config_path":".drone.yaml"}`},
		}},
	}
}

func hookTraps() []trap {
	hook := `{"type":"gitea","active":true,"events":["push"],"config":{"content_type":"json","url":"{url}"}}`
	at := func(url string) step {
		return step{by: gitea, do: "POST /repos/{org}/{repo}/hooks", body: replaceURL(hook, url)}
	}
	return []trap{
		{"SecondActivation", "the hook is made anew under another id", []step{
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"active":true,"config":{"content_type":"json","secret":null}}]`, as: "hook"},
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"active":true}]`},
			{by: gitea, do: "DELETE /repos/{org}/{repo}/hooks/{hook}", status: 404},
		}},
		{"D4SameHost", "every hook that leads to Drone's host counts as Drone's, and the first one goes", []step{
			at("{drone}/other"), at("http://elsewhere.example/hook"),
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"config":{"url":"{drone}/other"}},{"config":{"url":"http://elsewhere.example/hook"}},{"type":"gitea"}]`},
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"config":{"url":"http://elsewhere.example/hook"}},{},{}]`},
		}},
		{"Repair", "makes the hook anew with the owner's grant", []step{
			{do: "POST /api/repos/{org}/{repo}/repair", want: `{"active":true}`},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{},{},{}]`, status: -1},
		}},
	}
}

func secretTraps() []trap {
	of := func(path, taken string) []step {
		return []step{
			{do: "POST " + path, body: `{"name":"s1","data":"v","pull_request":true}`, want: `{"name":"s1","data":null,"pull_request":true,"pull_request_push":null}`},
			{do: "POST " + path, body: `{"name":"s1","data":"v"}`, status: 500, want: taken},
			{do: "GET " + path, want: `[{"name":"s1","data":null}]`},
			{do: "PATCH " + path + "/s1", body: `{"pull_request":false}`, want: `{"name":"s1","pull_request":null}`},
			{do: "PATCH " + path + "/s1", body: `{"name":"other","data":"w"}`, want: `{"name":"s1"}`},
			{do: "PATCH " + path + "/s1", body: `{"data":""}`, status: 400, want: `{"message":"Invalid Secret Value"}`},
			{do: "PATCH " + path + "/nosuch", body: `{"data":"x"}`, status: 404, want: noRows},
			{do: "POST " + path, body: `{"name":"with space","data":"v"}`, status: 400, want: `{"message":"Invalid Secret Name"}`},
			{do: "POST " + path, body: `{"data":"v"}`, status: 400, want: `{"message":"Invalid Secret Name"}`},
			{do: "POST " + path, body: `{"name":"empty"}`, status: 400, want: `{"message":"Invalid Secret Value"}`},
			{do: "GET " + path + "/s1", want: `{"name":"s1","data":null}`},
		}
	}
	gone := func(path string) []step {
		return []step{
			{do: "DELETE " + path + "/s1", status: 204},
			{do: "DELETE " + path + "/s1", status: 404, want: noRows},
			{do: "GET " + path, want: `[]`},
		}
	}
	const org = "/api/secrets/{org}"
	takenInRepo := `{"message":"UNIQUE constraint failed: secrets.secret_repo_id, secrets.secret_name"}`
	takenInOrg := `{"message":"UNIQUE constraint failed: orgsecrets.secret_namespace, orgsecrets.secret_name"}`
	return []trap{
		{"D8Repo", "values are never shown; a name that is taken is a 500", of("secrets", takenInRepo)},
		{"RepoCase", "names in a repository tell case apart", []step{
			{do: "POST secrets", body: `{"name":"S1","data":"v"}`},
			{do: "GET secrets", want: `[{"name":"S1"},{"name":"s1"}]`},
			{do: "DELETE secrets/S1", status: 204},
		}},
		{"RepoDelete", "and what is gone is not found", gone("secrets")},
		{"D8Org", "the same for an organisation", of(org, takenInOrg)},
		{"OrgCase", "names in an organisation do not tell case apart, nor does the organisation's", []step{
			{do: "POST " + org, body: `{"name":"S1","data":"v"}`, status: 500, want: takenInOrg},
			{do: "PATCH " + org + "/S1", body: `{"pull_request":true}`, want: `{"name":"s1","pull_request":true}`},
			{do: "GET /api/secrets/TRAPS-{tag}", want: `[{"name":"s1"}]`},
		}},
		{"OrgDelete", "and what is gone is not found", gone(org)},
	}
}

func cronTraps() []trap {
	return []trap{
		{"Create", "the name is made a slug; target, event and disabled are not taken; the first of five fields is the second", []step{
			{do: "POST cron", body: `{"name":"Night ly!","expr":"0 0 4 * * *","branch":"main","target":"prod","disabled":true,"event":"cron"}`,
				want: `{"name":"night-ly","expr":"0 0 4 * * *","branch":"main","event":"push","target":null,"disabled":false,"prev":0}`},
			{do: "POST cron", body: `{"name":"night-ly","expr":"@daily","branch":"main"}`, status: 500, want: `{"message":"UNIQUE constraint failed: cron.cron_repo_id, cron.cron_name"}`},
			{do: "POST cron", body: `{"name":"five","expr":"0 4 * * *","branch":"main"}`, want: `{"expr":"0 4 * * *"}`},
			{do: "POST cron", body: `{"name":"a_b-","expr":"@every 1h","branch":"main"}`, want: `{"name":"a_b"}`},
			{do: "POST cron", body: `{"name":"x","expr":"@dayly","branch":"main"}`, status: 400, want: `{"message":"Invalid Cronjob Expression"}`},
			{do: "POST cron", body: `{"name":"x","expr":"a b c","branch":"main"}`, status: 400, want: `{"message":"Invalid Cronjob Expression"}`},
			{do: "POST cron", body: `{"name":"!","expr":"@daily","branch":"main"}`, status: 400, want: `{"message":"Invalid Cronjob Name"}`},
			{do: "POST cron", body: `{"name":"x","expr":"@daily"}`, status: 400, want: `{"message":"Invalid Cronjob Branch"}`},
		}},
		{"Update", "an expression cannot be changed, an empty branch is taken", []step{
			{do: "PATCH cron/night-ly", body: `{"expr":"@daily","target":"prod","disabled":true,"event":null}`, want: `{"expr":"0 0 4 * * *","target":"prod","disabled":true,"branch":"main"}`},
			{do: "PATCH cron/night-ly", body: `{"branch":""}`, want: `{"branch":"","target":"prod"}`},
			{do: "PATCH cron/nosuch", body: `{}`, status: 404, want: noRows},
			{do: "GET cron", want: `[{"name":"a_b"},{"name":"five"},{"name":"night-ly"}]`},
			{do: "DELETE cron/night-ly", status: 204},
			{do: "GET cron/night-ly", status: 404, want: noRows},
		}},
	}
}
