package orchestrate

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"

	"github.com/paraphe/paraphe/shared/function"
)

// jwk is a public Ed25519 key (RFC 8037 §2).
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

// publicKeys answers the keys that access tokens are verified with (RFC 7517 §5): the one that signs, and those whose
// tokens may still live.
func (a *api) publicKeys(c call) error {
	keys := []jwk{}
	public := a.sessions.Keys()
	for _, id := range slices.Sorted(maps.Keys(public)) {
		x := base64.RawURLEncoding.EncodeToString(public[id])
		keys = append(keys, jwk{KeyType: "OKP", Curve: "Ed25519", Use: "sig", Algorithm: "EdDSA", ID: id, X: x})
	}
	c.w.Header().Set("Cache-Control", "public, max-age=300") // nothing secret; rotation leaves more time than this
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"keys": keys})
	return nil
}
