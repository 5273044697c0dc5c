package drone

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/transport"
)

// Account is the Gitea user whom Drone acts as.
type Account struct{ Username, Password string }

// Format keeps the password out of everything that is printed.
func (a Account) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, a.Username) }

// LoginOptions say who logs in where. Both addresses are those by which this program reaches the servers; people, and the servers'
// own redirects, may use others.
type LoginOptions struct {
	Drone     string // address of Drone
	Gitea     string // address of the Gitea that Drone builds from
	Account   Account
	Transport http.RoundTripper // must pass on answers other than 2xx
}

// The paths of the round trip, which are the same in every version.
const (
	loginPath     = "/login"                 // Drone: begins the round trip and ends it
	signInPath    = "/user/login"            // Gitea: form for name and password
	authorizePath = "/login/oauth/authorize" // Gitea: gives the code, or asks for consent
	grantPath     = "/login/oauth/grant"     // Gitea: takes the consent
)

// Login logs the account in at Drone by way of Gitea, as a person does with a browser: Drone then holds an OAuth token of this user,
// makes the account if there is none, and begins to read its repositories if that is more than a week ago. It sends the password to
// Gitea's login form and nowhere else, once. What goes wrong is a *[LoginError] where a server refuses, and names the step either way.
func Login(ctx context.Context, o LoginOptions) error {
	t, err := newTrip(o)
	if err != nil {
		return err
	}
	query, err := t.begin(ctx)
	if err != nil {
		return err
	}
	if err := t.signIn(ctx); err != nil {
		return err
	}
	code, err := t.authorize(ctx, query)
	if err != nil {
		return err
	}
	return t.end(ctx, code)
}

// PublicAddress asks Drone where people reach it: where it has Gitea send them back to after a login. Nothing else in its API tells.
// It fails with a *[LoginError] where Drone does not log people in by way of Gitea.
func PublicAddress(ctx context.Context, baseURL string, over http.RoundTripper) (string, error) {
	t, err := newTrip(LoginOptions{Drone: baseURL, Gitea: baseURL, Transport: over})
	if err != nil {
		return "", err
	}
	query, err := t.begin(ctx)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(query.Get("redirect_uri"), loginPath), nil
}

// trip is one login under way.
type trip struct {
	drone, gitea *site
	account      Account
	otherHost    string // where Drone sends people to log in, if that is not the Gitea that we know
}

func newTrip(o LoginOptions) (*trip, error) {
	drone, err := newSite(o.Drone, o.Transport)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Drone: %w", err)
	}
	gitea, err := newSite(o.Gitea, o.Transport)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Gitea: %w", err)
	}
	return &trip{drone: drone, gitea: gitea, account: o.Account}, nil
}

// begin asks Drone what it wants from Gitea: the query of the address that it sends people to.
func (t *trip) begin(ctx context.Context) (url.Values, error) {
	answer, err := t.drone.get(ctx, loginPath, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", StepBegin, err)
	}
	if answer.location == nil || !strings.HasSuffix(answer.location.Path, authorizePath) {
		return nil, &LoginError{Step: StepBegin, Cause: NotByGitea, Detail: answer.String()}
	}
	if at := *answer.location; address.OriginOf(&at) != t.gitea.origin() {
		t.otherHost = at.Scheme + "://" + at.Host
	}
	return answer.location.Query(), nil
}

// signIn gives name and password to Gitea. The form is read first: older versions want its _csrf field back.
func (t *trip) signIn(ctx context.Context) error {
	page, err := t.gitea.get(ctx, signInPath, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", StepSignIn, err)
	}
	form, found := findForm(page.body, signInPath)
	switch {
	case page.status != http.StatusOK:
		return &LoginError{Step: StepSignIn, Cause: Unexpected, Detail: page.String()}
	case !found:
		return &LoginError{Step: StepSignIn, Cause: NoPasswordForm}
	case form.captcha:
		return &LoginError{Step: StepSignIn, Cause: Captcha}
	}
	form.fields.Set("user_name", t.account.Username)
	form.fields.Set("password", t.account.Password)
	answer, err := t.gitea.post(ctx, signInPath, form.fields)
	if err != nil {
		return fmt.Errorf("%s: %w", StepSignIn, err)
	}
	if cause := signInCause(answer); cause != "" {
		return &LoginError{Step: StepSignIn, Cause: cause, Detail: answer.unless(cause)}
	}
	return nil
}

