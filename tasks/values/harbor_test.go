package values_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

// TestTeamHarbor reads every setting of a project, and what all teams get.
func TestTeamHarbor(t *testing.T) {
	unpack(t, "-- v.yaml --\n"+sound+`
-- harbor.yaml --
apps:
  harbor:
    robotNamePrefix: otomi-
    robotDuration: 90
    teamDefaults: {storageQuota: 5Gi, autoScan: true, immutableTags: [{tags: release-*}]}
teamConfig:
  full:
    harbor:
      storageQuota: 500Mi
      public: true
      autoScan: false
      autoSBOM: true
      preventVulnerable: true
      severity: high
      retention:
        schedule: "0  30 4 * * mon-fri"
        rules:
          - {repositories: "{web,api/**}", tags: "v*", untagged: false, keep: {latestPushed: 10}}
          - {keep: {latestPulled: 5}, disabled: true}
          - {tags: "!pr-*", keep: {pushedWithinDays: 30}}
          - {keep: {pulledWithinDays: 7}}
          - {tags: "main", keep: {always: true}}
      immutableTags:
        - {repositories: web, tags: "v*", disabled: true}
  none: {harbor: {storageQuota: -1, retention: {rules: []}, immutableTags: []}}
  quiet:
`)
	v := load(t, values.Request{Sources: []string{"v.yaml", "harbor.yaml"}, App: values.AppHarbor})
	if v.Apps.Harbor.RobotDuration != 90 || *v.Apps.Harbor.RobotNamePrefix != "otomi-" {
		t.Errorf("robots: %d days, prefix %v", v.Apps.Harbor.RobotDuration, v.Apps.Harbor.RobotNamePrefix)
	}
	defaults := values.TeamHarbor{
		StorageQuota: new(int64(5 << 30)), AutoScan: new(true), ImmutableTags: []values.HarborImmutableTags{{Repositories: "**", Tags: "release-*"}}}
	want := map[string]values.TeamHarbor{
		"demo": defaults, "quiet": defaults,
		"none": {
			StorageQuota: new(int64(-1)), AutoScan: new(true), ImmutableTags: []values.HarborImmutableTags{},
			Retention: &values.HarborRetention{Schedule: "0 0 0 * * *", Rules: []values.HarborRetentionRule{}},
		},
		"full": {
			StorageQuota: new(int64(500 << 20)), Public: true, AutoScan: new(false), AutoSBOM: new(true), PreventVulnerable: new(true), Severity: new("high"),
			Retention: &values.HarborRetention{Schedule: "0 30 4 * * mon-fri", Rules: []values.HarborRetentionRule{
				{Repositories: "{web,api/**}", Tags: "v*", Keep: values.KeepLatestPushed, Count: 10},
				{Repositories: "**", Tags: "**", Untagged: true, Keep: values.KeepLatestPulled, Count: 5, Disabled: true},
				{Repositories: "**", Tags: "!pr-*", Untagged: true, Keep: values.KeepPushedWithinDays, Count: 30},
				{Repositories: "**", Tags: "**", Untagged: true, Keep: values.KeepPulledWithinDays, Count: 7},
				{Repositories: "**", Tags: "main", Untagged: true, Keep: values.KeepAlways},
			}},
			ImmutableTags: []values.HarborImmutableTags{{Repositories: "web", Tags: "v*", Disabled: true}},
		},
	}
	for id, harbor := range want {
		if diff := cmp.Diff(harbor, v.Teams[id].Harbor); diff != "" {
			t.Errorf("team %s (-want +got):\n%s", id, diff)
		}
	}
}

