package quirks

import "otomi.io/tasks/clients/drone"

// Answers that say little.
const (
	notFound     = `{"message":"Not Found"}`
	unauthorized = `{"message":"Unauthorized"}`
	forbidden    = `{"message":"Forbidden"}`
	noRows       = `{"message":"sql: no rows in result set"}`
)

func accessQuirks() []quirk {
	return []quirk{
		{"Tokens", "A request without a token is a 401. A user is made with the token that is given.", "", []step{
			{do: "GET /api/user", want: `{"login":"{root}","admin":true,"machine":false,"active":true,"last_login":0,"synced":0}`},
			{by: anonymous, do: "GET /api/user", status: 401, want: unauthorized},
			{do: "POST /api/users", body: `{"login":"{plain}","token":"{plain}-token"}`, want: `{"login":"{plain}","admin":false,"machine":false,"active":true,"token":null}`},
			{do: "POST /api/users", body: `{"login":"{robot}","machine":true,"token":"{robot}-token"}`, want: `{"token":"{robot}-token"}`},
			{do: "POST /api/users", body: `{"login":"{robot}","machine":true}`, status: 500},
			{do: "POST /api/users", body: `{"login":"has space"}`, status: 400},
			{by: plain, do: "GET /api/user", want: `{"login":"{plain}"}`},
			{by: plain, do: "GET /api/users", status: 403, want: forbidden},
			{by: anonymous, do: "GET /api/users", status: 401, want: unauthorized},
		}},
		{"NobodyLoggedIn", "While a user has never logged in, lists are empty. A question to Gitea is a 500 with Gitea's status text; a private repository is not found.", "", []step{
			{do: "GET /api/user/repos", want: `[]`},
			{do: "POST /api/user/repos", status: 500, want: unauthorized},
			{do: "POST /api/user/repos?async=true", status: 204},
			{do: "GET /api/user/remote/repos", status: 500, want: unauthorized},
			{do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: notFound},
			{do: "GET", status: 404, want: notFound},
		}},
		{"Unknown", "An unknown path of the API answers 404 in text, any other unknown path is the application for browsers with 200. An administrator may read every organisation.", "", []step{
			{do: "GET /api/nosuch", status: 404, exact: "404 page not found\n"},
			{do: "PUT /api/user", status: 405},
			{do: "GET /nosuch"},
			{do: "GET /healthz", exact: "OK"},
			{by: anonymous, do: "GET /version", want: `{"version":"{version}"}`},
			{by: anonymous, do: "GET", status: 401, want: unauthorized},
			{do: "GET /api/secrets/nosuch", want: `[]`},
			{by: plain, do: "GET /api/secrets", status: 403, want: forbidden},
			{by: plain, do: "GET /api/repos", status: 403, want: forbidden},
		}},
		{"Members", "Of an organisation only Drone's administrators may read the secrets: others get a 401 'Not Found'.", "1", []step{
			{by: plain, do: "GET /api/secrets/{org}", status: 401, want: notFound},
		}},
		{"Members", "Of an organisation only Drone's administrators may read the secrets: others get a 401 'Forbidden'.", "2", []step{
			{by: plain, do: "GET /api/secrets/{org}", status: 401, want: forbidden},
		}},
		{"Templates", "There are no templates: 404 in text.", "1", []step{
			{do: "GET /api/templates", status: 404, exact: "404 page not found\n"},
		}},
		{"Templates", "A template belongs to an organisation, which need not exist.", "2", []step{
			{do: "GET /api/templates/nosuch", want: `[]`},
			{do: "POST /api/templates/{org}", body: `{"name":"a.yaml","data":"kind: pipeline"}`, want: `{"name":"a.yaml","namespace":"{org}","data":"kind: pipeline"}`},
			{do: "POST /api/templates/{org}", body: `{"name":"a.txt","data":"x"}`, status: 400},
			{do: "PATCH /api/templates/{org}/a.yaml", body: `{"data":"kind: other"}`, want: `{"data":"kind: other"}`},
			{do: "GET /api/templates/{org}", want: `[{"name":"a.yaml"}]`},
			{do: "DELETE /api/templates/{org}/a.yaml", status: 204},
			{do: "GET /api/templates/{org}/a.yaml", status: 404},
		}},
	}
}

