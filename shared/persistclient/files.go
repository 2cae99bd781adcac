package persistclient

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// FileLimit is the largest document that the record takes, in bytes: Yousign's own limit.
const FileLimit = 50 << 20

// DocumentOf says what a file is.
func DocumentOf(file []byte) contract.Document {
	sum := sha256.Sum256(file)
	return contract.Document{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(file))}
}

// RecordFact puts a fact of this function's own on record, signed, together with the files that it names, if it names any: all
// of it counts, or nothing. The fact has still to be said, for only then does anything follow; persist knows it by then
// and writes nothing a second time.
func (c *Client) RecordFact(ctx context.Context, fact events.Event, files ...[]byte) error {
	if fact.Time.IsZero() {
		fact.Time = c.Now().UTC()
	}
	signed, err := c.Self.Sign(fact)
	if err != nil {
		return fmt.Errorf("keep %s of %s: %w", fact.Payload.Type(), fact.Subject, err)
	}
	body, form, err := packed(signed, files)
	if err != nil {
		return fmt.Errorf("pack %s of %s: %w", fact.Payload.Type(), fact.Subject, err)
	}
	answer, err := c.send(ctx, http.MethodPost, "/contracts/"+url.PathEscape(string(fact.Subject))+"/facts", body, "Content-Type", form)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// packed writes a fact and its files as the parts of one body (RFC 2046 §5.1.3).
func packed(fact events.Event, files [][]byte) (body *bytes.Buffer, form string, err error) {
	text, err := events.Structured(fact)
	if err != nil {
		return nil, "", err
	}
	body = &bytes.Buffer{}
	parts := multipart.NewWriter(body)
	for i, content := range append([][]byte{text}, files...) {
		part, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {[]string{events.StructuredType, "application/pdf"}[min(i, 1)]}})
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(content); err != nil {
			return nil, "", err
		}
	}
	return body, "multipart/mixed; boundary=" + parts.Boundary(), parts.Close()
}

// File returns the bytes of a document, whose digest was verified.
func (c *Client) File(ctx context.Context, id contract.ID, digest string) ([]byte, error) {
	answer, err := c.send(ctx, http.MethodGet, filePath(id, digest), http.NoBody)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	file, err := io.ReadAll(io.LimitReader(answer.Body, FileLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != digest {
		return nil, errors.New("a document does not have the digest that it is kept under")
	}
	return file, nil
}

func filePath(id contract.ID, digest string) string {
	return "/contracts/" + url.PathEscape(string(id)) + "/files/" + url.PathEscape(digest)
}
