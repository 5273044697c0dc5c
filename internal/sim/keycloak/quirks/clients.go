package quirks

func clientCreateQuirks() []quirk {
	return []quirk{
		{"ClientDefaults", "a client has a secret and the realm's scopes when it asks for nothing", []step{
			{do: "POST clients", body: `{"clientId":"min"}`, as: "min"},
			{do: "GET clients/{min}", want: `{"clientId":"min","enabled":true,"secret":"{any}","publicClient":false,"bearerOnly":false,"standardFlowEnabled":true,"implicitFlowEnabled":false,
				"directAccessGrantsEnabled":false,"serviceAccountsEnabled":false,"authorizationServicesEnabled":null,"protocol":"openid-connect","fullScopeAllowed":true,"redirectUris":[],"webOrigins":[],
				"protocolMappers":null,"nodeReRegistrationTimeout":-1,"attributes":{"realm_client":"false","client.secret.creation.time":"{any}","backchannel.logout.session.required":null},
				"defaultClientScopes":["web-origins","acr","profile","roles","basic","email"],"optionalClientScopes":["address","phone","offline_access","organization","microprofile-jwt"],"access":{"manage":true}}`},
			{do: "POST clients", body: `{"clientId":"given","secret":"given"}`, as: "givensecret"},
			{do: "GET clients/{givensecret}", want: `{"secret":"given","attributes":{"client.secret.creation.time":null}}`},
			{do: "GET clients/{givensecret}/client-secret", want: `{"type":"secret","value":"given"}`},
			{do: "POST clients", body: `{"clientId":"{tag}-id","id":"{tag}-id"}`, as: "chosenid"},
			{do: "GET clients/{tag}-id", want: `{"id":"{tag}-id"}`},
			{do: "POST clients", body: `{"clientId":"other","id":"{tag}-id"}`, status: 409, want: duplicate},
		}},
		{"ClientWithAProtocolIsBornPublic", "who names the protocol gets a public client with direct grants, whatever the secret, unless publicClient is false", []step{
			{do: "POST clients", body: `{"clientId":"proto","protocol":"openid-connect","secret":"given"}`, as: "proto"},
			{do: "GET clients/{proto}", want: `{"publicClient":true,"directAccessGrantsEnabled":true,"secret":null,"attributes":{"client.secret.creation.time":null,"backchannel.logout.session.required":"true"}}`},
			{do: "POST clients", as: "proto2", body: `{"clientId":"proto2","protocol":"openid-connect","publicClient":false,"directAccessGrantsEnabled":false,"rootUrl":"https://root.example/x","attributes":{"backchannel.logout.session.required":"false"}}`},
			{do: "GET clients/{proto2}", want: `{"publicClient":false,"secret":"{any}","directAccessGrantsEnabled":false,"adminUrl":"https://root.example/x","redirectUris":["https://root.example/x/*"],
				"webOrigins":["https://root.example"],"attributes":{"backchannel.logout.session.required":"true"}}`},
			{do: "POST clients", body: `{"clientId":"proto3","protocol":"openid-connect","serviceAccountsEnabled":true,"authorizationServicesEnabled":true}`, status: 500, want: crashed},
			{do: "POST clients", body: `{"clientId":"proto3","protocol":"nosuch"}`, status: 500, want: crashed},
		}},
		{"ClientCreateIsChecked", "ids are unique and tell case apart; addresses are checked", []step{
			{do: "POST clients", body: `{"clientId":"min"}`, status: 409, want: `{"errorMessage":"Client min already exists"}`},
			{do: "POST clients", body: `{"clientId":"MIN"}`},
			{do: "POST clients", body: `{"clientId":""}`, status: 400, want: `{"error":"invalid_input","error_description":"Client ID cannot be blank"}`},
			{do: "POST clients", body: `{"clientId":"bad","redirectUris":["javascript:x","http://a b/"]}`, status: 400, want: `{"error":"invalid_input","error_description":"A redirect URI is not a valid URI; A redirect URI uses an illegal scheme"}`},
			{do: "POST clients", body: `{"clientId":"bad","redirectUris":["https://a/#x"]}`, status: 400, want: `{"error_description":"Redirect URIs must not contain an URI fragment"}`},
			{do: "POST clients", body: `{"clientId":"bad","protocolMappers":[{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"},{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}]}`, status: 409, want: `{"errorMessage":"Client bad already exists"}`},
			{do: "POST clients", body: `{"clientId":"bad","authorizationServicesEnabled":true}`, status: 500, want: crashed},
			{do: "GET clients/nosuch", status: 404, want: `{"error":"Could not find client"}`},
			{do: "PUT clients/nosuch", body: `{}`, status: 404, want: `{"error":"Could not find client"}`},
		}},
		{"ClientLists", "clients are sorted, an id is exact unless it is searched for, built-in ones cannot be deleted", []step{
			{do: "GET clients?clientId=mi", want: `[]`},
			{do: "GET clients?clientId=MIN", exact: "MIN"},
			{do: "GET clients?clientId=MI&search=true", want: `["...",{"clientId":"MIN"},{"clientId":"min"},{"clientId":"admin-cli"}]`},
			{do: "GET clients?first=1&max=2", exact: "account account-console"},
			{do: "GET clients?clientId=account", as: "account"},
			{do: "DELETE clients/{account}", status: 400, want: `{"error":"invalid_request","error_description":"Could not delete client"}`},
		}},
	}
}

