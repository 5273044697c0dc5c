package sops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	sopsage "github.com/getsops/sops/v3/age"

	"otomi.io/tasks/tasks/values/tree"
)

// platformKeys is where APL keeps the age key: up to 4.7 and from then on.
const platformKeys = "otomi-pipelines/otomi-sops-secrets or apl-operator/apl-sops-secrets"

// The variables that hold age identities, as the sops command knows them.
const (
	ageKeyVariable     = "SOPS_AGE_KEY"
	ageKeyFileVariable = "SOPS_AGE_KEY_FILE"
)

// Keys are the identities given by the environment, read when the first
// encrypted file asks for them. Nothing else is searched: no home directory,
// no command, no agent.
type Keys struct {
	// Env is the environment by name.
	Env        map[string]string
	read       bool
	identities sopsage.ParsedIdentities
}

// load returns the identities; the problems come with the first call only.
func (k *Keys) load(ctx context.Context) (sopsage.ParsedIdentities, tree.Problems) {
	if k.read {
		return k.identities, nil
	}
	k.read = true
	var problems tree.Problems
	if text := k.Env[ageKeyVariable]; text != "" {
		problems = append(problems, k.parse(ageKeyVariable, []byte(text))...)
	}
	if path := k.Env[ageKeyFileVariable]; path != "" {
		data, err := tree.ReadFile(ctx, path)
		if err != nil {
			at := tree.InVariable(ageKeyFileVariable)
			return k.identities, append(problems, at.Problem("", "reading %s: %s", path, tree.Reason(err)))
		}
		problems = append(problems, k.parse(ageKeyFileVariable, data)...)
	}
	return k.identities, problems
}

// parse drops the library's error: it may quote the key.
func (k *Keys) parse(variable string, data []byte) tree.Problems {
	identities, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		at := tree.InVariable(variable)
		return tree.Problems{at.Problem("", "holds something else than age identities (AGE-SECRET-KEY-…)")}
	}
	k.identities = append(k.identities, identities...)
	return nil
}

// dataKey returns the key of a SOPS file by the first of its age recipients
// that an identity fits.
func dataKey(ctx context.Context, meta *tree.Node, keys *Keys) ([]byte, tree.Problems) {
	recipients, problem := ageRecipients(meta)
	if problem != nil {
		return nil, tree.Problems{*problem}
	}
	identities, problems := keys.load(ctx)
	if len(problems) > 0 {
		return nil, problems
	}
	if len(identities) == 0 {
		p := meta.At.Problem("sops", "is encrypted: set %s or %s; the platform keeps the key in Secret %s, key %s",
			ageKeyVariable, ageKeyFileVariable, platformKeys, ageKeyVariable)
		return nil, tree.Problems{p}
	}
	for _, recipient := range recipients {
		identities.ApplyToMasterKey(recipient)
		key, err := recipient.Decrypt()
		if err == nil {
			return key, nil
		}
		if other := new(age.NoIdentityMatchError); !errors.As(err, &other) {
			return nil, tree.Problems{meta.At.Problem("sops", "the data key for %s is damaged", tree.Shorten(recipient.Recipient))}
		}
	}
	return nil, tree.Problems{meta.At.Problem("sops", "is encrypted for %s, and no age key given fits", recipientNames(recipients))}
}

func recipientNames(recipients []*sopsage.MasterKey) string {
	out := make([]string, len(recipients))
	for i, r := range recipients {
		out[i] = tree.Shorten(r.Recipient)
	}
	return strings.Join(out, ", ")
}

// ageRecipients lists for whom the data key was encrypted.
func ageRecipients(meta *tree.Node) ([]*sopsage.MasterKey, *tree.Problem) {
	if groups := meta.Get("key_groups"); groups != nil && len(groups.Items) > 0 {
		p := groups.At.Problem("sops.key_groups", "key groups are not supported: encrypt with one group that has an age recipient")
		return nil, &p
	}
	var out []*sopsage.MasterKey
	if list := meta.Get("age"); list != nil {
		for _, item := range list.Items {
			out = append(out, &sopsage.MasterKey{Recipient: item.Get("recipient").ScalarText(), EncryptedKey: item.Get("enc").ScalarText()})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	p := meta.At.Problem("sops", "is encrypted for %s, and only age is supported: add an age recipient (sops updatekeys), or give it decrypted "+
		"(sops decrypt, where those keys are)", otherKeys(meta))
	return nil, &p
}

// otherKeys names the kinds of keys that are not age's.
func otherKeys(meta *tree.Node) string {
	var found []string
	for _, name := range []string{"kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp"} {
		if list := meta.Get(name); list != nil && len(list.Items) > 0 {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "no recipient"
	}
	return fmt.Sprintf("%s only", strings.Join(found, ", "))
}
