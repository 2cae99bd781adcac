package auth

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/paraphe/paraphe/shared/function"
)

// PrivateKey is an Ed25519 key with the name by which tokens refer to it.
type PrivateKey struct {
	ID  string
	Key func() ed25519.PrivateKey
}

// NewPrivateKey makes the key of a seed of 32 bytes. It is worked out at its first use: the first of a process costs a
// quarter of its start, for the tables of the curve.
func NewPrivateKey(id string, seed []byte) PrivateKey {
	return PrivateKey{ID: id, Key: sync.OnceValue(func() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(seed) })}
}

// PrivateKeys is a setting: "id:seed,id:seed", each seed 32 bytes in base64url. The first one signs; the others are
// named so that their public halves stay published while tokens that they signed still live.
type PrivateKeys []PrivateKey

// PublicKeys is a setting: "id:key,id:key", each key 32 bytes in base64url.
type PublicKeys map[string]ed25519.PublicKey

// SealKeys is a setting: "id:key,id:key", each key 32 bytes in base64url. The first one seals; all open.
type SealKeys []SealKey

// SealKey is a symmetric key with the id that stands in clear before what it sealed.
type SealKey struct {
	ID  string
	Key [32]byte
}

// nameLimit is the most characters of a key's name.
const nameLimit = 32

// isName reports whether a key may be called so: the name travels in headers and in front of sealed messages.
func isName(id string) bool {
	return id != "" && len(id) <= nameLimit && strings.Trim(id, letters+digits+"_-") == ""
}

// What names consist of. A pattern would be compiled at every start.
const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
)

// Decode implements envconfig.Decoder.
func (k *PrivateKeys) Decode(value string) error {
	return eachKey(value, func(id string, key []byte) { *k = append(*k, NewPrivateKey(id, key)) })
}

// Decode implements envconfig.Decoder.
func (k *PublicKeys) Decode(value string) error {
	*k = PublicKeys{}
	return eachKey(value, func(id string, key []byte) { (*k)[id] = ed25519.PublicKey(key) })
}

// Decode implements envconfig.Decoder.
func (k *SealKeys) Decode(value string) error {
	return eachKey(value, func(id string, key []byte) { *k = append(*k, SealKey{ID: id, Key: [32]byte(key)}) })
}

// Public returns the public halves.
func (k PrivateKeys) Public() PublicKeys {
	public := PublicKeys{}
	for _, key := range k {
		public[key.ID] = key.Key().Public().(ed25519.PublicKey)
	}
	return public
}

// String writes the keys as the setting is written.
func (k PublicKeys) String() string {
	var parts []string
	for id, key := range k {
		parts = append(parts, id+":"+base64.RawURLEncoding.EncodeToString(key))
	}
	return strings.Join(parts, ",")
}

func eachKey(value string, add func(id string, key []byte)) error {
	const form = function.Malformed("it must be a list of id:key, each key 32 bytes in base64url and each id once, for example persist-1:5R…kw")
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(value, ",") {
		id, encoded, found := strings.Cut(strings.TrimSpace(part), ":")
		key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
		if !found || !isName(id) || err != nil || len(key) != 32 || seen[id] {
			return form
		}
		seen[id] = true
		add(id, key)
	}
	return nil
}
