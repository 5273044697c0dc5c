package quirks

func scopeQuirks() []quirk {
	return []quirk{
		{"ScopeCreate", "names are unique and must be plain, the protocol must exist, an id may be chosen", []step{
			{do: "POST client-scopes", as: "sc", body: `{"name":"sc","protocol":"openid-connect","description":"d","attributes":{"a":"1","b":"2"},
				"protocolMappers":[{"name":"m","protocol":"openid-connect","protocolMapper":"no-such-type","config":{"x":""}}]}`},
			{do: "GET client-scopes/{sc}", want: `{"id":"{sc}","name":"sc","description":"d","protocol":"openid-connect","attributes":{"a":"1","b":"2"},
				"protocolMappers":[{"id":"{any}","name":"m","protocolMapper":"no-such-type","consentRequired":false,"config":{"x":null}}]}`},
			{do: "POST client-scopes", body: `{"name":"sc","protocol":"openid-connect"}`, status: 409, want: `{"errorMessage":"Client Scope sc already exists"}`},
			{do: "POST client-scopes", body: `{"name":"sc2"}`, status: 400, want: `{"errorMessage":"Unexpected protocol"}`},
			{do: "POST client-scopes", body: `{"name":"s c","protocol":"openid-connect"}`, status: 400, want: `{"errorMessage":"Unexpected name \"s c\" for ClientScope"}`},
			{do: "POST client-scopes", body: `{"protocol":"openid-connect"}`, status: 500, want: crashed},
			{do: "POST client-scopes", body: `{"name":"sc3","id":"{tag}-s","protocol":"openid-connect"}`, as: "chosen"},
			{do: "POST client-scopes", body: `{"name":"sc4","id":"an-id-of-more-than-thirty-six-characters","protocol":"openid-connect"}`, status: 500, want: crashed},
			{do: "GET client-scopes/{tag}-s", want: `{"name":"sc3","attributes":{},"protocolMappers":null}`},
		}},
		{"ScopePutIgnoresMappers", "fields and attributes are merged, mappers are not looked at", []step{
			{do: "PUT client-scopes/{sc}", body: `{"name":"sc","attributes":{"b":"3","c":"4"},"protocolMappers":[]}`},
			{do: "GET client-scopes/{sc}", want: `{"description":"d","attributes":{"a":"1","b":"3","c":"4"},"protocolMappers":[{"name":"m"}]}`},
			{do: "PUT client-scopes/{sc}", body: `{"name":"sc","description":"","attributes":{"a":""}}`},
			{do: "GET client-scopes/{sc}", want: `{"description":"","attributes":{"a":"","b":"3"}}`},
			{do: "PUT client-scopes/{sc}", body: `{"description":"no name"}`, status: 500, want: crashed},
			{do: "PUT client-scopes/{sc}", body: `{"name":"email"}`, status: 409, want: `{"errorMessage":"Client Scope email already exists"}`},
			{do: "PUT client-scopes/nosuch", body: `{"name":"x"}`, status: 404, want: `{"error":"Could not find client scope"}`},
		}},
		{"ScopeDelete", "a scope that clients have as default can be deleted; they lose it", []step{
			{do: "POST clients", body: `{"clientId":"sc-user","defaultClientScopes":["sc3","basic"]}`, as: "scu"},
			{do: "DELETE client-scopes/{chosen}"},
			{do: "DELETE client-scopes/{chosen}", status: 404, want: `{"error":"Could not find client scope"}`},
			{do: "GET clients/{scu}", want: `{"defaultClientScopes":["basic"],"optionalClientScopes":[]}`},
		}},
	}
}

