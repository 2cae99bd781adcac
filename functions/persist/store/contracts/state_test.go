package contracts

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
)

// published is what follows from an event, in the form in which it is kept and goes out.
func published(t *testing.T, out []events.Event) string {
	t.Helper()
	text, err := encodeEvents(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheCachedStateIsTheOneOnRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.sent()
	for _, p := range []events.Payload{persistsamples.Reported(), events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"}, persistsamples.Reported()} {
		f.handles(v.ID, p)
		known, there := f.cache.Take(v.ID)
		read, err := f.read(context.Background(), event(v.ID, p))
		if err != nil || !there {
			t.Fatalf("cached: %v, %v", there, err)
		}
		if snapshotOf(t, known) != snapshotOf(t, read) || known.head != read.head || known.seq != read.seq || known.attempts[1] != read.attempts[1] {
			t.Errorf("after %s, cached\n%+v\non record\n%+v", p.Type(), known, read)
		}
		f.cache.Put(known)
	}
}

func snapshotOf(t *testing.T, s state) string {
	t.Helper()
	text, err := json.Marshal(s.contract)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// After a failover that lost what was committed last, another may have brought the contract to the version that is
// remembered here. Nothing is written behind a history that is not there.
func TestACachedStateOfALostHistoryIsNotContinued(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.sent()
	lost := f.stands(v.ID)
	known, _ := f.cache.Take(v.ID)
	f.handles(v.ID, persistsamples.Reported())
	f.cache.Take(v.ID)
	known.contract.Version++ // as if it had seen another entry at the place of the last
	known.head, known.seq = strings.Repeat("e", 64), known.seq+1
	f.cache.Put(known)
	f.handles(v.ID, persistsamples.Reported())
	if now := f.stands(v.ID); now.Version != lost.Version+2 {
		t.Errorf("version %d became %d", lost.Version, now.Version)
	}
	f.history(v.ID)
}

// What another instance wrote meanwhile makes neither a refusal nor a silence of what is remembered.
func TestAStaleCacheDecidesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.instance(postgres.AnyPooler)
	v := f.sent()
	if _, err := other.Handle(context.Background(), event(v.ID, persistsamples.SignedWithCopies()), persistsamples.FilesOf(persistsamples.SignedWithCopies())); err != nil {
		t.Fatal(err)
	}
	sent := events.MailSent{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: contract.ToOwner}
	if output := f.handles(v.ID, sent); len(output) != 1 {
		t.Errorf("of a notification that only the other knew, %v was said", output)
	}
	e := event(v.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"})
	first, err := other.Handle(context.Background(), e, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Handle(context.Background(), e, nil) // here nobody has received it
	if err != nil || published(t, first) != published(t, again) {
		t.Errorf("the other said %v, this one %v, %v", first, again, err)
	}
	if entries := f.history(v.ID); len(entries) != 7 {
		t.Errorf("%d entries", len(entries))
	}
}

func TestARefusalComesFromTheRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.sent()
	_, err := f.Handle(context.Background(), event(v.ID, events.MailSent{Kind: contract.Reminder, Sequence: 9, Recipient: "s1"}), nil)
	if !function.Refused(err) {
		t.Errorf("a notification that nobody decided on: %v", err)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := &stateCache{}
	for range 3 * maxCached {
		c.Put(state{contract: contract.Contract{ID: contract.ID(ids.New())}})
	}
	if len(c.states) != maxCached {
		t.Errorf("%d contracts are cached", len(c.states))
	}
}

func TestNothingIsCachedOfAWriteThatFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.sent()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Handle(gone, event(v.ID, persistsamples.Reported()), nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, known := f.cache.Take(v.ID); known {
		t.Error("something is cached")
	}
}

// Here the contract still stands as it is remembered, so nothing but the event itself says that it was received.
func TestAReportHandledTwiceInARowCountsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	e := event(f.sent().ID, persistsamples.Reported())
	first, err := f.Handle(context.Background(), e, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Handle(context.Background(), e, nil)
	if err != nil || len(first) != 1 || published(t, first) != published(t, again) {
		t.Errorf("first %v\nagain %v, %v", first, again, err)
	}
	if entries := f.history(e.Event().Subject); len(entries) != 5 {
		t.Errorf("%d entries", len(entries))
	}
}
