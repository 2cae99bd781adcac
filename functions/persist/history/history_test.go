package history

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/persistclient"
)

// chained is a history of four entries.
func chained(t *testing.T) []persistclient.Entry {
	t.Helper()
	var list []persistclient.Entry
	head := Genesis("c")
	for i, what := range []string{"contract.drafted", "action.send", "signature.opened", "mail.sent"} {
		e, err := NewEntry(int64(i+1), head, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), "person:o", what, map[string]any{"n": i, "text": "<é&>"})
		if err != nil {
			t.Fatal(err)
		}
		list, head = append(list, e), e.Hash
	}
	return list
}

func TestAnHonestHistoryVerifiesAlsoAfterItTravelled(t *testing.T) {
	t.Parallel()
	list := chained(t)
	text, err := json.Marshal(list) // which escapes, and might sort
	if err != nil {
		t.Fatal(err)
	}
	var travelled []persistclient.Entry
	if err := json.Unmarshal(text, &travelled); err != nil {
		t.Fatal(err)
	}
	if head, err := Verify("c", travelled); err != nil || head != list[3].Hash {
		t.Errorf("%s, %v", head, err)
	}
}

func TestATamperedHistoryIsFound(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func([]persistclient.Entry) []persistclient.Entry{
		"an actor changed": func(l []persistclient.Entry) []persistclient.Entry { l[1].Actor = "person:x"; return l },
		"a detail changed": func(l []persistclient.Entry) []persistclient.Entry {
			l[1].Detail = []byte(`{"n":9,"text":"<é&>"}`)
			return l
		},
		"a time changed":    func(l []persistclient.Entry) []persistclient.Entry { l[2].At = l[2].At.Add(1000); return l },
		"an entry removed":  func(l []persistclient.Entry) []persistclient.Entry { return slices.Delete(l, 1, 2) },
		"two swapped":       func(l []persistclient.Entry) []persistclient.Entry { l[1], l[2] = l[2], l[1]; return l },
		"the first removed": func(l []persistclient.Entry) []persistclient.Entry { return l[1:] },
		"one rewritten with a hash that fits it": func(l []persistclient.Entry) []persistclient.Entry {
			l[1].Actor = "person:x"
			l[1], _ = chain(l[1], l[1].PreviousHash)
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Verify("c", tamper(chained(t))); err == nil {
				t.Error("nobody noticed")
			}
		})
	}
	if _, err := Verify("d", chained(t)); err == nil {
		t.Error("the history of one contract passed for another's")
	}
	if head, _ := Verify("c", chained(t)[:3]); head == chained(t)[3].Hash {
		t.Error("a history without its end has the same head")
	}
}
