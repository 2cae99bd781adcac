package yousign

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// Types of the service's problems that mean "later".
const (
	notDoneYet         = "document.unable_to_download_signature_request_not_in_done"
	auditTrailNotReady = "audit_trail.not_ready_for_download" // for some seconds after the last signature
)

// SignedCopy implements Service. Only the completed version is asked for: there is none before everyone has signed.
func (y *Client) SignedCopy(ctx context.Context, requestID string) ([]byte, error) {
	act := "fetch the signed copy of request " + requestID
	file, err := y.file(ctx, act, path("signature_requests", requestID, "documents", "download")+"?version=completed")
	if err != nil {
		return nil, notYet(act, err, notDoneYet)
	}
	return pdfIn(act, file)
}

// Proof implements Service: the audit trails of all signers, merged into one PDF.
func (y *Client) Proof(ctx context.Context, requestID string) ([]byte, error) {
	act := "fetch the audit trail of request " + requestID
	file, err := y.file(ctx, act, path("signature_requests", requestID, "audit_trails", "download")+"?merge=true")
	if err != nil {
		return nil, notYet(act, err, auditTrailNotReady)
	}
	return pdfIn(act, file)
}

// notYet turns a refusal of this type into ErrNotReady.
func notYet(act string, err error, kind string) error {
	var r signing.Rejected
	if errors.As(err, &r) && r.Type == kind {
		return fmt.Errorf("%s: %w", act, signing.ErrNotReady)
	}
	return err
}

// pdfIn returns the PDF, which the service may have packed. It is not looked into any further.
func pdfIn(act string, file []byte) ([]byte, error) {
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		unpacked, err := onlyFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: the archive that came: %w", act, err)
		}
		file = unpacked
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) {
		return nil, fmt.Errorf("%s: what came is no PDF", act)
	}
	return file, nil
}

// onlyFile returns the one file of an archive, if it is no larger than any file may be.
func onlyFile(archive []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	if len(z.File) != 1 {
		return nil, fmt.Errorf("it has %d files", len(z.File))
	}
	f, err := z.File[0].Open()
	if err != nil {
		return nil, errors.New("its file cannot be read")
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, pdfLimit+1))
	if err != nil || len(file) > pdfLimit {
		return nil, errors.New("its file is damaged or too large")
	}
	return file, nil
}
