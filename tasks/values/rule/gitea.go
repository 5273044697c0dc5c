package rule

import (
	"crypto/rsa"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"golang.org/x/crypto/ssh"
)

// GiteaEvents are the events that a hook can have. Those of issues and pull
// requests stand for several, but for the names that end in _only.
func GiteaEvents() []string {
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
	// What git forbids, but for the stars of a pattern.
	badPattern = regexp.MustCompile(`[\x00-\x20\x7f\\~^:]|\.\.|@\{|//|^[-/]|/$|\.lock(/|$)`)
)

// GiteaRepository keeps Gitea's rules.
func GiteaRepository(s string) string {
	const longest = 100
	low := strings.ToLower(s)
	switch {
	case len(s) > longest:
		return "is longer than 100 characters, which Gitea refuses"
	case !giteaWord.MatchString(s), strings.Contains(s, ".."):
		return "is not a valid name of a repository (letters, digits, -, _ and single dots)"
	case s == "." || s == "-", slices.ContainsFunc([]string{".git", ".wiki", ".rss", ".atom"}, func(end string) bool { return strings.HasSuffix(low, end) }):
		return "is a name that Gitea keeps for itself"
	}
	return ""
}

// GiteaUsername keeps Gitea's rules for the names of accounts.
func GiteaUsername(s string) string {
	const longest = 40
	low := strings.ToLower(s)
	switch {
	case len(s) > longest:
		return "is longer than 40 characters, which Gitea refuses"
	case !giteaPerson.MatchString(s), giteaTwice.MatchString(s):
		return "is not a valid name of an account (letters, digits, and single -, _ and . between them)"
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

// Branch is the name of one.
func Branch(s string) string {
	const longest = 100
	if len(s) > longest || plumbing.NewBranchReferenceName(s).Validate() != nil || s == "@" {
		return "is not a valid name of a branch"
	}
	return ""
}

// BranchPattern is a name or a pattern of branches.
func BranchPattern(s string) string {
	const longest = 100
	if len(s) > longest || badPattern.MatchString(s) {
		return "is not a valid name or pattern of branches"
	}
	return ""
}

// SSHKey is a public key as a file of authorized keys has it, and one that Gitea takes:
// what it refuses is a 422, and a line that is far too long a 500.
func SSHKey(s string) string {
	const shortest, longest = 2047, 16384
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(s))
	switch {
	case len(s) > longest:
		return "is longer than any public SSH key"
	case err != nil, len(options) > 0, !strings.HasPrefix(strings.TrimSpace(s), key.Type()+" "):
		return "is not a public SSH key (type, key and perhaps a comment)"
	case !slices.Contains(giteaKeys(), key.Type()):
		return "is not an ed25519, ecdsa or rsa key: Gitea takes no other"
	}
	if bits := rsaBits(key); bits > 0 && bits < shortest {
		return fmt.Sprintf("is an RSA key of %d bits: Gitea takes none below 2048, newer ones none below 3072", bits)
	}
	return ""
}

func giteaKeys() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoRSA,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256,
	}
}

// rsaBits is the length of an RSA key, 0 of any other.
func rsaBits(key ssh.PublicKey) int {
	if crypto, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := crypto.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public.N.BitLen()
		}
	}
	return 0
}
