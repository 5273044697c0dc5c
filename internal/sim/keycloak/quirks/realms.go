package quirks

const crashed = `{"error":"unknown_error","error_description":"For more on this error consult the server log."}`

const duplicate = `{"error":"conflict","error_description":"Duplicate resource error"}`

func realmCreateQuirks() []quirk {
	own := "/admin/realms/{realm}-b"
	return []quirk{
		{"RealmIsBornDisabled", "a realm that is posted without enabled is off, and has its built-in objects", []step{
			{do: "DELETE " + own, status: -1},
			{do: "POST /admin/realms", body: `{"realm":"{realm}-b","id":"{tag}-b","attributes":{"mine":"1"}}`},
			{do: "GET " + own, want: `{"id":"{tag}-b","enabled":false,"sslRequired":"external","accessTokenLifespan":300,"displayName":null,"loginTheme":null,
				"loginWithEmailAllowed":true,"duplicateEmailsAllowed":false,"bruteForceProtected":false,"offlineSessionIdleTimeout":2592000,
				"defaultRole":{"name":"default-roles-{realm}-b","composite":true},"browserFlow":"browser","smtpServer":{},"eventsListeners":["jboss-logging"],
				"attributes":{"mine":"1","realmReusableOtpCode":"false","oauth2DeviceCodeLifespan":"600","cibaExpiresIn":"120"}}`},
			{do: "GET " + own + "/client-scopes", want: `[{"name":"email"},{"name":"profile"},{"name":"roles"},{"name":"web-origins"},{"name":"basic"},{"name":"acr"},{"name":"address"},
				{"name":"phone"},{"name":"microprofile-jwt"},{"name":"offline_access"},{"name":"organization"},{"name":"service_account"},{"name":"role_list","protocol":"saml"},{"name":"saml_organization"}]`},
			{do: "GET " + own + "/roles", want: `[{"name":"default-roles-{realm}-b","composite":true},{"name":"offline_access"},{"name":"uma_authorization"}]`},
			{do: "GET " + own + "/clients", exact: "account account-console admin-cli broker realm-management security-admin-console"},
			{do: "GET " + own + "/default-default-client-scopes", want: `[{"name":"role_list"},{"name":"saml_organization"},{"name":"profile"},{"name":"email"},{"name":"roles"},{"name":"web-origins"},{"name":"acr"},{"name":"basic"}]`},
			{do: "GET " + own + "/clients?clientId=realm-management", as: "rm", want: `[{"bearerOnly":true,"secret":null}]`},
			{do: "GET " + own + "/clients/{rm}/roles?search=view", want: `[{"name":"view-users","composite":true},{"name":"view-realm"},{"name":"view-clients"},{"name":"view-events"},{"name":"view-authorization"},{"name":"view-identity-providers"}]`},
		}},
		{"RealmNamesAreChecked", "each refusal has its own shape", []step{
			{do: "POST /admin/realms", body: `{"realm":"{realm}-b"}`, status: 409, want: `{"errorMessage":"Realm {realm}-b already exists"}`},
			{do: "POST /admin/realms", body: `{"realm":"{realm}-z","id":"{tag}-b"}`, status: 409, want: `{"errorMessage":"Duplicate resource error"}`},
			{do: "POST /admin/realms", body: `{}`, status: 400, want: `{"errorMessage":"Realm name cannot be empty"}`},
			{do: "POST /admin/realms", body: `{"realm":"sim/x"}`, status: 400, want: `{"error":"Character '/' not allowed."}`},
			{do: "POST /admin/realms", body: `{"realm":"{realm}-z","nosuch":1}`, status: 400, want: `{"errorMessage":"unable to read contents from stream"}`},
			{do: "POST /admin/realms", body: `{"realm":`, status: 400, want: `{"errorMessage":"unable to read contents from stream"}`},
			{do: "POST /admin/realms", body: `{"realm":"sim\"x"}`, status: 500, want: crashed},
			{do: "PUT " + own, body: `{"realm":""}`, status: 400, want: `{"errorMessage":"Realm name cannot be empty"}`},
			{do: "PUT " + own, body: `{"realm":"master"}`, status: 409, want: `{"errorMessage":"Realm with same name exists"}`},
			{do: "GET /admin/realms/{realm}-none", status: 404, want: `{"error":"Realm not found."}`},
		}},
		{"RealmPutKeepsWhatIsLeftOut", "null and a missing field are the same, the id cannot be changed", []step{
			{do: "PUT " + own, body: `{"displayName":"D","loginTheme":"keycloak","accessTokenLifespan":28800,"id":"other","enabled":true}`},
			{do: "PUT " + own, body: `{"displayName":null,"bruteForceProtected":true}`},
			{do: "PUT " + own, body: `{}`},
			{do: "GET " + own, want: `{"id":"{tag}-b","displayName":"D","loginTheme":"keycloak","accessTokenLifespan":28800,"bruteForceProtected":true,"enabled":true}`},
			{do: "PUT " + own, body: `{"displayName":"","loginTheme":"","sslRequired":"ALL","browserSecurityHeaders":{"xFrameOptions":"DENY"}}`},
			{do: "GET " + own, want: `{"displayName":"","loginTheme":"","sslRequired":"all","browserSecurityHeaders":{"xFrameOptions":"DENY","xRobotsTag":"none","contentSecurityPolicyReportOnly":""}}`},
		}},
	}
}

