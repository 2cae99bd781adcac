package persist

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
)

// Files keeps documents under the SHA-256 of their bytes, each with the contract that it belongs to. It checks that
// asks may see the contract; if not, or if there is nothing of that name, the error is a 404 like every other.
type Files interface {
	// Put keeps a document. Putting it again is harmless.
	Put(ctx context.Context, asks caller, id contract.ID, digest string, pdf []byte) error
	// Get returns a document's bytes.
	Get(ctx context.Context, asks caller, id contract.ID, digest string) ([]byte, error)
}

// tableFiles keeps documents in PostgreSQL.
type tableFiles struct {
	db  *database
	now func() time.Time
}

const (
	insertFile = `WITH seen AS (SELECT id FROM contracts WHERE id = $1), kept AS (
			INSERT INTO files (contract, sha256, size, bytes, created_at) SELECT id, $2, $3, $4, $5 FROM seen
			ON CONFLICT DO NOTHING
		)
		SELECT id FROM seen`

	readFile = `SELECT bytes FROM files WHERE contract = $1 AND sha256 = $2`
)

// Put implements Files.
func (t tableFiles) Put(ctx context.Context, asks caller, id contract.ID, digest string, pdf []byte) error {
	err := t.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(insertFile, string(id), digest, len(pdf), pdf, t.now().UTC()).QueryRow(func(row pgx.Row) error {
			var seen string
			return row.Scan(&seen)
		})
	})
	if err != nil {
		return fmt.Errorf("keep a document of contract %s: %w", id, err)
	}
	return nil
}

// Get implements Files.
func (t tableFiles) Get(ctx context.Context, asks caller, id contract.ID, digest string) (pdf []byte, err error) {
	err = t.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readFile, string(id), digest).QueryRow(func(row pgx.Row) error { return row.Scan(&pdf) })
	})
	if err != nil {
		return nil, fmt.Errorf("read a document of contract %s: %w", id, err)
	}
	return pdf, nil
}

// pdfMark is how every PDF begins (ISO 32000-2 §7.5.2). Nothing else of a document is looked at.
var pdfMark = []byte("%PDF-")

func (d *door) putFile(r *http.Request, asks caller) (answer, error) {
	pdf, err := io.ReadAll(r.Body)
	if err != nil {
		return answer{}, err
	}
	digest := r.PathValue("digest")
	switch {
	case !bytes.HasPrefix(pdf, pdfMark):
		return answer{}, unprocessable("This is not a PDF.")
	case digest != digestOf(pdf):
		return answer{}, unprocessable("The bytes do not have the digest that they are to be kept under.")
	}
	return answer{}, d.ledger.files.Put(r.Context(), asks, contract.ID(r.PathValue("id")), digest, pdf)
}

func (d *door) file(r *http.Request, asks caller) (answer, error) {
	pdf, err := d.ledger.files.Get(r.Context(), asks, contract.ID(r.PathValue("id")), r.PathValue("digest"))
	return answer{pdf: pdf}, err
}
