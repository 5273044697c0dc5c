package values

import "otomi.io/tasks/tasks/platform"

// Harbor is apps.harbor.
type Harbor struct {
	Enabled bool
	// Address is where the task reaches Harbor, without a slash at its end.
	Address string
	// BaseRepoURL is the host (and port) in image names and docker
	// configurations, without a scheme.
	BaseRepoURL   string
	AdminUsername string
	AdminPassword Secret
	// RobotNamePrefix begins the name of every robot account; nil is whatever
	// Harbor has.
	RobotNamePrefix *string
	// RobotDuration is the life of the teams' robot accounts in days, -1 for
	// ever.
	RobotDuration int
	OIDC          HarborOIDC
}

// HarborOIDC is apps.harbor.oidc: how Harbor logs people in.
type HarborOIDC struct {
	Endpoint     string
	ClientID     string
	ClientSecret Secret
	VerifyCert   bool
	UserClaim    string
	AutoOnboard  bool
}

// TeamHarbor is teamConfig.<id>.harbor over apps.harbor.teamDefaults: what the
// team's project is like. What is nil is left as it is.
type TeamHarbor struct {
	// StorageQuota is in bytes, -1 for no limit.
	StorageQuota *int64
	// Public lets everybody pull.
	Public                                bool
	AutoScan, AutoSBOM, PreventVulnerable *bool
	// Severity is the lowest that PreventVulnerable holds back: none, low,
	// medium, high or critical.
	Severity  *string
	Retention *HarborRetention
	// ImmutableTags are all of them; empty is none.
	ImmutableTags []HarborImmutableTags
}

// HarborRetention is which images a project keeps.
type HarborRetention struct {
	// Schedule is a cron line of six fields.
	Schedule string
	Rules    []HarborRetentionRule
}

// The ways to keep images.
const (
	KeepLatestPushed     = "latestPushed"
	KeepLatestPulled     = "latestPulled"
	KeepPushedWithinDays = "pushedWithinDays"
	KeepPulledWithinDays = "pulledWithinDays"
	KeepAlways           = "always"
)

// HarborRetentionRule keeps what it names. Patterns are those of doublestar;
// one that begins with ! is for everything else.
type HarborRetentionRule struct {
	Repositories, Tags string
	// Untagged counts images without a tag in.
	Untagged bool
	// Keep is one of the Keep… constants, Count its number of images or days.
	Keep     string
	Count    int
	Disabled bool
}

// HarborImmutableTags are tags that cannot be pushed again.
type HarborImmutableTags struct {
	Repositories, Tags string
	Disabled           bool
}

// defaultHarbor is what does not depend on other settings.
func defaultHarbor(h platform.Harbor) Harbor {
	return Harbor{
		Enabled: h.Enabled, AdminUsername: h.AdminUsername, RobotDuration: robotForever,
		OIDC: HarborOIDC{VerifyCert: true, UserClaim: "email", AutoOnboard: true},
	}
}

// robotForever and maxRobotDays, about a century, bound the life of a robot
// account in days.
const (
	robotForever = -1
	maxRobotDays = 36_500
)

func readHarbor(c cursor, h *Harbor) {
	c.child("enabled").flag(&h.Enabled)
	c.child("address").text(&h.Address, webAddress)
	c.child("baseRepoURL").text(&h.BaseRepoURL, hostAndPort)
	c.child("adminUsername").text(&h.AdminUsername)
	c.child("adminPassword").secret(&h.AdminPassword)
	c.child("robotNamePrefix").optional(&h.RobotNamePrefix, robotPrefix)
	readRobotDuration(c.child("robotDuration"), &h.RobotDuration)
	oidc := c.section("oidc")
	oidc.child("endpoint").text(&h.OIDC.Endpoint, webAddress)
	oidc.child("clientID").text(&h.OIDC.ClientID)
	oidc.child("clientSecret").secret(&h.OIDC.ClientSecret)
	oidc.child("verifyCert").flag(&h.OIDC.VerifyCert)
	oidc.child("userClaim").text(&h.OIDC.UserClaim)
	oidc.child("autoOnboard").flag(&h.OIDC.AutoOnboard)
}

func readRobotDuration(c cursor, into *int) {
	days := *into
	c.number(&days, robotForever, maxRobotDays)
	if days == 0 {
		c.fail("0 days are no life: want a number from 1 on, or -1 for ever")
		return
	}
	*into = days
}

// readTeamHarbor lays what a team says over what all teams get. Harbor stores
// nonsense without a word, so everything here is checked.
func readTeamHarbor(c cursor, into *TeamHarbor) {
	c.only("storageQuota", "public", "autoScan", "autoSBOM", "preventVulnerable", "severity", "retention", "immutableTags")
	c.child("storageQuota").storage(&into.StorageQuota)
	c.child("public").flag(&into.Public)
	c.child("autoScan").optionalFlag(&into.AutoScan)
	c.child("autoSBOM").optionalFlag(&into.AutoSBOM)
	c.child("preventVulnerable").optionalFlag(&into.PreventVulnerable)
	c.child("severity").optional(&into.Severity, severity)
	readRetention(c.section("retention"), &into.Retention)
	readImmutableTags(c.child("immutableTags"), &into.ImmutableTags)
}
