package decisions_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/decisions"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/internal/testkit/fakesigning"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sweeps gives orchestrate the event that begins or goes on with a sweep, and returns the pages that it told of.
func sweeps(t *testing.T, o *orchestratetest.Fixture, cursor string) []persistclient.SweptPage {
	t.Helper()
	o.Swept = nil
	if out, err := o.Handle(t, "", events.SweepDue{Number: 2, Cursor: cursor}); err != nil || len(out) > 0 {
		t.Fatalf("a sweep says %v, %v", out, err)
	}
	return o.Swept
}

func TestASweepTellsOfEveryRequestOfOursAndOfNoOther(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	ours := map[string]string{}
	for range 2 {
		id, _ := o.Sent(t)
		ours[o.Contracts[id].Request.ID] = string(id)
	}
	o.Requests["q-theirs"] = &fakesigning.Request{Order: signing.Order{Token: "somebody else's"}, Answer: signing.Result{State: events.SignatureOngoing}}
	o.Requests["q-draft"] = &fakesigning.Request{Order: signing.Order{Token: o.Tokens["x"]}}
	pages := sweeps(t, o, "")
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
	o := orchestratetest.New(t)
	for range decisions.PagesAtOnce + 2 {
		o.Sent(t)
	}
	first := sweeps(t, o, "")
	if len(first) != decisions.PagesAtOnce || first[decisions.PagesAtOnce-1].Next == "" {
		t.Fatalf("one delivery turned %d pages", len(first))
	}
	if rest := sweeps(t, o, first[decisions.PagesAtOnce-1].Next); len(rest) != 2 || rest[1].Next != "" {
		t.Errorf("the next one turned %d pages", len(rest))
	}
	if again := sweeps(t, o, "stale"); len(again) != 1 || !again[0].Again || again[0].Cursor != "stale" {
		t.Errorf("a cursor that the service does not take: %+v", again)
	}
}

// A sweep takes only what the shared allowance has to spare, and what stops it is no error: the clock asks again.
func TestASweepIsInNoHurry(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t, func(s *orchestratetest.Settings) { s.SignatureCalls = 30 })
	for range 3 {
		o.Sent(t)
	}
	before := o.Calls
	o.Spare = 2
	if pages := sweeps(t, o, ""); len(pages) != 2 || o.Calls-before != 2 {
		t.Errorf("with two calls to spare it turned %d pages with %d calls", len(pages), o.Calls-before)
	}
	o.Spare = -1
	o.Fail(errors.New("away"))
	if pages := sweeps(t, o, ""); len(pages) > 0 {
		t.Errorf("of a service that is away it tells %+v", pages)
	}
	o.Fail(nil)
	o.Overtaken = true
	sweeps(t, o, "")
	if !strings.Contains(o.Log.String(), "the sweep goes on later") || strings.Count(o.Log.String(), "the sweep goes on later") != 2 {
		t.Errorf("it was stopped twice, and overtaken once: %s", o.Log.String())
	}
}
