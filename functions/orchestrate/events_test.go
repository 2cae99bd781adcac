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
	"github.com/paraphe/paraphe/shared/record"
)

// opening has the contract opened and returns what was said, and the request in it.
func (o *office) opening(t *testing.T, id contract.ID, request *contract.Request) events.SignatureOpened {
	t.Helper()
	said, err := o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 {
		t.Fatalf("open: said %v, %v", said, err)
	}
	p, ok := said[0].Payload.(events.SignatureOpened)
	if !ok {
		t.Fatalf("open: said %+v", said[0].Payload)
	}
	*request = p.Request
	return p
}

// prepared makes a contract whose document is drawn.
func (o *office) prepared(t *testing.T) contract.ID {
	t.Helper()
	id := o.made(t).ID
	o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
	draft := o.keep("%PDF-1.7 draft")
	o.change(t, id, func(v *record.View) { v.Document = draft })
	return id
}

func TestOpeningHandsTheContractOver(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	var request contract.Request
	got := o.opening(t, id, &request)
	if got.Move == nil || got.Move.To != contract.Sent || len(got.Letters) != 1 {
		t.Errorf("said %+v", got)
	}
	order := o.requests[request.ID].order
	if string(order.Document) != "%PDF-1.7 draft" || order.Token != o.tokens[id] || order.ReturnURL != "https://paraphe.example/sign" || order.People[0].Phone != "+33612345678" {
		t.Errorf("ordered %+v", order)
	}
	again := o.opening(t, id, &request)
	if !reflect.DeepEqual(got, again) || len(o.requests) != 1 {
		t.Errorf("the second time it said %+v and made %d requests", again, len(o.requests))
	}
}

func TestACommandWhoseTimeHasPassedDoesNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	calls := o.calls
	for name, p := range map[string]events.Payload{
		"open what is open":           events.OpenSignature{Attempt: 1},
		"open another attempt":        events.OpenSignature{Attempt: 2},
		"check another attempt":       events.CheckSignature{Attempt: 2},
		"cancel what is wanted":       events.CancelSignature{Attempt: 1},
		"cancel what is long over":    events.CancelSignature{Attempt: 0},
		"hear of nothing that counts": events.ContractRecorded{Snapshot: events.Snapshot{Contract: contract.Contract{ID: id, Status: contract.Draft}}},
	} {
		if said, err := o.hear(t, id, p); err != nil || len(said) != 0 {
			t.Errorf("%s: said %v, %v", name, said, err)
		}
	}
	o.change(t, id, func(v *record.View) { v.Status, v.Request.Closed = contract.Declined, true })
	if said, err := o.hear(t, id, events.CheckSignature{Attempt: 1}); err != nil || len(said) != 0 {
		t.Errorf("check what is over: said %v, %v", said, err)
	}
	preparing := o.prepared(t)
	if said, err := o.hear(t, preparing, events.OpenSignature{Attempt: 2}); err != nil || len(said) != 0 {
		t.Errorf("open an attempt that was never made: said %v, %v", said, err)
	}
	if o.calls != calls {
		t.Errorf("the signature service was called %d times", o.calls-calls)
	}
}

func TestWhatCanNeverWorkIsSaidAndWhatMayWorkIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.prepared(t)
	o.fails(signing.Rejected{Status: 400, Type: "validation.error", Detail: "signers[0].info.phone_number"})
	said, err := o.hear(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(said) != 1 {
		t.Fatalf("rejected: said %v, %v", said, err)
	}
	p := said[0].Payload.(events.SignatureChecked)
	if p.State != events.SignatureFailed || p.Move != nil || !strings.Contains(p.Trouble, "phone_number") {
		t.Errorf("rejected: said %+v", p)
	}
	o.fails(signing.Limited{After: time.Minute})
	var later function.Later
	if _, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); !errors.As(err, &later) || later.After != time.Minute {
		t.Errorf("limited: %v", err)
	}
	o.fails(errors.New("connection reset"))
	if _, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); err == nil || function.Refused(err) || errors.As(err, &later) {
		t.Errorf("broken: %v", err)
	}
	o.fails(nil)
	if _, err := o.hear(t, "unknown", events.OpenSignature{Attempt: 1}); !function.Refused(err) {
		t.Errorf("an unknown contract: %v", err)
	}
	o.wait(60 * 24 * time.Hour)
	if said, err := o.hear(t, id, events.OpenSignature{Attempt: 1}); err != nil || !strings.Contains(said[0].Payload.(events.SignatureChecked).Trouble, "deadline") {
		t.Errorf("after its deadline: said %v, %v", said, err)
	}
}

