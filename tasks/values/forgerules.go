package values

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// entry demands a mapping that holds nothing but these names.
func (c cursor) entry(names ...string) {
	if c.node.isNull() || c.node.kind != mapping {
		c.want("a mapping")
		return
	}
	c.only(names...)
}

// needs reports a setting that is absent. One that is there and wrong has been
// reported already.
func (c cursor) needs(name, value string) {
	there := c.child(name).node
	if value == "" && (there.isNull() || there.kind == scalar && there.text == "") && c.node.kind == mapping {
		c.fail("has no %s", name)
	}
}

// uniqueNames refuses a list in which a name stands twice, in each item or in
// its field.
func uniqueNames(list cursor, fold func(string) string, name ...string) {
	if list.node.isNull() || list.node.kind != sequence {
		return
	}
	seen := map[string]bool{}
	for _, item := range list.items() {
		for _, n := range name {
			item = item.child(n)
		}
		if item.node.isNull() || item.node.kind != scalar || item.node.text == "" {
			continue
		}
		key := fold(item.node.text)
		if seen[key] {
			item.fail("%s stands twice in %s", quote(item.node.text), list.path)
		}
		seen[key] = true
	}
}

func keep(s string) string { return s }

func oneOf(allowed ...string) rule {
	return func(s string) string {
		if slices.Contains(allowed, s) {
			return ""
		}
		return "is none of " + strings.Join(allowed, ", ")
	}
}

func atMost(n int) rule {
	return func(s string) string {
		if len([]rune(s)) > n {
			return fmt.Sprintf("is longer than %d characters", n)
		}
		return ""
	}
}

// giteaEvents are the events that a hook can have. Those of issues and pull
// requests stand for several, but for the names that end in _only.
func giteaEvents() []string {
	return []string{
		"create", "delete", "fork", "push", "issues", "issues_only", "issue_assign", "issue_label", "issue_milestone", "issue_comment",
		"pull_request", "pull_request_only", "pull_request_assign", "pull_request_label", "pull_request_milestone", "pull_request_comment",
		"pull_request_review", "pull_request_review_request", "pull_request_sync",
		"wiki", "repository", "release", "package", "status", "workflow_run", "workflow_job",
	}
}

var (
	giteaWord   = regexp.MustCompile(`^[-.\w]+$`)
	giteaPerson = regexp.MustCompile(`^[0-9A-Za-z][-.\w]*$`)
	giteaTwice  = regexp.MustCompile(`[-._]{2,}|[-._]$`)
	// A reference as git forbids it.
	badBranch  = regexp.MustCompile(`[\x00-\x20\x7f\\~^:?*\[]|\.\.|@\{|//|^[-/.]|/\.|[/.]$|\.lock(/|$)|^@$`)
	badPattern = regexp.MustCompile(`[\x00-\x20\x7f\\~^:]|\.\.|@\{|//|^[-/]|/$|\.lock(/|$)`)
)

// repositoryName keeps Gitea's rules.
func repositoryName(s string) string {
	const longest = 100
	low := strings.ToLower(s)
	switch {
	case len(s) > longest:
		return "is longer than 100 characters, which Gitea refuses"
	case !giteaWord.MatchString(s), strings.Contains(s, ".."):
		return "is no name of a repository (letters, digits, -, _ and single dots)"
	case s == "." || s == "-", slices.ContainsFunc([]string{".git", ".wiki", ".rss", ".atom"}, func(end string) bool { return strings.HasSuffix(low, end) }):
		return "is a name that Gitea keeps for itself"
	}
	return ""
}

// giteaUsername keeps Gitea's rules for the names of accounts.
func giteaUsername(s string) string {
	const longest = 40
	low := strings.ToLower(s)
	switch {
	case len(s) > longest:
		return "is longer than 40 characters, which Gitea refuses"
	case !giteaPerson.MatchString(s), giteaTwice.MatchString(s):
		return "is no name of an account (letters, digits, and single -, _ and . between them)"
	case slices.Contains(reservedAccounts(), low),
		slices.ContainsFunc([]string{".keys", ".gpg", ".rss", ".atom", ".png"}, func(end string) bool { return strings.HasSuffix(low, end) }):
		return "is a name that Gitea keeps for itself"
	}
	return ""
}

func reservedAccounts() []string {
	return []string{
		"api", "assets", "attachments", "avatar", "avatars", "captcha", "explore", "favicon.ico", "ghost", "gitea-actions", "issues", "login",
		"manifest.json", "metrics", "milestones", "notifications", "org", "pulls", "repo", "repo-avatars", "robots.txt", "sitemap.xml",
		"ssh_info", "swagger.v1.json", "user", "v2",
	}
}

func giteaFullName(s string) string { return atMost(100)(s) }

func branchName(s string) string {
	const longest = 100
	if len(s) > longest || badBranch.MatchString(s) {
		return "is no name of a branch"
	}
	return ""
}

func branchPattern(s string) string {
	const longest = 100
	if len(s) > longest || badPattern.MatchString(s) {
		return "is no name or pattern of branches"
	}
	return ""
}

// sshKey looks at the form of the key, in which its type stands once more. What
// the key itself is worth only Gitea can say.
func sshKey(s string) string {
	const fault = "is no public SSH key (type, key and perhaps a comment)"
	fields := strings.Fields(s)
	if len(fields) < 2 {
		return fault
	}
	data, err := base64.StdEncoding.DecodeString(fields[1])
	parts, whole := lengthPrefixed(data)
	if err != nil || !whole || len(parts) < 2 || string(parts[0]) != fields[0] {
		return fault
	}
	return ""
}

// lengthPrefixed takes apart what SSH writes, and tells whether nothing is
// missing or left.
func lengthPrefixed(data []byte) (parts [][]byte, whole bool) {
	const prefix = 4
	for len(data) >= prefix {
		n := int64(binary.BigEndian.Uint32(data))
		if data = data[prefix:]; n > int64(len(data)) {
			return nil, false
		}
		parts, data = append(parts, data[:n]), data[n:]
	}
	return parts, len(data) == 0
}
