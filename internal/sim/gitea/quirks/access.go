package quirks

func teamRepositoryQuirks() []quirk {
	return []quirk{
		{name: "TeamsOfARepositoryFromBothSides", reason: "the side of the team may say it twice, the side of the repository may not", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"one","private":true}`, as: "one"},
			{do: "POST orgs/{org}/repos", body: `{"name":"two","private":true}`},
			{do: "POST orgs/{org}/teams", body: `{"name":"dev","units_map":{"repo.code":"write"}}`, as: "dev"},
			{do: "POST orgs/{org}/teams", body: `{"name":"All","includes_all_repositories":true,"units_map":{"repo.code":"read"}}`, as: "all-team"},
			{do: "PUT teams/{dev}/repos/{org}/ONE"}, {do: "PUT teams/{dev}/repos/{org}/one"},
			{do: "PUT repos/{org}/one/teams/DEV", status: 422, want: `{"message":"team 'dev' is already added to repo"}`},
			{do: "PUT repos/{org}/two/teams/dev"},
			{do: "GET teams/{dev}/repos", exact: "one two", count: "2", want: `[{"permissions":{"admin":true}},{}]`},
			{do: "GET repos/{org}/one/teams", want: `[{"name":"Owners"},{"name":"All"},{"name":"dev","organization":null}]`, exact: "Owners All dev"},
			{do: "GET repos/{org}/one/teams/Dev", want: `{"name":"dev"}`},
			{do: "DELETE repos/{org}/two/teams/dev"},
			{do: "DELETE repos/{org}/two/teams/dev", status: 422, want: `{"message":"team 'dev' was not added to repo"}`},
			{do: "GET repos/{org}/two/teams/dev", status: 404, want: `{"message":"not found"}`},
			{do: "DELETE teams/{dev}/repos/{org}/two"},
			{do: "PUT repos/{org}/one/teams/nosuch", status: 404, want: `{"message":"team does not exist [org_id {orgid}, team_id 0, name: nosuch]"}`},
			{do: "GET repos/{org}/one/teams/nosuch", status: 404},
		}},
		{name: "OrganizationInThePathIsNotLookedAt", reason: "the team's own is meant", steps: []step{
			{do: "PUT teams/{dev}/repos/{tag}-none/two"},
			{do: "GET teams/{dev}/repos", exact: "one two"},
			{do: "DELETE teams/{dev}/repos/{tag}-none/two"},
			{do: "PUT teams/{dev}/repos/{org}/nosuch", status: 404, want: `{"message":"not found"}`},
			{do: "DELETE teams/{dev}/repos/{org}/nosuch", status: 404},
			{do: "PUT teams/999999999/repos/{org}/one", status: 404},
		}},
		{name: "TeamOfAllRepositories", reason: "cannot lose one, and one that was made so stays with all when it stops", steps: []step{
			{do: "DELETE teams/{all-team}/repos/{org}/one"},
			{do: "DELETE repos/{org}/one/teams/all"},
			{do: "GET repos/{org}/one/teams", exact: "Owners All dev"},
			{do: "POST orgs/{org}/repos", body: `{"name":"three"}`},
			{do: "GET teams/{all-team}/repos", exact: "one three two", count: "3"},
			{do: "PATCH teams/{all-team}", body: `{"includes_all_repositories":false,"permission":"read"}`},
			{do: "GET teams/{all-team}/repos", count: "3"},
			{do: "POST orgs/{org}/repos", body: `{"name":"four"}`},
			{do: "GET teams/{all-team}/repos", exact: "one three two", count: "3"},
			{do: "PATCH teams/{all-team}", body: `{"includes_all_repositories":true,"permission":"read"}`},
			{do: "GET teams/{all-team}/repos", exact: "four one three two", count: "4"},
			{do: "DELETE repos/{org}/four"}, {do: "GET teams/{all-team}/repos", exact: "one three two", count: "3"},
		}},
	}
}

func permissionQuirks() []quirk {
	at := "GET repos/{org}/one/collaborators/{tag}-ANN/permission"
	return []quirk{
		{name: "RightsComeFromTeams", reason: "permission names only the coarse right, the units decide what the repository shows", steps: []step{
			{do: "POST admin/users", body: `{"username":"{tag}-ann","email":"{tag}-ann@example.com","password":"{password}","must_change_password":false}`, as: "ann"},
			{do: at, want: `{"permission":"none","role_name":"none","user":{"id":{ann}}}`},
			{do: "PUT teams/{dev}/members/{tag}-ann"},
			{do: at, want: `{"permission":"none"}`},
			{do: "GET repos/{org}/one", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":true,"pull":true}}`},
			{do: "GET repos/{org}/two", by: "user {tag}-ann", status: 404},
			{do: "PUT teams/{all-team}/members/{tag}-ann"},
			{do: "GET repos/{org}/two", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":false,"pull":true}}`},
			{do: "PATCH teams/{dev}", body: `{"units_map":{"repo.code":"read"}}`},
			{do: "GET repos/{org}/one", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":false,"pull":true}}`},
			{do: "PATCH teams/{dev}", body: `{"units_map":{"repo.wiki":"write"}}`},
			{do: "DELETE teams/{all-team}/members/{tag}-ann"},
			{do: "GET repos/{org}/one", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":false,"pull":false}}`},
			{do: at, by: "user {tag}-ann"},
			{do: "GET repos/{org}/one/branches/main", by: "user {tag}-ann", status: 403, want: `{"message":"user should have specific read permission or be a repo admin or a site admin"}`},
			{do: "GET repos/{org}/one/hooks", by: "user {tag}-ann", status: 403, want: `{"message":"user should be an owner or a collaborator with admin write of a repository"}`},
		}},
		{name: "AdminTeamOwnsItsRepositories", reason: "with all that this allows", steps: []step{
			{do: "PATCH teams/{dev}", body: `{"permission":"admin"}`},
			{do: "GET repos/{org}/one", by: "user {tag}-ann", want: `{"permissions":{"admin":true,"push":true,"pull":true}}`},
			{do: at, want: `{"permission":"owner"}`},
			{do: "GET repos/{org}/one/hooks", by: "user {tag}-ann", want: `[]`},
			{do: "PUT repos/{org}/one/teams/owners", by: "user {tag}-ann", status: 422, want: `{"message":"team 'Owners' is already added to repo"}`},
			{do: "PATCH repos/{org}/one", by: "user {tag}-ann", body: `{"description":"x"}`},
			{do: "PUT teams/{dev}/repos/{org}/two", by: "user {tag}-ann", status: 403, want: `{"message":"Must have admin-level access to the repository"}`},
			{do: "GET repos/{org}/one/collaborators/{tag}-none/permission", status: 404},
			{do: "GET repos/{org}/one/collaborators/{admin}/permission", want: `{"permission":"owner"}`},
			{do: "GET repos/{org}/two/collaborators/{tag}-ann/permission", want: `{"permission":"none"}`},
			{do: "DELETE repos/{org}/one", by: "user {tag}-ann"},
		}},
	}
}

