package values

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"go.yaml.in/yaml/v3"
)

const sopsKey = "sops"

// encryptedMark begins every value that SOPS encrypted.
const encryptedMark = "ENC[AES256_GCM,"

// decrypt returns root without SOPS's metadata and with every value in the
// clear; a file without metadata is returned as it is. The tree keeps its
// positions.
//
// Of the sops library only the tree, the cipher and the age key are used: its
// loaders and its decrypt package link the clients of every cloud's key
// service.
func decrypt(root *node, keys *ageKeys) (*node, Problems) {
	meta := root.get(sopsKey)
	if meta == nil || meta.kind != mapping {
		return root, nil
	}
	root.fields = slices.DeleteFunc(root.fields, func(f field) bool { return f.name == sopsKey })
	rules, problem := sopsRules(meta)
	if problem != nil {
		return nil, Problems{*problem}
	}
	key, problems := dataKey(meta, keys)
	if len(problems) > 0 {
		return nil, problems
	}
	if problem := decryptTree(root, meta, rules, key); problem != nil {
		return nil, Problems{*problem}
	}
	return root, nil
}

// sopsRules reads which values are encrypted, and when that was done.
func sopsRules(meta *node) (sops.Metadata, *Problem) {
	rules := sops.Metadata{
		UnencryptedSuffix: textOf(meta.get("unencrypted_suffix")),
		EncryptedSuffix:   textOf(meta.get("encrypted_suffix")),
		UnencryptedRegex:  textOf(meta.get("unencrypted_regex")),
		EncryptedRegex:    textOf(meta.get("encrypted_regex")),
		MACOnlyEncrypted:  textOf(meta.get("mac_only_encrypted")) == "true",
	}
	given := slices.DeleteFunc([]string{rules.UnencryptedSuffix, rules.EncryptedSuffix, rules.UnencryptedRegex, rules.EncryptedRegex}, isEmpty)
	_, noRegexp := regexp.Compile(rules.UnencryptedRegex + rules.EncryptedRegex)
	modified, noTime := time.Parse(time.RFC3339, textOf(meta.get("lastmodified")))
	rules.LastModified = modified
	fault := ""
	switch {
	case meta.get("encrypted_comment_regex") != nil, meta.get("unencrypted_comment_regex") != nil:
		fault = "rules for comments (…_comment_regex) are not supported"
	case len(given) > 1:
		fault = "has more than one rule for what is encrypted"
	case noRegexp != nil:
		fault = "has a regular expression that cannot be compiled"
	case noTime != nil:
		fault = "lastmodified is not a time"
	case len(given) == 0:
		rules.UnencryptedSuffix = sops.DefaultUnencryptedSuffix
	}
	if fault == "" {
		return rules, nil
	}
	p := meta.at.problem(sopsKey, "%s", fault)
	return rules, &p
}

func isEmpty(s string) bool { return s == "" }

// decryptTree decrypts root in place and checks that nobody changed it since.
func decryptTree(root, meta *node, rules sops.Metadata, key []byte) *Problem {
	branch := treeBranch(root)
	cipher := &watchedCipher{inner: aes.NewCipher()}
	mac, err := sops.Tree{Metadata: rules, Branches: sops.TreeBranches{branch}}.Decrypt(key, cipher)
	if err != nil {
		return cipher.problem(root, meta)
	}
	want, err := cipher.inner.Decrypt(textOf(meta.get("mac")), key, rules.LastModified.Format(time.RFC3339))
	if err != nil || want != mac {
		p := meta.at.problem(sopsKey, "the file was changed after it was encrypted (its MAC does not match): encrypt it again")
		return &p
	}
	restore(root, branch)
	return nil
}

var errBytes = errors.New("bytes cannot be a value")

// watchedCipher remembers which value could not be decrypted. The library's
// error does not say which, and it quotes what may be a secret that somebody
// added in the clear.
type watchedCipher struct {
	inner       aes.Cipher
	failed      string // path of the value, each name followed by ":"
	unencrypted bool
}

func (c *watchedCipher) Encrypt(plaintext any, key []byte, path string) (string, error) {
	return c.inner.Encrypt(plaintext, key, path)
}

func (c *watchedCipher) Decrypt(ciphertext string, key []byte, path string) (any, error) {
	c.unencrypted = !strings.HasPrefix(ciphertext, encryptedMark)
	// The library panics on values of this type.
	if strings.Contains(ciphertext, "type:bytes") {
		c.failed = path
		return nil, errBytes
	}
	out, err := c.inner.Decrypt(ciphertext, key, path)
	if err != nil {
		c.failed = path
	}
	return out, err
}

func (c *watchedCipher) problem(root, meta *node) *Problem {
	at, path := meta.at, sopsKey
	if n, found := findValue(root, "", "", c.failed); n != nil {
		at, path = n.at, found
	}
	message := "cannot be decrypted: it was changed after the file was encrypted"
	switch {
	case c.failed == "":
		message = "the file holds a number or a flag in the clear: encrypt it again"
	case c.unencrypted:
		message = "stands in the clear in an encrypted file: encrypt it again"
	}
	p := at.problem(path, "%s", message)
	return &p
}

// findValue returns the value at a path of the library, and its dotted path.
func findValue(n *node, at, dotted, want string) (*node, string) {
	for _, f := range n.fields {
		here := at + f.name + ":"
		if here == want {
			return f.value, join(dotted, f.name)
		}
		if strings.HasPrefix(want, here) {
			return findValue(f.value, here, join(dotted, f.name), want)
		}
	}
	return nil, ""
}

// treeBranch gives the library its own kind of tree. Comments are left out:
// they are no part of the MAC.
func treeBranch(n *node) sops.TreeBranch {
	out := make(sops.TreeBranch, len(n.fields))
	for i, f := range n.fields {
		out[i] = sops.TreeItem{Key: f.name, Value: treeValue(f.value)}
	}
	return out
}

func treeValue(n *node) any {
	switch n.kind {
	case mapping:
		return treeBranch(n)
	case sequence:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = treeValue(item)
		}
		return out
	case scalar:
		var out any
		// A text could be taken for something else.
		if n.tag != tagText && (&yaml.Node{Kind: yaml.ScalarNode, Value: n.text}).Decode(&out) == nil {
			return out
		}
	}
	return n.text
}

// restore writes the decrypted values into the nodes that they came from.
func restore(n *node, value any) {
	switch value := value.(type) {
	case sops.TreeBranch:
		for i, item := range value {
			restore(n.fields[i].value, item.Value)
		}
	case []any:
		restoreItems(n, value)
	default:
		if n.kind == scalar && strings.HasPrefix(n.text, encryptedMark) {
			n.tag, n.text = scalarOf(value)
		}
	}
}

// restoreItems drops the comments, which SOPS keeps in lists as encrypted
// items.
func restoreItems(n *node, values []any) {
	kept := n.items[:0]
	for i, value := range values {
		if _, comment := value.(sops.Comment); comment {
			continue
		}
		restore(n.items[i], value)
		kept = append(kept, n.items[i])
	}
	n.items = kept
}

func scalarOf(value any) (t tag, text string) {
	switch value := value.(type) {
	case string:
		return tagText, value
	case int:
		return tagInt, strconv.Itoa(value)
	case float64:
		return tagFloat, strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return tagBool, strconv.FormatBool(value)
	case time.Time:
		return tagTime, value.Format(time.RFC3339)
	}
	return tagNull, ""
}
