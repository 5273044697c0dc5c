package fingerprint_test

import (
	"strings"
	"testing"

	"otomi.io/tasks/tasks/fingerprint"
)

func TestMatches(t *testing.T) {
	print, err := fingerprint.New("correct horse", fingerprint.Rounds)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason        string
		print, secret string
		want          bool
	}{
		"Same":         {"the secret that was printed", print, "correct horse", true},
		"Other":        {"another secret", print, "battery staple", false},
		"Empty":        {"no secret is not the secret", print, "", false},
		"NoPrint":      {"an unused server", "", "correct horse", false},
		"OtherScheme":  {"a fingerprint of a later version", strings.Replace(print, "sha256", "sha512", 1), "correct horse", false},
		"Cut":          {"an edited fingerprint", print[:len(print)-3], "correct horse", false},
		"TooManyRound": {"a print with too many rounds", "pbkdf2-sha256:99999999999:AAAA:AAAA", "correct horse", false},
		"NotBase64":    {"an invalid salt", "pbkdf2-sha256:1:!:AAAA", "correct horse", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := fingerprint.Matches(tc.print, tc.secret); got != tc.want {
				t.Errorf("%s: Matches = %t, want %t", tc.reason, got, tc.want)
			}
		})
	}
}

func TestNewIsSaltedAndSilent(t *testing.T) {
	first, err := fingerprint.New("correct horse", fingerprint.Rounds)
	if err != nil {
		t.Fatal(err)
	}
	second, err := fingerprint.New("correct horse", fingerprint.Rounds)
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Error("two prints of one secret are equal: there is no salt")
	}
	if strings.Contains(first, "correct") {
		t.Error("the print shows the secret")
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("pbkdf2-sha256:1:AAAA:AAAA", "secret")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, print, secret string) {
		if parts := strings.Split(print, ":"); len(parts) == 4 && len(parts[1]) > 4 {
			return // only slow, not different
		}
		if fingerprint.Matches(print, secret) && !strings.HasPrefix(print, "pbkdf2-sha256:") {
			t.Errorf("Matches(%q, %q) accepts a print that is not ours", print, secret)
		}
	})
}
