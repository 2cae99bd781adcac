package input

import (
	"crypto/rand"
	"strings"
)

// NewID makes the id of a contract, a signer or a user: rand.Text has 26 characters of base32, at least 128 random bits.
func NewID() string { return strings.ToLower(rand.Text()) }
