package drone

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindForm(t *testing.T) {
	cases := map[string]struct {
		reason, page string
		found        bool
		fields       map[string][]string
		captcha      bool
	}{
		"Hidden": {"hidden fields go back, others do not", `<form action="/user/login"><input type=hidden name=_csrf value="a&amp;b"><input name=user_name value=x><input type=hidden value=nameless></form>`,
			true, map[string][]string{"_csrf": {"a&b"}}, false},
		"SubPath":   {"a Gitea may live below a path, with a query", `<form action="https://example/git/user/login?redirect_to=x">`, true, map[string][]string{}, false},
		"Another":   {"other forms of the page do not count", `<form action="/explore"><input type=hidden name=q></form>`, false, nil, false},
		"Unclosed":  {"pages are not always well formed", `<div><form action=/user/login><input type=hidden name=a value=1><div>`, true, map[string][]string{"a": {"1"}}, false},
		"Captcha":   {"the image", `<form action="/user/login"><input name="img-captcha-response"></form>`, true, map[string][]string{}, true},
		"SiteKey":   {"the services", `<form action="/user/login"><div class="h-captcha" data-sitekey="k"></div></form>`, true, map[string][]string{}, true},
		"NoPage":    {"no page at all", "", false, nil, false},
		"BadAction": {"an invalid address", `<form action="http://h:port/user/login">`, false, nil, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f, found := findForm([]byte(tc.page), "/user/login")
			if found != tc.found || f.captcha != tc.captcha {
				t.Fatalf("%s: found %v, captcha %v", tc.reason, found, f.captcha)
			}
			if diff := cmp.Diff(tc.fields, map[string][]string(f.fields)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func FuzzPages(f *testing.F) {
	f.Add(`<form action="/user/login"><input type=hidden name=_csrf value=x></form>`)
	f.Add(`<h3 class="ui attached segment">Client ID <b>not</b> registered</h3>`)
	f.Add(strings.Repeat("<div>", 600))
	f.Fuzz(func(t *testing.T, page string) {
		form, found := findForm([]byte(page), signInPath)
		if !found && form.fields != nil {
			t.Errorf("fields %v of no form", form.fields)
		}
		for name := range form.fields {
			if name == "" {
				t.Error("a field without a name cannot be sent back")
			}
		}
		if words := heading([]byte(page)); words != strings.TrimSpace(words) {
			t.Errorf("heading %q", words)
		}
	})
}
