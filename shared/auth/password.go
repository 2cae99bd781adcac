package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password: 19 MiB and two passes on one thread, the first choice of the OWASP Password Storage Cheat
// Sheet. It is kept beside every hash, so that it can be raised without locking anyone out.
const (
	passwordMemory  = 19 << 10 // KiB
	passwordPasses  = 2
	passwordThreads = 1
	saltSize        = 16 // bytes, as RFC 9106 §3.1 recommends
	hashSize        = 32 // bytes
)

// What a hash on record may cost at most to check: more is no cost that was ever set here.
const (
	memoryLimit  = 1 << 20 // KiB
	passesLimit  = 16
	threadsLimit = 16
)

// cost is the parameters of one argon2id hash.
type cost struct {
	memory  uint32
	passes  uint32
	threads uint8
}

// presentCost is what new hashes cost.
var presentCost = cost{passwordMemory, passwordPasses, passwordThreads}

// HashPassword returns the argon2id hash (RFC 9106) of password under a fresh salt, in PHC string form:
// "$argon2id$v=19$m=…,t=…,p=…$salt$hash", both in base64 without padding.
func HashPassword(password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the process instead
	c := presentCost
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads,
		encode(salt), encode(c.key(password, salt, hashSize)))
}

// NoPassword is the hash of no password: a salt and a key of zeros, at the cost of HashPassword. An account that has it
// looks from outside like any other.
var NoPassword = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, passwordMemory, passwordPasses,
	passwordThreads, strings.Repeat("A", 22), strings.Repeat("A", 43))

// CheckPassword reports whether hash is that of password. With an empty hash, for somebody who does not exist, it
// works as long as with a real one and says no: how long an answer takes must not tell who has an account.
func CheckPassword(hash, password string) bool {
	exists := hash != ""
	if !exists {
		hash = NoPassword
	}
	c, salt, want, ok := parseHash(hash)
	if !ok {
		return false
	}
	got := c.key(password, salt, uint32(len(want))) //#nosec G115 -- parseHash bounds it
	return subtle.ConstantTimeCompare(got, want) == 1 && exists
}

// Outdated reports whether a hash that a password has just opened was made at another cost than new ones are. Only at
// that moment is the password there to make a new one of.
func Outdated(hash string) bool {
	c, salt, key, ok := parseHash(hash)
	return !ok || c != presentCost || len(salt) != saltSize || len(key) != hashSize
}

func (c cost) key(password string, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, size)
}

// parseHash reads a PHC string. What is not exactly of that form, or would cost more than the limits, is no hash.
func parseHash(hash string) (c cost, salt, key []byte, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); n != 3 || err != nil {
		return cost{}, nil, nil, false
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	sane := c.memory > 0 && c.memory <= memoryLimit && c.passes > 0 && c.passes <= passesLimit &&
		c.threads > 0 && c.threads <= threadsLimit && len(salt) >= 8 && len(key) >= 16 && len(key) <= 64
	return c, salt, key, sane && saltErr == nil && keyErr == nil
}
