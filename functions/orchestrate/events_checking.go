package orchestrate

import (
	"bytes"
	"context"
	"errors"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// check looks at what the signature service says and fetches what is ready.
func (l *listener) check(ctx context.Context, heard events.Event, number int) ([]events.Payload, error) {
	w, err := l.begin(ctx, heard.Subject, number, persistclient.ActLook)
	if err != nil || w == nil {
		return nil, err
	}
	defer w.close(false)
	c := w.View.Contract
	if !lifecycle.AtService(c) || lifecycle.Attempt(c) != number || c.Status == contract.Completed {
		return nil, nil // the command came too late, or twice
	}
	answer, err := l.service.Look(w.ctx, c.Request.ID)
	function.Point("orchestrate.request-looked-at")
	if errors.Is(err, signing.ErrUnknown) && !c.Request.Settled() {
		return l.notFound(ctx, heard, c, persistclient.ActLook)
	}
	if err != nil {
		return failure(number, persistclient.ActLook, c.ID, err)
	}
	return l.found(ctx, heard, w, answer)
}

// found tells what the service answered. Documents that it gave are on record before it is said that they are there.
func (l *listener) found(ctx context.Context, heard events.Event, w *work, answer signing.Answer) ([]events.Payload, error) {
	c := w.View.Contract
	said := events.SignatureChecked{Attempt: c.Request.Attempt, State: answer.State, Signers: ours(c, answer)}
	if answer.State != events.SignatureDone || c.SignedCopy != nil && c.Proof != nil {
		if w.Granted {
			return l.tell(ctx, heard, said)
		}
		return []events.Payload{said}, nil
	}
	return l.withCopies(ctx, heard, w, said)
}

// withCopies fetches the signed copy and the proof, unless another delivery is at it. News that everyone signed never
// waits for them: what cannot be had at once is asked for again when the contract is due.
func (l *listener) withCopies(ctx context.Context, heard events.Event, w *work, said events.SignatureChecked) ([]events.Payload, error) {
	c := w.View.Contract
	if !w.Granted {
		mine, err := l.begin(ctx, c.ID, said.Attempt, persistclient.ActFetch)
		var later function.Later
		if errors.As(err, &later) {
			return []events.Payload{said}, nil
		}
		if err != nil || mine == nil {
			return nil, err
		}
		defer mine.close(false)
		w, c = mine, mine.View.Contract
	}
	files, err := l.fetch(w.ctx, c, &said)
	if len(files) == 0 {
		return l.withoutCopies(c, said, err)
	}
	return l.tell(ctx, heard, said, files...)
}

// withoutCopies is what is said if no document could be had: why, or else at least that everyone signed.
func (l *listener) withoutCopies(c contract.Contract, said events.SignatureChecked, cause error) ([]events.Payload, error) {
	if cause == nil {
		return []events.Payload{said}, nil
	}
	why, err := failure(said.Attempt, persistclient.ActFetch, c.ID, cause)
	switch {
	case err == nil:
		return append([]events.Payload{said}, why...), nil
	case c.Status == contract.Signed || c.Status.Final():
		return nil, err
	}
	return []events.Payload{said}, nil
}

// fetch takes those of the two documents that are there and are not on record. Its error is about the others.
func (l *listener) fetch(ctx context.Context, c contract.Contract, said *events.SignatureChecked) (files [][]byte, err error) {
	var copyErr, proofErr error
	said.SignedCopy, copyErr = l.take(ctx, c, c.SignedCopy, l.service.SignedCopy, &files)
	said.Proof, proofErr = l.take(ctx, c, c.Proof, l.service.Proof, &files)
	return files, errors.Join(copyErr, proofErr)
}

// ours gives the answer about each signer our id. Signers that the service names and we do not are passed over.
func ours(c contract.Contract, answer signing.Answer) []contract.Signer {
	var signers []contract.Signer
	for _, s := range c.Signers {
		if a, said := answer.Signers[c.Request.Signers[s.ID]]; said {
			signers = append(signers, contract.Signer{ID: s.ID, State: a.State, SignedAt: a.SignedAt})
		}
	}
	return signers
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
	if !bytes.HasPrefix(file, []byte("%PDF-")) || len(file) > persistclient.FileLimit {
		return nil, signing.Rejected{Type: causeNotADocument, Detail: "what it gave as a document is none that can be kept"}
	}
	function.Point("orchestrate.copy-fetched")
	d := persistclient.DocumentOf(file)
	*files = append(*files, file)
	return &d, nil
}
