package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Purpose is what a derived key is for. Two purposes never share one, so that what is made for the one proves nothing
// to the other.
type Purpose string

const (
	Renewal  Purpose = "paraphe 1: the refresh token that follows another"
	Device   Purpose = "paraphe 1: the cookie of a browser that logged in"
	Throttle Purpose = "paraphe 1: the names under which failures to log in are counted"
)

// MAC returns the HMAC-SHA256 of a text under a key that is derived for one purpose from this one (HKDF, RFC 5869), in
// base64url. A secret of its own for each would have to be made, kept and rotated by every operator; whoever has a session
// key can make access tokens for everybody anyway.
func (k PrivateKey) MAC(purpose Purpose, text string) string {
	derived, err := hkdf.Key(sha256.New, k.Key().Seed(), nil, string(purpose), sha256.Size)
	if err != nil {
		panic(err) // only a length beyond 255 digests is refused
	}
	mac := hmac.New(sha256.New, derived)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
