package quirks

import "strings"

const (
	allIssues = `"issues","issue_assign","issue_label","issue_milestone","issue_comment"`
	allPulls  = `"pull_request","pull_request_assign","pull_request_label","pull_request_milestone","pull_request_comment","pull_request_review","pull_request_sync","pull_request_review_request"`
)

func hookQuirks() []quirk {
	config := `"type":"gitea","config":{"url":"http://10.1.2.3/in","content_type":"json"}`
	return []quirk{
		{name: "HookSecretIsGone", reason: "it never comes back; without active a hook sleeps; any host is taken", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"r"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea","config":{"url":"http://10.1.2.3/in","content_type":"json","secret":"s","http_method":"GET"}}`, as: "h",
				want: `{"id":"{any}","type":"gitea","active":false,"events":["push"],"config":{"url":"http://10.1.2.3/in","content_type":"json","secret":null,"http_method":null},"branch_filter":"","authorization_header":"","name":""}`},
			{do: "GET repos/{org}/r/hooks/{h}", want: `{"id":{h},"config":{"secret":null}}`},
			{do: "GET repos/{org}/r/hooks", count: "1", want: `[{"id":{h}}]`},
		}},
		{name: "AuthorizationHeaderComesBack", reason: "in clear", steps: []step{
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"active":true,"branch_filter":"main","authorization_header":"Bearer x","name":" n "}`, as: "full",
				want: `{"active":true,"branch_filter":"main","authorization_header":"Bearer x","name":"n"}`},
			{do: "GET repos/{org}/r/hooks", want: `["...",{"id":{full},"authorization_header":"Bearer x"}]`, count: "2"},
		}},
		{name: "EventsGrow", reason: "issues and pull_request stand for many, unknown ones vanish", steps: []step{
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":["issues","Push","nosuch"]}`, want: `{"events":["push",` + allIssues + `]}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":["pull_request"]}`, want: `{"events":[` + allPulls + `]}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":["issues_only","pull_request_only"]}`, want: `{"events":["issues","pull_request"]}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":["nosuch"]}`, want: `{"events":[]}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":[]}`, want: `{"events":["push"]}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"events":["create","delete","fork","repository","wiki","release","package","status","workflow_run","workflow_job","pull_request_review_approved","schedule"]}`,
				want: `{"events":["create","delete","fork","repository","wiki","release","package","status","workflow_run","workflow_job"]}`},
		}},
		{name: "HookIsChecked", reason: "but not whether its host may be reached", steps: []step{
			{do: "POST repos/{org}/r/hooks", body: `{}`, status: 422, want: `{"message":"[Type]: Required"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"nosuch","config":{"url":"http://x","content_type":"json"}}`, status: 422, want: `{"message":"Invalid hook type: nosuch"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea","config":{"url":"http://x"}}`, status: 422, want: `{"message":"Missing config option: content_type"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea","config":{"content_type":"json"}}`, status: 422, want: `{"message":"Missing config option: url"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea","config":{"url":"http://x","content_type":"xml"}}`, status: 422, want: `{"message":"Invalid content type"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea","config":{"url":"x","content_type":"json"}}`, status: 422, want: `{"message":"Invalid url"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"gitea"}`, status: 422, want: `{"message":"[Config]: Required"}`},
			{do: "POST repos/{org}/r/hooks", body: `{"type":"slack","config":{"url":"http://x","content_type":"json"}}`, status: 422, want: `{"message":"Missing config option: channel"}`},
			{do: "POST repos/{org}/r/hooks", body: `{` + config + `,"branch_filter":"[a"}`, status: 422},
		}},
	}
}

func hookUpdateQuirks() []quirk {
	quirks := []quirk{
		{name: "HookPatchEmptiesWhatIsLeftOut", reason: "events, branch filter and header; not active, name and what is in config; a new secret is not taken", steps: []step{
			{do: "POST {at}/hooks", body: `{"type":"gitea","active":true,"events":["push","create"],"branch_filter":"main","authorization_header":"Bearer x","name":"n","config":{"url":"http://one","content_type":"form"}}`, as: "h"},
			{do: "PATCH {at}/hooks/{h}", body: `{}`, want: `{"id":{h},"active":true,"events":["push"],"branch_filter":"","authorization_header":"","name":"n","config":{"url":"http://one","content_type":"form"}}`},
			{do: "PATCH {at}/hooks/{h}", body: `{"active":false,"name":"","events":["pull_request_only"],"config":{"url":"https://two","secret":"new"}}`, want: `{"active":false,"name":"","events":["pull_request"],"config":{"url":"https://two","content_type":"form"}}`},
			{do: "PATCH {at}/hooks/{h}", body: `{"config":{"content_type":"json"}}`, want: `{"config":{"url":"https://two","content_type":"json"}}`},
			{do: "PATCH {at}/hooks/{h}", body: `{"config":{"content_type":"xml"}}`, status: 422, want: `{"message":"Invalid content type"}`},
			{do: "PATCH {at}/hooks/{h}", body: `{"config":{"url":"x"}}`, status: 422, want: `{"message":"Invalid url"}`},
		}},
		{name: "HookDelete", reason: "ends it; hooks of others are not found", steps: []step{
			{do: "GET {elsewhere}/hooks/{h}", status: 404},
			{do: "DELETE {elsewhere}/hooks/{h}", status: 404, want: `{"message":"not found"}`},
			{do: "DELETE {at}/hooks/{h}"},
			{do: "DELETE {at}/hooks/{h}", status: 404},
			{do: "PATCH {at}/hooks/{h}", body: `{}`, status: 404},
			{do: "GET {at}/hooks/nosuch", status: 404},
		}},
	}
	more := quirk{name: "HookTest", reason: "an empty repository has nothing to test a hook with", steps: []step{
		{do: "POST orgs/{org}/repos", body: `{"name":"init","auto_init":true}`},
		{do: "POST repos/{org}/init/hooks", body: `{"type":"gitea","config":{"url":"http://127.0.0.1:1/","content_type":"json"}}`, as: "t"},
		{do: "POST repos/{org}/init/hooks/{t}/tests", status: 204},
		{do: "POST repos/{org}/init/hooks/999999/tests", status: 404},
		{do: "POST repos/{org}/r/hooks/999999/tests", status: 404, want: `{"message":"repository is empty"}`},
	}}
	return append(append(at(quirks, "repos/{org}/r", "orgs/{org}"), at(quirks, "orgs/{org}", "repos/{org}/r")...), more)
}

// at tells the same about another place.
func at(quirks []quirk, place, elsewhere string) []quirk {
	var moved []quirk
	for _, tr := range quirks {
		kind, _, _ := strings.Cut(place, "/")
		copied := quirk{name: tr.name + " " + kind, reason: tr.reason}
		for _, st := range tr.steps {
			st.do = strings.NewReplacer("{at}", place, "{elsewhere}", elsewhere).Replace(st.do)
			copied.steps = append(copied.steps, st)
		}
		moved = append(moved, copied)
	}
	return moved
}
