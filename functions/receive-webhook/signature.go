package receivewebhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// signatureProof is the second proof: whoever sent these bytes knows a secret that we share with the service.
type signatureProof struct {
	header  string
	secrets [][]byte // any of which may have signed
}

// Secrets is a setting: "slot:secret,slot:secret". A slot has several while one replaces another, and without any it
// does not exist. The bytes of a secret are the key as they stand; Yousign's have 32 characters.
type Secrets map[auth.Slot][][]byte

// shortestSecret keeps a placeholder from becoming a key: an HMAC with a short one is found by trying.
const shortestSecret = 16

// signaturePrefix names the algorithm. There is one: what a message says about it is compared, never obeyed.
const signaturePrefix = "sha256="

var (
	errNoSignature    = errors.New("no signature")
	errManySignatures = errors.New("more than one signature")
	errSignature      = errors.New("the signature does not hold")
)

// verify returns why body was not signed by the service, or nil. The header must stand there exactly once and be,
// byte for byte, "sha256=" and the HMAC-SHA256 of body (RFC 2104) in lower-case hexadecimal. What comes is never
// decoded, so there is no other way of writing it that would pass. Nothing but the body is signed: not the time, for
// repetitions come days later, and not the address that it is sent to.
func (p signatureProof) verify(h http.Header, body []byte) error {
	signatures := h.Values(p.header)
	switch len(signatures) {
	case 0:
		return errNoSignature
	case 1:
	default:
		return errManySignatures
	}
	held := false
	for _, secret := range p.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		expected := hex.AppendEncode([]byte(signaturePrefix), mac.Sum(nil))
		held = hmac.Equal(expected, []byte(signatures[0])) || held
	}
	if !held {
		return errSignature
	}
	return nil
}

// present reports whether the request bears a signature at all, right or wrong.
func (p signatureProof) present(h http.Header) bool { return len(h.Values(p.header)) > 0 }

// wellFormed reports whether it bears one that could be right.
func (p signatureProof) wellFormed(h http.Header) bool {
	signatures := h.Values(p.header)
	if len(signatures) != 1 {
		return false
	}
	code, prefixed := strings.CutPrefix(signatures[0], signaturePrefix)
	return prefixed && len(code) == hex.EncodedLen(sha256.Size) && strings.Trim(code, "0123456789abcdef") == ""
}

// Decode implements envconfig.Decoder. An empty value is no secret; an empty part is a mistake.
func (s *Secrets) Decode(value string) error {
	*s = Secrets{}
	if strings.TrimSpace(value) == "" {
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		name, secret, _ := strings.Cut(strings.TrimSpace(part), ":")
		var slot auth.Slot
		if slot.Decode(name) != nil || len(secret) < shortestSecret {
			return function.Malformed("it must be a list of slot:secret, each secret of at least 16 characters, for example m1:<secret>")
		}
		(*s)[slot] = append((*s)[slot], []byte(secret))
	}
	return nil
}
