package signing

import (
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/shared/events"
)

// SignedCopy implements Service. Before the request is done, Yousign gives the unsigned document at the same
// address: so it looks first.
func (y *Yousign) SignedCopy(ctx context.Context, requestID string) ([]byte, error) {
	act := "fetch the signed copy of request " + requestID
	r, err := y.request(ctx, requestID)
	if err != nil {
		return nil, err
	}
	if r.state() != events.SignatureDone {
		return nil, fmt.Errorf("%s: %w", act, ErrNotReady)
	}
	for _, d := range r.Documents {
		if d.Nature == signableDocument {
			return y.pdf(ctx, act, path("signature_requests", requestID, "documents", d.ID, "download"))
		}
	}
	return nil, fmt.Errorf("%s: it has no signable document", act)
}

// auditTrailNotReady is what Yousign calls it for some seconds after the last signature.
const auditTrailNotReady = "audit_trail.not_ready_for_download"

// Proof implements Service: the audit trails of all signers, merged into one PDF.
func (y *Yousign) Proof(ctx context.Context, requestID string) ([]byte, error) {
	act := "fetch the audit trail of request " + requestID
	file, err := y.pdf(ctx, act, path("signature_requests", requestID, "audit_trails", "download")+"?merge=true")
	var r Rejected
	if errors.As(err, &r) && r.Type == auditTrailNotReady {
		return nil, fmt.Errorf("%s: %w", act, ErrNotReady)
	}
	return file, err
}
