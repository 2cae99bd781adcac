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
func (l *listener) check(ctx context.Context, heard events.Event, number int) ([]events.Payload, error) {
	v, err := l.openRequest(ctx, heard.Subject, number)
	if err != nil || v == nil {
		return nil, err
	}
	return l.look(ctx, heard, v.Contract, "")
}

// cancel withdraws the request and then looks: everyone may have signed a moment before, and then that counts. It
// does nothing for a contract that nobody wants cancelled.
func (l *listener) cancel(ctx context.Context, heard events.Event, number int) ([]events.Payload, error) {
	v, err := l.openRequest(ctx, heard.Subject, number)
	if err != nil || v == nil {
		return nil, err
	}
	c := v.Contract
	if !c.CancelWanted && !c.Status.Final() {
		return nil, nil
	}
	_, err = l.service.Withdraw(ctx, v.Token, c.Request.ID, cancelNote)
	why := never(err)
	if err != nil && why == "" && !errors.Is(err, signing.ErrUnknown) {
		return nil, instruction("cancel", heard.Subject, err)
	}
	return l.look(ctx, heard, c, why)
}

// openRequest returns the contract as it is on record if this attempt of it is at the signature service and not over,
// otherwise nil: the command came too late, or twice.
func (l *listener) openRequest(ctx context.Context, id contract.ID, number int) (*record.View, error) {
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
	return &v, nil
}

// look asks the signature service and says what follows from its answer, and what trouble there was before. Documents
// that it gave are on record before it is said that they are there.
func (l *listener) look(ctx context.Context, heard events.Event, c contract.Contract, trouble string) ([]events.Payload, error) {
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
	var files [][]byte
	if f.State == events.SignatureDone && !c.Status.Final() {
		if files, err = l.fetch(ctx, c, &f); err != nil {
			return nil, err
		}
	}
	said := afterChecking(c, f, l.now())
	return []events.Payload{said}, l.keep(ctx, heard, said, files)
}

// keep puts what was found on record with the documents that were fetched, if there are any.
func (l *listener) keep(ctx context.Context, heard events.Event, said events.SignatureChecked, files [][]byte) error {
	if len(files) == 0 {
		return nil
	}
	fact, err := events.Reply(heard, Manifest.Name, said) // as handle will say it
	if err != nil {
		return err
	}
	if err := l.record.Keep(ctx, fact, files...); err != nil {
		return fmt.Errorf("keep the documents of contract %s: %w", heard.Subject, err)
	}
	return nil
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

// fetch takes the signed copy and the proof, those that are there and were not taken before. News that everyone signed
// never waits for them: what cannot be had at once is asked for again when the contract is due.
func (l *listener) fetch(ctx context.Context, c contract.Contract, f *finding) (files [][]byte, err error) {
	var copyErr, proofErr error
	f.SignedCopy, copyErr = l.take(ctx, c, c.SignedCopy, l.service.SignedCopy, &files)
	f.Proof, proofErr = l.take(ctx, c, c.Proof, l.service.Proof, &files)
	err = errors.Join(copyErr, proofErr)
	if why := never(err); why != "" {
		f.Trouble = why
		return files, nil
	}
	if err != nil && c.Status == contract.Signed && len(files) == 0 {
		return nil, instruction("fetch the signed copy of", c.ID, err)
	}
	return files, nil
}

// take fetches one document and adds it to files. It is nil if it is on record already or not ready.
func (l *listener) take(ctx context.Context, c contract.Contract, have *contract.Document,
	fetch func(context.Context, string) ([]byte, error), files *[][]byte,
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
	d := record.DocumentOf(file)
	*files = append(*files, file)
	return &d, nil
}
