package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
)

// Sealed is what we tell ourselves through a signature service: which request of which contract this is. It goes
// out with the request and must come back with every message about it. It proves where a request came from; it is
// no capability: knowing it opens nothing.
type Sealed struct {
	SealContext
	Contract contract.ID `json:"c"`
	Attempt  int         `json:"a"`
}

// SealContext is where a sealed message comes back to. It opens at no other.
type SealContext struct {
	Service     string      `json:"s"` // "yousign"
	Environment Environment `json:"e"` // "sandbox" or "production": one never speaks for the other
	Slot        Slot        `json:"sl"`
}

// Slot is a setting: the name of one of our subscriptions at a signature service, a word of the address that its
// messages come to.
type Slot string

// Decode implements envconfig.Decoder.
func (s *Slot) Decode(value string) error {
	if value == "" || len(value) > nameLimit || strings.Trim(value, letters+digits+"-") != "" {
		return function.Malformed("it must be a word of at most 32 letters, digits and dashes, for example main")
	}
	*s = Slot(value)
	return nil
}

// SealedLimit is the longest sealed message that signature services take back (Yousign: external_id, 255).
const SealedLimit = 255

const sealedVersion = "p1"

// ErrNotOurs says that a sealed message is not one of ours, or not for this context.
var ErrNotOurs = errors.New("the sealed message is not ours")

// Seal encrypts m with AES-256-GCM under the first key. The result is "p1.<key id>.<base64url>", of letters,
// digits, "-", "_" and "." only, and at most SealedLimit long. It differs at every call: make it once and keep it.
func (k SealKeys) Seal(m Sealed) (string, error) {
	if len(k) == 0 {
		return "", errors.New("no key to seal with")
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce)
	head := sealedVersion + "." + k[0].ID
	box := gcm(k[0]).Seal(nonce, nonce, plain, []byte(head))
	token := head + "." + base64.RawURLEncoding.EncodeToString(box)
	if len(token) > SealedLimit {
		return "", fmt.Errorf("the sealed message has %d characters, %d are allowed", len(token), SealedLimit)
	}
	return token, nil
}

// Open decrypts a sealed message and requires that it was made for this context. Its error is ErrNotOurs, with the cause
// wrapped for the log. A message opens in the one form in which it was sealed: line ends, which Go's base64 passes
// over, are refused.
func (k SealKeys) Open(token string, at SealContext) (Sealed, error) {
	version, rest, _ := strings.Cut(token, ".")
	id, encoded, found := strings.Cut(rest, ".")
	if !found || version != sealedVersion || len(token) > SealedLimit || strings.ContainsAny(encoded, "\r\n") {
		return Sealed{}, fmt.Errorf("%w: its form", ErrNotOurs)
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(box) < 12 {
		return Sealed{}, fmt.Errorf("%w: its encoding", ErrNotOurs)
	}
	m, err := k.open(id, box)
	if err != nil {
		return Sealed{}, err
	}
	if m.SealContext != at {
		return Sealed{}, fmt.Errorf("%w: made for %s/%s/%s", ErrNotOurs, m.Service, m.Environment, m.Slot)
	}
	return m, nil
}

func (k SealKeys) open(id string, box []byte) (Sealed, error) {
	for _, key := range k {
		if key.ID != id {
			continue
		}
		plain, err := gcm(key).Open(nil, box[:12], box[12:], []byte(sealedVersion+"."+id))
		if err != nil {
			return Sealed{}, fmt.Errorf("%w: it does not open", ErrNotOurs)
		}
		var m Sealed
		if err := json.Unmarshal(plain, &m); err != nil {
			return Sealed{}, fmt.Errorf("%w: its content", ErrNotOurs)
		}
		return m, nil
	}
	return Sealed{}, fmt.Errorf("%w: unknown key", ErrNotOurs)
}

func gcm(k SealKey) cipher.AEAD {
	block, err := aes.NewCipher(k.Key[:])
	if err != nil {
		panic(err) // a 32-byte array is always a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size that GCM asks for
	}
	return aead
}
