package platforms

// Release is what the tools of a release make, as far as releases differ.
type Release struct {
	// Name is what --platform takes.
	Name     string
	Keycloak KeycloakRelease
	Harbor   HarborRelease
	Gitea    GiteaRelease
	// Drone says that Drone is on where the values do not say.
	Drone bool
	// Operators says that the tools run again and again beside us.
	Operators bool
}

// KeycloakRelease is what the tool for Keycloak makes.
type KeycloakRelease struct {
	Product, Theme string
	// Lives are ssoSessionIdleTimeout, ssoSessionMaxLifespan, accessTokenLifespan,
	// accessTokenLifespanForImplicitFlow, offlineSessionIdleTimeout and
	// offlineSessionMaxLifespan.
	Lives [6]int
	// Groups are the platform's own, with their realm roles and those of
	// realm-management.
	Groups []Group
	// Mappers are those on the client.
	Mappers []string
	// Policy is of the user profile; "" where the tool does not look at it.
	Policy string
	// People says that the tool makes the people of the values, Nickname that they
	// have the attribute.
	People, Nickname bool
	// First and Last are the names of the administrator in the realm.
	First, Last string
}

// Group is one of the platform's own.
type Group struct {
	Name, Role string
	Management []string
}

// HarborRelease is what the tool for Harbor makes.
type HarborRelease struct {
	AdminGroup, MemberGroup string
	PrimaryAuthMode         bool
	// Described says that robot accounts say what they are for.
	Described bool
}

// GiteaRelease is what the tool for Gitea makes.
type GiteaRelease struct {
	Permission    string // of team-<id> in organisation otomi
	Charts        bool   // the repository otomi/charts
	Organizations bool   // of the teams, with their service accounts
	Hook          string // on otomi/values
	AdminGroup    string // of the login source; "" where there is none
	Owners        bool   // platform-admin and, with organisations, teams are in Owners
}

const tektonHook = "http://el-otomi-tekton-listener.otomi-pipelines.svc.cluster.local:8080"

// Releases are one of each generation.
func Releases() []Release {
	view := []string{"view-users"}
	admins := func(role, group string) Group { return Group{group, role, []string{"view-users", "manage-realm"}} }
	otomi := []Group{admins("admin", "otomi-admin"), {"team-admin", "team-admin", []string{"view-users", "manage-users"}}}
	apl := []Group{admins("platform-admin", "platform-admin"), {"all-teams-admin", "all-teams-admin", []string{"view-users", "manage-users"}}, {"team-admin", "team-admin", view}}
	newest := []Group{{"platform-admin", "platform-admin", []string{"view-users", "manage-realm", "manage-users"}}, apl[1], apl[2]}
	long, short := [6]int{28800, 28800, 28800, 28800, 604800, 604800}, [6]int{1800, 86400, 60, 1800, 1800, 604800}
	mappers := []string{"email", "sub", "aud-mapper-otomi", "nickname"}

	k0 := KeycloakRelease{Product: "Otomi", Theme: "otomi", Lives: long, Groups: otomi, First: "otomi", Last: "admin"}
	k2 := k0
	k2.Mappers = []string{"email"}
	k3 := k2
	k3.Product, k3.Theme = "APL", "APL"
	k4 := k3
	k4.Groups, k4.People = apl, true
	k45 := k4
	k45.Lives = short
	k47 := k45
	k47.Mappers, k47.Policy, k47.Nickname = mappers, "ADMIN_EDIT", true
	k415 := k47
	k415.Groups = newest
	k6 := k415
	k6.Mappers, k6.First, k6.Last = append(mappers, "name"), "Admin", "User"

	h0 := HarborRelease{AdminGroup: "admin", MemberGroup: "team-admin"}
	h4 := HarborRelease{AdminGroup: "platform-admin", MemberGroup: "all-teams-admin"}
	h47 := h4
	h47.PrimaryAuthMode = true
	h415 := h47
	h415.Described = true

	g0 := GiteaRelease{Permission: "write", Charts: true}
	g2 := g0
	g2.Hook, g2.AdminGroup = tektonHook, "team-admin"
	g4 := g2
	g4.AdminGroup, g4.Owners = "platform-admin", true
	g44 := g4
	g44.Permission, g44.Organizations = "admin", true
	g415 := g44
	g415.Charts = false
	return []Release{
		{"otomi-1.0", k0, h0, g0, true, false}, {"otomi-2.2", k2, h0, g2, false, false}, {"apl-3.0", k3, h0, g2, false, true},
		{"apl-4.0", k4, h4, g4, false, true}, {"apl-4.4", k4, h4, g44, false, true}, {"apl-4.5", k45, h4, g44, false, true}, {"apl-4.7", k47, h47, g44, false, true},
		{"apl-4.13", k47, h47, g44, false, true}, {"apl-4.15", k415, h415, g415, false, true}, {"apl-6.0", k6, h415, g415, false, true},
	}
}
