package quirks

func providerQuirks() []quirk {
	at := "identity-provider/instances"
	config := `{"clientId":"cid","clientSecret":"top","authorizationUrl":"https://idp.example/a","tokenUrl":"https://idp.example/t","custom":"kept"}`
	return []quirk{
		{"ProviderCreate", "the secret is never shown, the sync mode is LEGACY unless asked for, empty settings are dropped", []step{
			{do: "POST " + at, body: `{"alias":"idp","providerId":"oidc","displayName":"D","config":{"clientId":"cid","clientSecret":"top","empty":"","custom":"kept"}}`},
			{do: "GET " + at + "/idp", want: `{"alias":"idp","internalId":"{any}","providerId":"oidc","displayName":"D","enabled":true,"trustEmail":false,"storeToken":false,"linkOnly":false,"hideOnLogin":false,
				"authenticateByDefault":false,"addReadTokenRoleOnCreate":false,"updateProfileFirstLoginMode":"on","firstBrokerLoginFlowAlias":null,
				"config":{"clientId":"cid","clientSecret":"**********","syncMode":"LEGACY","empty":null,"custom":"kept"}}`},
			{do: "GET " + at + "?search=id&briefRepresentation=true", want: `[{"alias":"idp","config":{"clientId":null}}]`},
			{do: "POST " + at, body: `{"alias":"idp","providerId":"oidc"}`, status: 409, want: `{"errorMessage":"Identity Provider idp already exists"}`},
			{do: "POST " + at, body: `{"alias":"x","providerId":"nosuch"}`, status: 400, want: `{"errorMessage":"Invalid identity provider id [nosuch]"}`},
			{do: "POST " + at, body: `{"alias":"x"}`, status: 400, want: `{"errorMessage":"Invalid identity provider id [null]"}`},
			{do: "POST " + at, body: `{"providerId":"oidc"}`, status: 400, want: `{"errorMessage":"path is null"}`},
			{do: "POST " + at, body: `{"alias":"x y","providerId":"oidc"}`, status: 400, want: `{"error":"Empty Space not allowed."}`},
			{do: "POST " + at, body: `{"alias":"x","providerId":"oidc","firstBrokerLoginFlowAlias":"nosuch"}`, status: 500, want: crashed},
			{do: "GET " + at + "/nosuch", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "GET " + at + "/nosuch/mappers", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
		}},
		{"ProviderAddressesAreChecked", "https, or an address of a private network; a name is never one", []step{
			{do: "POST " + at, body: `{"alias":"x","providerId":"oidc","config":{"tokenUrl":"http://idp.example/t"}}`, status: 400, want: `{"errorMessage":"The url [token_url] requires secure connections"}`},
			{do: "POST " + at, body: `{"alias":"x","providerId":"oidc","config":{"jwksUrl":"http://keycloak.svc/j"}}`, status: 400, want: `{"errorMessage":"The url [jwks_url] requires secure connections"}`},
			{do: "POST " + at, body: `{"alias":"x","providerId":"oidc","config":{"authorizationUrl":"idp.example"}}`, status: 400, want: `{"errorMessage":"The url [authorization_url] is malformed"}`},
			{do: "POST " + at, body: `{"alias":"x","providerId":"oidc","config":{"userInfoUrl":"ftp://x/y"}}`, status: 400, want: `{"errorMessage":"Invalid protocol/scheme for url [userinfo_url]"}`},
			{do: "POST " + at, body: `{"alias":"local","providerId":"oidc","config":{"tokenUrl":"http://127.0.0.1:1/t","logoutUrl":"http://localhost:1/l","jwksUrl":"http://10.0.0.1/j","issuer":"http://idp.example"}}`},
			{do: "DELETE " + at + "/local"},
		}},
		{"ProviderPutReplaces", "config as a whole and all the rest; the secret stays when it comes back masked and goes when it is left out", []step{
			{do: "PUT " + at + "/idp", body: `{"alias":"idp","providerId":"oidc","trustEmail":true,"config":` + config + `}`},
			{do: "PUT " + at + "/idp", body: `{"alias":"idp","providerId":"oidc","enabled":false,"config":{"clientId":"cid","clientSecret":"**********","syncMode":"FORCE"}}`},
			{do: "GET " + at + "/idp", want: `{"displayName":null,"trustEmail":false,"enabled":false,"config":{"clientSecret":"**********","syncMode":"FORCE","tokenUrl":null,"custom":null}}`},
			{do: "PUT " + at + "/idp", body: `{"alias":"idp","providerId":"oidc","config":{"clientId":"cid"}}`},
			{do: "GET " + at + "/idp", want: `{"enabled":true,"config":{"clientId":"cid","clientSecret":null,"syncMode":"LEGACY"}}`},
			{do: "PUT " + at + "/idp", body: `{"alias":"idp","providerId":"keycloak-oidc","config":{}}`},
			{do: "GET " + at + "/idp", want: `{"providerId":"oidc"}`},
			{do: "PUT " + at + "/idp", body: `{"alias":"idp","config":{}}`, status: 400, want: `{"errorMessage":"Invalid identity provider id [null]"}`},
			{do: "PUT " + at + "/nosuch", body: `{"alias":"nosuch","providerId":"oidc"}`, status: 404, want: `{"error":"HTTP 404 Not Found"}`},
		}},
	}
}

func providerMapperQuirks() []quirk {
	at := "identity-provider/instances"
	return []quirk{
		{"ProviderMappers", "a name twice is a bare 400, a missing field a 409; type, role and even the alias are not checked", []step{
			{do: "POST " + at + "/idp/mappers", body: `{"name":"m","identityProviderAlias":"idp","identityProviderMapper":"oidc-role-idp-mapper","config":{"role":"nosuch","claim":"groups","empty":""}}`, as: "pm"},
			{do: "GET " + at + "/idp/mappers/{pm}", want: `{"id":"{pm}","name":"m","identityProviderAlias":"idp","config":{"role":"nosuch","claim":"groups","empty":null,"syncMode":null}}`},
			{do: "POST " + at + "/idp/mappers", body: `{"name":"m","identityProviderAlias":"idp","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 400, want: `{"errorMessage":"Failed to add mapper 'm' to identity provider [oidc]."}`},
			{do: "POST " + at + "/idp/mappers", body: `{"name":"n","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 409, want: duplicate},
			{do: "POST " + at + "/idp/mappers", body: `{"name":"n","identityProviderAlias":"idp"}`, status: 409, want: duplicate},
			{do: "POST " + at + "/idp/mappers", body: `{"name":"n","identityProviderAlias":"idp","identityProviderMapper":"no-such-type"}`, as: "pn"},
			{do: "POST " + at + "/idp/mappers", body: `{"name":"m","identityProviderAlias":"elsewhere","identityProviderMapper":"oidc-role-idp-mapper"}`},
			{do: "GET " + at + "/idp/mappers", want: `[{"name":"m","identityProviderAlias":"idp"},{"name":"n","config":{}}]`},
		}},
		{"ProviderMapperPutNeedsTheID", "the body names the mapper; all of it is replaced, also its name", []step{
			{do: "PUT " + at + "/idp/mappers/{pm}", body: `{"name":"m","identityProviderAlias":"idp","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 500, want: crashed},
			{do: "PUT " + at + "/idp/mappers/{pm}", body: `{"id":"{pm}","name":"m2","identityProviderAlias":"idp","identityProviderMapper":"oidc-user-attribute-idp-mapper","config":{"claim":"x"}}`},
			{do: "GET " + at + "/idp/mappers/{pm}", want: `{"name":"m2","identityProviderMapper":"oidc-user-attribute-idp-mapper","config":{"claim":"x","role":null}}`},
			{do: "PUT " + at + "/idp/mappers/{pm}", body: `{"id":"{pm}","name":"n","identityProviderAlias":"idp","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 500, want: crashed},
			{do: "PUT " + at + "/idp/mappers/{pm}", body: `{"id":"{pm}","name":"m2","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 409, want: duplicate},
			{do: "PUT " + at + "/idp/mappers/nosuch", body: `{"id":"nosuch","name":"x","identityProviderAlias":"idp","identityProviderMapper":"oidc-role-idp-mapper"}`, status: 404, want: `{"error":"Model not found"}`},
			{do: "DELETE " + at + "/idp/mappers/{pn}"},
			{do: "DELETE " + at + "/idp/mappers/{pn}", status: 404, want: `{"error":"Model not found"}`},
		}},
		{"ProviderRenameAndDelete", "mappers do not follow a rename, and go with their provider", []step{
			{do: "PUT " + at + "/idp", body: `{"alias":"idp2","providerId":"oidc"}`},
			{do: "GET " + at + "/idp", status: 404},
			{do: "GET " + at + "/idp2/mappers", want: `[]`},
			{do: "PUT " + at + "/idp2", body: `{"alias":"idp","providerId":"oidc"}`},
			{do: "GET " + at + "/idp/mappers", want: `[{"name":"m2"}]`},
			{do: "DELETE " + at + "/idp"},
			{do: "DELETE " + at + "/idp", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "POST " + at, body: `{"alias":"idp","providerId":"oidc"}`},
			{do: "GET " + at + "/idp/mappers", want: `[]`},
		}},
		{"ProviderPutWithoutAliasLosesIt", "the provider stays in the list, out of reach", []step{
			{do: "PUT " + at + "/idp", body: `{"providerId":"oidc","displayName":"lost"}`},
			{do: "GET " + at + "/idp", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "GET " + at, want: `["...",{"alias":null,"displayName":"lost"}]`},
		}},
	}
}
