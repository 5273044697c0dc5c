package quirks

func errorQuirks() []quirk {
	return []quirk{
		{name: "InvalidBody", reason: "is a 422, once the caller may call at all", steps: []step{
			{do: "POST orgs", body: `{`, status: 422, want: `{"message":"[]: unexpected EOF"}`},
			{do: "POST orgs", body: `{"username":5}`, status: 422},
			{do: "POST orgs", body: `[]`, status: 422},
			{do: "POST orgs", status: 422, want: `{"message":"[]: Empty Content-Type"}`},
			{do: "PATCH orgs/{org}", want: `{"name":"{org}"}`},
			{do: "POST orgs/{tag}-none/repos", body: `{`, status: 404},
		}},
		{name: "InvalidNumbers", reason: "are ignored in queries, and not found in paths", steps: []step{
			{do: "GET orgs/{org}/teams?limit=x&page=-1", want: `[{"name":"Owners"}]`},
			{do: "GET orgs/{org}/teams?limit=0&page=0", want: `[{"name":"Owners"}]`},
			{do: "GET admin/users?q={tag}&is_admin=x", want: `[]`},
			{do: "GET teams/x", status: 404},
			{do: "GET teams/0", status: 404},
		}},
		{name: "WhatIsNot", reason: "an unknown path says so in text, an unknown method says nothing", steps: []step{
			{do: "GET nosuch", status: 404},
			{do: "DELETE orgs", status: 405},
			{do: "GET orgs/{org}/", status: 200, want: `{"name":"{org}"}`},
		}},
	}
}
