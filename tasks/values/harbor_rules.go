package values

import (
	"strings"

	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// The schedules that Harbor's console has words for.
const (
	hourly = "0 0 * * * *"
	daily  = "0 0 0 * * *"
	weekly = "0 0 0 * * 0"
)

// Harbor's own bounds. That of the days it has from a date.
const (
	maxTagRules   = 15
	maxKeptImages = 32_766
	maxKeptDays   = 20_190_904
)

// everything is the pattern of all names.
const everything = "**"

func readRetention(c tree.Cursor, into **HarborRetention) {
	if c.Node.IsNull() {
		return
	}
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return
	}
	c.Only("schedule", "rules")
	out := &HarborRetention{Schedule: daily, Rules: []HarborRetentionRule{}}
	readSchedule(c.Child("schedule"), &out.Schedule)
	rules := c.Child("rules")
	if rules.Node.IsNull() {
		c.Fail("has no rules: want a list, [] for none")
		return
	}
	seen := map[HarborRetentionRule]bool{}
	for _, item := range rules.Items() {
		entry, sound := readRetentionRule(item)
		same := entry
		same.Disabled = false
		if sound && seen[same] {
			item.Fail("duplicate rule")
		}
		seen[same] = true
		out.Rules = append(out.Rules, entry)
	}
	if len(out.Rules) > maxTagRules {
		rules.Fail("has %d rules, Harbor takes at most %d", len(out.Rules), maxTagRules)
	}
	*into = out
}

// readSchedule takes a word, or what Harbor's own parser takes.
func readSchedule(c tree.Cursor, into *string) {
	var line string
	c.Text(&line, rule.HarborSchedule)
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

func readRetentionRule(c tree.Cursor) (HarborRetentionRule, bool) {
	out := HarborRetentionRule{Repositories: everything, Tags: everything, Untagged: true}
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return out, false
	}
	mark := c.Mark()
	c.Only("repositories", "tags", "untagged", "keep", "disabled")
	c.Child("repositories").Pattern(&out.Repositories, rule.Glob)
	c.Child("tags").Pattern(&out.Tags, rule.Glob)
	c.Child("untagged").Flag(&out.Untagged)
	c.Child("disabled").Flag(&out.Disabled)
	readKeep(c.Section("keep"), c, &out)
	return out, !c.Failed(mark)
}

// readKeep reads the one way in which a rule keeps images.
func readKeep(c, entry tree.Cursor, into *HarborRetentionRule) {
	ways := []string{KeepLatestPushed, KeepLatestPulled, KeepPushedWithinDays, KeepPulledWithinDays, KeepAlways}
	if c.Node.IsNull() {
		entry.Fail("does not say what to keep: want keep with one of %s", strings.Join(ways, ", "))
		return
	}
	if c.Node.Kind != tree.Mapping {
		return // reported by Section
	}
	c.Only(ways...)
	if len(c.Node.Fields) != 1 {
		c.Fail("want one of %s, got %d", strings.Join(ways, ", "), len(c.Node.Fields))
		return
	}
	into.Keep = c.Node.Fields[0].Name
	way := c.Child(into.Keep)
	switch into.Keep {
	case KeepLatestPushed, KeepLatestPulled:
		way.Count(&into.Count, maxKeptImages)
	case KeepPushedWithinDays, KeepPulledWithinDays:
		way.Count(&into.Count, maxKeptDays)
	case KeepAlways:
		always := true
		if way.Flag(&always); !always {
			way.Fail("can only be true")
		}
	}
}

func readImmutableTags(c tree.Cursor, into *[]HarborImmutableTags) {
	if c.Node.IsNull() || c.Node.Kind != tree.Sequence {
		c.Items()
		return
	}
	out := []HarborImmutableTags{}
	seen := map[HarborImmutableTags]bool{}
	for _, item := range c.Items() {
		if item.Node.Kind != tree.Mapping {
			item.TypeMismatch("a mapping")
			continue
		}
		tags := HarborImmutableTags{Repositories: everything, Tags: everything}
		item.Only("repositories", "tags", "disabled")
		item.Child("repositories").Pattern(&tags.Repositories, rule.Glob)
		item.Child("tags").Pattern(&tags.Tags, rule.Glob)
		if seen[tags] {
			item.Fail("duplicate rule")
		}
		seen[tags] = true
		item.Child("disabled").Flag(&tags.Disabled)
		out = append(out, tags)
	}
	*into = out
}

// readStorage reads a number of bytes, 10Gi, or unlimited, which is -1.
func readStorage(c tree.Cursor, into **int64) {
	if c.Node.IsNull() {
		return
	}
	if !c.Node.IsWhole() && (c.Node.Kind != tree.Scalar || c.Node.Tag != tree.TagText) {
		c.TypeMismatch("bytes, a size like 10Gi, or unlimited")
		return
	}
	size, fault := rule.ParseStorage(c.Node.Text)
	if fault != "" {
		c.Fail("%s %s", tree.Quote(c.Node.Text), fault)
		return
	}
	*into = &size
}
