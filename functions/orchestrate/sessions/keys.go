package sessions

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/function"
)

// JWK is a public Ed25519 key (RFC 8037 §2).
type JWK struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

// PublicKeys answers the keys that access tokens are verified with (RFC 7517 §5): the one that signs, and those whose
// tokens may still live.
func (a *API) PublicKeys(c rest.Call) error {
	keys := []JWK{}
	public := a.Tokens.Keys()
	for _, id := range slices.Sorted(maps.Keys(public)) {
		x := base64.RawURLEncoding.EncodeToString(public[id])
		keys = append(keys, JWK{KeyType: "OKP", Curve: "Ed25519", Use: "sig", Algorithm: "EdDSA", ID: id, X: x})
	}
	c.W.Header().Set("Cache-Control", "public, max-age=300") // nothing secret; rotation leaves more time than this
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"keys": keys})
	return nil
}
