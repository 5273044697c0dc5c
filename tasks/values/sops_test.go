package values_test

import (
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	storejson "github.com/getsops/sops/v3/stores/json"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/encrypt"
	"otomi.io/tasks/tasks/values"
)

const clearText = `# a comment
otomi:
  # another
  adminPassword: correct-horse # at the end
  hasExternalIDP: true
cluster:
  domainSuffix: example.com
apps:
  keycloak:
    tokenTTL: 600
    offlineMaxEnabled: false
    theme: ""
    idp: {clientSecret: "staple: \"battery\" ☂"}
    redirectURIs:
      # inside a list
      - https://a.example.com/*
      - https://b.example.com/*
other:
  - 1.5
  - null
  - 2024-01-01T00:00:00Z
  - {x_unencrypted: [7, seen]}
  - ""
teamConfig:
  demo:
    password: horse
    users:
      # a person
      - email: noor@example.com # who is here
      # another
      - email: emeka@example.com
`

// unsealed is what must come out of clearText.
func unsealed(v values.Values) []any {
	k := v.Apps.Keycloak
	return []any{
		v.Otomi.AdminPassword.Reveal(), v.Otomi.HasExternalIDP, v.Cluster.DomainSuffix, k.TokenTTL, k.OfflineMaxEnabled, k.Theme,
		k.ClientSecret.Reveal(), k.RedirectURIs, v.Teams["demo"].Password.Reveal(),
		v.Teams["demo"].Users[0].Email, v.Teams["demo"].Users[1].Email,
	}
}

