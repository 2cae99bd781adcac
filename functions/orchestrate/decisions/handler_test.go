package decisions_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestOpeningHandsTheContractOverAndTellsItDirectly(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Prepared(t)
	got := o.Opened(t, id)
	order := o.Requests[got.ID].Order
	if string(order.Document) != "%PDF-1.7 draft" || order.Token != o.Tokens[id] || order.ReturnURL != "https://paraphe.example/sign" || order.People[0].Phone != "+33612345678" {
		t.Errorf("ordered %+v", order)
	}
	if c := o.Stored(id); c.Status != contract.Sent || c.Request.ID != got.ID || len(o.Facts) != 1 {
		t.Errorf("before the event was handled it is %s, with %+v", c.Status, c.Request)
	}
	if o.Recorded[id] != got.ID {
		t.Errorf("the request was noted as %q while it was opened", o.Recorded[id])
	}
	if out, err := o.Handle(t, id, events.OpenSignature{Attempt: 1}); err != nil || len(out) != 0 || len(o.Requests) != 1 {
		t.Errorf("the second time it said %+v, %v, and made %d requests", out, err, len(o.Requests))
	}
}

func TestACommandWhoseTimeHasPassedDoesNothing(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	calls := o.Calls
	for name, p := range map[string]events.Payload{
		"open what is open":           events.OpenSignature{Attempt: 1},
		"cancel what is wanted":       events.CancelSignature{Attempt: 1},
		"hear of nothing that counts": events.ContractRecorded{Snapshot: events.Snapshot{Contract: contract.Contract{ID: id, Status: contract.Draft}}},
	} {
		if out, err := o.Handle(t, id, p); err != nil || len(out) != 0 {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	for name, p := range map[string]events.Payload{
		"open an attempt that was never made": events.OpenSignature{Attempt: 2}, "check it": events.CheckSignature{Attempt: 2}, "cancel it": events.CancelSignature{Attempt: 2},
	} {
		if _, err := o.Handle(t, id, p); !function.Refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.Change(t, id, func(v *persistclient.View) { v.Status = contract.Completed })
	if out, err := o.Handle(t, id, events.CheckSignature{Attempt: 1}); err != nil || len(out) != 0 {
		t.Errorf("check what is over: said %v, %v", out, err)
	}
	if o.Calls != calls {
		t.Errorf("the signature service was called %d times", o.Calls-calls)
	}
}

func TestAnAttemptThatAnotherWorksOnIsAskedForLater(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Prepared(t)
	o.LeaseElsewhere(id, 12*time.Second)
	var later function.Later
	if _, err := o.Handle(t, id, events.OpenSignature{Attempt: 1}); !errors.As(err, &later) || later.After != 12*time.Second {
		t.Errorf("open: %v", err)
	}
}

// Whatever the service refuses us, nothing of it ends a contract: not while it is opened, looked at or withdrawn.
func TestARefusalIsNotAnAnswer(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{
		"401": signing.Fault{Cause: "signature.unauthorized", Status: 401}, "403": signing.Fault{Cause: "signature.forbidden", Status: 403},
		"400": signing.Rejected{Status: 400, Type: "x"}, "404": signing.ErrUnknown, "TLS": signing.Fault{Cause: "signature.tls"},
		"429": signing.Limited{After: time.Second}, "500": errors.New("500"),
	} {
		for _, act := range []events.Payload{events.CheckSignature{Attempt: 1}, events.CancelSignature{Attempt: 1}} {
			o := orchestratetest.New(t)
			id, _ := o.Sent(t)
			o.Change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
			o.Fail(refusal)
			for range 3 {
				out, _ := o.Handle(t, id, act)
				for _, e := range out {
					applies(t, o, id, e.Payload)
				}
				o.Wait(time.Hour)
			}
			if c := o.Stored(id); c.Status != contract.Sent || c.Request.Settled() {
				t.Errorf("%s to %s: the contract is %s, its request %s", name, act.Type(), c.Status, c.Request.State)
			}
			o.Fail(nil)
			if _, err := o.Handle(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.Stored(id).Status != contract.Cancelled || len(o.Stored(id).Troubles) != 0 {
				t.Errorf("%s, once it answers: %v, %s, %+v", name, err, o.Stored(id).Status, o.Stored(id).Troubles)
			}
		}
	}
}

// applies a fact as persist does.
func applies(t *testing.T, o *orchestratetest.Fixture, id contract.ID, p events.Payload) {
	t.Helper()
	if err := o.Apply(id, p); err != nil {
		t.Error(err)
	}
}

func TestWhatCanNeverWorkIsSaidAndWhatMayWorkIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Prepared(t)
	o.Fail(signing.Limited{After: time.Minute})
	var later function.Later
	if _, err := o.Handle(t, id, events.OpenSignature{Attempt: 1}); !errors.As(err, &later) || later.After != time.Minute {
		t.Errorf("limited: %v", err)
	}
	o.Fail(errors.New("connection reset"))
	if _, err := o.Handle(t, id, events.OpenSignature{Attempt: 1}); err == nil || function.Refused(err) || errors.As(err, &later) {
		t.Errorf("broken: %v", err)
	}
	o.Fail(signing.Fault{Cause: "signature.unauthorized", Status: 401})
	out, err := o.Handle(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(out) != 1 || !out[0].Payload.(events.SignatureFailed).Ours || o.Stored(id).Request.State != contract.Opening {
		t.Errorf("a revoked key: said %v, %v", out, err)
	}
	o.Fail(signing.Rejected{Status: 400, Type: "validation.error", Detail: "signers[0].info.phone_number"})
	out, err = o.Handle(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(out) != 1 {
		t.Fatalf("rejected: said %v, %v", out, err)
	}
	if p := out[0].Payload.(events.SignatureFailed); p.Cause != "signature.rejected" || !p.Over || p.Ours || !strings.Contains(p.Detail, "phone_number") {
		t.Errorf("rejected: said %+v", p)
	}
	if c := o.Stored(id); c.Request.State != contract.NeverOpened || lifecycle.NewAttempt(lifecycle.Retry, *c) != 2 {
		t.Errorf("rejected: the attempt is %s", c.Request.State)
	}
	o.Fail(nil)
	if _, err := o.Handle(t, "unknown", events.OpenSignature{Attempt: 1}); !function.Refused(err) {
		t.Errorf("an unknown contract: %v", err)
	}
}

func TestWhatComesAfterTheLastMomentIsNotOpened(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Prepared(t)
	o.Wait(60 * 24 * time.Hour)
	out, err := o.Handle(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(out) != 1 || out[0].Payload.(events.SignatureFailed).Cause != lifecycle.CauseDeadlinePassed || len(o.Requests) != 0 {
		t.Errorf("said %v, %v", out, err)
	}
	if c := o.Stored(id); c.Request.State != contract.NeverOpened {
		t.Errorf("the attempt is %s", c.Request.State)
	}
}

func TestTheSameEventIsAnsweredWithTheSameID(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	c := contract.Contract{ID: "c", Status: contract.Sent, Signers: []contract.Signer{{ID: "ana", State: contract.Invited}, {ID: "ben", State: contract.Invited}},
		Request:       &contract.Request{Attempt: 1, State: contract.Open, ID: "r"},
		Notifications: []contract.Notification{{Kind: contract.Invitation, Sequence: 1, Recipient: "ana"}, {Kind: contract.Invitation, Sequence: 1, Recipient: "ben"}}}
	due := events.ContractDue{Snapshot: events.Snapshot{Contract: c}}
	first, err := o.HandleAgain("e1", "c", due)
	if err != nil || len(first) != 3 {
		t.Fatalf("said %v, %v", first, err)
	}
	second, _ := o.HandleAgain("e1", "c", due)
	if !reflect.DeepEqual(first, second) || first[0].ID == first[1].ID || first[0].Source != "orchestrate" {
		t.Errorf("said %v, then %v", first, second)
	}
	if _, err := o.Handle(t, "another", due); !function.Refused(err) {
		t.Errorf("a fact about another contract than its subject: %v", err)
	}
	if _, err := o.Handle(t, "c", events.MailSent{}); !function.Refused(err) {
		t.Errorf("an event that it does not hear: %v", err)
	}
}
