package decisions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestCheckingFetchesCopyAndProof(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, signer := o.Sent(t)
	o.EveryoneSigns(o.Contracts[id].Request.ID, o.Clock())
	o.NotReady = true
	first := checking(t, o, id)
	if first.State != events.SignatureDone || first.SignedCopy == nil || first.Proof != nil {
		t.Errorf("while the proof is being made: %+v", first)
	}
	if s := first.Signers[0]; s.ID != signer || s.State != contract.HasSigned || s.SignedAt.IsZero() || o.Stored(id).Status != contract.Signed {
		t.Errorf("the signer is %+v, the contract %s", s, o.Stored(id).Status)
	}
	o.NotReady = false
	second := checking(t, o, id)
	if second.SignedCopy != nil || second.Proof == nil || o.Stored(id).Notification(contract.SignedCopyNotification, signer) == nil {
		t.Errorf("once it is there: %+v", second)
	}
	if string(o.Files[second.Proof.SHA256]) == "" {
		t.Error("the proof is not in the record")
	}
}

func checking(t *testing.T, o *orchestratetest.Fixture, id contract.ID) events.SignatureChecked {
	t.Helper()
	out, err := o.Handle(t, id, events.CheckSignature{Attempt: 1})
	if err != nil || len(out) == 0 {
		t.Fatalf("check: said %v, %v", out, err)
	}
	return out[0].Payload.(events.SignatureChecked)
}

// Two looks at once fetch the documents once: who does not get the attempt says what it saw.
func TestCopiesAreFetchedByOneAtATime(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	o.EveryoneSigns(o.Contracts[id].Request.ID, o.Clock())
	o.LeaseElsewhere(id, 12*time.Second)
	if out := checking(t, o, id); out.State != events.SignatureDone || out.SignedCopy != nil {
		t.Errorf("while another fetches: %+v", out)
	}
}

func TestNewsThatEveryoneSignedNeverWaitsForTheCopies(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	o.EveryoneSigns(o.Contracts[id].Request.ID, o.Clock())
	o.CopyErr = errors.New("connection reset")
	o.NotReady = true
	if first := checking(t, o, id); first.State != events.SignatureDone || first.SignedCopy != nil {
		t.Errorf("while copies cannot be had: %+v", first)
	}
	o.Change(t, id, func(v *persistclient.View) { v.Status = contract.Signed })
	if out, err := o.Handle(t, id, events.CheckSignature{Attempt: 1}); err == nil {
		t.Errorf("with nothing to tell: said %+v instead of trying again", out)
	}
	o.CopyErr, o.CopyBytes = nil, "<html>"
	out, err := o.Handle(t, id, events.CheckSignature{Attempt: 1})
	if err != nil || len(out) != 2 || out[1].Payload.(events.SignatureFailed).Act != persistclient.ActFetch {
		t.Errorf("when the copy is no PDF: %+v, %v", out, err)
	}
}
