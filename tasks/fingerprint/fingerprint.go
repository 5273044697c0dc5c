// Package fingerprint remembers a secret that a server never returns: enough to
// tell the same secret from another one, too little to find it out.
package fingerprint

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Rounds make a print slow to try: it is stored beside the secret, where people with
// fewer rights may read it.
const Rounds = 50_000

const (
	scheme    = "pbkdf2-sha256"
	maxRounds = 10_000_000
	saltBytes = 16
	keyBytes  = 32
)

// New prints a secret with a fresh salt, as scheme:rounds:salt:key.
func New(secret string, rounds int) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never returns an error
	return build(secret, salt, rounds)
}

func build(secret string, salt []byte, rounds int) (string, error) {
	key, err := pbkdf2.Key(sha256.New, secret, salt, rounds, keyBytes)
	if err != nil {
		return "", fmt.Errorf("deriving the fingerprint of a secret: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return strings.Join([]string{scheme, strconv.Itoa(rounds), encode(salt), encode(key)}, ":"), nil
}

// Matches tells whether the print was made of this secret. A print that cannot
// be read matches nothing.
func Matches(print, secret string) bool {
	parts := strings.Split(print, ":")
	if len(parts) != 4 || parts[0] != scheme {
		return false
	}
	count, err := strconv.Atoi(parts[1])
	if err != nil || count < 1 || count > maxRounds {
		return false
	}
	salt, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	again, err := build(secret, salt, count)
	return err == nil && hmac.Equal([]byte(again), []byte(print))
}
