package gitea

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// firstOf is the first thing that is wrong: the server tells no more.
func firstOf(problems ...error) error {
	for _, problem := range problems {
		if problem != nil {
			return problem
		}
	}
	return nil
}

// wrong is what the server says of a field, by the name that it has inside.
func wrong(field, rule string, isWrong bool) error {
	if !isWrong {
		return nil
	}
	return invalid("[%s]: %s", field, rule)
}

func required(field, text string) error { return wrong(field, "Required", text == "") }

func noLonger(field string, text *string, size int) error {
	return wrong(field, "MaxSize", len([]rune(value(text))) > size)
}

func username(field, text string) error {
	return wrong(field, "invalid username", !isUsername(text))
}

// nameRule is that of teams and repositories.
func nameRule(name string) error {
	return wrong("Name", "AlphaDashDot", regexp.MustCompile(`[^\d\w-_.]`).MatchString(name))
}

func address(field string, text *string) error {
	return wrong(field, "Url", value(text) != "" && !isURL(*text))
}

func oneOf(field, text string, allowed ...string) error {
	return wrong(field, "In", !slices.Contains(allowed, text))
}

// refName is a sketch of what git takes for the name of a branch.
func refName(field string, text *string) error {
	return wrong(field, "GitRefName", regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|^[./]|[./]$|//|@\{`).MatchString(value(text)))
}

func isUsername(name string) bool {
	return regexp.MustCompile(`^[\da-zA-Z][-.\w]*$`).MatchString(name) && !regexp.MustCompile(`[-._]{2,}|[-._]$`).MatchString(name)
}

func isURL(text string) bool {
	u, err := url.ParseRequestURI(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// checkEmail refuses an invalid address.
func checkEmail(email string) error {
	const pattern = "^[a-zA-Z0-9.!#$%&'*+-/=?^_`{|}~]*@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
	if email != "" && !regexp.MustCompile(pattern).MatchString(email) {
		return invalid("e-mail address contains unsupported character [email: %s]", email)
	}
	if _, err := mail.ParseAddress(email); err != nil || strings.HasPrefix(email, "-") {
		return invalid("e-mail invalid [email: %s]", email)
	}
	return nil
}

// checkAccountName refuses what is reserved and what is taken.
func (m *memory) checkAccountName(name string) error {
	if err := checkReserved(name, reservedAccounts(), "*.keys", "*.gpg", "*.rss", "*.atom", "*.png"); err != nil {
		return err
	}
	if _, taken := m.account(name); taken {
		return invalid("user already exists [name: %s]", name)
	}
	return nil
}

func checkReserved(name string, reserved []string, suffixes ...string) error {
	lower := strings.ToLower(name)
	if slices.Contains(reserved, lower) {
		return invalid("name is reserved [name: %s]", lower)
	}
	for _, suffix := range suffixes {
		if strings.HasSuffix(lower, suffix[1:]) {
			return invalid("name pattern is not allowed [pattern: %s]", suffix)
		}
	}
	return nil
}

func reservedAccounts() []string {
	return strings.Fields(`. .. .well-known api metrics v2 assets attachments avatar avatars repo-avatars captcha login org repo user
		explore issues pulls milestones notifications favicon.ico manifest.json robots.txt sitemap.xml ssh_info swagger.v1.json ghost gitea-actions`)
}

// checkRepositoryName refuses what cannot be the name of a repository.
func checkRepositoryName(name string) error {
	if strings.Contains(name, "..") && name != ".." {
		return crash("name is invalid [%s]: must be valid alpha or numeric or dash(-_) or dot characters", name)
	}
	return checkReserved(name, []string{".", "..", "-"}, "*.wiki", "*.git", "*.rss", "*.atom")
}
