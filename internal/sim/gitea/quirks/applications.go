package quirks

func applicationQuirks() []quirk {
	body := `{"name":"{tag}","redirect_uris":["https://drone.example.com/login"],"confidential_client":true`
	return []quirk{
		{name: "SecretIsShownOnce", reason: "at creation and at each PATCH, which makes a new one even if nothing differs", steps: []step{
			{do: "POST user/applications/oauth2", body: body + `}`, as: "app", want: `{"id":"{any}","name":"{tag}","client_id":"{any}","client_secret":"{any}","redirect_uris":["https://drone.example.com/login"],"confidential_client":true,"skip_secondary_authorization":false}`},
			{do: "GET user/applications/oauth2/{app}", as: "client=client_id", want: `{"name":"{tag}","client_secret":""}`},
			{do: "PATCH user/applications/oauth2/{app}", body: body + `}`, as: "secret=client_secret", want: `{"id":{app},"client_id":"{client}"}`, not: `{"client_secret":""}`},
			{do: "PATCH user/applications/oauth2/{app}", body: body + `}`, want: `{"id":{app},"client_id":"{client}"}`, not: `{"client_secret":"{secret}"}`},
			{do: "PATCH user/applications/oauth2/{app}", body: body + `}`, as: "secret=client_secret"},
			{do: "GET user/applications/oauth2", want: `["...",{"id":{app},"client_id":"{client}","client_secret":""}]`},
		}},
		{name: "ApplicationPatchReplaces", reason: "what is left out is emptied", steps: []step{
			{do: "PATCH user/applications/oauth2/{app}", body: body + `,"skip_secondary_authorization":true}`, want: `{"skip_secondary_authorization":true}`},
			{do: "PATCH user/applications/oauth2/{app}", body: `{"name":"{tag}-x","redirect_uris":["http://a/","http://b/"]}`, want: `{"name":"{tag}-x","redirect_uris":["http://a/","http://b/"],"confidential_client":false,"skip_secondary_authorization":false}`},
			{do: "PATCH user/applications/oauth2/{app}", body: `{"redirect_uris":["http://a/"]}`, status: 422, want: `{"message":"[Name]: Required"}`},
			{do: "PATCH user/applications/oauth2/{app}", body: `{"name":"x"}`, status: 422, want: `{"message":"[RedirectURIs]: Required"}`},
			{do: "PATCH user/applications/oauth2/{app}", body: `{"name":"{tag}-x","redirect_uris":[]}`, want: `{"redirect_uris":[]}`},
		}},
		{name: "NamesOfApplications", reason: "need not differ", steps: []step{
			{do: "POST user/applications/oauth2", body: `{"name":"{tag}-x","redirect_uris":["no url"]}`, as: "twin", not: `{"client_id":"{client}"}`},
			{do: "DELETE user/applications/oauth2/{twin}"},
			{do: "DELETE user/applications/oauth2/{twin}", status: 404, want: `{"message":"not found"}`},
		}},
		{name: "ApplicationsAreTheirMakers", reason: "others do not find them, administrators neither", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`},
			{do: "GET user/applications/oauth2", by: "user {tag}-ann", want: `[]`, count: "0"},
			{do: "GET user/applications/oauth2/{app}", by: "user {tag}-ann", status: 404},
			{do: "PATCH user/applications/oauth2/{app}", by: "user {tag}-ann", body: body + `}`, status: 500, want: `{"message":""}`},
			{do: "DELETE user/applications/oauth2/{app}", by: "user {tag}-ann", status: 404},
			{do: "DELETE user/applications/oauth2/{app}"},
			{do: "GET user/applications/oauth2/{app}", status: 404},
			{do: "GET user/applications/oauth2/nosuch", status: 404},
		}},
	}
}
