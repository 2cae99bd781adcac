package persist

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// elsewhere is another instance on the same database.
func (r *room) elsewhere() *ledger {
	other := *r.ledger
	other.flights, other.memory = &flights{fly: other.db.trip}, &memory{}
	return &other
}

func TestWhatIsRememberedIsHowTheContractStands(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	for _, p := range []events.Payload{reported(), events.MailSent{Letter: contract.Invitation, Occasion: 1, Recipient: "s1"}, reported()} {
		r.hears(v.ID, p)
		known, there := r.ledger.memory.take(v.ID)
		read, err := r.ledger.stand(context.Background(), r.event(v.ID, p))
		if err != nil || !there {
			t.Fatalf("remembered: %v, %v", there, err)
		}
		if snapshotOf(t, known) != snapshotOf(t, read) || known.head != read.head || known.seq != read.seq || known.attempts[1] != read.attempts[1] {
			t.Errorf("after %s, remembered\n%+v\non record\n%+v", p.Type(), known, read)
		}
		r.ledger.memory.keep(known)
	}
}

func snapshotOf(t *testing.T, s standing) string {
	t.Helper()
	text, err := plainJSON(s.contract)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// After a failover that lost what was committed last, another may have brought the contract to the version that is
// remembered here. Nothing is written behind a history that is not there.
func TestWhatIsRememberedOfAHistoryThatWasLostIsNotContinued(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	lost := r.stands(v.ID)
	known, _ := r.ledger.memory.take(v.ID)
	r.hears(v.ID, reported())
	r.ledger.memory.take(v.ID)
	known.contract.Version++ // as if it had seen another entry at the place of the last
	known.head, known.seq = strings.Repeat("e", 64), known.seq+1
	r.ledger.memory.keep(known)
	r.hears(v.ID, reported())
	if now := r.stands(v.ID); now.Version != lost.Version+2 {
		t.Errorf("version %d became %d", lost.Version, now.Version)
	}
	r.readings(v.ID) // verifies the chain
}

// What another instance wrote meanwhile makes neither a refusal nor a silence of what is remembered.
func TestAnOldMemoryDecidesNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	other := r.elsewhere()
	v := r.sent()
	if _, err := other.hearWith(context.Background(), r.event(v.ID, signedWithCopies()), filesOf(signedWithCopies())); err != nil {
		t.Fatal(err)
	}
	sent := events.MailSent{Letter: contract.SignedCopyLetter, Occasion: 1, Recipient: contract.ToOwner}
	if said := r.hears(v.ID, sent); len(said) != 1 {
		t.Errorf("of a letter that only the other knew, %v was said", said)
	}
	event := r.event(v.ID, events.MailSent{Letter: contract.Invitation, Occasion: 1, Recipient: "s1"})
	first, err := other.hear(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.ledger.hear(context.Background(), event) // here nobody has heard it
	if err != nil || onTheWire(t, first) != onTheWire(t, again) {
		t.Errorf("the other said %v, this one %v, %v", first, again, err)
	}
	if entries, _, err := r.ledger.history(context.Background(), itself, v.ID); err != nil || len(entries) != 7 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestARefusalComesFromTheRecord(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	_, err := r.ledger.hear(context.Background(), r.event(v.ID, events.MailSent{Letter: contract.Reminder, Occasion: 9, Recipient: "s1"}))
	if !function.Refused(err) {
		t.Errorf("a letter that nobody decided on: %v", err)
	}
}

func TestATickIsNotTakenBackByWhatIsRemembered(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	r.clock.pass(r.stands(v.ID).DueAt.Sub(r.clock.now()))
	if said := r.hearsTick(tick(r)); len(said) != 1 {
		t.Fatalf("the tick said %v", said)
	}
	pushed := r.stands(v.ID)
	quiet := reported().(events.SignatureReported)
	quiet.Look = false
	r.hears(v.ID, quiet)
	if now := r.stands(v.ID); !now.DueAt.Equal(pushed.DueAt) || now.Nudges != pushed.Nudges || pushed.Nudges != 1 {
		t.Errorf("due %s after %d nudges, and was %s after %d", now.DueAt, now.Nudges, pushed.DueAt, pushed.Nudges)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := &memory{}
	for range 3 * remembered {
		m.keep(standing{contract: contract.Contract{ID: contract.ID(newID())}})
	}
	if len(m.kept) != remembered {
		t.Errorf("%d contracts are remembered", len(m.kept))
	}
}

func TestNothingIsRememberedOfAWriteThatFailed(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.ledger.hear(gone, r.event(v.ID, reported())); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, known := r.ledger.memory.take(v.ID); known {
		t.Error("something is remembered")
	}
}

// Here the contract still stands as it is remembered, so nothing but the event itself says that it was heard.
func TestAReportHeardTwiceInARowCountsOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	e := r.event(r.sent().ID, reported())
	first, err := r.ledger.hear(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.ledger.hear(context.Background(), e)
	if err != nil || len(first) != 1 || onTheWire(t, first) != onTheWire(t, again) {
		t.Errorf("first %v\nagain %v, %v", first, again, err)
	}
	if entries, _, err := r.ledger.history(context.Background(), itself, e.Event().Subject); err != nil || len(entries) != 5 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