func clientUpdateQuirks() []quirk {
	return []quirk{
		{"ClientPutKeepsWhatIsLeftOut", "simple fields stay, the id stays, a name that another has is refused", []step{
			{do: "POST clients", as: "full", body: `{"clientId":"full","secret":"s3cret","redirectUris":["https://a.example/*"],"implicitFlowEnabled":true,"attributes":{"a":"1","b":"2"},
				"protocolMappers":[{"name":"email","protocol":"openid-connect","protocolMapper":"oidc-usermodel-property-mapper","config":{"id.token.claim":"true"}}]}`},
			{do: "PUT clients/{full}", body: `{"id":"other","description":"d"}`},
			{do: "GET clients/{full}", want: `{"clientId":"full","description":"d","implicitFlowEnabled":true,"redirectUris":["https://a.example/*"],"protocolMappers":[{"name":"email","config":{"userinfo.token.claim":"true"}}]}`},
			{do: "PUT clients/{full}", body: `{"clientId":"min"}`, status: 409, want: duplicate},
			{do: "PUT clients/{full}", body: `{"redirectUris":["javascript:x"]}`, status: 400, want: `{"error":"invalid_input","error_description":"A redirect URI uses an illegal scheme"}`},
		}},
		{"ClientAttributesAreMerged", "an attribute goes away when it is sent empty", []step{
			{do: "PUT clients/{full}", body: `{"attributes":{"c":"3"}}`},
			{do: "GET clients/{full}", want: `{"attributes":{"a":"1","b":"2","c":"3","realm_client":"false"}}`},
			{do: "PUT clients/{full}", body: `{"attributes":{"a":"","b":null}}`},
			{do: "GET clients/{full}", want: `{"attributes":{"a":null,"b":null,"c":"3"}}`},
		}},
		{"ClientPutReplacesMappers", "mappers inside a client are all of them; one of the same name keeps its id", []step{
			{do: "PUT clients/{full}", body: `{"protocolMappers":[{"id":"{tag}-m","name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper","config":{"q":"1"}}]}`},
			{do: "GET clients/{full}", want: `{"protocolMappers":[{"id":"{tag}-m","name":"b","config":{"q":"1"}}]}`},
			{do: "PUT clients/{full}", body: `{"protocolMappers":[{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper","config":{"q":"2"}}]}`},
			{do: "GET clients/{full}", want: `{"protocolMappers":[{"id":"{tag}-m","config":{"q":"2"}}]}`},
			{do: "PUT clients/{full}", status: 409, body: `{"protocolMappers":[{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"},{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}]}`, want: `{"errorMessage":"Client already exists"}`},
			{do: "PUT clients/{full}", body: `{"protocolMappers":[]}`},
			{do: "GET clients/{full}", want: `{"protocolMappers":null}`},
		}},
	}
}

func clientKindQuirks() []quirk {
	return []quirk{
		{"WebOriginsFollowRedirects", "only at creation, or while there are none", []step{
			{do: "POST clients", body: `{"clientId":"origins","redirectUris":["https://a.example/*","https://a.example/x","http://b.example:8443/cb","/relative/*","*","custom://c/d","HTTPS://up/x"]}`, as: "origins"},
			{do: "GET clients/{origins}", want: `{"webOrigins":["https://a.example","http://b.example:8443"]}`},
			{do: "PUT clients/{origins}", body: `{"redirectUris":["https://z.example/*"]}`},
			{do: "GET clients/{origins}", want: `{"redirectUris":["https://z.example/*"],"webOrigins":["https://a.example","http://b.example:8443"]}`},
			{do: "PUT clients/{origins}", body: `{"redirectUris":["https://q.example/*"],"webOrigins":[]}`},
			{do: "GET clients/{origins}", want: `{"webOrigins":[]}`},
			{do: "PUT clients/{origins}", body: `{"redirectUris":["https://y.example/*"]}`},
			{do: "GET clients/{origins}", want: `{"webOrigins":["https://y.example"]}`},
			{do: "POST clients", body: `{"clientId":"noorigins","redirectUris":["https://a.example/*"],"webOrigins":[]}`, as: "noorigins"},
			{do: "GET clients/{noorigins}", want: `{"webOrigins":[]}`},
		}},
		{"SecretFollowsTheKindOfClient", "kept when it is left out, gone for a public client, new when it becomes confidential again; asterisks are a secret", []step{
			{do: "PUT clients/{full}", body: `{"secret":null}`},
			{do: "GET clients/{full}", want: `{"secret":"s3cret"}`},
			{do: "PUT clients/{full}", body: `{"secret":"**********"}`},
			{do: "GET clients/{full}", want: `{"secret":"**********"}`},
			{do: "PUT clients/{full}", body: `{"publicClient":true}`},
			{do: "GET clients/{full}", want: `{"publicClient":true,"secret":null}`},
			{do: "GET clients/{full}/client-secret", want: `{"type":"secret","value":null}`},
			{do: "PUT clients/{full}", body: `{"publicClient":false}`},
			{do: "GET clients/{full}", want: `{"secret":"{any}","attributes":{"client.secret.creation.time":"{any}"}}`},
			{do: "POST clients/{full}/client-secret", status: 200, want: `{"type":"secret","value":"{any}"}`},
			{do: "POST clients", body: `{"clientId":"bearer","bearerOnly":true,"secret":"x"}`, as: "bearer"},
			{do: "GET clients/{bearer}", want: `{"secret":null}`},
		}},
	}
}

