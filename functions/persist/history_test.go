package persist

import (
	"context"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestHistoryHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	action := persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version, Reason: "Zoé Müller asked me to"}
	if _, err := r.manager.Perform(context.Background(), v.ID, action, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	var text string
	r.query(&text, `SELECT string_agg(h::text, ' ') FROM history h`)
	var out string
	r.query(&out, `SELECT string_agg(h::text, ' ') FROM inbox h`)
	for _, personal := range []string{"Zoé", "Müller", "zoe@", "Zoe@", "+336", "Ada", "Neil", persistsamples.Token} {
		if strings.Contains(text, personal) || strings.Contains(out, personal) {
			t.Errorf("%q is in the history or in what was said", personal)
		}
	}
	entries, err := r.manager.History(context.Background(), v.ID)
	if err != nil || entries[len(entries)-1].Words != action.Reason {
		t.Errorf("%v; the owner's words are %q", err, entries[len(entries)-1].Words)
	}
	head, err := history.Verify(v.ID, entries)
	var kept string
	if r.query(&kept, `SELECT head FROM contracts WHERE id = $1`, string(v.ID)); err != nil || head != kept {
		t.Errorf("the chain ends at %s, the contract says %s: %v", head, kept, err)
	}
}

func TestHistoryCanOnlyBeAddedTo(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.sent()
	for _, statement := range []string{
		`UPDATE history SET actor = 'person:x'`, `DELETE FROM history`, `TRUNCATE history`, `DELETE FROM contracts`,
		`UPDATE contracts SET owner = 'x'`, `ALTER TABLE history DISABLE ROW LEVEL SECURITY`, `UPDATE attempts SET token = 'x'`,
		`UPDATE files SET sha256 = 'x'`, `DELETE FROM signers`, `UPDATE migrations SET number = 9`,
	} {
		if err := r.raw(access.Itself, statement, nil); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestContractsOfOneIDAreMadeOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	d := persistsamples.Draft()
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
