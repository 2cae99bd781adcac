package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/paraphe/paraphe/shared/contract"
)

// FileLimit is the largest document that the record takes, in bytes: Yousign's own limit.
const FileLimit = 50 << 20

// PutFile keeps a document of the contract under the SHA-256 of its bytes. Putting the same bytes again is harmless.
func (c *Client) PutFile(ctx context.Context, id contract.ID, file []byte) (contract.Document, error) {
	sum := sha256.Sum256(file)
	d := contract.Document{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(file))}
	answer, err := c.send(ctx, http.MethodPut, filePath(id, d.SHA256), bytes.NewReader(file), "Content-Type", "application/pdf")
	if err != nil {
		return contract.Document{}, err
	}
	return d, answer.Body.Close()
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