func TestSopsRoundTrip(t *testing.T) {
	identity, second, stranger := encrypt.Identity(t), encrypt.Identity(t), encrypt.Identity(t)
	want := []any{
		"correct-horse", true, "example.com", 600, false, "otomi", `staple: "battery" ☂`,
		[]string{"https://a.example.com/*", "https://b.example.com/*"}, "horse",
		"noor@example.com", "emeka@example.com",
	}
	cases := map[string]struct {
		reason     string
		rules      sops.Metadata
		recipients []*age.X25519Identity
		env        map[string]string
		// hides says that adminPassword must be ciphertext in the file.
		hides bool
	}{
		"Everything":       {reason: "the suffix that is sops's default", rules: sops.Metadata{UnencryptedSuffix: "_unencrypted"}, hides: true},
		"NoRule":           {reason: "no rule means that default", rules: sops.Metadata{UnencryptedSuffix: "_unencrypted"}, hides: true},
		"EncryptedRegex":   {reason: "only what matches", rules: sops.Metadata{EncryptedRegex: "(?i)(password|secret)$"}, hides: true},
		"UnencryptedRegex": {reason: "all but what matches", rules: sops.Metadata{UnencryptedRegex: "^(cluster|apps)$"}, hides: true},
		"EncryptedSuffix":  {reason: "only what ends so", rules: sops.Metadata{EncryptedSuffix: "Password"}, hides: true},
		"NothingEncrypted": {reason: "a rule that hides nothing still has a MAC", rules: sops.Metadata{EncryptedSuffix: "_nowhere"}},
		"MACOnlyEncrypted": {reason: "the MAC may leave out what is clear", rules: sops.Metadata{EncryptedRegex: "assword$", MACOnlyEncrypted: true}, hides: true},
		"SecondRecipient":  {reason: "any recipient will do", rules: sops.Metadata{UnencryptedSuffix: "_u"}, recipients: []*age.X25519Identity{stranger, identity}, hides: true},
		"SeveralKeys":      {reason: "any identity will do", rules: sops.Metadata{UnencryptedSuffix: "_u"}, env: map[string]string{"SOPS_AGE_KEY": "# mine\n" + second.String() + "\n\n" + identity.String() + "\n"}, hides: true},
		"KeyFile":          {reason: "the identity may be in a file", rules: sops.Metadata{UnencryptedSuffix: "_u"}, env: map[string]string{"SOPS_AGE_KEY_FILE": "keys.txt"}, hides: true},
		"KeyAndFile":       {reason: "both places count", rules: sops.Metadata{UnencryptedSuffix: "_u"}, env: map[string]string{"SOPS_AGE_KEY": second.String(), "SOPS_AGE_KEY_FILE": "keys.txt"}, hides: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.recipients == nil {
				c.recipients = []*age.X25519Identity{identity}
			}
			if c.env == nil {
				c.env = map[string]string{"SOPS_AGE_KEY": identity.String()}
			}
			sealed := encrypt.Document(t, encrypt.YAMLStore(), clearText, c.rules, c.recipients...)
			if c.hides == strings.Contains(sealed, "correct-horse") {
				t.Fatalf("%s: the test encrypts wrongly:\n%s", c.reason, sealed)
			}
			unpack(t, "-- keys.txt --\n# created: today\n"+identity.String()+"\n")
			write(t, "env/secrets.settings.yaml", []byte(sealed))
			v := load(t, values.Request{Sources: []string{"."}, Env: c.env})
			if diff := cmp.Diff(want, unsealed(v)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestSopsJSON(t *testing.T) {
	identity := encrypt.Identity(t)
	store := storejson.NewStore(&config.JSONStoreConfig{Indent: 2})
	sealed := encrypt.Document(t, store, `{"otomi": {"adminPassword": "pw\u2602"}, "apps": {"keycloak": {"tokenTTL": 60, "x": [1.5, null, {"y": true}]}}}`, sops.Metadata{UnencryptedSuffix: "_u"}, identity)
	unpack(t, "")
	write(t, "secrets.json", []byte(sealed))
	v := load(t, values.Request{Sources: []string{"secrets.json"}, Env: map[string]string{"SOPS_AGE_KEY": identity.String()}})
	if diff := cmp.Diff([]any{"pw☂", 60}, []any{v.Otomi.AdminPassword.Reveal(), v.Apps.Keycloak.TokenTTL}); diff != "" {
		t.Errorf("encrypted JSON: -want, +got:\n%s", diff)
	}
}

// TestSopsKeepsPlaces finds a wrong value where it is in the encrypted
// file.
func TestSopsKeepsPlaces(t *testing.T) {
	identity := encrypt.Identity(t)
	sealed := encrypt.Document(t, encrypt.YAMLStore(), "otomi:\n  adminPassword: a\n  hasExternalIDP: maybe\napps:\n  keycloak:\n    tokenTTL: -1\n", sops.Metadata{UnencryptedSuffix: "_u"}, identity)
	unpack(t, "")
	write(t, "s.yaml", []byte(sealed))
	_, err := values.Load(t.Context(), values.Request{Sources: []string{"s.yaml"}, Env: map[string]string{"SOPS_AGE_KEY": identity.String()}})
	want := []string{
		`s.yaml:3:19: otomi.hasExternalIDP: want true or false, got text`,
		`s.yaml:6:15: apps.keycloak.tokenTTL: -1 is not between 1 and 2147483647`,
	}
	if diff := diffMessages(want, messages(t, err)); diff != "" {
		t.Errorf("Load(...): -want, +got:\n%s", diff)
	}
}

func TestSopsProblems(t *testing.T) {
	identity, stranger := encrypt.Identity(t), encrypt.Identity(t)
	recipient := identity.Recipient().String()
	sealed := encrypt.Document(t, encrypt.YAMLStore(), "otomi:\n  adminPassword: correct-horse\n  hasExternalIDP: true\n  note_u: seen\n", sops.Metadata{UnencryptedSuffix: "_u"}, identity)
	ageKey := map[string]string{"SOPS_AGE_KEY": identity.String()}
	cipherText := regexp.MustCompile(`data:[^,]+,`)
	ageList := regexp.MustCompile(`(?ms)^ {2}age:.*?^ {2}lastmodified`)
	const changed = `s.yaml:6:3: sops: the file was changed after it was encrypted (its MAC does not match): encrypt it again`
	cases := map[string]struct {
		reason string
		file   string
		env    map[string]string
		want   []string
	}{
		"NoKey":        {reason: "say which variables", file: sealed, want: []string{`s.yaml:6:3: sops: is encrypted: set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE; the platform keeps the key in Secret otomi-pipelines/otomi-sops-secrets or apl-operator/apl-sops-secrets, key SOPS_AGE_KEY`}},
		"WrongKey":     {reason: "say for whom it is", file: sealed, env: map[string]string{"SOPS_AGE_KEY": stranger.String()}, want: []string{`s.yaml:6:3: sops: is encrypted for ` + recipient + `, and no age key given fits`}},
		"NotAKey":      {reason: "and do not show the supposed key", file: sealed, env: map[string]string{"SOPS_AGE_KEY": "hunter2"}, want: []string{`env: SOPS_AGE_KEY: holds something else than age identities (AGE-SECRET-KEY-…)`}},
		"NoKeyFile":    {reason: "the file may be missing", file: sealed, env: map[string]string{"SOPS_AGE_KEY_FILE": "gone"}, want: []string{`env: SOPS_AGE_KEY_FILE: reading gone: no such file or directory`}},
		"ClearChanged": {reason: "the MAC covers what is clear", file: strings.Replace(sealed, "seen", "unseen", 1), env: ageKey, want: []string{changed}},
		"KeyRemoved":   {reason: "the MAC covers what is gone", file: regexp.MustCompile(`(?m)^ *note_u.*\n`).ReplaceAllString(sealed, ""), env: ageKey, want: []string{strings.Replace(changed, ":6:", ":5:", 1)}},
		"MACLost":      {reason: "a file without a MAC proves nothing", file: regexp.MustCompile(`(?m)^ *mac:.*\n`).ReplaceAllString(sealed, ""), env: ageKey, want: []string{changed}},
		"DateChanged":  {reason: "the MAC is bound to the date", file: strings.Replace(sealed, "2024-01-02T03:04:05Z", "2025-01-02T03:04:05Z", 1), env: ageKey, want: []string{changed}},
		"Damaged":      {reason: "name the value that was changed", file: strings.Replace(sealed, cipherText.FindString(sealed), "data:AAAAAAAAAAAAAAAAAA==,", 1), env: ageKey, want: []string{`s.yaml:2:18: otomi.adminPassword: cannot be decrypted: it was changed after the file was encrypted`}},
		"ClearText":    {reason: "name the value, do not show it", file: strings.Replace(sealed, "otomi:\n", "otomi:\n  added: correct-horse\n", 1), env: ageKey, want: []string{`s.yaml:2:10: otomi.added: is in the clear in an encrypted file: encrypt it again`}},
		"ClearNumber":  {reason: "the library does not say which", file: strings.Replace(sealed, "otomi:\n", "otomi:\n  added: 12\n", 1), env: ageKey, want: []string{`s.yaml:7:3: sops: the file holds a number or a flag in the clear: encrypt it again`}},
		"DamagedKey":   {reason: "a data key that was cut", file: regexp.MustCompile(`(?m)^( *)-----END AGE`).ReplaceAllString(sealed, "$1-----END XXX"), env: ageKey, want: []string{`s.yaml:6:3: sops: the data key for ` + recipient + ` is damaged`}},
		"CloudOnly":    {reason: "other keys than age are not supported", file: ageList.ReplaceAllString(sealed, "  kms:\n    - arn: a\n  pgp:\n    - fp: b\n  lastmodified"), env: ageKey, want: []string{`s.yaml:6:3: sops: is encrypted for kms, pgp only, and only age is supported: add an age recipient (sops updatekeys), or give it decrypted (sops decrypt, where those keys are)`}},
		"Nobody":       {reason: "metadata without keys", file: ageList.ReplaceAllString(sealed, "  lastmodified"), env: ageKey, want: []string{`s.yaml:6:3: sops: is encrypted for no recipient, and only age is supported: add an age recipient (sops updatekeys), or give it decrypted (sops decrypt, where those keys are)`}},
		"KeyGroups":    {reason: "shares of a key are not supported", file: ageList.ReplaceAllString(sealed, "  key_groups:\n    - age: []\n  lastmodified"), env: ageKey, want: []string{`s.yaml:7:5: sops.key_groups: key groups are not supported: encrypt with one group that has an age recipient`}},
		"CommentRule":  {reason: "comments are not read", file: strings.Replace(sealed, "  mac:", "  encrypted_comment_regex: x\n  mac:", 1), env: ageKey, want: []string{`s.yaml:6:3: sops: rules for comments (…_comment_regex) are not supported`}},
		"TwoRules":     {reason: "sops allows one", file: strings.Replace(sealed, "  mac:", "  encrypted_regex: x\n  mac:", 1), env: ageKey, want: []string{`s.yaml:6:3: sops: has more than one rule for what is encrypted`}},
		"BadRegexp":    {reason: "sops would take it for one that matches nothing", file: strings.Replace(sealed, "  unencrypted_suffix: _u", "  encrypted_regex: '['", 1), env: ageKey, want: []string{`s.yaml:6:3: sops: has a regular expression that cannot be compiled`}},
		"NoDate":       {reason: "the date is part of the MAC", file: strings.Replace(sealed, "2024-01-02T03:04:05Z", "yesterday", 1), env: ageKey, want: []string{`s.yaml:6:3: sops: lastmodified is not a time`}},
		"BytesPanic":   {reason: "the library panics on this type, which anyone who knows the recipient can write", file: withBytes(t, identity), env: ageKey, want: []string{`s.yaml:1:8: otomi: cannot be decrypted: it was changed after the file was encrypted`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, "")
			write(t, "s.yaml", []byte(c.file))
			_, err := values.Load(t.Context(), values.Request{Sources: []string{"s.yaml"}, Env: c.env, App: values.AppKeycloak})
			got := messages(t, err)
			if diff := diffMessages(c.want, got); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
			if text := strings.Join(got, "\n"); strings.Contains(text, "correct-horse") || strings.Contains(text, "hunter2") {
				t.Errorf("%s\na secret shows: %s", c.reason, text)
			}
		})
	}
}

// bytesCipher marks every value as bytes.
type bytesCipher struct{ aes.Cipher }

func (c bytesCipher) Encrypt(plaintext any, key []byte, path string) (string, error) {
	out, err := c.Cipher.Encrypt(plaintext, key, path)
	return strings.Replace(out, "type:str", "type:bytes", 1), err
}

func withBytes(t *testing.T, identity *age.X25519Identity) string {
	t.Helper()
	tree := sops.Tree{
		Branches: sops.TreeBranches{{{Key: "otomi", Value: "x"}}},
		Metadata: sops.Metadata{UnencryptedSuffix: "_u"},
	}
	return encrypt.Tree(t, encrypt.YAMLStore(), tree, bytesCipher{aes.NewCipher()}, identity)
}

// TestSopsKeysOnlyWhenNeeded leaves a key alone that nothing asks for.
func TestSopsKeysOnlyWhenNeeded(t *testing.T) {
	load(t, values.Request{Sources: []string{"testdata/full.yaml"}, Env: map[string]string{"SOPS_AGE_KEY": "not a key", "SOPS_AGE_KEY_FILE": "gone"}})
}
