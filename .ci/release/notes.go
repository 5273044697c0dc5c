package main

import (
	"fmt"
	"regexp"
	"strings"
)

// unreleased tells a version that lies behind a tag, or has none.
var unreleased = regexp.MustCompile(`(^|-g)[0-9a-f]{7,40}(-dirty)?$|-dirty$|^dev$`)

// notes are the section of a changelog about a version. Between two tags it is the newest one.
func notes(changelog, version string) (string, error) {
	sections := strings.Split("\n"+changelog, "\n## ")[1:]
	for _, section := range sections {
		heading, text, _ := strings.Cut(section, "\n")
		if name, _, _ := strings.Cut(heading, " "); name == version || unreleased.MatchString(version) {
			return strings.TrimSpace(text) + "\n", nil
		}
	}
	return "", fmt.Errorf("the changelog has no section %s: name it so before the tag is made", version)
}
