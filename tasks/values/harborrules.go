package values

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/robfig/cron/v3"
)

// The schedules that Harbor's console has words for.
const (
	hourly = "0 0 * * * *"
	daily  = "0 0 0 * * *"
	weekly = "0 0 0 * * 0"
)

// Harbor's own bounds. That of the days it has from a date.
const (
	maxTagRules    = 15
	maxKeptImages  = 32_766
	maxKeptDays    = 20_190_904
	maxStorageSize = 1 << 50 // bytes
)

// everything is the pattern of all names.
const everything = "**"

func readRetention(c cursor, into **HarborRetention) {
	if c.node.isNull() || c.node.kind != mapping {
		return
	}
	c.only("schedule", "rules")
	out := &HarborRetention{Schedule: daily, Rules: []HarborRetentionRule{}}
	readSchedule(c.child("schedule"), &out.Schedule)
	rules := c.child("rules")
	if rules.node.isNull() {
		c.fail("has no rules: want a list, [] for none")
		return
	}
	seen := map[HarborRetentionRule]bool{}
	for _, item := range rules.items() {
		rule, sound := readRetentionRule(item)
		same := rule
		same.Disabled = false
		if sound && seen[same] {
			item.fail("is there twice")
		}
		seen[same] = true
		out.Rules = append(out.Rules, rule)
	}
	if len(out.Rules) > maxTagRules {
		rules.fail("has %d rules, Harbor takes at most %d", len(out.Rules), maxTagRules)
	}
	*into = out
}

// readSchedule takes a word, or what Harbor's own parser takes.
func readSchedule(c cursor, into *string) {
	var line string
	c.text(&line, schedule)
	switch line {
	case "":
	case "hourly":
		*into = hourly
	case "daily":
		*into = daily
	case "weekly":
		*into = weekly
	default:
		*into = strings.Join(strings.Fields(line), " ")
	}
}

// schedule keeps Harbor's rule: six fields, of which the seconds are 0.
func schedule(s string) string {
	if slices.Contains([]string{"hourly", "daily", "weekly"}, s) {
		return ""
	}
	fields := strings.Fields(s)
	if len(fields) != 6 || fields[0] != "0" {
		return "is not hourly, daily, weekly or a cron line of six fields, of which the first, the seconds, is 0"
	}
	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	if _, err := parser.Parse(s); err != nil {
		return "is no cron line: " + shorten(err.Error())
	}
	return ""
}

func readRetentionRule(c cursor) (HarborRetentionRule, bool) {
	out := HarborRetentionRule{Repositories: everything, Tags: everything, Untagged: true}
	if c.node.kind != mapping {
		c.want("a mapping")
		return out, false
	}
	before := len(c.reader.problems)
	c.only("repositories", "tags", "untagged", "keep", "disabled")
	c.child("repositories").pattern(&out.Repositories, globPattern)
	c.child("tags").pattern(&out.Tags, globPattern)
	c.child("untagged").flag(&out.Untagged)
	c.child("disabled").flag(&out.Disabled)
	readKeep(c.section("keep"), c, &out)
	return out, len(c.reader.problems) == before
}

// readKeep reads the one way in which a rule keeps images.
func readKeep(c, rule cursor, into *HarborRetentionRule) {
	ways := []string{KeepLatestPushed, KeepLatestPulled, KeepPushedWithinDays, KeepPulledWithinDays, KeepAlways}
	if c.node.isNull() {
		rule.fail("does not say what to keep: want keep with one of %s", strings.Join(ways, ", "))
		return
	}
	if c.node.kind != mapping {
		return // reported as no section
	}
	c.only(ways...)
	if len(c.node.fields) != 1 {
		c.fail("want one of %s, got %d", strings.Join(ways, ", "), len(c.node.fields))
		return
	}
	into.Keep = c.node.fields[0].name
	way := c.child(into.Keep)
	switch into.Keep {
	case KeepLatestPushed, KeepLatestPulled:
		way.count(&into.Count, maxKeptImages)
	case KeepPushedWithinDays, KeepPulledWithinDays:
		way.count(&into.Count, maxKeptDays)
	case KeepAlways:
		always := true
		if way.flag(&always); !always {
			way.fail("can only be true")
		}
	}
}

