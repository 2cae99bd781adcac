package ids

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/events"
)

func TestIDsHaveTheirForm(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		New(): true, events.DerivedID("a", "b"): true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "A": false, "é": false, "a b": false, "../x": false, "a\x00": false, "a-b": false,
	} {
		if Valid(id) != want {
			t.Errorf("%q is an id: %t", id, !want)
		}
	}
	if one, other := New(), New(); one == other {
		t.Error("two ids are the same")
	}
}