func realmUpdateQuirks() []quirk {
	own := "/admin/realms/{realm}-b"
	return []quirk{
		{"RealmAttributesAreReplaced", "attributes that are not sent are lost, and with them the fields that live there", []step{
			{do: "PUT " + own, body: `{"clientSessionIdleTimeout":7,"oauth2DeviceCodeLifespan":700,"failureFactor":9}`},
			{do: "GET " + own, want: `{"clientSessionIdleTimeout":7,"oauth2DeviceCodeLifespan":700,"attributes":{"mine":"1","clientSessionIdleTimeout":"7","oauth2DeviceCodeLifespan":"700"}}`},
			{do: "PUT " + own, body: `{"attributes":{"other":"2"}}`},
			{do: "GET " + own, want: `{"clientSessionIdleTimeout":0,"oauth2DeviceCodeLifespan":600,"failureFactor":9,
				"attributes":{"mine":null,"other":"2","realmReusableOtpCode":null,"clientSessionIdleTimeout":null,"oauth2DeviceCodeLifespan":"600","cibaInterval":"5"}}`},
		}},
		{"RealmPutIgnoresObjects", "roles, groups, clients and mappers inside a realm are not looked at", []step{
			{do: "PUT " + own, body: `{"roles":{"realm":[{"name":"inside"}]},"groups":[{"name":"inside"}],"clients":[{"clientId":"inside"}],"identityProviderMappers":[{"name":"inside"}]}`},
			{do: "GET " + own + "/roles/inside", status: 404},
			{do: "GET " + own + "/groups", want: `[]`},
			{do: "GET " + own + "/clients?clientId=inside", want: `[]`},
		}},
		{"RealmSettingsAreChecked", "unknown flows and kinds of TLS bring the request down; an address that many have is nothing to log in with", []step{
			{do: "PUT " + own, body: `{"browserFlow":"nosuch","displayName":"not this"}`, status: 500, want: `{"errorMessage":"Failed to update realm"}`},
			{do: "PUT " + own, body: `{"sslRequired":"nosuch"}`, status: 500, want: `{"errorMessage":"Failed to update realm"}`},
			{do: "GET " + own, want: `{"displayName":"","sslRequired":"all"}`},
			{do: "PUT " + own, body: `{"accessTokenLifespan":"abc"}`, status: 400, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "PUT " + own, body: `{"duplicateEmailsAllowed":true,"loginWithEmailAllowed":true}`},
			{do: "GET " + own, want: `{"duplicateEmailsAllowed":true,"loginWithEmailAllowed":false}`},
			{do: "PUT " + own, body: `{"registrationEmailAsUsername":true}`},
			{do: "GET " + own, want: `{"duplicateEmailsAllowed":false}`},
		}},
		{"RealmRenameAndDelete", "a realm is found under its new name only, and is gone when it was deleted", []step{
			{do: "PUT " + own, body: `{"realm":"{realm}-c"}`},
			{do: "GET " + own, status: 404},
			{do: "GET /admin/realms/{realm}-c", want: `{"id":"{tag}-b","realm":"{realm}-c","defaultRole":{"name":"default-roles-{realm}-b"}}`},
			{do: "DELETE /admin/realms/{realm}-c"},
			{do: "DELETE /admin/realms/{realm}-c", status: 404, want: `{"error":"Realm not found."}`},
		}},
	}
}

func errorQuirks() []quirk {
	return []quirk{
		{"BodiesAreChecked", "an unknown field is an error, and each kind of broken body has its own answer", []step{
			{do: "POST roles", body: `{"name":"e","nosuch":1}`, status: 400, want: `{"error":"{any}"}`},
			{do: "POST roles", body: `{"name":`, status: 400, want: `{"error":"invalid_request","error_description":"Cannot parse the JSON"}`},
			{do: "POST roles", body: `{"name":{}}`, status: 400, want: `{"error":"unknown_error","error_description":"Cannot parse the JSON"}`},
			{do: "POST roles", status: 500, want: crashed},
			{do: "POST roles", body: `{"name":"e"}`, raw: true, status: 415, want: `{"error":"The content-type header value did not match the value in @Consumes"}`},
			{do: "GET roles/e", status: 404},
		}},
		{"SlashesDoNotMatter", "one at the end or a doubled one is passed over", []step{
			{do: "POST roles/", body: `{"name":"slash"}`},
			{do: "GET //admin//realms/{realm}/roles/slash/", want: `{"name":"slash"}`},
		}},
		{"UnknownPathsAndMethods", "the realm is looked up first; an invalid number is a path that does not exist", []step{
			{do: "GET nosuch", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "GET /admin/realms/{realm}-none/nosuch", status: 404, want: `{"error":"Realm not found."}`},
			{do: "PATCH /admin/realms/{realm}", status: 405, want: `{"error":"HTTP 405 Method Not Allowed"}`},
			{do: "GET groups?max=many", status: 404, want: `{"error":"HTTP 404 Not Found"}`},
			{do: "GET /nosuch", status: 404, want: `{"error":"Unable to find matching target resource method"}`},
		}},
	}
}
