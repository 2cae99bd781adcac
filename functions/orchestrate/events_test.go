package orchestrate

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// opening has the contract opened and returns what was said.
func (o *office) opening(t *testing.T, id contract.ID) events.SignatureOpened {
	t.Helper()
	said, err := o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 {
		t.Fatalf("open: said %v, %v", said, err)
	}
	p, ok := said[0].Payload.(events.SignatureOpened)
	if !ok {
		t.Fatalf("open: said %+v", said[0].Payload)
	}
	return p
}

// prepared makes a contract whose document is drawn.
func (o *office) prepared(t *testing.T) contract.ID {
	t.Helper()
	id := o.made(t).ID
	o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
	draft := o.keep("%PDF-1.7 draft")
	o.change(t, id, func(v *persistclient.View) { v.Document = draft })
	return id
}

// stands is the contract as it stands.
func (o *office) stands(id contract.ID) *contract.Contract {
	o.ledger.mu.Lock()
	defer o.ledger.mu.Unlock()
	c := o.contracts[id].Contract
	return &c
}

func TestOpeningHandsTheContractOverAndTellsItDirectly(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	got := o.opening(t, id)
	order := o.requests[got.ID].order
	if string(order.Document) != "%PDF-1.7 draft" || order.Token != o.tokens[id] || order.ReturnURL != "https://paraphe.example/sign" || order.People[0].Phone != "+33612345678" {
		t.Errorf("ordered %+v", order)
	}
	if c := o.stands(id); c.Status != contract.Sent || c.Request.ID != got.ID || len(o.told) != 1 {
		t.Errorf("before the event was heard it is %s, with %+v", c.Status, c.Request)
	}
	if o.noted[id] != got.ID {
		t.Errorf("the request was noted as %q while it was opened", o.noted[id])
	}
	if said, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); err != nil || len(said) != 0 || len(o.requests) != 1 {
		t.Errorf("the second time it said %+v, %v, and made %d requests", said, err, len(o.requests))
	}
}

func TestACommandWhoseTimeHasPassedDoesNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	calls := o.calls
	for name, p := range map[string]events.Payload{
		"open what is open":           events.OpenSignature{Attempt: 1},
		"cancel what is wanted":       events.CancelSignature{Attempt: 1},
		"hear of nothing that counts": events.ContractRecorded{Snapshot: events.Snapshot{Contract: contract.Contract{ID: id, Status: contract.Draft}}},
	} {
		if said, err := o.hear(t, id, p); err != nil || len(said) != 0 {
			t.Errorf("%s: said %v, %v", name, said, err)
		}
	}
	for name, p := range map[string]events.Payload{
		"open an attempt that was never made": events.OpenSignature{Attempt: 2}, "check it": events.CheckSignature{Attempt: 2}, "cancel it": events.CancelSignature{Attempt: 2},
	} {
		if _, err := o.hear(t, id, p); !function.Refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.change(t, id, func(v *persistclient.View) { v.Status = contract.Completed })
	if said, err := o.hear(t, id, events.CheckSignature{Attempt: 1}); err != nil || len(said) != 0 {
		t.Errorf("check what is over: said %v, %v", said, err)
	}
	if o.calls != calls {
		t.Errorf("the signature service was called %d times", o.calls-calls)
	}
}

func TestAnAttemptThatAnotherWorksOnIsAskedForLater(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	o.leased[id] = persistclient.ActOpen
	var later function.Later
	if _, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); !errors.As(err, &later) || later.After != 12*time.Second {
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
			o := openOffice(t)
			id, _ := o.sent(t)
			o.change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
			o.fails(refusal)
			for range 3 {
				said, _ := o.hear(t, id, act)
				for _, e := range said {
					o.applies(t, id, e.Payload)
				}
				o.wait(time.Hour)
			}
			if c := o.stands(id); c.Status != contract.Sent || c.Request.Settled() {
				t.Errorf("%s to %s: the contract is %s, its request %s", name, act.Type(), c.Status, c.Request.State)
			}
			o.fails(nil)
			if _, err := o.hear(t, id, events.CancelSignature{Attempt: 1}); err != nil || o.stands(id).Status != contract.Cancelled || len(o.stands(id).Troubles) != 0 {
				t.Errorf("%s, once it answers: %v, %s, %+v", name, err, o.stands(id).Status, o.stands(id).Troubles)
			}
		}
	}
}

// applies hears a fact as persist does.
func (o *office) applies(t *testing.T, id contract.ID, p events.Payload) {
	t.Helper()
	o.ledger.mu.Lock()
	defer o.ledger.mu.Unlock()
	if err := o.apply(o.contracts[id], p); err != nil {
		t.Error(err)
	}
}