func clientPartQuirks() []quirk {
	return []quirk{
		{"AuthorizationIsSwitchedOff", "a PUT that does not say it is on switches it off, and all its settings are lost", []step{
			{do: "POST clients", body: `{"clientId":"authz","serviceAccountsEnabled":true,"authorizationServicesEnabled":true}`, as: "authz"},
			{do: "GET clients/{authz}/authz/resource-server", want: `{"policyEnforcementMode":"ENFORCING","allowRemoteResourceManagement":true,"decisionStrategy":"UNANIMOUS"}`},
			{do: "GET clients/{authz}/authz/resource-server/resource", want: `[{"name":"Default Resource","type":"urn:authz:resources:default","uris":["/*"]}]`},
			{do: "GET clients/{authz}/roles", want: `[{"name":"uma_protection"}]`},
			{do: "PUT clients/{authz}/authz/resource-server", body: `{"policyEnforcementMode":"PERMISSIVE"}`, status: 409, want: duplicate},
			{do: "PUT clients/{authz}/authz/resource-server", body: `{"policyEnforcementMode":"PERMISSIVE","decisionStrategy":"UNANIMOUS"}`},
			{do: "POST clients/{authz}/authz/resource-server/resource", body: `{"name":"R2","uris":["/x"]}`, want: `{"name":"R2","_id":"{any}"}`},
			{do: "POST clients/{authz}/authz/resource-server/resource", body: `{"name":"R2"}`, status: 409, want: `{"error_description":"Resource with name [R2] already exists."}`},
			{do: "PUT clients/{authz}", body: `{"authorizationServicesEnabled":true,"description":"kept"}`},
			{do: "GET clients/{authz}/authz/resource-server", want: `{"policyEnforcementMode":"PERMISSIVE"}`},
			{do: "GET clients/{authz}", want: `{"authorizationServicesEnabled":true}`},
			{do: "PUT clients/{authz}", body: `{"description":"lost"}`},
			{do: "GET clients/{authz}", want: `{"authorizationServicesEnabled":null}`},
			{do: "GET clients/{authz}/authz/resource-server", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "PUT clients/{authz}", body: `{"authorizationServicesEnabled":true}`},
			{do: "GET clients/{authz}/authz/resource-server", want: `{"policyEnforcementMode":"ENFORCING"}`},
			{do: "GET clients/{authz}/authz/resource-server/resource", want: `[{"name":"Default Resource"}]`},
			{do: "PUT clients/{authz}", body: `{"authorizationServicesEnabled":true,"serviceAccountsEnabled":false}`, status: 500, want: crashed},
			{do: "GET clients/{authz}", want: `{"authorizationServicesEnabled":true,"serviceAccountsEnabled":true}`},
		}},
		{"ServiceAccount", "it brings a user and a scope along; the scope comes back with every PUT that names it, the user follows a rename", []step{
			{do: "POST clients", body: `{"clientId":"Svc","serviceAccountsEnabled":true}`, as: "svc"},
			{do: "GET clients/{svc}/service-account-user", as: "svcuser", want: `{"username":"service-account-svc","enabled":true}`},
			{do: "GET clients/{svc}", want: `{"defaultClientScopes":["...","service_account","basic"]}`},
			{do: "GET client-scopes", want: `["...",{"name":"service_account"}]`},
			{do: "PUT clients/{svc}", body: `{"clientId":"Svc2"}`},
			{do: "GET clients/{svc}/service-account-user", want: `{"id":"{svcuser}","username":"service-account-svc2"}`},
			{do: "PUT clients/{svc}", body: `{"serviceAccountsEnabled":false}`},
			{do: "GET clients/{svc}", want: `{"defaultClientScopes":["web-origins","acr","profile","roles","basic","email"]}`},
			{do: "GET clients/{svc}/service-account-user", status: 400, want: `{"error":"Service account not enabled for the client 'Svc2'"}`},
			{do: "GET users/{svcuser}", status: 404},
		}},
		{"ClientDelete", "its roles leave the groups that have them", []step{
			{do: "GET clients/{authz}/roles", as: "uma"},
			{do: "POST groups", body: `{"name":"client-role-holder"}`, as: "crh"},
			{do: "POST groups/{crh}/role-mappings/clients/{authz}", body: `[{"id":"{uma}","name":"uma_protection"}]`, status: 204},
			{do: "GET groups/{crh}", want: `{"clientRoles":{"authz":["uma_protection"]}}`},
			{do: "DELETE clients/{authz}"},
			{do: "DELETE clients/{authz}", status: 404, want: `{"error":"Could not find client"}`},
			{do: "GET groups/{crh}", want: `{"clientRoles":{"authz":null}}`},
			{do: "DELETE groups/{crh}"},
		}},
	}
}

