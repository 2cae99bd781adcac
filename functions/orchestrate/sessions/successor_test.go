package sessions

import (
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/auth"
)

// TestASuccessorIsKnownToWhoHasTheKey, and during a rotation to whoever has any of them.
func TestASuccessorIsKnownToWhoHasTheKey(t *testing.T) {
	t.Parallel()
	old, next := testkit.Key(t, "session"), testkit.Key(t, "next")
	with := func(keys ...auth.PrivateKey) *API {
		return &API{Config: Config{Tokens: auth.Sessions{Private: keys}}}
	}
	before, during, after := with(old[0]), with(next[0], old[0]), with(next[0])
	second := before.successor("first", old[0])
	third := during.successor(second, next[0])
	digests := []string{digest(second), digest(third)}
	if got, found := during.lastSuccessor("first", digests); !found || got != third {
		t.Errorf("during the rotation it leads to %q, %t", got, found)
	}
	for name, a := range map[string]*API{"before": before, "after": after, "another installation": with(testkit.Key(t, "other")[0])} {
		if got, found := a.lastSuccessor("first", digests); found {
			t.Errorf("%s it leads to %q", name, got)
		}
	}
	if len(second) != 43 || second == before.successor("firsu", old[0]) {
		t.Errorf("the successor is %q", second)
	}
}