func mapperQuirks() []quirk {
	models := "client-scopes/{ms}/protocol-mappers/models"
	return []quirk{
		{"MapperConfigIsCompleted", "introspection follows the access token and userinfo the id token, at the address of the mapper only", []step{
			{do: "POST client-scopes", body: `{"name":"ms","protocol":"openid-connect"}`, as: "ms"},
			{do: "POST " + models, body: `{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-usermodel-realm-role-mapper","config":{"claim.name":"g","access.token.claim":"true","id.token.claim":"false","empty":""}}`, as: "ma"},
			{do: "GET " + models + "/{ma}", want: `{"consentRequired":false,"config":{"claim.name":"g","access.token.claim":"true","introspection.token.claim":"true","id.token.claim":"false","userinfo.token.claim":"false","empty":null}}`},
			{do: "GET client-scopes/{ms}", want: `{"protocolMappers":[{"name":"a","config":{"access.token.claim":"true","introspection.token.claim":null,"userinfo.token.claim":null,"empty":null}}]}`},
			{do: "POST " + models, body: `{"name":"b","protocol":"openid-connect","protocolMapper":"oidc-usermodel-property-mapper","config":{"id.token.claim":"true","userinfo.token.claim":"false"}}`, as: "mb"},
			{do: "GET " + models + "/{mb}", want: `{"config":{"userinfo.token.claim":"false","introspection.token.claim":null,"access.token.claim":null}}`},
			{do: "POST " + models, body: `{"name":"c","protocol":"openid-connect","protocolMapper":"oidc-audience-resolve-mapper","config":{"id.token.claim":"true"}}`, as: "mc"},
			{do: "GET " + models + "/{mc}", want: `{"config":{"access.token.claim":"true","introspection.token.claim":"true","userinfo.token.claim":null}}`},
			{do: "POST " + models, body: `{"name":"d","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, as: "md"},
			{do: "GET " + models + "/{md}", want: `{"config":{"access.token.claim":null}}`},
		}},
		{"MapperCreateIsChecked", "names are unique; a missing name looks like a conflict", []step{
			{do: "POST " + models, body: `{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, status: 409, want: `{"errorMessage":"Protocol mapper exists with same name"}`},
			{do: "POST " + models, body: `{"name":"x","protocol":"openid-connect","protocolMapper":"no-such-type"}`, status: 404, want: `{"error":"ProtocolMapper provider not found"}`},
			{do: "POST " + models, body: `{"protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, status: 409, want: duplicate},
			{do: "POST " + models, body: `{"name":"x","protocolMapper":"oidc-sub-mapper"}`, status: 409, want: duplicate},
		}},
		{"MapperPutNeedsTheID", "the body names the mapper, its config is replaced, its name and protocol stay", []step{
			{do: "PUT " + models + "/{ma}", body: `{"id":"{ma}","name":"renamed","protocol":"saml","protocolMapper":"oidc-usermodel-attribute-mapper","config":{"claim.name":"h"}}`},
			{do: "GET " + models + "/{ma}", want: `{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-usermodel-attribute-mapper","config":{"claim.name":"h","access.token.claim":null}}`},
			{do: "PUT " + models + "/{ma}", body: `{"id":"{ma}","name":"a","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`},
			{do: "GET " + models + "/{ma}", want: `{"protocolMapper":"oidc-sub-mapper","config":{"claim.name":null}}`},
			{do: "PUT " + models + "/{ma}", body: `{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, status: 500, want: crashed},
			{do: "PUT " + models + "/{ma}", body: `{"id":"{mb}","name":"a","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper","config":{"q":"1"}}`},
			{do: "GET " + models, want: `[{"name":"a","config":{"q":null}},{"name":"b","config":{"q":"1"}},{"name":"c"},{"name":"d"}]`},
			{do: "PUT " + models + "/nosuch", body: `{"id":"{ma}","protocolMapper":"oidc-sub-mapper"}`, status: 404, want: `{"error":"Model not found"}`},
			{do: "DELETE " + models + "/{ma}"},
			{do: "DELETE " + models + "/{ma}", status: 404, want: `{"error":"Model not found"}`},
			{do: "GET client-scopes/nosuch/protocol-mappers/models", status: 404, want: `{"error":"Could not find client scope"}`},
		}},
	}
}

func innerMapperQuirks() []quirk {
	return []quirk{
		{"MappersOfNoTypeAreHidden", "they are stored, and shown only inside their client or scope", []step{
			{do: "POST clients", as: "notype", body: `{"clientId":"notype","protocolMappers":[{"id":"{tag}-n","name":"n","protocol":"openid-connect","protocolMapper":"no-such-type"}]}`},
			{do: "GET clients/{notype}", want: `{"protocolMappers":[{"name":"n"}]}`},
			{do: "GET clients/{notype}/protocol-mappers/models", want: `[]`},
			{do: "GET clients/{notype}/protocol-mappers/models/{tag}-n", status: 404, want: `{"error":"Protocol mapper provider not found"}`},
			{do: "POST clients/{notype}/protocol-mappers/models", body: `{"name":"n","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, status: 409, want: `{"errorMessage":"Protocol mapper exists with same name"}`},
			{do: "DELETE clients/{notype}/protocol-mappers/models/{tag}-n"},
			{do: "GET clients/{notype}", want: `{"protocolMappers":null}`},
		}},
		{"MapperConfigInsideIsHalfCompleted", "inside a new client or scope userinfo is stored with what the id token says; inside a PUT nothing is", []step{
			{do: "POST client-scopes", as: "half", body: `{"name":"half","protocol":"openid-connect","protocolMappers":[{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-usermodel-realm-role-mapper","config":{"access.token.claim":"true","id.token.claim":"true"}}]}`},
			{do: "GET client-scopes/{half}", want: `{"protocolMappers":[{"config":{"userinfo.token.claim":"true","introspection.token.claim":null}}]}`},
			{do: "POST clients", as: "halfc", body: `{"clientId":"half","protocolMappers":[{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-audience-resolve-mapper","config":{"id.token.claim":"true"}}]}`},
			{do: "GET clients/{halfc}", want: `{"protocolMappers":[{"config":{"userinfo.token.claim":"true","access.token.claim":null,"introspection.token.claim":null}}]}`},
			{do: "PUT clients/{halfc}", body: `{"protocolMappers":[{"name":"a","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper","config":{"id.token.claim":"true","access.token.claim":"true"}}]}`},
			{do: "GET clients/{halfc}", want: `{"protocolMappers":[{"config":{"userinfo.token.claim":null,"introspection.token.claim":null}}]}`},
		}},
		{"ClientMappersHaveTheirOwnEndpoint", "the same rules hold for the mappers of a client", []step{
			{do: "POST clients", body: `{"clientId":"mapped"}`, as: "mapped"},
			{do: "GET clients/{mapped}/protocol-mappers/models", want: `[]`},
			{do: "POST clients/{mapped}/protocol-mappers/models", body: `{"name":"email","protocol":"openid-connect","protocolMapper":"oidc-usermodel-property-mapper","config":{"id.token.claim":"true"}}`, as: "cm"},
			{do: "POST clients/{mapped}/protocol-mappers/models", body: `{"name":"email","protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"}`, status: 409, want: `{"errorMessage":"Protocol mapper exists with same name"}`},
			{do: "PUT clients/{mapped}/protocol-mappers/models/{cm}", body: `{"id":"{cm}","name":"email","protocol":"openid-connect","protocolMapper":"oidc-usermodel-property-mapper","config":{"claim.name":"y"}}`},
			{do: "GET clients/{mapped}/protocol-mappers/models/{cm}", want: `{"config":{"claim.name":"y","id.token.claim":null}}`},
			{do: "DELETE clients/{mapped}/protocol-mappers/models/{cm}"},
			{do: "GET clients/{mapped}/protocol-mappers/models/{cm}", status: 404, want: `{"error":"Model not found"}`},
			{do: "GET clients/nosuch/protocol-mappers/models", status: 404, want: `{"error":"Could not find client"}`},
		}},
	}
}
