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
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// TestNothingFollowsFromAReportThatDoesNotBringTheTokenOnRecord: it is kept, with the reason, and the contract stays.
func TestNothingFollowsFromAReportThatDoesNotBringTheTokenOnRecord(t *testing.T) {
	t.Parallel()
	first, second := strings.Repeat("1", 64), strings.Repeat("2", 64)
	attempts := map[int]lifecycle.AttemptOnRecord{1: {TokenSHA256: first, RequestID: "req-1"}, 2: {TokenSHA256: second, RequestID: "req-2"}}
	c := contract.Contract{ID: "c", Version: 7, Status: contract.Sent, Request: &contract.Request{Attempt: 2, State: contract.Open, ID: "req-2"}}
	for name, r := range map[string]struct {
		report events.SignatureReported
		why    string
	}{
		"the current one":            {events.SignatureReported{Attempt: 2, TokenSHA256: second, Request: "req-2"}, ""},
		"another contract's token":   {events.SignatureReported{Attempt: 2, TokenSHA256: strings.Repeat("3", 64), Request: "req-2"}, "its token is not the one on record"},
		"the token of attempt 1":     {events.SignatureReported{Attempt: 2, TokenSHA256: first, Request: "req-2"}, "its token is not the one on record"},
		"no token":                   {events.SignatureReported{Attempt: 2, Request: "req-2"}, "its token is not the one on record"},
		"an attempt that none made":  {events.SignatureReported{Attempt: 3, TokenSHA256: second, Request: "req-2"}, "its token is not the one on record"},
		"attempt 1":                  {events.SignatureReported{Attempt: 1, TokenSHA256: first, Request: "req-1"}, "its attempt is over"},
		"the request of attempt 1":   {events.SignatureReported{Attempt: 2, TokenSHA256: second, Request: "req-1"}, "its request is not the one on record"},
		"the token beside a strange": {events.SignatureReported{Attempt: 2, TokenSHA256: second, Request: "req-9"}, "its request is not the one on record"},
	} {
		r.report.Look = true
		n, err := lifecycle.Apply(c, attempts, r.report, persistsamples.Noon)
		if err != nil || !n.Written || n.Moved || n.Ignored != r.why {
			t.Errorf("%s: %q, want %q (%+v, %v)", name, n.Ignored, r.why, n, err)
		}
		n.After.Version, n.After.UpdatedAt = c.Version, c.UpdatedAt
		if !reflect.DeepEqual(n.After, c) {
			t.Errorf("%s changed the contract to %+v", name, n.After)
		}
	}
}

// hint is a report about the contract of these tests, as receive-webhook makes it.
func hint(name string, look bool) events.SignatureReported {
	return events.SignatureReported{Service: "yousign", Slot: "main", Request: "req-1", Attempt: 1,
		TokenSHA256: history.Digest([]byte(persistsamples.Token)), Delivery: ids.New(), Name: name, Look: look}
}

// TestAnUnknownKindOfReportIsKeptAndLookedInto, while one of a kind that follows from our own calls is kept alone.
func TestAnUnknownKindOfReportIsKeptAndLookedInto(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	for name, out := range map[string]int{"signer.teleported": 1, "signer.notified": 0} {
		if got := r.handles(v.ID, hint(name, out == 1)); len(got) != out {
			t.Errorf("%s: said %+v", name, got)
		}
		entries, _, err := r.history(v.ID)
		if err != nil || !strings.Contains(string(entries[len(entries)-1].Detail), name) {
			t.Errorf("%s is not in the history: %v", name, err)
		}
	}
}

// TestARepeatedReportCountsOnce: the service delivers at least once, and the broker as well.
func TestARepeatedReportCountsOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	before := r.stands(v.ID).Version
	e := r.event(v.ID, hint("signature_request.done", true))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if out, err := r.parts.Handle(context.Background(), e); err != nil || len(out) != 1 || out[0].Payload.Type() != "contract.recorded" {
				t.Errorf("said %+v, %v", out, err)
			}
		})
	}
	all.Wait()
	if got := r.stands(v.ID); got.Version != before+1 || got.Status != contract.Sent {
		t.Errorf("version %d became %d, %s", before, got.Version, got.Status)
	}
}
