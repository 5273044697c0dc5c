package rule_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"otomi.io/tasks/tasks/values/rule"
)

// rsaKey is a public key of so many bits whose private key does not exist.
func rsaKey(t *testing.T, bits uint) string {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return line(t, &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
}

func line(t *testing.T, public any) string {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// TestSSHKey: what Gitea would refuse after the first writes is refused before.
func TestSSHKey(t *testing.T) {
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edLine := line(t, ed)
	_, blob, _ := strings.Cut(edLine, " ")
	cases := map[string]struct{ reason, key, want string }{
		"Ed25519":   {"with a comment", edLine + " argo@example.com", ""},
		"Ecdsa":     {"a curve", line(t, &curve.PublicKey), ""},
		"Rsa":       {"as long as Gitea wants it", rsaKey(t, 3072), ""},
		"Older":     {"which Gitea before 1.21 takes", rsaKey(t, 2048), ""},
		"Weak":      {"422 on every version", rsaKey(t, 1024), "is an RSA key of 1024 bits: Gitea takes none below 2048, newer ones none below 3072"},
		"Huge":      {"longer than OpenSSH makes them", rsaKey(t, 20000), "is not a public SSH key (type, key and perhaps a comment)"},
		"Long":      {"the server answers 500 without a reason", edLine + " " + strings.Repeat("x", 20000), "is longer than any public SSH key"},
		"Dsa":       {"a type that is no longer secure", "ssh-dss AAAAB3NzaC1kc3MAAAADAQAB", "is not a public SSH key (type, key and perhaps a comment)"},
		"WrongType": {"type and key contradict each other", "ssh-rsa " + blob, "is not a public SSH key (type, key and perhaps a comment)"},
		"Options":   {"a line of a server's file", `restrict,command="x" ` + edLine, "is not a public SSH key (type, key and perhaps a comment)"},
		"Cut":       {"a key that was copied in part", edLine[:40], "is not a public SSH key (type, key and perhaps a comment)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := rule.SSHKey(tc.key); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