// count reads a number from 1 on that must be there.
func (c cursor) count(into *int, high int) {
	before := len(c.reader.problems)
	c.number(into, 1, high)
	if *into == 0 && len(c.reader.problems) == before {
		c.fail("is missing")
	}
}

func readImmutableTags(c cursor, into *[]HarborImmutableTags) {
	if c.node.isNull() || c.node.kind != sequence {
		c.items()
		return
	}
	out := []HarborImmutableTags{}
	seen := map[HarborImmutableTags]bool{}
	for _, item := range c.items() {
		if item.node.kind != mapping {
			item.want("a mapping")
			continue
		}
		rule := HarborImmutableTags{Repositories: everything, Tags: everything}
		item.only("repositories", "tags", "disabled")
		item.child("repositories").pattern(&rule.Repositories, globPattern)
		item.child("tags").pattern(&rule.Tags, globPattern)
		same := rule
		if seen[same] {
			item.fail("is there twice")
		}
		seen[same] = true
		item.child("disabled").flag(&rule.Disabled)
		out = append(out, rule)
	}
	*into = out
}

// globPattern keeps to what names of repositories and tags can hold: anything
// else matches nothing, and Harbor does not say so.
func globPattern(s string) string {
	glob := strings.TrimPrefix(s, "!")
	switch {
	case glob == "":
		return "is a pattern of nothing"
	case strings.ContainsFunc(glob, unicode.IsSpace):
		return "holds a space, which no name has"
	case !doublestar.ValidatePattern(glob):
		return "is not a pattern of *, **, ?, [a-z] and {a,b}"
	case commaOutside(glob):
		return "has a comma outside of braces: write {a,b}"
	}
	return ""
}

// commaOutside finds a comma outside of braces and brackets.
func commaOutside(glob string) bool {
	depth := 0
	for _, r := range glob {
		switch r {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth <= 0 {
				return true
			}
		}
	}
	return false
}

// severity keeps Harbor's words.
func severity(s string) string {
	words := []string{"none", "low", "medium", "high", "critical"}
	if !slices.Contains(words, s) {
		return "is not one of " + strings.Join(words, ", ")
	}
	return ""
}

// robotPrefix keeps Harbor's rule, which cuts spaces off; a name with a colon
// cannot log in, for there its password begins.
func robotPrefix(s string) string {
	if strings.ContainsFunc(s, unicode.IsSpace) || strings.Contains(s, ":") {
		return "must not hold a space or a colon"
	}
	return ""
}

// storage reads a number of bytes, 10Gi, or unlimited, which is -1.
func (c cursor) storage(into **int64) {
	if c.node.isNull() {
		return
	}
	if !c.node.isWhole() && (c.node.kind != scalar || c.node.tag != tagText) {
		c.want("bytes, a size like 10Gi, or unlimited")
		return
	}
	size, fault := parseStorage(c.node.text)
	if fault != "" {
		c.fail("%s %s", quote(c.node.text), fault)
		return
	}
	*into = &size
}

// parseStorage reads sizes as Kubernetes writes them.
func parseStorage(s string) (size int64, fault string) {
	if s == "unlimited" || s == "-1" {
		return -1, ""
	}
	digits := strings.TrimRight(s, "KMGTikm")
	unit, known := storageUnits()[s[len(digits):]]
	count, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil || !known || strings.HasPrefix(s, "+"):
		return 0, "is not a number of bytes, a size like 500Mi or 10Gi, or unlimited"
	case count < 1:
		return 0, "is less than a byte: -1 is unlimited"
	case count > maxStorageSize/unit:
		return 0, fmt.Sprintf("is more than %d bytes, Harbor's most", int64(maxStorageSize))
	}
	return count * unit, ""
}

func storageUnits() map[string]int64 {
	return map[string]int64{
		"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
	}
}