func TestStorageQuota(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   int64
	}{
		"1":                {"bytes", 1},
		"'1048576'":        {"bytes in quotes", 1 << 20},
		"3Ki":              {"binary", 3 << 10},
		"2Ti":              {"binary", 2 << 40},
		"7k":               {"decimal", 7000},
		"2M":               {"decimal", 2e6},
		"4G":               {"decimal", 4e9},
		"1T":               {"decimal", 1e12},
		"1024Ti":           {"the most that Harbor takes", 1 << 50},
		"-1":               {"no limit, in Harbor's word", -1},
		"'-1'":             {"the same in quotes", -1},
		"unlimited":        {"no limit, in ours", -1},
		"1125899906842624": {"the most in bytes", 1 << 50},
	}
	for text, tc := range cases {
		t.Run(text, func(t *testing.T) {
			unpack(t, "-- v.yaml --\nteamConfig: {demo: {harbor: {storageQuota: "+text+"}}}\n")
			if got := load(t, values.Request{Sources: []string{"v.yaml"}}).Teams["demo"].Harbor.StorageQuota; got == nil || *got != tc.want {
				t.Errorf("%s: %v, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

// TestBrokenHarbor is the table of what Harbor would accept silently.
func TestBrokenHarbor(t *testing.T) { checkBroken(t, brokenHarborCases()) }

// inTeam is values of one team's harbor section, whose text begins in column 29.
func inTeam(harbor string) string { return "teamConfig: {demo: {harbor: {" + harbor + "}}}\n" }

func inRule(rule string) string { return inTeam("retention: {rules: [{" + rule + "}]}") }

const path = "teamConfig.demo.harbor"

func brokenHarborCases() map[string]brokenCase {
	const size = "is not a number of bytes, a size like 500Mi or 10Gi, or unlimited"
	const lines = "is not hourly, daily, weekly or a cron line of six fields, of which the first, the seconds, is 0"
	rules := "keep: {always: true}"
	for i := range 15 {
		rules += fmt.Sprintf("}, {keep: {latestPushed: %d}", i+1)
	}
	return map[string]brokenCase{
		"Unknown": {
			reason: "a typo would change nothing",
			values: inTeam("storagequota: 10Gi"),
			want:   []string{`broken.yaml:1:30: ` + path + `.storagequota: is not known: want one of storageQuota, public, autoScan, autoSBOM, preventVulnerable, severity, retention, immutableTags`},
		},
		"UnknownDefault": {
			reason: "what all teams get is looked at as well",
			values: "apps: {harbor: {teamDefaults: {quota: 1}}}\n",
			want:   []string{`broken.yaml:1:32: apps.harbor.teamDefaults.quota: is not known: want one of storageQuota, public, autoScan, autoSBOM, preventVulnerable, severity, retention, immutableTags`},
		},
		"List":         {reason: "a section is a mapping", values: "teamConfig: {demo: {harbor: []}}\n", want: []string{`broken.yaml:1:29: ` + path + `: want a mapping, got a list`}},
		"Size":         {reason: "no unit", values: inTeam("storageQuota: 10 GB"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "10 GB" ` + size}},
		"SizeFraction": {reason: "parts of bytes", values: inTeam("storageQuota: 1.0001Ki"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "1.0001Ki" ` + size}},
		"SizeFloat":    {reason: "a number with a point", values: inTeam("storageQuota: 1.5"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: want bytes, a size like 10Gi, or unlimited, got a number`}},
		"SizeNone":     {reason: "Harbor takes 0 for its default", values: inTeam("storageQuota: 0"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "0" is less than a byte: -1 is unlimited`}},
		"SizeNegative": {reason: "below no limit", values: inTeam("storageQuota: -5Gi"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "-5Gi" is less than a byte: -1 is unlimited`}},
		"SizeHuge":     {reason: "above Harbor's most", values: inTeam("storageQuota: 1025Ti"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "1025Ti" is more than 1125899906842624 bytes, Harbor's most`}},
		"SizeOverflow": {reason: "more than 64 bits", values: inTeam("storageQuota: 99999999999999999999"), want: []string{`broken.yaml:1:44: ` + path + `.storageQuota: "99999999999999999999" ` + `is more than 1125899906842624 bytes, Harbor's most`}},
		"Flag":         {reason: "yes is text", values: inTeam("autoScan: yes"), want: []string{`broken.yaml:1:40: ` + path + `.autoScan: want true or false, got text`}},
		"Severity":     {reason: "Harbor stores any word and shows unknown", values: inTeam("severity: High"), want: []string{`broken.yaml:1:40: ` + path + `.severity: "High" is not one of none, low, medium, high, critical`}},

		"RetentionUnknown": {reason: "a typo", values: inTeam("retention: {cron: daily, rules: []}"), want: []string{`broken.yaml:1:42: ` + path + `.retention.cron: is not known: want one of schedule, rules`}},
		"NoRules":          {reason: "a schedule alone would keep nothing", values: inTeam("retention: {schedule: daily}"), want: []string{`broken.yaml:1:41: ` + path + `.retention: has no rules: want a list, [] for none`}},
		"ScheduleWord":     {reason: "no such word", values: inTeam("retention: {schedule: monthly, rules: []}"), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "monthly" ` + lines}},
		"ScheduleFive":     {reason: "five fields are Unix's, and Harbor's are six", values: inTeam("retention: {schedule: 0 4 * * *, rules: []}"), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "0 4 * * *" ` + lines}},
		"ScheduleSeconds":  {reason: "Harbor refuses other seconds", values: inTeam("retention: {schedule: 5 0 4 * * *, rules: []}"), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "5 0 4 * * *" ` + lines}},
		"ScheduleEvery":    {reason: "a word of the parser that Harbor refuses", values: inTeam(`retention: {schedule: "@daily", rules: []}`), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "@daily" ` + lines}},
		"ScheduleZone":     {reason: "the parser falls over a zone without a line", values: inTeam(`retention: {schedule: "TZ=", rules: []}`), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "TZ=" ` + lines}},
		"ScheduleHour":     {reason: "no such hour", values: inTeam("retention: {schedule: 0 0 25 * * *, rules: []}"), want: []string{`broken.yaml:1:52: ` + path + `.retention.schedule: "0 0 25 * * *" is not a valid cron line: end of range (25) above maximum (23): 25`}},
		"TooManyRules":     {reason: "Harbor's limit", values: inRule(rules), want: []string{`broken.yaml:1:49: ` + path + `.retention.rules: has 16 rules, Harbor takes at most 15`}},
		"RuleTwice": {
			reason: "Harbor takes the second, switched off, for another one",
			values: inRule("keep: {latestPushed: 3}}, {tags: '**', keep: {latestPushed: 3}, disabled: true"),
			want:   []string{`broken.yaml:1:77: ` + path + `.retention.rules[1]: duplicate rule`},
		},
		"RuleText":     {reason: "a rule is a mapping", values: inTeam("retention: {rules: [all]}"), want: []string{`broken.yaml:1:50: ` + path + `.retention.rules[0]: want a mapping, got text`}},
		"RuleUnknown":  {reason: "a typo", values: inRule("tag: v*, keep: {always: true}"), want: []string{`broken.yaml:1:51: ` + path + `.retention.rules[0].tag: is not known: want one of repositories, tags, untagged, keep, disabled`}},
		"NoKeep":       {reason: "what to keep", values: inRule("tags: v*"), want: []string{`broken.yaml:1:50: ` + path + `.retention.rules[0]: does not say what to keep: want keep with one of latestPushed, latestPulled, pushedWithinDays, pulledWithinDays, always`}},
		"KeepText":     {reason: "a text instead of a mapping", values: inRule("keep: always"), want: []string{`broken.yaml:1:57: ` + path + `.retention.rules[0].keep: want a mapping, got text`}},
		"KeepTwo":      {reason: "Harbor has one way a rule", values: inRule("keep: {latestPushed: 1, always: true}"), want: []string{`broken.yaml:1:57: ` + path + `.retention.rules[0].keep: want one of latestPushed, latestPulled, pushedWithinDays, pulledWithinDays, always, got 2`}},
		"KeepUnknown":  {reason: "a typo", values: inRule("keep: {lastPushed: 1}"), want: []string{`broken.yaml:1:58: ` + path + `.retention.rules[0].keep.lastPushed: is not known: want one of latestPushed, latestPulled, pushedWithinDays, pulledWithinDays, always`}},
		"KeepZero":     {reason: "keeping none deletes all", values: inRule("keep: {latestPushed: 0}"), want: []string{`broken.yaml:1:72: ` + path + `.retention.rules[0].keep.latestPushed: 0 is not between 1 and 32766`}},
		"KeepMany":     {reason: "Harbor's limit", values: inRule("keep: {latestPulled: 32767}"), want: []string{`broken.yaml:1:72: ` + path + `.retention.rules[0].keep.latestPulled: 32767 is not between 1 and 32766`}},
		"KeepDays":     {reason: "Harbor's limit", values: inRule("keep: {pulledWithinDays: 99999999}"), want: []string{`broken.yaml:1:76: ` + path + `.retention.rules[0].keep.pulledWithinDays: 99999999 is not between 1 and 20190904`}},
		"KeepNothing":  {reason: "a number is missing", values: inRule("keep: {pushedWithinDays: }"), want: []string{`broken.yaml:1:76: ` + path + `.retention.rules[0].keep.pushedWithinDays: is missing`}},
		"KeepNever":    {reason: "always: false says nothing", values: inRule("keep: {always: false}"), want: []string{`broken.yaml:1:66: ` + path + `.retention.rules[0].keep.always: can only be true`}},
		"GlobBracket":  {reason: "Harbor finds it out when the rule runs", values: inRule(`tags: "v[0-9", keep: {always: true}`), want: []string{`broken.yaml:1:57: ` + path + `.retention.rules[0].tags: "v[0-9" is not a pattern of *, **, ?, [a-z] and {a,b}`}},
		"GlobBrace":    {reason: "the same", values: inRule(`repositories: "{a,b", keep: {always: true}`), want: []string{`broken.yaml:1:65: ` + path + `.retention.rules[0].repositories: "{a,b" is not a pattern of *, **, ?, [a-z] and {a,b}`}},
		"GlobComma":    {reason: "the console makes braces of it, the API does not", values: inRule(`repositories: "a,b", keep: {always: true}`), want: []string{`broken.yaml:1:65: ` + path + `.retention.rules[0].repositories: "a,b" has a comma outside of braces: write {a,b}`}},
		"GlobSpace":    {reason: "no name has one", values: inRule(`tags: "v1 v2", keep: {always: true}`), want: []string{`broken.yaml:1:57: ` + path + `.retention.rules[0].tags: "v1 v2" holds a space, which no name has`}},
		"GlobNothing":  {reason: "all options except an empty one", values: inRule(`tags: "!", keep: {always: true}`), want: []string{`broken.yaml:1:57: ` + path + `.retention.rules[0].tags: "!" is a pattern of nothing`}},
		"Immutable":    {reason: "a list", values: inTeam("immutableTags: v*"), want: []string{`broken.yaml:1:45: ` + path + `.immutableTags: want a list, got text`}},
		"ImmutableOne": {reason: "of mappings", values: inTeam("immutableTags: [v*]"), want: []string{`broken.yaml:1:46: ` + path + `.immutableTags[0]: want a mapping, got text`}},
		"ImmutableKey": {reason: "a typo", values: inTeam("immutableTags: [{tag: v*}]"), want: []string{`broken.yaml:1:47: ` + path + `.immutableTags[0].tag: is not known: want one of repositories, tags, disabled`}},
		"ImmutableTwice": {
			reason: "the second would contradict the first",
			values: inTeam("immutableTags: [{tags: v*}, {tags: v*, disabled: true}]"),
			want:   []string{`broken.yaml:1:58: ` + path + `.immutableTags[1]: duplicate rule`},
		},
		"PrefixColon": {reason: "the password begins behind a colon", values: "apps: {harbor: {robotNamePrefix: 'a:'}}\n", want: []string{`broken.yaml:1:34: apps.harbor.robotNamePrefix: "a:" must not hold a space or a colon`}},
		"PrefixSpace": {reason: "Harbor cuts it off", values: "apps: {harbor: {robotNamePrefix: 'a '}}\n", want: []string{`broken.yaml:1:34: apps.harbor.robotNamePrefix: "a " must not hold a space or a colon`}},
		"NoLife":      {reason: "robot accounts that expire at once", values: "apps: {harbor: {robotDuration: 0}}\n", want: []string{`broken.yaml:1:32: apps.harbor.robotDuration: must be at least 1 day, or -1, which never expires`}},
		"NegativeLife": {
			reason: "only -1 never expires", values: "apps: {harbor: {robotDuration: -2}}\n",
			want: []string{`broken.yaml:1:32: apps.harbor.robotDuration: -2 is not between -1 and 36500`},
		},
		"SeveralProblems": {
			reason: "all of them at once",
			values: strings.ReplaceAll(inTeam("public: 1, retention: {rules: [{}]}"), "\n", ""),
			want: []string{
				`broken.yaml:1:38: ` + path + `.public: want true or false, got a whole number`,
				`broken.yaml:1:61: ` + path + `.retention.rules[0]: does not say what to keep: want keep with one of latestPushed, latestPulled, pushedWithinDays, pulledWithinDays, always`,
			},
		},
	}
}
