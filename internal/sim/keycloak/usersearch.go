package keycloak

import (
	"net/http"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (r *realm) userNamed(name string) *user { return r.users.byName[strings.ToLower(name)] }

// matches says whether a list with these parameters shows the user. Fields are
// compared by a part of them, unless exact is on.
func (u *user) matches(p ListUsersParams) bool {
	if p.Search != nil {
		return u.client == nil && u.matchesSearch(*p.Search)
	}
	fields := []struct{ asked, has *string }{
		{p.Username, u.rep.Username}, {p.Email, u.rep.Email}, {p.FirstName, u.rep.FirstName}, {p.LastName, u.rep.LastName},
	}
	asked := false
	for _, f := range fields {
		if f.asked == nil {
			continue
		}
		asked = true
		if value(p.Exact) && !strings.EqualFold(*f.asked, value(f.has)) || !containsFold(value(f.has), *f.asked) {
			return false
		}
	}
	if p.Q != nil || p.IdpUserID != nil || p.IdpAlias != nil && !u.links[*p.IdpAlias] {
		return false // searches for attributes are not simulated
	}
	return (asked || u.client == nil) && agrees(p.Enabled, u.rep.Enabled) && agrees(p.EmailVerified, u.rep.EmailVerified)
}

func agrees(asked, has *bool) bool { return asked == nil || *asked == value(has) }

// matchesSearch: each word must be the beginning of a field; stars are wild, and
// quotes ask for the whole field.
func (u *user) matchesSearch(search string) bool {
	for _, word := range strings.Fields(strings.ToLower(search)) {
		if !u.hasWord(word) {
			return false
		}
	}
	return true
}

func (u *user) hasWord(word string) bool {
	for _, field := range []*string{u.rep.Username, u.rep.Email, u.rep.FirstName, u.rep.LastName} {
		text := strings.ToLower(value(field))
		if whole, quoted := strings.CutPrefix(word, `"`); quoted {
			if text == strings.TrimSuffix(whole, `"`) {
				return true
			}
		} else if wildcard(text, word) {
			return true
		}
	}
	return false
}

// wildcard matches the beginning of text against a pattern with stars.
func wildcard(text, pattern string) bool {
	parts := strings.Split(pattern, "*")
	rest, found := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1:] {
		if !found {
			return false
		}
		_, rest, found = strings.Cut(rest, part)
	}
	return found
}

// checkNewUser refuses what the user profile of a new realm does not allow.
func (r *realm) checkNewUser(rep UserRepresentation) error {
	if value(rep.Username) == "" {
		return invalid("User name is missing")
	}
	if err := checkProfile(rep); err != nil {
		return err
	}
	return r.checkTaken(nil, rep)
}

// checkTaken refuses a name or an address that another user has.
func (r *realm) checkTaken(u *user, rep UserRepresentation) error {
	if other := r.userNamed(value(rep.Username)); other != nil && other != u {
		return conflict("User exists with same username")
	}
	if value(rep.Email) == "" || value(r.rep.DuplicateEmailsAllowed) {
		return nil
	}
	if other := r.userByEmail(*rep.Email); other != nil && other != u {
		return conflict("User exists with same email")
	}
	return nil
}

func (r *realm) checkUserUpdate(u *user, rep UserRepresentation) error {
	renamed := rep.Username != nil && !strings.EqualFold(*rep.Username, u.name())
	if renamed && !value(r.rep.EditUsernameAllowed) {
		return refusal{http.StatusBadRequest, failure{Field: "username", ErrorMessage: "error-user-attribute-read-only", Params: []any{"username"}}}
	}
	if err := checkProfile(rep); err != nil {
		return err
	}
	return r.checkTaken(u, rep)
}

// notInNames is refused in the name of a person, and more of it in a username.
const notInNames = "<>&\"$%!#?§;*~/\\|^=[]{}()\t\r\n\x00"

// checkProfile answers with one problem, or with the list of them.
func checkProfile(rep UserRepresentation) error {
	var problems []failure
	note := func(bad bool, field, problem string, more ...any) {
		if bad {
			problems = append(problems, failure{Field: field, ErrorMessage: problem, Params: append([]any{field}, more...)})
		}
	}
	username, email := value(rep.Username), value(rep.Email)
	length := utf8.RuneCountInString(username)
	note(rep.Username != nil && (length < 3 || length > 255), "username", "error-invalid-length", 3, 255)
	note(email != "" && !isEmail(email), "email", "error-invalid-email", email)
	note(strings.ContainsAny(username, notInNames+"',:`") || strings.ContainsFunc(username, unicode.IsSpace), "username", "error-username-invalid-character")
	note(strings.ContainsAny(value(rep.FirstName), notInNames), "firstName", "error-person-name-invalid-character")
	note(strings.ContainsAny(value(rep.LastName), notInNames), "lastName", "error-person-name-invalid-character")
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return refusal{http.StatusBadRequest, problems[0]}
	default:
		return refusal{http.StatusBadRequest, failure{Errors: problems}}
	}
}

func isEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	local, domain, _ := strings.Cut(text, "@")
	return err == nil && parsed.Address == text && len(local) <= 64 && !strings.ContainsAny(domain, "_ ")
}