func loginQuirks() []quirk {
	user := func(fields string) step {
		return step{by: gitea, do: "PATCH /admin/users/{plain}", body: `{"login_name":"{plain}","source_id":0,` + fields + `}`}
	}
	return []quirk{
		{"Refused", "A failed login tells its cause: wrong password, password to change, locked account, machine, inactive account.", "", []step{
			user(`"password":"another-{tag}"`), {do: "LOGIN {plain}", login: drone.WrongPassword},
			user(`"password":"{password}","must_change_password":true`), {do: "LOGIN {plain}", login: drone.MustChangePassword},
			user(`"must_change_password":false,"prohibit_login":true`), {do: "LOGIN {plain}", login: drone.Prohibited},
			user(`"prohibit_login":false`),
			{do: "LOGIN nosuch-{tag}", login: drone.WrongPassword},
			{do: "LOGIN {robot}", login: drone.MachineAccount},
			{do: "PATCH /api/users/{plain}", body: `{"active":false}`}, {do: "LOGIN {plain}", login: drone.Inactive},
			{do: "PATCH /api/users/{plain}", body: `{"active":true}`},
		}},
		{"Twice", "Gitea asks for consent once. A failed sync counts as one, so that the next login reads no repositories for a week.", "", []step{
			{do: "LOGIN {root}"}, {do: "LOGIN {root}"}, {do: "LOGIN {plain}"},
			{do: "GET /api/user/repos", want: `[]`},
			{do: "GET /api/user/remote/repos/{org}/{repo}", want: `{"id":0,"slug":"{org}/{repo}","active":false,"permissions":{"read":true,"write":true,"admin":true}}`},
			{do: "GET /api/user/remote/repos/{org}/nosuch", status: 500, want: notFound},
			{by: plain, do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: notFound},
		}},
		{"Revoked", "When the grant is revoked, every question to Gitea is a 500 'Unauthorized'. The next login repairs it.", "", []step{
			{do: "REVOKE {root}"},
			{do: "GET /api/user/remote/repos/{org}/{repo}", status: 500, want: unauthorized},
			{do: "POST /api/user/repos", status: 500, want: unauthorized},
			{do: "GET /api/user", want: `{"login":"{root}"}`},
			{do: "LOGIN {root}"},
			{do: "GET /api/user/remote/repos/{org}/{repo}"},
		}},
	}
}

