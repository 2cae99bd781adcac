package orchestrate

import (
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestCancellingLooksWhoWasEarlier(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]contract.Status{"nobody signed": contract.Cancelled, "everyone signed": contract.Signed} {
		o := openOffice(t)
		id, _ := o.sent(t)
		o.change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
		if want == contract.Signed {
			o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
		}
		if _, err := o.hear(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.stands(id).Status != want {
			t.Errorf("%s: %s, %v", name, o.stands(id).Status, err)
		}
	}
}

// An attempt that was being opened when its owner cancelled is settled at the service before the contract ends.
func TestCancellingWhileOpeningSettlesTheAttempt(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	o.cancels(t, id)
	if c := o.stands(id); c.Status != contract.Preparing || !c.CancelWanted {
		t.Fatalf("it is %s", c.Status)
	}
	calls := o.calls
	if _, err := o.hear(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.stands(id).Status != contract.Cancelled || o.calls != calls {
		t.Errorf("the service never heard of it: %s, %d calls, %v", o.stands(id).Status, o.calls-calls, err)
	}

	begun := o.prepared(t)
	o.fails(errors.New("the answer was lost"))
	_, _ = o.hear(t, begun, events.OpenSignature{Attempt: 1})
	o.fails(nil)
	o.cancels(t, begun)
	o.quiet = time.Second
	var later function.Later
	if _, err := o.hear(t, begun, events.CancelSignature{Attempt: 1}); !errors.As(err, &later) || o.stands(begun).Status != contract.Preparing {
		t.Errorf("a last call may still be under way: %s, %v", o.stands(begun).Status, err)
	}
	o.quiet = time.Hour
	if _, err := o.hear(t, begun, events.CancelSignature{Attempt: 1}); err != nil || o.stands(begun).Status != contract.Cancelled || o.stands(begun).Request.State != contract.NeverOpened {
		t.Errorf("nothing was there: %s, %v", o.stands(begun).Status, err)
	}

	acted := o.prepared(t)
	o.opening(t, acted)
	o.change(t, acted, func(v *persistclient.View) { // as if its end had never been told
		v.Status, v.CancelWanted, v.SentAt, v.Letters = contract.Preparing, true, time.Time{}, nil
		v.Request = &contract.Request{Attempt: 1, State: contract.Opening}
	})
	if _, err := o.hear(t, acted, events.CancelSignature{Attempt: 1}); err != nil || o.stands(acted).Status != contract.Cancelled {
		t.Errorf("activated, and its answer lost: %s, %v", o.stands(acted).Status, err)
	}
	if state := o.requests[o.noted[acted]].answer.State; state != events.SignatureCancelled {
		t.Errorf("the service still holds it: %s", state)
	}
}

// A draft that is deleted to settle the attempt needs no proof that it is gone. An active request that somebody deleted
// at the service does: its signers may have signed before.
func TestADeletedDraftSettlesTheAttemptAtOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	drafted := o.prepared(t)
	o.opening(t, drafted)
	o.change(t, drafted, func(v *persistclient.View) { // as if it had gone no further than the draft
		v.Status, v.CancelWanted, v.SentAt, v.Letters = contract.Preparing, true, time.Time{}, nil
		v.Request = &contract.Request{Attempt: 1, State: contract.Opening}
	})
	o.requests[o.noted[drafted]].answer.State = events.SignatureNone
	o.quiet = time.Hour
	if _, err := o.hear(t, drafted, events.CancelSignature{Attempt: 1}); err != nil || o.stands(drafted).Status != contract.Cancelled || len(o.stands(drafted).Troubles) > 0 {
		t.Errorf("the draft was deleted: %s, %+v, %v", o.stands(drafted).Status, o.stands(drafted).Troubles, err)
	}
	active, _ := o.sent(t)
	o.requests[o.contracts[active].Request.ID].answer.State = events.SignatureNone
	o.cancels(t, active)
	if _, err := o.hear(t, active, events.CancelSignature{Attempt: 1}); err != nil || o.stands(active).Status != contract.Sent || o.stands(active).Request.NotFoundSince.IsZero() {
		t.Errorf("somebody deleted it at the service: %s, %v", o.stands(active).Status, err)
	}
}

func (o *office) cancels(t *testing.T, id contract.ID) {
	t.Helper()
	if got := o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/cancel", ""); got.status != 202 {
		t.Fatalf("cancel: %d %s", got.status, got.body)
	}
}

// "Unknown" counts only after a while, and only if the key shows another request of ours.
func TestARequestIsGoneOnlyWhenThatWasMadeSureOf(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	gone, _ := o.sent(t)
	delete(o.requests, o.contracts[gone].Request.ID)
	o.cancels(t, gone)
	ask := func(wait time.Duration) *contract.Contract {
		o.wait(wait)
		if _, err := o.hear(t, gone, events.CancelSignature{Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		return o.stands(gone)
	}
	if c := ask(0); c.Status != contract.Sent || c.Request.NotFoundSince.IsZero() {
		t.Errorf("at once: %s", c.Status)
	}
	if c := ask(2 * notFoundWait); c.Status != contract.Sent {
		t.Errorf("while the key shows no request of ours: %s", c.Status)
	}
	o.sent(t)
	if c := ask(0); c.Status != contract.Cancelled {
		t.Errorf("once it shows another: %s", c.Status)
	}
}

// A signature that arrives after the end is fetched and kept, and everyone is told.
func TestASignatureAfterTheEndIsKept(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	o.change(t, id, func(v *persistclient.View) { v.Status = contract.Cancelled; v.Request.State = contract.Closed })
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.checking(t, id)
	c := o.stands(id)
	if c.Status != contract.Cancelled || c.SignedCopy == nil || c.Proof == nil || c.Letter(contract.LateSignature, contract.ToOwner) == nil || lifecycle.About(*c, lifecycle.AboutSignature).Cause != lifecycle.CauseSignedLate {
		t.Errorf("%s, copy %v, letters %+v, troubles %+v", c.Status, c.SignedCopy, c.Letters, c.Troubles)
	}
}
