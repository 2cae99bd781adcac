// Package documents keeps PDFs under the SHA-256 of their bytes, and says which documents a fact brings.
package documents

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/contract"
)

// File is a document with its bytes.
type File struct {
	Digest string // SHA-256 of PDF
	PDF    []byte
}

// Store keeps documents in PostgreSQL, each with the contract that it belongs to.
type Store struct{ db *postgres.Database }

// New returns a store in this database.
func New(db *postgres.Database) Store { return Store{db} }

const (
	// insertFile comes after the fact's statement and adds nothing if that wrote nothing: then the contract has another
	// head, though maybe the same version.
	insertFile = `INSERT INTO files (contract, sha256, size, bytes, created_at)
		SELECT id, $3, $4, $5, $6 FROM contracts WHERE id = $1 AND head = $2 ON CONFLICT DO NOTHING`

	readFile = `SELECT bytes FROM files WHERE contract = $1 AND sha256 = $2`
)

// Keep queues documents behind the fact that names them. head is that of the history with the fact. Keeping a document
// again is harmless.
func (s Store) Keep(b *pgx.Batch, id contract.ID, head string, kept []File) {
	for _, f := range kept {
		b.Queue(insertFile, string(id), head, f.Digest, len(f.PDF), f.PDF, s.db.Moment())
	}
}

// Get returns a document's bytes. pgx.ErrNoRows if the caller may not see the contract, as if there is nothing of that name.
func (s Store) Get(ctx context.Context, caller access.Caller, id contract.ID, digest string) (pdf []byte, err error) {
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readFile, string(id), digest).QueryRow(func(row pgx.Row) error { return row.Scan(&pdf) })
	})
	if err != nil {
		return nil, fmt.Errorf("read a document of contract %s: %w", id, err)
	}
	return pdf, nil
}
