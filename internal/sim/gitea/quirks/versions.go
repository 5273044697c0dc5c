package quirks

// limitedScopes is the first version whose tokens can be limited to reading or
// writing one kind of object.
const limitedScopes = 20

// versionQuirks are what the supported versions do differently.
func versionQuirks() []quirk {
	every := versions{first: oldest}
	refresh := "grant_type=refresh_token&client_id={client}&refresh_token=none&client_secret="
	app := `{"name":"{tag}","redirect_uris":["https://drone.example.com/login"],"confidential_client":true,"skip_secondary_authorization":true}`
	return []quirk{
		{name: "ScopesOfTokensAreOthers", reason: "a token has the scope for everything, or none that we know", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-w","scopes":["write:repository"]}`, status: 400},
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-a","scopes":["all"]}`, as: "t=sha1"},
			{do: "GET user", by: "token {t}"},
		}, versions: versions{oldest, limitedScopes - 1}},
		{name: "UnknownTokensAreAnonymous", reason: "a token that is wrong, or whose grant was revoked, sees what is public", steps: []step{
			{do: "GET version", by: "token 0123456789012345678901234567890123456789"},
			{do: "GET orgs/{org}", by: "bearer a.b.c", want: `{"name":"{org}"}`},
			{do: "GET user", by: "token 0123456789012345678901234567890123456789", status: 401, want: tokenNeeded},
		}, versions: versions{oldest, limitedScopes - 1}},
		{name: "TokensCanBeLimited", reason: "to reading or writing one kind of object", steps: []step{
			{do: "POST users/{admin}/tokens", by: "password", body: `{"name":"{tag}-w","scopes":["write:repository"]}`},
		}, versions: versions{first: limitedScopes}},
		{name: "MemberPagesMissTheFirst", reason: "only a request without a page gives all members", steps: []step{
			{do: "POST orgs/{org}/teams", body: `{"name":"dev","permission":"read","units":["repo.code"]}`, as: "dev"},
			{do: "PUT teams/{dev}/members/{admin}"},
			{do: "GET teams/{dev}/members?page=1&limit=50", want: `[]`},
			{do: "GET teams/{dev}/members", exact: "{admin}"},
		}, versions: versions{oldest, limitedScopes - 1}},
		{name: "ReviewsAreThreeEvents", reason: "pull_request_review comes back as three others", steps: []step{
			{do: "POST orgs/{org}/hooks", body: `{"type":"gitea","config":{"url":"http://h/","content_type":"json"},"events":["pull_request"]}`, want: `{"events":["pull_request","pull_request_assign","pull_request_label","pull_request_milestone","pull_request_comment","pull_request_review_approved","pull_request_review_rejected","pull_request_review_comment","pull_request_sync","pull_request_review_request"]}`},
		}, versions: versions{21, 23}},
		{name: "HooksHideTheirBranches", reason: "a hook does not show its branch filter, and nothing tells of requested reviews", steps: []step{
			{do: "POST orgs/{org}/hooks", body: `{"type":"gitea","config":{"url":"http://b/","content_type":"json"},"branch_filter":"main","events":["pull_request"]}`,
				want: `{"branch_filter":null,"events":["pull_request","pull_request_assign","pull_request_label","pull_request_milestone","pull_request_comment","pull_request_review_approved","pull_request_review_rejected","pull_request_review_comment","pull_request_sync"]}`},
		}, versions: versions{oldest, oldest}},
		{name: "ConsentIsAlwaysAsked", reason: "an application has no skip_secondary_authorization", steps: []step{
			{do: "POST user/applications/oauth2", body: app, not: `{"skip_secondary_authorization":true}`},
		}, versions: versions{oldest, 22}},
		{name: "RefreshTokensProveSecrets", reason: "the refusal of an unknown refresh token tells whether the client secret is right, and changes nothing", steps: []step{
			{do: "POST user/applications/oauth2", body: app, as: "app"},
			{do: "GET user/applications/oauth2/{app}", as: "client=client_id"},
			{do: "PATCH user/applications/oauth2/{app}", body: app, as: "secret=client_secret"},
			{do: "POST /login/oauth/access_token", by: "anonymous", form: true, body: refresh + "{secret}", status: 400, want: `{"error":"unauthorized_client"}`},
			{do: "POST /login/oauth/access_token", by: "anonymous", form: true, body: refresh + "other", status: 400, want: `{"error":"invalid_client"}`},
			{do: "POST /login/oauth/access_token", by: "anonymous", form: true, body: refresh, status: 400, want: `{"error":"invalid_client"}`},
			{do: "DELETE user/applications/oauth2/{app}"},
		}, versions: every},
	}
}
