package auth_test

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// TestADerivedKeyIsForOnePurpose: what is made of one text differs by key and by purpose, is the same in every process, and
// has 256 bits.
func TestADerivedKeyIsForOnePurpose(t *testing.T) {
	t.Parallel()
	keys := private(t, "alpha", "beta")
	again := private(t, "alpha", "beta")
	seen := map[string]bool{}
	for i, key := range keys {
		for _, purpose := range []auth.Purpose{auth.Renewal, auth.Device, auth.Throttle} {
			for _, text := range []string{"", "a", "b"} {
				mac := key.MAC(purpose, text)
				if len(mac) != 43 || seen[mac] || again[i].MAC(purpose, text) != mac {
					t.Errorf("%s, %s, %q: %s", key.ID, purpose, text, mac)
				}
				seen[mac] = true
			}
		}
	}
	const want = "yrPfp9Wcz42Arnwva5oHJT23vFunBcaq2tPxQod0BVo" // by another implementation: Python's hmac
	if got := auth.NewPrivateKey("k", []byte(strings.Repeat("a", 32))).MAC(auth.Renewal, "secret"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
