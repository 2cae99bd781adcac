package persist

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// chained is a history of four entries.
func chained(t *testing.T) []persistclient.Entry {
	t.Helper()
	var list []persistclient.Entry
	head := genesis("c")
	for i, what := range []string{"contract.drafted", "action.send", "signature.opened", "mail.sent"} {
		e, err := entry(int64(i+1), head, noon, "person:o", what, map[string]any{"n": i, "text": "<é&>"})
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

func TestHistoryHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	wish := persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version, Reason: "Zoé Müller asked me to"}
	if _, err := r.manager.Perform(context.Background(), v.ID, wish, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	var text string
	r.query(&text, `SELECT string_agg(h::text, ' ') FROM history h`)
	var said string
	r.query(&said, `SELECT string_agg(h::text, ' ') FROM heard h`)
	for _, personal := range []string{"Zoé", "Müller", "zoe@", "Zoe@", "+336", "Ada", "Neil", token} {
		if strings.Contains(text, personal) || strings.Contains(said, personal) {
			t.Errorf("%q is in the history or in what was said", personal)
		}
	}
	entries, err := r.manager.History(context.Background(), v.ID)
	if err != nil || entries[len(entries)-1].Words != wish.Reason {
		t.Errorf("%v; the owner's words are %q", err, entries[len(entries)-1].Words)
	}
	head, err := Verify(v.ID, entries)
	var kept string
	if r.query(&kept, `SELECT head FROM contracts WHERE id = $1`, string(v.ID)); err != nil || head != kept {
		t.Errorf("the chain ends at %s, the contract says %s: %v", head, kept, err)
	}
}

func TestHistoryCanOnlyBeAddedTo(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.sent()
	for _, statement := range []string{
		`UPDATE history SET actor = 'person:x'`, `DELETE FROM history`, `TRUNCATE history`, `DELETE FROM contracts`,
		`UPDATE contracts SET owner = 'x'`, `ALTER TABLE history DISABLE ROW LEVEL SECURITY`, `UPDATE attempts SET token = 'x'`,
		`UPDATE files SET sha256 = 'x'`, `DELETE FROM signers`, `UPDATE migrations SET number = 9`,
	} {
		if err := r.raw(itself, statement, nil); !isCode(err, insufficientPrivilege, "") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestContractsOfOneIDAreMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	d := draft()
	if _, err := r.manager.Create(context.Background(), d, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.manager.Create(context.Background(), d, persistclient.Idempotency{}); err == nil {
		t.Error("made twice")
	}
	var n int
	if r.query(&n, `SELECT count(*) FROM history WHERE contract = $1`, string(contract.ID(d.ID))); n != 1 {
		t.Errorf("%d entries", n)
	}
}
