package persist

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
)

// file is a document with its bytes.
type file struct {
	digest string // SHA-256 of pdf
	pdf    []byte
}

// Files keeps documents under the SHA-256 of their bytes, each with the contract that it belongs to.
type Files interface {
	// Keep makes documents last before the fact that names them counts: at once, or by what it returns, which is sent
	// with that fact as one transaction. head is that of the history with the fact. Keeping a document again is harmless.
	Keep(ctx context.Context, id contract.ID, head string, kept []file) (with func(*pgx.Batch), err error)
	// Get returns a document's bytes. It checks that asks may see the contract; if not, or if there is nothing of that
	// name, the error is a 404 like every other.
	Get(ctx context.Context, asks caller, id contract.ID, digest string) ([]byte, error)
}

// tableFiles keeps documents in PostgreSQL.
type tableFiles struct {
	db  *database
	now func() time.Time
}

const (
	// insertFile comes after the fact's statement and adds nothing if that wrote nothing: then the contract has another
	// head, though maybe the same version.
	insertFile = `INSERT INTO files (contract, sha256, size, bytes, created_at)
		SELECT id, $3, $4, $5, $6 FROM contracts WHERE id = $1 AND head = $2 ON CONFLICT DO NOTHING`

	readFile = `SELECT bytes FROM files WHERE contract = $1 AND sha256 = $2`
)

// Keep implements Files.
func (t tableFiles) Keep(_ context.Context, id contract.ID, head string, kept []file) (func(*pgx.Batch), error) {
	return func(b *pgx.Batch) {
		for _, f := range kept {
			b.Queue(insertFile, string(id), head, f.digest, len(f.pdf), f.pdf, t.now().UTC())
		}
	}, nil
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

func (d *door) file(r *http.Request, asks caller) (answer, error) {
	pdf, err := d.ledger.files.Get(r.Context(), asks, contract.ID(r.PathValue("id")), r.PathValue("digest"))
	return answer{pdf: pdf}, err
}
