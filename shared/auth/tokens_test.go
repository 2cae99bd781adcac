package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// now is the time in the tests of tokens.
var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// claims are what a forger writes into a token: a map, so that any of them can be absent or odd.
type claims map[string]any

// changed returns a copy with these fields set; a nil value takes the field out.
func (c claims) changed(change claims) claims {
	out := claims{}
	for _, from := range []claims{c, change} {
		for k, v := range from {
			if out[k] = v; v == nil {
				delete(out, k)
			}
		}
	}
	return out
}

func part(t *testing.T, v any) string {
	t.Helper()
	if raw, already := v.(string); already {
		return base64.RawURLEncoding.EncodeToString([]byte(raw))
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// forge puts a token together without the library under test, signed with whatever signs.
func forge(t *testing.T, head, body any, sign func(text []byte) []byte) string {
	t.Helper()
	text := part(t, head) + "." + part(t, body)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

// with signs as the holder of the key does.
func with(key ed25519.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte { return ed25519.Sign(key, text) }
}

// misspellings are other ways of writing a token that was right.
func misspellings(token string) map[string]string {
	parts := strings.Split(token, ".")
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	std := base64.StdEncoding.EncodeToString(signature)
	return map[string]string{
		"nothing": "", "dots": "..", "no signature": parts[0] + "." + parts[1], "an empty signature": parts[0] + "." + parts[1] + ".",
		"half a signature": token[:len(token)-43], "a part more": token + ".x", "padded": token + "==", "standard base64": parts[0] + "." + parts[1] + "." + std,
		"a blank before": " " + token, "a blank behind": token + " ", "a line end behind": token + "\n", "a line end inside": token[:20] + "\n" + token[20:],
		"with its scheme": "Bearer " + token, "twice": token + token, "swapped": parts[1] + "." + parts[0] + "." + parts[2],
		"the last bits": token[:len(token)-1] + string(nextOf(token[len(token)-1])), "huge": token + strings.Repeat("A", 1<<21),
		"a dot flood": strings.Repeat(".", 900_000), "zeros as signature": parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86),
		"NUL behind": token + "\x00", "as JSON": `{"payload":"` + parts[1] + `","signatures":[]}`,
	}
}

// nextOf changes a base64 character in its last bit: in the last character of 64 bytes that bit means nothing, and a
// lenient decoder would take both.
func nextOf(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1]
}
