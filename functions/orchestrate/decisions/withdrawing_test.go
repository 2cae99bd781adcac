package decisions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/decisions"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestCancellingLooksWhoWasEarlier(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]contract.Status{"nobody signed": contract.Cancelled, "everyone signed": contract.Signed} {
		o := orchestratetest.New(t)
		id, _ := o.Sent(t)
		o.Change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
		if want == contract.Signed {
			o.EveryoneSigns(o.Contracts[id].Request.ID, o.Clock())
		}
		if _, err := o.Handle(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(id).Status != want {
			t.Errorf("%s: %s, %v", name, o.Stored(id).Status, err)
		}
	}
}

// An attempt that was being opened when its owner cancelled is settled at the service before the contract ends.
func TestCancellingWhileOpeningSettlesTheAttempt(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Prepared(t)
	cancels(t, o, id)
	if c := o.Stored(id); c.Status != contract.Preparing || !c.CancelWanted {
		t.Fatalf("it is %s", c.Status)
	}
	calls := o.Calls
	if _, err := o.Handle(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(id).Status != contract.Cancelled || o.Calls != calls {
		t.Errorf("the service was never asked: %s, %d calls, %v", o.Stored(id).Status, o.Calls-calls, err)
	}

	begun := o.Prepared(t)
	o.Fail(errors.New("the answer was lost"))
	_, _ = o.Handle(t, begun, events.OpenSignature{Attempt: 1})
	o.Fail(nil)
	cancels(t, o, begun)
	o.Quiet = time.Second
	var later function.Later
	if _, err := o.Handle(t, begun, events.CancelSignature{Attempt: 1}); !errors.As(err, &later) || o.Stored(begun).Status != contract.Preparing {
		t.Errorf("a last call may still be under way: %s, %v", o.Stored(begun).Status, err)
	}
	o.Quiet = time.Hour
	if _, err := o.Handle(t, begun, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(begun).Status != contract.Cancelled || o.Stored(begun).Request.State != contract.NeverOpened {
		t.Errorf("nothing was there: %s, %v", o.Stored(begun).Status, err)
	}

	acted := o.Prepared(t)
	o.Opened(t, acted)
	o.Change(t, acted, func(v *persistclient.View) { // as if its end had never been told
		v.Status, v.CancelWanted, v.SentAt, v.Notifications = contract.Preparing, true, time.Time{}, nil
		v.Request = &contract.Request{Attempt: 1, State: contract.Opening}
	})
	if _, err := o.Handle(t, acted, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(acted).Status != contract.Cancelled {
		t.Errorf("activated, and its answer lost: %s, %v", o.Stored(acted).Status, err)
	}
	if state := o.Requests[o.Recorded[acted]].Answer.State; state != events.SignatureCancelled {
		t.Errorf("the service still holds it: %s", state)
	}
}

// A draft that is deleted to settle the attempt needs no proof that it is gone. An active request that somebody deleted
// at the service does: its signers may have signed before.
func TestADeletedDraftSettlesTheAttemptAtOnce(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	drafted := o.Prepared(t)
	o.Opened(t, drafted)
	o.Change(t, drafted, func(v *persistclient.View) { // as if it had gone no further than the draft
		v.Status, v.CancelWanted, v.SentAt, v.Notifications = contract.Preparing, true, time.Time{}, nil
		v.Request = &contract.Request{Attempt: 1, State: contract.Opening}
	})
	o.Requests[o.Recorded[drafted]].Answer.State = events.SignatureNone
	o.Quiet = time.Hour
	if _, err := o.Handle(t, drafted, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(drafted).Status != contract.Cancelled || len(o.Stored(drafted).Troubles) > 0 {
		t.Errorf("the draft was deleted: %s, %+v, %v", o.Stored(drafted).Status, o.Stored(drafted).Troubles, err)
	}
	active, _ := o.Sent(t)
	o.Requests[o.Contracts[active].Request.ID].Answer.State = events.SignatureNone
	cancels(t, o, active)
	if _, err := o.Handle(t, active, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(active).Status != contract.Sent || o.Stored(active).Request.NotFoundSince.IsZero() {
		t.Errorf("somebody deleted it at the service: %s, %v", o.Stored(active).Status, err)
	}
}

func cancels(t *testing.T, o *orchestratetest.Fixture, id contract.ID) {
	t.Helper()
	if got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/cancel", ""); got.Status != 202 {
		t.Fatalf("cancel: %d %s", got.Status, got.Body)
	}
}

// "Unknown" counts only after a while, and only if the key shows another request of ours.
func TestARequestIsGoneOnlyWhenThatWasMadeSureOf(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	gone, _ := o.Sent(t)
	delete(o.Requests, o.Contracts[gone].Request.ID)
	cancels(t, o, gone)
	ask := func(wait time.Duration) *contract.Contract {
		o.Wait(wait)
		if _, err := o.Handle(t, gone, events.CancelSignature{Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		return o.Stored(gone)
	}
	if c := ask(0); c.Status != contract.Sent || c.Request.NotFoundSince.IsZero() {
		t.Errorf("at once: %s", c.Status)
	}
	if c := ask(2 * decisions.NotFoundWait); c.Status != contract.Sent {
		t.Errorf("while the key shows no request of ours: %s", c.Status)
	}
	o.Sent(t)
	if c := ask(0); c.Status != contract.Cancelled {
		t.Errorf("once it shows another: %s", c.Status)
	}
}

// A signature that arrives after the end is fetched and kept, and everyone is told.
func TestASignatureAfterTheEndIsKept(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	o.Change(t, id, func(v *persistclient.View) { v.Status = contract.Cancelled; v.Request.State = contract.Closed })
	o.EveryoneSigns(o.Contracts[id].Request.ID, o.Clock())
	checking(t, o, id)
	c := o.Stored(id)
	if c.Status != contract.Cancelled || c.SignedCopy == nil || c.Proof == nil || c.Notification(contract.LateSignature, contract.ToOwner) == nil || lifecycle.About(*c, lifecycle.AboutSignature).Cause != lifecycle.CauseSignedLate {
		t.Errorf("%s, copy %v, notifications %+v, troubles %+v", c.Status, c.SignedCopy, c.Notifications, c.Troubles)
	}
}
