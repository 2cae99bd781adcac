package decisions

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
func (l *Handler) check(ctx context.Context, in events.Event, number int) ([]events.Payload, error) {
	w, err := l.begin(ctx, in.Subject, number, persistclient.ActLook)
	if err != nil || w == nil {
		return nil, err
	}
	defer w.close(false)
	c := w.View.Contract
	if !lifecycle.MayLook(c, number) {
		return nil, nil // the command came too late, or twice
	}
	result, err := l.Service.Look(w.ctx, c.Request.ID)
	function.Point("orchestrate.request-looked-at")
	if errors.Is(err, signing.ErrUnknown) && !c.Request.Settled() {
		return l.notFound(ctx, in, c, persistclient.ActLook)
	}
	if err != nil {
		return failure(number, persistclient.ActLook, c.ID, err)
	}
	return l.found(ctx, in, w, result)
}

// found reports what the service answered. Documents that it gave are on record before an event says that they are there.
func (l *Handler) found(ctx context.Context, in events.Event, w *work, result signing.Result) ([]events.Payload, error) {
	c := w.View.Contract
	out := events.SignatureChecked{Attempt: c.Request.Attempt, State: result.State, Signers: signersOf(c, result)}
	if result.State != events.SignatureDone || c.SignedCopy != nil && c.Proof != nil {
		if w.Granted {
			return l.report(ctx, in, out)
		}
		return []events.Payload{out}, nil
	}
	return l.withCopies(ctx, in, w, out)
}

// withCopies fetches the signed copy and the proof, unless another delivery is at it. News that everyone signed never
// waits for them: what cannot be had at once is asked for again when the contract is due.
func (l *Handler) withCopies(ctx context.Context, in events.Event, w *work, out events.SignatureChecked) ([]events.Payload, error) {
	c := w.View.Contract
	if !w.Granted {
		mine, err := l.begin(ctx, c.ID, out.Attempt, persistclient.ActFetch)
		var later function.Later
		if errors.As(err, &later) {
			return []events.Payload{out}, nil
		}
		if err != nil || mine == nil {
			return nil, err
		}
		defer mine.close(false)
		w, c = mine, mine.View.Contract
	}
	files, err := l.fetch(w.ctx, c, &out)
	if len(files) == 0 {
		return l.withoutCopies(c, out, err)
	}
	return l.report(ctx, in, out, files...)
}

// withoutCopies is what is reported if no document could be had: why, or else at least that everyone signed.
func (l *Handler) withoutCopies(c contract.Contract, out events.SignatureChecked, cause error) ([]events.Payload, error) {
	if cause == nil {
		return []events.Payload{out}, nil
	}
	why, err := failure(out.Attempt, persistclient.ActFetch, c.ID, cause)
	switch {
	case err == nil:
		return append([]events.Payload{out}, why...), nil
	case lifecycle.EveryoneSigned(c):
		return nil, err
	}
	return []events.Payload{out}, nil
}

// fetch takes those of the two documents that are there and are not on record. Its error is about the others.
func (l *Handler) fetch(ctx context.Context, c contract.Contract, out *events.SignatureChecked) (files [][]byte, err error) {
	var copyErr, proofErr error
	out.SignedCopy, copyErr = l.fetchOne(ctx, c, c.SignedCopy, l.Service.SignedCopy, &files)
	out.Proof, proofErr = l.fetchOne(ctx, c, c.Proof, l.Service.Proof, &files)
	return files, errors.Join(copyErr, proofErr)
}

// signersOf gives the answer about each signer our id. Signers that the service names and we do not are passed over.
func signersOf(c contract.Contract, result signing.Result) []contract.Signer {
	var signers []contract.Signer
	for _, s := range c.Signers {
		if a, out := result.Signers[c.Request.Signers[s.ID]]; out {
			signers = append(signers, contract.Signer{ID: s.ID, State: a.State, SignedAt: a.SignedAt})
		}
	}
	return signers
}

// fetchOne fetches one document and adds it to files. It is nil if it is on record already or not ready.
func (l *Handler) fetchOne(ctx context.Context, c contract.Contract, have *contract.Document,
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
		return nil, signing.Rejected{Type: signing.CauseNotADocument, Detail: "what it gave as a document is none that can be kept"}
	}
	function.Point("orchestrate.copy-fetched")
	d := persistclient.DocumentOf(file)
	*files = append(*files, file)
	return &d, nil
}
