package values

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	sopsage "github.com/getsops/sops/v3/age"
)

// The variables that hold age identities, as the sops command knows them.
const (
	ageKeyVariable     = "SOPS_AGE_KEY"
	ageKeyFileVariable = "SOPS_AGE_KEY_FILE"
)

// ageKeys are the identities given by the environment, read when the first
// encrypted file asks for them. Nothing else is searched: no home directory,
// no command, no agent.
type ageKeys struct {
	env        map[string]string
	read       bool
	identities sopsage.ParsedIdentities
}

// load returns the identities; the problems come with the first call only.
func (k *ageKeys) load() (sopsage.ParsedIdentities, Problems) {
	if k.read {
		return k.identities, nil
	}
	k.read = true
	var problems Problems
	if text := k.env[ageKeyVariable]; text != "" {
		problems = append(problems, k.parse(ageKeyVariable, []byte(text))...)
	}
	if path := k.env[ageKeyFileVariable]; path != "" {
		data, err := readFile(path)
		if err != nil {
			at := inVariable(ageKeyFileVariable)
			return k.identities, append(problems, at.problem("", "reading %s: %s", path, reason(err)))
		}
		problems = append(problems, k.parse(ageKeyFileVariable, data)...)
	}
	return k.identities, problems
}

// parse drops the library's error: it may quote the key.
func (k *ageKeys) parse(variable string, data []byte) Problems {
	identities, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		at := inVariable(variable)
		return Problems{at.problem("", "holds something else than age identities (AGE-SECRET-KEY-…)")}
	}
	k.identities = append(k.identities, identities...)
	return nil
}

// dataKey returns the key of a SOPS file by the first of its age recipients
// that an identity fits.
func dataKey(meta *node, keys *ageKeys) ([]byte, Problems) {
	recipients, problem := ageRecipients(meta)
	if problem != nil {
		return nil, Problems{*problem}
	}
	identities, problems := keys.load()
	if len(problems) > 0 {
		return nil, problems
	}
	if len(identities) == 0 {
		p := meta.at.problem("sops", "is encrypted: set %s or %s", ageKeyVariable, ageKeyFileVariable)
		return nil, Problems{p}
	}
	for _, recipient := range recipients {
		identities.ApplyToMasterKey(recipient)
		key, err := recipient.Decrypt()
		if err == nil {
			return key, nil
		}
		if other := new(age.NoIdentityMatchError); !errors.As(err, &other) {
			return nil, Problems{meta.at.problem("sops", "the data key for %s is damaged", shorten(recipient.Recipient))}
		}
	}
	return nil, Problems{meta.at.problem("sops", "is encrypted for %s, and no age key given fits", names(recipients))}
}

func names(recipients []*sopsage.MasterKey) string {
	out := make([]string, len(recipients))
	for i, r := range recipients {
		out[i] = shorten(r.Recipient)
	}
	return strings.Join(out, ", ")
}

// ageRecipients lists for whom the data key was encrypted.
func ageRecipients(meta *node) ([]*sopsage.MasterKey, *Problem) {
	if groups := meta.get("key_groups"); groups != nil && len(groups.items) > 0 {
		p := groups.at.problem("sops.key_groups", "key groups are not supported: encrypt with one group that has an age recipient")
		return nil, &p
	}
	var out []*sopsage.MasterKey
	if list := meta.get("age"); list != nil {
		for _, item := range list.items {
			out = append(out, &sopsage.MasterKey{Recipient: textOf(item.get("recipient")), EncryptedKey: textOf(item.get("enc"))})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	p := meta.at.problem("sops", "is encrypted for %s: only age is supported, add an age recipient", otherKeys(meta))
	return nil, &p
}

// otherKeys names the kinds of keys that are not age's.
func otherKeys(meta *node) string {
	var found []string
	for _, name := range []string{"kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp"} {
		if list := meta.get(name); list != nil && len(list.items) > 0 {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "nobody"
	}
	return fmt.Sprintf("%s only", strings.Join(found, ", "))
}

func textOf(n *node) string {
	if n == nil || n.kind != scalar {
		return ""
	}
	return n.text
}
