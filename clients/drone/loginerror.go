package drone

import "strings"

// Step is a part of the login, by what is being done.
type Step string

// The steps of a login, in their order. StepGrant is left out where the consent is on record.
const (
	StepBegin     Step = "asking Drone for its login"
	StepSignIn    Step = "logging in to Gitea"
	StepAuthorize Step = "asking Gitea for access"
	StepGrant     Step = "giving Drone access"
	StepEnd       Step = "handing Gitea's code to Drone"
)

// Cause is why a server refuses a login, in words.
type Cause string

// The causes that can be told apart.
const (
	NotByGitea         Cause = "Drone does not send people to Gitea"
	NoPasswordForm     Cause = "Gitea takes no passwords in its login form"
	Captcha            Cause = "Gitea wants a captcha"
	WrongPassword      Cause = "Gitea does not accept the user's name and password"
	Prohibited         Cause = "Gitea does not let the user log in"
	MustChangePassword Cause = "the user must choose a new password first"
	TwoFactor          Cause = "Gitea wants a second factor"
	SessionLost        Cause = "Gitea forgot the session"
	UnknownClient      Cause = "Gitea does not know Drone's OAuth2 application"
	WrongRedirect      Cause = "Gitea's OAuth2 application does not lead back to Drone"
	WrongClientSecret  Cause = "Gitea does not accept Drone's client secret"
	MachineAccount     Cause = "Drone's account of this name is a machine's"
	Inactive           Cause = "Drone's account of this name is switched off"
	Refused            Cause = "refused"
	Unexpected         Cause = "the answer is not the expected one"
)

// Remedy says what to do about a cause; empty when that depends on what the server said.
func (c Cause) Remedy() string {
	return map[Cause]string{
		NotByGitea:         "set DRONE_GITEA_SERVER of Drone, and use Drone's own address here",
		NoPasswordForm:     "set ENABLE_PASSWORD_SIGNIN_FORM = true in Gitea's [service]",
		Captcha:            "set REQUIRE_CAPTCHA_FOR_LOGIN = false in Gitea's [service]",
		WrongPassword:      "set the password that the values name in Gitea, or the right one in the values; wait if Gitea locked the account",
		Prohibited:         "activate the account in Gitea and allow it to log in",
		MustChangePassword: "clear it with: gitea admin user change-password --must-change-password=false",
		TwoFactor:          "use an account without a second factor: a job has none",
		SessionLost:        "let cookies pass between here and Gitea",
		UnknownClient:      "run gitea-repos, which makes the application, and restart Drone with the Secret drone-source-control",
		WrongRedirect:      "run gitea-repos: the application must redirect to <Drone>/login, with the scheme and host that Drone has in DRONE_SERVER_PROTO and DRONE_SERVER_HOST",
		WrongClientSecret:  "restart Drone with the Secret drone-source-control that gitea-repos wrote last",
		MachineAccount:     "use an account of a person: create it in DRONE_USER_CREATE with machine:false",
		Inactive:           "activate the account in Drone",
	}[c]
}

// LoginError is a login that a server refused. It holds no secret.
type LoginError struct {
	Step   Step
	Cause  Cause
	Detail string // what the server said; may be empty
}

func (e *LoginError) Error() string {
	words := string(e.Step) + ": " + string(e.Cause)
	if detail := strings.TrimSpace(e.Detail); detail != "" {
		words += " (" + detail + ")"
	}
	if remedy := e.Cause.Remedy(); remedy != "" {
		words += ": " + remedy
	}
	return words
}

// Unauthorized tells that the account is at fault: trying again does not help, and may lock it.
func (e *LoginError) Unauthorized() bool {
	switch e.Cause {
	case NoPasswordForm, Captcha, WrongPassword, Prohibited, MustChangePassword, TwoFactor, MachineAccount, Inactive:
		return true
	case NotByGitea, SessionLost, UnknownClient, WrongRedirect, WrongClientSecret, Refused, Unexpected:
	}
	return false
}
