package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"otomi.io/tasks/tasks/values/tree"
)

// maxStorageSize is Harbor's own bound, in bytes.
const maxStorageSize = 1 << 50

// HarborSchedule keeps Harbor's rule: six fields, of which the seconds are 0.
func HarborSchedule(s string) string {
	if slices.Contains([]string{"hourly", "daily", "weekly"}, s) {
		return ""
	}
	fields := strings.Fields(s)
	if len(fields) != 6 || fields[0] != "0" {
		return "is not hourly, daily, weekly or a cron line of six fields, of which the first, the seconds, is 0"
	}
	times, err := cron.NewParser(cronFields).Parse(s)
	if err != nil {
		return "is not a valid cron line: " + tree.Shorten(err.Error())
	}
	return neverDue(times)
}

// Glob keeps to what names of repositories and tags can hold: anything
// else matches nothing, and Harbor does not say so.
func Glob(s string) string {
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

// Severity keeps Harbor's words.
func Severity(s string) string { return OneOf("none", "low", "medium", "high", "critical")(s) }

// RobotPrefix keeps Harbor's rule, which cuts spaces off; a name with a colon
// cannot log in, for there its password begins.
func RobotPrefix(s string) string {
	if strings.ContainsFunc(s, unicode.IsSpace) || strings.Contains(s, ":") {
		return "must not hold a space or a colon"
	}
	return ""
}

// ParseStorage reads sizes as Kubernetes writes them.
func ParseStorage(s string) (size int64, fault string) {
	if s == "unlimited" || s == "-1" {
		return -1, ""
	}
	quantity, err := resource.ParseQuantity(s)
	switch {
	case err == nil && quantity.CmpInt64(maxStorageSize) > 0:
		return 0, fmt.Sprintf("is more than %d bytes, Harbor's most", int64(maxStorageSize))
	case err == nil && quantity.Sign() <= 0:
		return 0, "is less than a byte: -1 is unlimited"
	case err != nil || quantity.CmpInt64(quantity.Value()) != 0:
		return 0, "is not a number of bytes, a size like 500Mi or 10Gi, or unlimited"
	}
	return quantity.Value(), ""
}