func assignmentQuirks() []quirk {
	return []quirk{
		{"ScopesAreSetAtCreation", "a PUT of the client does not look at them; naming one kind empties the other", []step{
			{do: "POST clients", body: `{"clientId":"ks","defaultClientScopes":["email","nosuch"],"optionalClientScopes":["email","phone"]}`, as: "ks"},
			{do: "GET clients/{ks}", want: `{"defaultClientScopes":["email"],"optionalClientScopes":["phone"]}`},
			{do: "PUT clients/{ks}", body: `{"defaultClientScopes":["basic"],"optionalClientScopes":[]}`},
			{do: "GET clients/{ks}", want: `{"defaultClientScopes":["email"],"optionalClientScopes":["phone"]}`},
			{do: "POST clients", body: `{"clientId":"ks2","optionalClientScopes":["phone"]}`, as: "ks2"},
			{do: "GET clients/{ks2}", want: `{"defaultClientScopes":[],"optionalClientScopes":["phone"]}`},
			{do: "POST clients", body: `{"clientId":"ks3","defaultClientScopes":[]}`, as: "ks3"},
			{do: "GET clients/{ks3}", want: `{"defaultClientScopes":[],"optionalClientScopes":[]}`},
		}},
		{"UnknownScopesArePassedOver", "a client that names scopes without basic has none", []step{
			{do: "POST clients", body: `{"clientId":"k5","defaultClientScopes":["nosuch","profile"]}`, as: "k5"},
			{do: "GET clients/{k5}", want: `{"defaultClientScopes":["profile"]}`},
		}},
		{"OptionalMustGoFirst", "a scope that is on the other list stays there while the server answers 204; DELETE takes it from either", []step{
			{do: "POST clients", body: `{"clientId":"k4"}`, as: "k4"},
			{do: "POST client-scopes", body: `{"name":"k4scope","protocol":"openid-connect"}`, as: "k4scope"},
			{do: "PUT clients/{k4}/default-client-scopes/{k4scope}"},
			{do: "PUT clients/{k4}/default-client-scopes/{k4scope}", body: `{}`},
			{do: "GET clients/{k4}/default-client-scopes", want: `["...",{"id":"{k4scope}","name":"k4scope","protocol":null}]`},
			{do: "PUT clients/{k4}/optional-client-scopes/{k4scope}"},
			{do: "GET clients/{k4}", want: `{"defaultClientScopes":["...","k4scope"],"optionalClientScopes":["address","phone","offline_access","organization","microprofile-jwt"]}`},
			{do: "DELETE clients/{k4}/optional-client-scopes/{k4scope}"},
			{do: "GET clients/{k4}", want: `{"defaultClientScopes":["web-origins","acr","profile","roles","basic","email"]}`},
			{do: "PUT clients/{k4}/optional-client-scopes/{k4scope}"},
			{do: "PUT clients/{k4}/default-client-scopes/{k4scope}"},
			{do: "GET clients/{k4}/optional-client-scopes", want: `["...",{"name":"k4scope"}]`},
			{do: "DELETE clients/{k4}/default-client-scopes/{k4scope}"},
			{do: "PUT clients/{k4}/default-client-scopes/{k4scope}"},
			{do: "GET clients/{k4}/default-client-scopes", want: `["...",{"name":"k4scope"}]`},
			{do: "PUT clients/{k4}/default-client-scopes/nosuch", status: 404, want: `{"error":"Client scope not found"}`},
			{do: "DELETE clients/{k4}/default-client-scopes/nosuch", status: 404, want: `{"error":"Client scope not found"}`},
		}},
	}
}
