// Package encrypt makes encrypted values for tests, as the sops command does and
// with its own library.
package encrypt

import (
	"crypto/rand"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	storeyaml "github.com/getsops/sops/v3/stores/yaml"
)

// Identity is a new key, whose String is what decrypts.
func Identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// YAMLStore reads and writes YAML.
func YAMLStore() sops.Store { return storeyaml.NewStore(&config.YAMLStoreConfig{Indent: 2}) }

// Document encrypts a document of the store's format.
func Document(t testing.TB, store sops.Store, plain string, rules sops.Metadata, recipients ...*age.X25519Identity) string {
	t.Helper()
	branches, err := store.LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return Tree(t, store, sops.Tree{Branches: branches, Metadata: rules}, aes.NewCipher(), recipients...)
}

// Tree encrypts a parsed document with a cipher of the test's own.
func Tree(t testing.TB, store sops.Store, tree sops.Tree, cipher sops.Cipher, recipients ...*age.X25519Identity) string {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	var group sops.KeyGroup
	for _, identity := range recipients {
		master, err := sopsage.MasterKeyFromRecipient(identity.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := master.Encrypt(key); err != nil {
			t.Fatal(err)
		}
		group = append(group, master)
	}
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.KeyGroups = []sops.KeyGroup{group}
	tree.Metadata.Version = "3.13.3"
	tree.Metadata.LastModified = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, tree.Metadata.LastModified.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	out, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