func collaboratorQuirks() []quirk {
	return []quirk{
		{name: "MakerOfARepository", reason: "administers it without any other right; that is not enough to give it to teams", steps: []step{
			{do: "PATCH teams/{dev}", body: `{"permission":"write","units_map":{"repo.code":"write"},"can_create_org_repo":true}`},
			{do: "POST orgs/{org}/repos", by: "user {tag}-ann", body: `{"name":"anns","private":true}`, want: `{"permissions":{"admin":true,"push":true,"pull":true}}`},
			{do: "GET repos/{org}/anns", by: "user {tag}-ann", want: `{"permissions":{"admin":true,"push":true,"pull":true}}`},
			{do: "GET repos/{org}/anns/collaborators/{tag}-ann/permission", want: `{"permission":"admin"}`},
			{do: "PUT repos/{org}/anns/teams/dev", by: "user {tag}-ann", status: 403, want: `{"message":"user is nor repo admin nor owner"}`},
			{do: "PATCH orgs/{org}", body: `{"repo_admin_change_team_access":true}`},
			{do: "PUT repos/{org}/anns/teams/dev", by: "user {tag}-ann"},
			{do: "DELETE repos/{org}/anns", by: "user {tag}-ann", status: 403, want: `{"message":"user should be the owner of the repo"}`},
		}},
		{name: "Collaborators", reason: "may write by default; an unknown user is a 422", steps: []step{
			{do: "PUT repos/{org}/two/collaborators/{tag}-ANN", status: 422, want: `{"message":"[]: Empty Content-Type"}`},
			{do: "PUT repos/{org}/two/collaborators/{tag}-ANN", body: `{}`},
			{do: "GET repos/{org}/two/collaborators/{tag}-ann", status: 204},
			{do: "GET repos/{org}/two/collaborators", exact: "{tag}-ann", count: "1"},
			{do: "GET repos/{org}/two", by: "user {tag}-ann", want: `{"permissions":{"admin":false,"push":true,"pull":true}}`},
			{do: "PUT repos/{org}/two/collaborators/{tag}-ann", body: `{"permission":"owner"}`, status: 500, want: `{"message":"Invalid access mode"}`},
			{do: "PUT repos/{org}/two/collaborators/{tag}-ann", body: `{"permission":"admin"}`},
			{do: "GET repos/{org}/two/hooks", by: "user {tag}-ann"},
			{do: "GET user/repos", by: "user {tag}-ann", exact: "anns two", count: "2"},
			{do: "PUT repos/{org}/two/collaborators/{tag}-none", body: `{}`, status: 422, want: `{"message":"user does not exist [uid: 0, name: {tag}-none]"}`},
			{do: "DELETE repos/{org}/two/collaborators/{tag}-ann"}, {do: "DELETE repos/{org}/two/collaborators/{tag}-ann"},
			{do: "GET repos/{org}/two/collaborators/{tag}-ann", status: 404},
			{do: "GET repos/{org}/two", by: "user {tag}-ann", status: 404},
		}},
		{name: "OwnRepositories", reason: "are those of teams, and the public ones of an organisation if it is private", steps: []step{
			{do: "GET user/repos", by: "user {tag}-ann", exact: "anns", count: "1"},
			{do: "PUT teams/{dev}/members/{tag}-ann"}, {do: "PUT teams/{dev}/repos/{org}/two"},
			{do: "GET user/repos", by: "user {tag}-ann", exact: "anns two", count: "2"},
			{do: "PATCH orgs/{org}", body: `{"visibility":"private"}`},
			{do: "GET user/repos", by: "user {tag}-ann", exact: "anns three two", count: "3"},
			{do: "GET user/repos?limit=1&page=2", by: "user {tag}-ann", exact: "three", count: "3"},
			{do: "PATCH orgs/{org}", body: `{"visibility":"public"}`},
		}},
		{name: "PublicRepository", reason: "every user reads", steps: []step{
			{do: "GET repos/{org}/three/collaborators/{tag}-ann/permission", want: `{"permission":"read"}`},
			{do: "GET repos/{org}/three/collaborators/{admin}/permission", by: "user {tag}-ann", status: 403, want: `{"message":"Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own"}`},
			{do: "GET repos/{org}/three/teams", by: "anonymous", status: 401},
		}},
	}
}
