package persist

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAnEventChangesTheContractAndIsAnswered(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	out := r.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF), Anchors: 2})
	if len(out) != 1 || out[0].Payload.Type() != "contract.recorded" || out[0].Subject != v.ID || out[0].Source != "persist" {
		t.Fatalf("said %+v", out)
	}
	report := out[0].Payload.(events.ContractRecorded)
	if report.Cause != "document.generated" || report.Contract.Document == nil {
		t.Errorf("told %+v", report)
	}
	if got := r.stands(v.ID).Contract; !reflect.DeepEqual(got, report.Contract) {
		t.Errorf("on record is %+v\n said was %+v", got, report.Contract)
	}
}

// published is what is said, in the form in which it goes out.
func published(t *testing.T, out []events.Event) string {
	t.Helper()
	var all strings.Builder
	for _, e := range out {
		text, err := events.Structured(e)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

func TestADuplicatedEventIsAnsweredTheSameAndCountsOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	drawn := events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF)}
	e := r.event(v.ID, drawn)
	first, err := r.parts.Contracts.Handle(context.Background(), e, persistsamples.FilesOf(drawn))
	if err != nil {
		t.Fatal(err)
	}
	r.handles(v.ID, persistsamples.Opened()) // the contract has gone on meanwhile
	again, err := r.parts.Handle(context.Background(), e)
	if err != nil || published(t, first) != published(t, again) {
		t.Errorf("first %s\nagain %s\n%v", published(t, first), published(t, again), err)
	}
	if got := r.stands(v.ID); got.Version != v.Version+2 {
		t.Errorf("version %d, want %d", got.Version, v.Version+2)
	}
}

func TestSixteenCopiesOfOneEventAtOnceHaveOneEffect(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	e := r.event(v.ID, persistsamples.Opened())
	ids := make([]string, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			out, err := r.parts.Handle(context.Background(), e)
			if err != nil || len(out) != 1 {
				t.Errorf("copy %d: %v %v", i, out, err)
				return
			}
			ids[i] = out[0].ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("copies were answered %v", ids)
			break
		}
	}
	entries, _, err := r.history(v.ID)
	if err != nil || len(entries) != 3 { // drafted, sent off, opened
		t.Errorf("%d entries, %v", len(entries), err)
	}
	if got := r.stands(v.ID); got.Version != 3 || got.Status != contract.Sent {
		t.Errorf("version %d, %s", got.Version, got.Status)
	}
}

func TestConcurrentEventsAreAllWrittenDown(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			report := events.SignatureReported{Request: "req-1", Attempt: 1, TokenSHA256: history.Digest([]byte(persistsamples.Token)), Delivery: ids.New(), Look: true}
			if _, err := r.parts.Handle(context.Background(), r.event(v.ID, report)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	entries, head, err := r.history(v.ID)
	if err != nil || len(entries) != 4+6 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if end, err := history.Verify(v.ID, entries); err != nil || end != head {
		t.Errorf("the chain ends at %s, the contract says %s: %v", end, head, err)
	}
}

func TestWhatChangesNothingIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	if out := r.handles(v.ID, events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing}); len(out) != 0 {
		t.Errorf("said %+v", out)
	}
	if got := r.stands(v.ID); got.Version != v.Version {
		t.Errorf("version %d, want %d", got.Version, v.Version)
	}
}

func TestAnEventOfAContractThatIsNotOnRecordIsNeverTaken(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	_, err := r.parts.Handle(context.Background(), r.event(contract.ID(ids.New()), persistsamples.Opened()))
	if !function.Refused(err) {
		t.Errorf("got %v", err)
	}
}

func TestAReportWithAnotherTokenIsKeptAsEvidenceAndNothingFollows(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	if out := r.handles(v.ID, events.SignatureReported{Request: "req-1", Attempt: 1, TokenSHA256: strings.Repeat("0", 64)}); len(out) != 0 {
		t.Errorf("said %+v", out)
	}
	entries, _, err := r.history(v.ID)
	if err != nil || !strings.Contains(string(entries[len(entries)-1].Detail), "nothing_follows") {
		t.Errorf("%v, %s", err, entries[len(entries)-1].Detail)
	}
	if got := r.stands(v.ID); !got.DueAt.Equal(v.DueAt) {
		t.Errorf("a stranger's report moved the due time from %s to %s", v.DueAt, got.DueAt)
	}
}