func TestCheckingFetchesCopyAndProof(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, signer := o.sent(t)
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.notReady = true
	first := o.checking(t, id)
	if first.Move == nil || first.Move.To != contract.Signed || first.SignedCopy == nil || first.Proof != nil || first.Letters != nil {
		t.Errorf("while the proof is being made: %+v", first)
	}
	if s := first.Signers[0]; s.ID != signer || s.State != contract.HasSigned || s.SignedAt.IsZero() {
		t.Errorf("the signer is %+v", s)
	}
	o.change(t, id, func(v *record.View) { v.Status, v.SignedCopy = contract.Signed, first.SignedCopy })
	o.notReady = false
	second := o.checking(t, id)
	if second.Move != nil || second.SignedCopy != nil || second.Proof == nil || names(second.Letters) != "signed-copy/1→owner signed-copy/1→"+signer {
		t.Errorf("once it is there: %+v", second)
	}
	if string(o.files[second.Proof.SHA256]) == "" {
		t.Error("the proof is not in the record")
	}
}

func (o *office) checking(t *testing.T, id contract.ID) events.SignatureChecked {
	t.Helper()
	said, err := o.hear(t, id, events.CheckSignature{Attempt: 1})
	if err != nil || len(said) != 1 {
		t.Fatalf("check: said %v, %v", said, err)
	}
	return said[0].Payload.(events.SignatureChecked)
}

func TestNewsThatEveryoneSignedNeverWaitsForTheCopies(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
	o.copyErr = errors.New("connection reset")
	if first := o.checking(t, id); first.Move == nil || first.SignedCopy != nil || first.Trouble != "" {
		t.Errorf("while copies cannot be had: %+v", first)
	}
	o.change(t, id, func(v *record.View) { v.Status, v.Proof = contract.Signed, o.contracts[id].Document })
	if said, err := o.hear(t, id, events.CheckSignature{Attempt: 1}); err == nil {
		t.Errorf("with nothing to tell: said %+v instead of trying again", said)
	}
	o.copyErr = signing.Rejected{Status: 404, Type: "resource.not_found", Detail: "document"}
	if said := o.checking(t, id); said.Trouble == "" {
		t.Errorf("when they can never be had: %+v", said)
	}
	o.copyErr, o.copyBytes = nil, "<html>"
	if said := o.checking(t, id); said.SignedCopy != nil || said.Trouble == "" {
		t.Errorf("when the copy is no PDF: %+v", said)
	}
}

func TestCancellingLooksWhoWasEarlier(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]contract.Status{"nobody signed": contract.Cancelled, "everyone signed": contract.Signed} {
		o := openOffice(t)
		id, _ := o.sent(t)
		o.change(t, id, func(v *record.View) { v.CancelWanted = true })
		if want == contract.Signed {
			o.everyoneSigns(o.contracts[id].Request.ID, o.clock())
		}
		said, err := o.hear(t, id, events.CancelSignature{Attempt: 1})
		if err != nil || len(said) != 1 || said[0].Payload.(events.SignatureChecked).Move.To != want {
			t.Errorf("%s: said %v, %v", name, said, err)
		}
	}
}

func TestTheSameEventIsAnsweredWithTheSameID(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	due := events.ContractDue{Snapshot: events.Snapshot{Contract: standingAt(contract.Sent, with(contract.Invitation, false, "ana", "ben"))}}
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
