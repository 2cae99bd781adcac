// Package ids makes the ids of contracts, signers and accounts, and says what an id looks like.
package ids

import (
	"crypto/rand"
	"strings"
)

// What ids are made of: those of New, and those that events.DerivedID makes of others.
const (
	characters = "abcdefghijklmnopqrstuvwxyz0123456789"
	limit      = 64
)

// New makes the id of a contract, a signer or an account: 26 characters of lower-case base32, at least 128 random bits.
func New() string { return strings.ToLower(rand.Text()) }

// Valid reports whether text has an id's form: 1 to 64 lower-case letters and digits. Whether there is such a thing only
// persist knows.
func Valid(text string) bool {
	return text != "" && len(text) <= limit && strings.Trim(text, characters) == ""
}