func TestWhatCanNeverWorkIsSaidAndWhatMayWorkIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	o.fails(signing.Limited{After: time.Minute})
	var later function.Later
	if _, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); !errors.As(err, &later) || later.After != time.Minute {
		t.Errorf("limited: %v", err)
	}
	o.fails(errors.New("connection reset"))
	if _, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); err == nil || function.Refused(err) || errors.As(err, &later) {
		t.Errorf("broken: %v", err)
	}
	o.fails(signing.Fault{Cause: "signature.unauthorized", Status: 401})
	said, err := o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 || !said[0].Payload.(events.SignatureFailed).Ours || o.stands(id).Request.State != contract.Opening {
		t.Errorf("a revoked key: said %v, %v", said, err)
	}
	o.fails(signing.Rejected{Status: 400, Type: "validation.error", Detail: "signers[0].info.phone_number"})
	said, err = o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 {
		t.Fatalf("rejected: said %v, %v", said, err)
	}
	if p := said[0].Payload.(events.SignatureFailed); p.Cause != "signature.rejected" || !p.Over || p.Ours || !strings.Contains(p.Detail, "phone_number") {
		t.Errorf("rejected: said %+v", p)
	}
	if c := o.stands(id); c.Request.State != contract.NeverOpened || lifecycle.NewAttempt(lifecycle.Retry, *c) != 2 {
		t.Errorf("rejected: the attempt is %s", c.Request.State)
	}
	o.fails(nil)
	if _, err := o.hear(t, "unknown", events.OpenSignature{Attempt: 1}); !function.Refused(err) {
		t.Errorf("an unknown contract: %v", err)
	}
}

func TestWhatComesAfterTheLastMomentIsNotOpened(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	o.wait(60 * 24 * time.Hour)
	said, err := o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 || said[0].Payload.(events.SignatureFailed).Cause != causeDeadline || len(o.requests) != 0 {
		t.Errorf("said %v, %v", said, err)
	}
	if c := o.stands(id); c.Request.State != contract.NeverOpened {
		t.Errorf("the attempt is %s", c.Request.State)
	}
}

func TestCheckingFetchesCopyAndProof(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, signer := o.sent(t)
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.notReady = true
	first := o.checking(t, id)
	if first.State != events.SignatureDone || first.SignedCopy == nil || first.Proof != nil {
		t.Errorf("while the proof is being made: %+v", first)
	}
	if s := first.Signers[0]; s.ID != signer || s.State != contract.HasSigned || s.SignedAt.IsZero() || o.stands(id).Status != contract.Signed {
		t.Errorf("the signer is %+v, the contract %s", s, o.stands(id).Status)
	}
	o.notReady = false
	second := o.checking(t, id)
	if second.SignedCopy != nil || second.Proof == nil || o.stands(id).Letter(contract.SignedCopyLetter, signer) == nil {
		t.Errorf("once it is there: %+v", second)
	}
	if string(o.files[second.Proof.SHA256]) == "" {
		t.Error("the proof is not in the record")
	}
}

func (o *office) checking(t *testing.T, id contract.ID) events.SignatureChecked {
	t.Helper()
	said, err := o.hear(t, id, events.CheckSignature{Attempt: 1})
	if err != nil || len(said) == 0 {
		t.Fatalf("check: said %v, %v", said, err)
	}
	return said[0].Payload.(events.SignatureChecked)
}

// Two looks at once fetch the documents once: who does not get the attempt says what it saw.
func TestCopiesAreFetchedByOneAtATime(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.leased[id] = persistclient.ActFetch
	if said := o.checking(t, id); said.State != events.SignatureDone || said.SignedCopy != nil {
		t.Errorf("while another fetches: %+v", said)
	}
}

func TestNewsThatEveryoneSignedNeverWaitsForTheCopies(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.copyErr = errors.New("connection reset")
	o.notReady = true
	if first := o.checking(t, id); first.State != events.SignatureDone || first.SignedCopy != nil {
		t.Errorf("while copies cannot be had: %+v", first)
	}
	o.change(t, id, func(v *persistclient.View) { v.Status = contract.Signed })
	if said, err := o.hear(t, id, events.CheckSignature{Attempt: 1}); err == nil {
		t.Errorf("with nothing to tell: said %+v instead of trying again", said)
	}
	o.copyErr, o.copyBytes = nil, "<html>"
	said, err := o.hear(t, id, events.CheckSignature{Attempt: 1})
	if err != nil || len(said) != 2 || said[1].Payload.(events.SignatureFailed).Act != persistclient.ActFetch {
		t.Errorf("when the copy is no PDF: %+v, %v", said, err)
	}
}

func TestTheSameEventIsAnsweredWithTheSameID(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	c := contract.Contract{ID: "c", Status: contract.Sent, Signers: []contract.Signer{{ID: "ana", State: contract.Invited}, {ID: "ben", State: contract.Invited}},
		Request: &contract.Request{Attempt: 1, State: contract.Open, ID: "r"},
		Letters: []contract.Letter{{Name: contract.Invitation, Occasion: 1, Recipient: "ana"}, {Name: contract.Invitation, Occasion: 1, Recipient: "ben"}}}
	due := events.ContractDue{Snapshot: events.Snapshot{Contract: c}}
	first, err := o.hear(t, "c", due)
	if err != nil || len(first) != 3 {
		t.Fatalf("said %v, %v", first, err)
	}
	second, _ := o.hear(t, "c", due)
	if !reflect.DeepEqual(first, second) || first[0].ID == first[1].ID || first[0].Source != "orchestrate" {
		t.Errorf("said %v, then %v", first, second)
	}
	if _, err := o.hear(t, "another", due); !function.Refused(err) {
		t.Errorf("a fact about another contract than its subject: %v", err)
	}
	if _, err := o.hear(t, "c", events.MailSent{}); !function.Refused(err) {
		t.Errorf("an event that it does not hear: %v", err)
	}
}
