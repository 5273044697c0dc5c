// Package sops decrypts what SOPS encrypted for age, with the keys that it is
// given and no others.
package sops

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	library "github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/tasks/values/tree"
)

const sopsKey = "sops"

// Decrypt returns root without SOPS's metadata and with every value in the
// clear; a file without metadata is returned as it is. The tree keeps its
// positions.
//
// Of the sops library only the tree, the cipher and the age key are used: its
// loaders and its decrypt package link the clients of every cloud's key
// service.
func Decrypt(ctx context.Context, root *tree.Node, keys *Keys) (*tree.Node, tree.Problems) {
	meta := root.Get(sopsKey)
	if meta == nil || meta.Kind != tree.Mapping {
		return root, nil
	}
	root.Fields = slices.DeleteFunc(root.Fields, func(f tree.Field) bool { return f.Name == sopsKey })
	rules, problem := sopsRules(meta)
	if problem != nil {
		return nil, tree.Problems{*problem}
	}
	key, problems := dataKey(ctx, meta, keys)
	if len(problems) > 0 {
		return nil, problems
	}
	if problem := decryptTree(root, meta, rules, key); problem != nil {
		return nil, tree.Problems{*problem}
	}
	return root, nil
}

// sopsRules reads which values are encrypted, and when that was done.
func sopsRules(meta *tree.Node) (library.Metadata, *tree.Problem) {
	rules := library.Metadata{
		UnencryptedSuffix: meta.Get("unencrypted_suffix").ScalarText(),
		EncryptedSuffix:   meta.Get("encrypted_suffix").ScalarText(),
		UnencryptedRegex:  meta.Get("unencrypted_regex").ScalarText(),
		EncryptedRegex:    meta.Get("encrypted_regex").ScalarText(),
		MACOnlyEncrypted:  meta.Get("mac_only_encrypted").ScalarText() == "true",
	}
	given := slices.DeleteFunc([]string{rules.UnencryptedSuffix, rules.EncryptedSuffix, rules.UnencryptedRegex, rules.EncryptedRegex}, isEmpty)
	_, noRegexp := regexp.Compile(rules.UnencryptedRegex + rules.EncryptedRegex)
	modified, noTime := time.Parse(time.RFC3339, meta.Get("lastmodified").ScalarText())
	rules.LastModified = modified
	fault := ""
	switch {
	case meta.Get("encrypted_comment_regex") != nil, meta.Get("unencrypted_comment_regex") != nil:
		fault = "rules for comments (…_comment_regex) are not supported"
	case len(given) > 1:
		fault = "has more than one rule for what is encrypted"
	case noRegexp != nil:
		fault = "has a regular expression that cannot be compiled"
	case noTime != nil:
		fault = "lastmodified is not a time"
	case len(given) == 0:
		rules.UnencryptedSuffix = library.DefaultUnencryptedSuffix
	}
	if fault == "" {
		return rules, nil
	}
	p := meta.At.Problem(sopsKey, "%s", fault)
	return rules, &p
}

func isEmpty(s string) bool { return s == "" }

// decryptTree decrypts root in place and checks that it was not changed since.
func decryptTree(root, meta *tree.Node, rules library.Metadata, key []byte) *tree.Problem {
	branch := treeBranch(root)
	cipher := &watchedCipher{inner: aes.NewCipher()}
	mac, err := library.Tree{Metadata: rules, Branches: library.TreeBranches{branch}}.Decrypt(key, cipher)
	if err != nil {
		return cipher.problem(root, meta)
	}
	want, err := cipher.inner.Decrypt(meta.Get("mac").ScalarText(), key, rules.LastModified.Format(time.RFC3339))
	if err != nil || want != mac {
		p := meta.At.Problem(sopsKey, "the file was changed after it was encrypted (its MAC does not match): encrypt it again")
		return &p
	}
	restore(root, branch)
	return nil
}

var errBytes = errors.New("bytes cannot be a value")

// watchedCipher remembers which value could not be decrypted. The library's
// error does not say which, and it quotes what may be a secret that was
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
	c.unencrypted = !strings.HasPrefix(ciphertext, tree.EncryptedMark)
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

func (c *watchedCipher) problem(root, meta *tree.Node) *tree.Problem {
	at, path := meta.At, sopsKey
	if n, found := findValue(root, "", "", c.failed); n != nil {
		at, path = n.At, found
	}
	message := "cannot be decrypted: it was changed after the file was encrypted"
	switch {
	case c.failed == "":
		message = "the file holds a number or a flag in the clear: encrypt it again"
	case c.unencrypted:
		message = "is in the clear in an encrypted file: encrypt it again"
	}
	p := at.Problem(path, "%s", message)
	return &p
}

// findValue returns the value at a path of the library, and its dotted path.
func findValue(n *tree.Node, at, dotted, want string) (*tree.Node, string) {
	for _, f := range n.Fields {
		here := at + f.Name + ":"
		if here == want {
			return f.Value, tree.Join(dotted, f.Name)
		}
		if strings.HasPrefix(want, here) {
			return findValue(f.Value, here, tree.Join(dotted, f.Name), want)
		}
	}
	return nil, ""
}

// treeBranch gives the library its own kind of tree. Comments are left out:
// they are not part of the MAC.
func treeBranch(n *tree.Node) library.TreeBranch {
	out := make(library.TreeBranch, len(n.Fields))
	for i, f := range n.Fields {
		out[i] = library.TreeItem{Key: f.Name, Value: treeValue(f.Value)}
	}
	return out
}

func treeValue(n *tree.Node) any {
	switch n.Kind {
	case tree.Mapping:
		return treeBranch(n)
	case tree.Sequence:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = treeValue(item)
		}
		return out
	case tree.Scalar:
		var out any
		// A text could be taken for something else.
		if n.Tag != tree.TagText && (&yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}).Decode(&out) == nil {
			return out
		}
	}
	return n.Text
}

// restore writes the decrypted values into the nodes that they came from.
func restore(n *tree.Node, value any) {
	switch value := value.(type) {
	case library.TreeBranch:
		for i, item := range value {
			restore(n.Fields[i].Value, item.Value)
		}
	case []any:
		restoreItems(n, value)
	default:
		if n.Kind == tree.Scalar && strings.HasPrefix(n.Text, tree.EncryptedMark) {
			n.Tag, n.Text = scalarOf(value)
		}
	}
}

// restoreItems drops the comments, which SOPS keeps in lists as encrypted
// items.
func restoreItems(n *tree.Node, values []any) {
	kept := n.Items[:0]
	for i, value := range values {
		if _, comment := value.(library.Comment); comment {
			continue
		}
		restore(n.Items[i], value)
		kept = append(kept, n.Items[i])
	}
	n.Items = kept
}

func scalarOf(value any) (t tree.Tag, text string) {
	switch value := value.(type) {
	case string:
		return tree.TagText, value
	case int:
		return tree.TagInt, strconv.Itoa(value)
	case float64:
		return tree.TagFloat, strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return tree.TagBool, strconv.FormatBool(value)
	case time.Time:
		return tree.TagTime, value.Format(time.RFC3339)
	}
	return tree.TagNull, ""
}
