package orchestrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/record"
)

// cancelNote is what the signature service keeps about why. The owner's own words stay here: they may be personal.
const cancelNote = "withdrawn by its owner"

// check looks at what the signature service says and fetches what is ready.
func (l *listener) check(ctx context.Context, id contract.ID, number int) ([]events.Payload, error) {
	c, err := l.openRequest(ctx, id, number)
	if err != nil || c == nil {
		return nil, err
	}
	return l.look(ctx, *c, "")
}

// cancel withdraws the request and then looks: everyone may have signed a moment before, and then that counts. It
// does nothing for a contract that nobody wants cancelled.
func (l *listener) cancel(ctx context.Context, id contract.ID, number int) ([]events.Payload, error) {
	c, err := l.openRequest(ctx, id, number)
	if err != nil || c == nil {
		return nil, err
	}
	if !c.CancelWanted && !c.Status.Final() {
		return nil, nil
	}
	err = l.service.Cancel(ctx, c.Request.ID, cancelNote)
	why := never(err)
	if err != nil && why == "" && !errors.Is(err, signing.ErrUnknown) {
		return nil, instruction("cancel", id, err)
	}
	return l.look(ctx, *c, why)
}

// openRequest returns the contract if this attempt of it is at the signature service and not over, otherwise nil:
// the command came too late, or twice.
func (l *listener) openRequest(ctx context.Context, id contract.ID, number int) (*contract.Contract, error) {
	v, err := l.contract(ctx, id)
	if err != nil {
		return nil, err
	}
	c := v.Contract
	if !atService(c) || attempt(c) != number || c.Status == contract.Completed {
		return nil, nil
	}
	if c.Status.Final() && c.Request.Closed {
		return nil, nil
	}
	return &c, nil
}

// look asks the signature service and says what follows from its answer, and what trouble there was before.
func (l *listener) look(ctx context.Context, c contract.Contract, trouble string) ([]events.Payload, error) {
	f := finding{Trouble: trouble}
	answer, err := l.service.Look(ctx, c.Request.ID)
	switch {
	case errors.Is(err, signing.ErrUnknown):
		f.State = events.SignatureNone
	case never(err) != "":
		f.State, f.Trouble = events.SignatureFailed, never(err)
	case err != nil:
		return nil, instruction("check", c.ID, err)
	default:
		f.State, f.Signers = answer.State, ours(c, answer)
	}
	if f.State == events.SignatureDone && !c.Status.Final() {
		if err := l.fetch(ctx, c, &f); err != nil {
			return nil, err
		}
	}
	return []events.Payload{afterChecking(c, f, l.now())}, nil
}

// ours gives the answer about each signer our id. Signers that the service names and we do not are passed over.
func ours(c contract.Contract, answer signing.Answer) map[string]contract.Signer {
	signers := make(map[string]contract.Signer, len(c.Signers))
	for id, theirs := range c.Request.Signers {
		if a, said := answer.Signers[theirs]; said {
			signers[id] = contract.Signer{ID: id, State: a.State, SignedAt: a.SignedAt}
		}
	}
	return signers
}

// fetch takes the signed copy and the proof into the record, those that are there and were not taken before. News
// that everyone signed never waits for them: what cannot be had at once is asked for again when the contract is due.
func (l *listener) fetch(ctx context.Context, c contract.Contract, f *finding) error {
	var copyErr, proofErr error
	f.SignedCopy, copyErr = l.take(ctx, c, c.SignedCopy, l.service.SignedCopy)
	f.Proof, proofErr = l.take(ctx, c, c.Proof, l.service.Proof)
	err := errors.Join(copyErr, proofErr)
	if why := never(err); why != "" {
		f.Trouble = why
		return nil
	}
	nothingNew := c.Status == contract.Signed && f.SignedCopy == nil && f.Proof == nil
	var unkept notKept
	if err != nil && (nothingNew || errors.As(err, &unkept)) {
		return instruction("fetch the signed copy of", c.ID, err)
	}
	return nil
}

// notKept says that persist did not take a document: then it will not take the news of it either.
type notKept struct{ error }

// take fetches one document and puts it into the record. It is nil if it is there already or not ready.
func (l *listener) take(ctx context.Context, c contract.Contract, have *contract.Document,
	fetch func(context.Context, string) ([]byte, error),
) (*contract.Document, error) {
	if have != nil {
		return nil, nil
	}
	file, err := fetch(ctx, c.Request.ID)
	if errors.Is(err, signing.ErrNotReady) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) || len(file) > record.FileLimit {
		return nil, signing.Rejected{Type: "no_pdf", Detail: "what it gave as a document is none that can be kept"}
	}
	d, err := l.record.PutFile(ctx, c.ID, file)
	if err != nil {
		return nil, notKept{fmt.Errorf("keep a document: %w", err)}
	}
	return &d, nil
}
