package orchestrate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sweeps gives orchestrate the event that begins or goes on with a sweep, and returns the pages that it told of.
func (o *office) sweeps(t *testing.T, cursor string) []persistclient.SweptPage {
	t.Helper()
	o.swept = nil
	if said, err := o.hear(t, "", events.SweepDue{Number: 2, Cursor: cursor}); err != nil || len(said) > 0 {
		t.Fatalf("a sweep says %v, %v", said, err)
	}
	return o.swept
}

func TestASweepTellsOfEveryRequestOfOursAndOfNoOther(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ours := map[string]string{}
	for range 2 {
		id, _ := o.sent(t)
		ours[o.contracts[id].Request.ID] = string(id)
	}
	o.requests["q-theirs"] = &request{order: signing.Order{Token: "somebody else's"}, answer: signing.Answer{State: events.SignatureOngoing}}
	o.requests["q-draft"] = &request{order: signing.Order{Token: o.tokens["x"]}}
	pages := o.sweeps(t, "")
	if len(pages) != 4 || pages[0].Cursor != "" || pages[3].Next != "" {
		t.Fatalf("it turned %d pages: %+v", len(pages), pages)
	}
	for i, page := range pages {
		if page.Number != 2 || i > 0 && page.Cursor != pages[i-1].Next {
			t.Errorf("page %d: %+v", i, page)
		}
		for _, r := range page.Requests {
			if ours[r.Request] != string(r.Contract) || r.Attempt != 1 || r.State != events.SignatureOngoing || r.ExternalID == "" {
				t.Errorf("it tells of %+v", r)
			}
			delete(ours, r.Request)
		}
	}
	if len(ours) > 0 {
		t.Errorf("it says nothing of %v", ours)
	}
}

func TestASweepGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for range pagesAtOnce + 2 {
		o.sent(t)
	}
	first := o.sweeps(t, "")
	if len(first) != pagesAtOnce || first[pagesAtOnce-1].Next == "" {
		t.Fatalf("one delivery turned %d pages", len(first))
	}
	if rest := o.sweeps(t, first[pagesAtOnce-1].Next); len(rest) != 2 || rest[1].Next != "" {
		t.Errorf("the next one turned %d pages", len(rest))
	}
	if again := o.sweeps(t, "stale"); len(again) != 1 || !again[0].Again || again[0].Cursor != "stale" {
		t.Errorf("a cursor that the service does not take: %+v", again)
	}
}

// A sweep takes only what the shared allowance has to spare, and what stops it is no error: the clock asks again.
func TestASweepIsInNoHurry(t *testing.T) {
	t.Parallel()
	o := openOffice(t, func(s *Settings) { s.SignatureCalls = 30 })
	for range 3 {
		o.sent(t)
	}
	before := o.calls
	o.spare = 2
	if pages := o.sweeps(t, ""); len(pages) != 2 || o.calls-before != 2 {
		t.Errorf("with two calls to spare it turned %d pages with %d calls", len(pages), o.calls-before)
	}
	o.spare = -1
	o.fails(errors.New("away"))
	if pages := o.sweeps(t, ""); len(pages) > 0 {
		t.Errorf("of a service that is away it tells %+v", pages)
	}
	o.fails(nil)
	o.overtaken = true
	o.sweeps(t, "")
	if !strings.Contains(o.log.String(), "the sweep goes on later") || strings.Count(o.log.String(), "the sweep goes on later") != 2 {
		t.Errorf("it was stopped twice, and overtaken once: %s", o.log.String())
	}
}

func TestAnAdministratorWithdrawsAStrayOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	request := o.contracts[id].Request.ID
	o.strays["a"] = &persistclient.StrayRequest{ID: "a", Request: request, Contract: id, Attempt: 1, State: events.SignatureOngoing, ExternalID: o.tokens[id], FoundAt: noon}
	var list struct {
		Items []struct{ ID, What, Withdraw, ExternalID string }
	}
	shown := o.call(t, "admin", "GET", "/v1/stray-requests", "")
	if shown.into(t, &list); len(list.Items) != 1 || !strings.Contains(list.Items[0].What, "can sign") || !strings.Contains(list.Items[0].Withdraw, "nobody can sign it any more") {
		t.Errorf("it is shown as %s", shown.body)
	}
	if strings.Contains(string(shown.body), o.tokens[id]) {
		t.Error("the sealed message is shown")
	}
	calls := o.calls
	for range 2 {
		got := o.call(t, "admin", "POST", "/v1/stray-requests/a/withdraw", "")
		if got.status != 200 || !strings.Contains(string(got.body), `"state":"cancelled"`) || o.calls != calls+1 {
			t.Errorf("withdraw: %d %s after %d calls", got.status, got.body, o.calls-calls)
		}
	}
	if o.requests[request].answer.State != events.SignatureCancelled || o.strays["a"].SettledAt.IsZero() {
		t.Errorf("at the service it is %s, on record %+v", o.requests[request].answer.State, o.strays["a"])
	}
	if got := o.call(t, "admin", "POST", "/v1/stray-requests/none/withdraw", ""); got.status != 404 {
		t.Errorf("one that is none: %d", got.status)
	}
	o.strays["s"] = &persistclient.StrayRequest{ID: "s", ExternalID: "t"}
	o.fails(errors.New("away"))
	if got := o.call(t, "admin", "POST", "/v1/stray-requests/s/withdraw", ""); got.status != 503 || !o.strays["s"].SettledAt.IsZero() {
		t.Errorf("while the service is away: %d, %s", got.status, o.strays["s"].SettledAt.Format(time.RFC3339))
	}
}