// signInCause tells from the answer to name and password why it is not a login. The page must not be quoted: it holds the password.
func signInCause(a *page) Cause {
	switch {
	case a.location != nil:
		return detour(a.location)
	case a.status == http.StatusForbidden:
		return NoPasswordForm
	case a.status != http.StatusOK:
		return Unexpected
	}
	if _, again := findForm(a.body, signInPath); again {
		return WrongPassword
	}
	return Prohibited
}

// detour tells where Gitea sends a user whom it does not let go on.
func detour(to *url.URL) Cause {
	for path, cause := range map[string]Cause{
		"/user/two_factor":               TwoFactor,
		"/user/webauthn":                 TwoFactor,
		"/user/settings/security":        TwoFactor, // where it demands a second factor of all users
		"/user/settings/change_password": MustChangePassword,
		signInPath:                       SessionLost,
	} {
		if strings.HasSuffix(to.Path, path) {
			return cause
		}
	}
	return ""
}

// authorize takes the code from Gitea, with the user's consent where it is not on record.
func (t *trip) authorize(ctx context.Context, query url.Values) (url.Values, error) {
	answer, err := t.gitea.get(ctx, authorizePath, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", StepAuthorize, err)
	}
	form, asks := findForm(answer.body, grantPath)
	if answer.status != http.StatusOK || !asks {
		return t.code(StepAuthorize, answer)
	}
	form.fields.Set("granted", "true")
	answer, err = t.gitea.post(ctx, grantPath, form.fields)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", StepGrant, err)
	}
	return t.code(StepGrant, answer)
}

// code reads the redirect back to Drone, which carries the code or an error.
func (t *trip) code(step Step, a *page) (url.Values, error) {
	if a.location == nil {
		return nil, t.noCode(step, a)
	}
	query := a.location.Query()
	if query.Get("code") != "" {
		return query, nil
	}
	if cause := detour(a.location); cause != "" {
		return nil, &LoginError{Step: step, Cause: cause}
	}
	return nil, &LoginError{Step: step, Cause: Refused, Detail: transport.Printable(query.Get("error") + " " + query.Get("error_description"))}
}

// noCode reads the page that Gitea shows where it does not even trust the redirect.
func (t *trip) noCode(step Step, a *page) error {
	cause := Unexpected
	words := heading(a.body)
	switch words {
	case "Client ID not registered":
		cause = UnknownClient
	case "Unregistered Redirect URI":
		cause = WrongRedirect
	}
	detail := a.String()
	if cause != Unexpected && t.otherHost != "" {
		detail = "Drone sends people to " + t.otherHost
	} else if words != "" {
		detail += ": " + transport.Printable(words)
	}
	return &LoginError{Step: step, Cause: cause, Detail: detail}
}

// end hands the code to Drone, which exchanges it for a token and begins a session.
func (t *trip) end(ctx context.Context, code url.Values) error {
	answer, err := t.drone.get(ctx, loginPath, code)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", StepEnd, err)
	case answer.location == nil:
		return &LoginError{Step: StepEnd, Cause: Unexpected, Detail: answer.String()}
	case strings.HasSuffix(answer.location.Path, "/login/error"):
		words := answer.location.Query().Get("message")
		return &LoginError{Step: StepEnd, Cause: droneCause(words), Detail: transport.Printable(words)}
	case !t.drone.holds("_session_"):
		return &LoginError{Step: StepEnd, Cause: Unexpected, Detail: "no session"}
	}
	return nil
}

// droneCause sorts the words that Drone shows on its page for failed logins.
func droneCause(words string) Cause {
	lower := strings.ToLower(words)
	switch {
	case strings.Contains(lower, "client secret"), strings.Contains(lower, "cannot load client"):
		return WrongClientSecret
	case strings.Contains(lower, "machine account"):
		return MachineAccount
	case strings.Contains(lower, "not active"):
		return Inactive
	}
	return Refused
}