func syncQuirks() []quirk {
	return []quirk{
		{"Unsynced", "A repository that was not read from Gitea does not exist, not even for an administrator.", "", []step{
			{do: "GET", status: 404, want: notFound},
			{do: "PATCH", body: `{}`, status: 404, want: notFound},
			{do: "POST", status: 404, want: notFound},
			{by: robot, do: "POST /api/user/repos", status: 500, want: unauthorized},
			{by: robot, do: "POST", status: 404, want: notFound},
		}},
		{"Sync", "A sync answers with all repositories, also inactive ones, with empty settings. The case of a name matters.", "", []step{
			{do: "POST /api/user/repos?async=false", want: `["...",{"slug":"{org}/{repo}","active":false,"config_path":"","timeout":0,"visibility":"private","trusted":false,"user_id":0,"counter":0,"permissions":null}]`},
			{do: "GET /api/user/repos", want: `["...",{"slug":"{org}/{repo}","default_branch":"main","private":true}]`},
			{do: "GET", want: `{"slug":"{org}/{repo}","permissions":{"admin":true}}`},
			{do: "GET /api/repos/QUIRKS-{tag}/{repo}", status: 404, want: notFound},
			{do: "GET /api/repos?per_page=1", want: `[{"id":"{any}"}]`},
			{by: plain, do: "POST /api/user/repos", want: `[]`},
			{by: plain, do: "GET", status: 404, want: notFound},
			{by: robot, do: "GET", status: 404, want: notFound},
		}},
		{"Gone", "A repository that was deleted at Gitea stays known, but is not in the user's list. One made again under its name is another one, without settings.", "", []step{
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
		{"Renamed", "A repository that was renamed at Gitea keeps its old name until the next sync, and its number permanently. Asked for by the old name, Gitea answers with the new one.", "", []step{
			{by: gitea, do: "POST /orgs/{org}/repos", body: `{"name":"three","private":true}`, as: "number=id"},
			{do: "POST /api/user/repos"},
			{by: gitea, do: "PATCH /repos/{org}/three", body: `{"name":"four"}`},
			{do: "GET /api/repos/{org}/three", want: `{"uid":"{number}","slug":"{org}/three"}`},
			{do: "GET /api/user/remote/repos/{org}/three", want: `{"uid":"{number}","slug":"{org}/four"}`},
			{do: "POST /api/user/repos", want: `["...",{"uid":"{number}","slug":"{org}/four"}]`},
			{do: "GET /api/repos/{org}/three", status: 404, want: notFound},
			{by: gitea, do: "DELETE /repos/{org}/four"},
			{do: "POST /api/user/repos"},
		}},
	}
}

func repoQuirks() []quirk {
	return []quirk{
		{"Settings", "An inactive repository takes settings. Any text is a visibility. null changes nothing.", "", []step{
			{do: "PATCH", body: `{"config_path":"ci.yml","timeout":90,"trusted":true,"throttle":2,"visibility":"nonsense","ignore_forks":true}`,
				want: `{"active":false,"config_path":"ci.yml","timeout":90,"trusted":true,"throttle":2,"visibility":"nonsense","ignore_forks":true}`},
			{do: "PATCH", body: `{"visibility":"private","ignore_forks":null,"throttle":0}`, want: `{"visibility":"private","ignore_forks":true,"throttle":null,"timeout":90}`},
			{do: "PATCH", body: `nonsense`, status: 400},
		}},
		{"CancelRunning", "auto_cancel_running is unknown and left out with a 200.", "1", []step{
			{do: "PATCH", body: `{"auto_cancel_running":true}`, want: `{"auto_cancel_running":null}`},
		}},
		{"CancelRunning", "auto_cancel_running is taken.", "2", []step{
			{do: "PATCH", body: `{"auto_cancel_running":true}`, want: `{"auto_cancel_running":true}`},
			{do: "PATCH", body: `{"auto_cancel_running":false}`},
		}},
		{"Enable", "An activation keeps the settings, and gives empty ones their defaults.", "", []step{
			{do: "POST", want: `{"active":true,"config_path":"ci.yml","timeout":90,"trusted":true}`, as: "owner=user_id"},
			{do: "PATCH", body: `{"config_path":"","timeout":0}`, want: `{"config_path":"","timeout":0}`},
			{do: "POST", want: `{"active":true,"config_path":".drone.yml","timeout":60}`},
		}},
		{"IgnoredSettings", "Settings that only Drone's administrators may change (trusted, timeout, throttle) are left out with a 200.", "", []step{
			{by: gitea, do: "PUT /repos/{org}/{repo}/collaborators/{plain}", body: `{"permission":"write"}`},
			{by: plain, do: "POST /api/user/repos"},
			{by: plain, do: "GET", want: `{"permissions":{"read":true,"write":true,"admin":false}}`},
			{by: plain, do: "PATCH", body: `{"config_path":"x"}`, status: 404, want: notFound},
			{by: plain, do: "POST", status: 404, want: notFound},
			{by: plain, do: "GET secrets", want: `[]`},
			{by: gitea, do: "PUT /repos/{org}/{repo}/collaborators/{plain}", body: `{"permission":"admin"}`},
			{by: plain, do: "POST /api/user/repos"},
			{by: plain, do: "PATCH", body: `{"config_path":".drone.yaml","timeout":7,"trusted":false,"throttle":9,"counter":100,"protected":true}`,
				want: `{"config_path":".drone.yaml","timeout":60,"trusted":true,"throttle":null,"counter":0,"protected":true}`},
		}},
		{"Owner", "An activation makes the caller the owner, however often it is called.", "", []step{
			{by: plain, do: "POST", as: "second=user_id"},
			{do: "GET", want: `{"active":true}`},
			{do: "POST /api/repos/{org}/{repo}/chown", want: `{"active":true}`, as: "third=user_id"},
		}},
		{"Disable", "Switching a repository off keeps its hook and its settings.", "", []step{
			{do: "DELETE", want: `{"active":false,"config_path":".drone.yaml"}`},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"id":"{any}"}]`},
			{do: "POST", want: `{"active":true,"config_path":".drone.yaml"}`},
		}},
	}
}

func hookQuirks() []quirk {
	hook := `{"type":"gitea","active":true,"events":["push"],"config":{"content_type":"json","url":"{url}"}}`
	at := func(url string) step {
		return step{by: gitea, do: "POST /repos/{org}/{repo}/hooks", body: replaceURL(hook, url)}
	}
	return []quirk{
		{"SecondActivation", "A second activation deletes the hook and makes a new one.", "", []step{
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"active":true,"config":{"content_type":"json","secret":null}}]`, as: "hook"},
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"active":true}]`},
			{by: gitea, do: "DELETE /repos/{org}/{repo}/hooks/{hook}", status: 404},
		}},
		{"SameHost", "An activation deletes the first hook that leads to Drone's host, whatever its path.", "", []step{
			at("{drone}/other"), at("http://elsewhere.example/hook"),
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"config":{"url":"{drone}/other"}},{"config":{"url":"http://elsewhere.example/hook"}},{"type":"gitea"}]`},
			{do: "POST"},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{"config":{"url":"http://elsewhere.example/hook"}},{},{}]`},
		}},
		{"Repair", "A repair recreates the hook with the grant of the owner, not of the caller.", "", []step{
			{do: "POST /api/repos/{org}/{repo}/repair", want: `{"active":true}`},
			{by: gitea, do: "GET /repos/{org}/{repo}/hooks", want: `[{},{},{}]`, status: -1},
		}},
	}
}

func secretQuirks() []quirk {
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
	return []quirk{
		{"Repo", "The value of a secret is never shown. A name that is taken is a 500.", "", of("secrets", takenInRepo)},
		{"RepoCase", "In a repository the case of a secret's name matters.", "", []step{
			{do: "POST secrets", body: `{"name":"S1","data":"v"}`},
			{do: "GET secrets", want: `[{"name":"S1"},{"name":"s1"}]`},
			{do: "DELETE secrets/S1", status: 204},
		}},
		{"RepoDelete", "A deleted secret is not found.", "", gone("secrets")},
		{"Org", "The same holds for the secrets of an organisation.", "", of(org, takenInOrg)},
		{"OrgCase", "In an organisation the case of a secret's name does not matter, nor that of the organisation's name.", "", []step{
			{do: "POST " + org, body: `{"name":"S1","data":"v"}`, status: 500, want: takenInOrg},
			{do: "PATCH " + org + "/S1", body: `{"pull_request":true}`, want: `{"name":"s1","pull_request":true}`},
			{do: "GET /api/secrets/QUIRKS-{tag}", want: `[{"name":"s1"}]`},
		}},
		{"OrgDelete", "A deleted secret of an organisation is not found.", "", gone(org)},
	}
}

func cronQuirks() []quirk {
	return []quirk{
		{"Create", "The name of a cron job becomes a slug. Target, event and disabled are not taken when it is made. Of five fields the first are the seconds.", "", []step{
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
		{"Update", "The expression of a cron job cannot be changed; an empty branch is taken.", "", []step{
			{do: "PATCH cron/night-ly", body: `{"expr":"@daily","target":"prod","disabled":true,"event":null}`, want: `{"expr":"0 0 4 * * *","target":"prod","disabled":true,"branch":"main"}`},
			{do: "PATCH cron/night-ly", body: `{"branch":""}`, want: `{"branch":"","target":"prod"}`},
			{do: "PATCH cron/nosuch", body: `{}`, status: 404, want: noRows},
			{do: "GET cron", want: `[{"name":"a_b"},{"name":"five"},{"name":"night-ly"}]`},
			{do: "DELETE cron/night-ly", status: 204},
			{do: "GET cron/night-ly", status: 404, want: noRows},
		}},
	}
}
