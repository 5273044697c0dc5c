package giteaweb

import (
	"net/http"
	"net/url"
)

const (
	signInPath         = "/user/login"
	changePasswordPath = "/user/settings/change_password"
)

// home stands for every page that the tests do not look at.
func (p *Pages) home(w http.ResponseWriter, _ *http.Request, _ *session) {
	p.page(w, http.StatusOK, "home", nil)
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request, s *session) {
	if s.user != "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p.signInForm(w, s, "", "")
}

// signInForm shows the form. After an attempt it holds what was sent, the
// password too, as the real one does.
func (p *Pages) signInForm(w http.ResponseWriter, s *session, name, password string) {
	p.page(w, http.StatusOK, "signin", map[string]any{
		"CSRF": p.csrf(s), "Captcha": p.options.Captcha, "NoForm": p.options.NoPasswordForm,
		"Failed": name != "", "Name": name, "Password": password,
	})
}

func (p *Pages) csrf(s *session) string {
	if p.options.CSRF {
		return s.csrf
	}
	return ""
}

// forged says whether a form came without the field that it was sent with.
func (p *Pages) forged(w http.ResponseWriter, r *http.Request, s *session) bool {
	if !p.options.CSRF || r.PostFormValue("_csrf") == s.csrf {
		return false
	}
	http.Error(w, "Invalid CSRF token.", http.StatusBadRequest)
	return true
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, s *session) {
	switch {
	case p.forged(w, r, s):
		return
	case p.options.NoPasswordForm:
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	}
	name, password := r.PostFormValue("user_name"), r.PostFormValue("password")
	account, known := p.directory.Account(name)
	switch {
	case !known || account.Password != password || p.options.Captcha:
		p.signInForm(w, s, name, password)
	case account.Prohibited:
		p.page(w, http.StatusOK, "prohibited", nil)
	case account.TwoFactor:
		http.Redirect(w, r, "/user/two_factor", http.StatusSeeOther)
	default:
		s.user = account.Name
		p.renewed(w, s)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// detained redirects a user who may not go on to the page that lets them. It says
// whether it did.
func (p *Pages) detained(w http.ResponseWriter, r *http.Request, s *session) bool {
	account, known := p.directory.Account(s.user)
	switch {
	case s.user == "" || !known:
		http.Redirect(w, r, signInPath+"?redirect_to="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
	case account.Prohibited:
		p.page(w, http.StatusOK, "prohibited", nil)
	case account.MustChangePassword:
		http.Redirect(w, r, changePasswordPath, http.StatusSeeOther)
	default:
		return false
	}
	return true
}
