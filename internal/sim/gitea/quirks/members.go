package quirks

func memberQuirks() []quirk {
	return []quirk{
		{name: "MembersComeAndGoTwice", reason: "neither is an error; names fold case", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-Ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`, as: "ann"},
			{do: "POST admin/users", body: `{"username":"{tag}-bob","email":"{tag}-bob@example.com","password":"{password}","must_change_password":false}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"dev","units_map":{"repo.code":"write"}}`, as: "dev"},
			{do: "POST orgs/{org}/teams", body: `{"name":"ops","units_map":{"repo.code":"write"}}`, as: "ops"},
			{do: "PUT teams/{dev}/members/{tag}-ANN"}, {do: "PUT teams/{dev}/members/{tag}-ann"},
			{do: "PUT teams/{dev}/members/{tag}-bob"}, {do: "PUT teams/{ops}/members/{tag}-bob"},
			{do: "GET teams/{dev}/members", exact: "{tag}-Ann {tag}-bob", count: "2", want: `[{"id":{ann},"email":"{tag}-ann@example.com","is_admin":false,"active":true},{}]`},
			{do: "GET teams/{dev}/members/{tag}-aNN", want: `{"login":"{tag}-Ann"}`},
			{do: "GET teams/{ops}/members/{tag}-ann", status: 404, want: `{"message":"not found"}`},
			{do: "DELETE teams/{ops}/members/{tag}-ann"},
		}},
		{name: "UnknownMember", reason: "differs from an unknown team", steps: []step{
			{do: "PUT teams/{dev}/members/{tag}-none", status: 404, want: `{"message":"GetUserByName","errors":["user does not exist [uid: 0, name: {tag}-none]"]}`},
			{do: "DELETE teams/{dev}/members/{tag}-none", status: 404},
			{do: "PUT teams/999999999/members/{tag}-ann", status: 404, want: `{"message":"not found","errors":null}`},
			{do: "PUT teams/{dev}/members/{org}"}, {do: "GET teams/{dev}/members/{org}", want: `{"login":"{org}"}`}, // no user at all
			{do: "DELETE teams/{dev}/members/{org}"},
		}},
		{name: "MemberRights", reason: "of the team see its members, others do not", steps: []step{
			{do: "GET teams/{dev}/members", by: "user {tag}-ann", exact: "{tag}-Ann {tag}-bob"},
			{do: "GET teams/{ops}/members", by: "user {tag}-ann", status: 403, want: `{"message":"Must be a team member"}`},
			{do: "PUT teams/{dev}/members/{tag}-ann", by: "user {tag}-ann", status: 404},
			{do: "GET user/orgs", by: "user {tag}-ann", exact: "{org}", count: "1"},
		}},
		{name: "LeavingTheLastTeam", reason: "is leaving the organisation", steps: []step{
			{do: "DELETE teams/{dev}/members/{tag}-bob"}, {do: "GET user/orgs", by: "user {tag}-bob", exact: "{org}"},
			{do: "DELETE teams/{ops}"}, {do: "GET user/orgs", by: "user {tag}-bob", want: `[]`, count: "0"},
			{do: "GET teams/{dev}/members", exact: "{tag}-Ann", count: "1"},
			{do: "DELETE admin/users/{tag}-ann", status: 422, want: `{"message":"user still has membership of organizations [uid: {ann}]"}`},
			{do: "DELETE admin/users/{tag}-ann?purge=true"},
			{do: "GET teams/{dev}/members", want: `[]`, count: "0"},
		}},
	}
}
