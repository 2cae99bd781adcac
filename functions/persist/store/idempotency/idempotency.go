// Package idempotency keeps the answer to a request under the key that the client gave it, so that the same request made
// again is answered the same and has no second effect.
package idempotency

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readAnswer = `SELECT digest, answer FROM idempotency WHERE person = $1 AND key = $2`

	insertAnswer = `INSERT INTO idempotency (person, key, digest, answer, created_at) VALUES ($1, $2, $3, $4, $5)`
)

// Recall returns the contract that this person was answered with for this key, or nil if there is none yet. It reads what
// else the command needs in the same round trip.
func Recall(ctx context.Context, db *postgres.Database, caller access.Caller, once persistclient.Idempotency, also func(*pgx.Batch)) (*persistclient.View, error) {
	kept, err := RecallText(ctx, db, caller, once, also)
	if err != nil {
		return nil, fmt.Errorf("read what is on record: %w", err)
	}
	if kept == nil {
		return nil, nil
	}
	var stored persistclient.View
	return &stored, json.Unmarshal(kept, &stored)
}

// RecallText returns the answer that is kept for this person and key, or nil, and reads what else is needed beside it.
func RecallText(ctx context.Context, db *postgres.Database, caller access.Caller, once persistclient.Idempotency, also func(*pgx.Batch)) (kept []byte, err error) {
	var digest string
	err = db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readAnswer, caller.Subject, once.Key).QueryRow(func(row pgx.Row) error {
			return postgres.IgnoreNoRows(row.Scan(&digest, &kept))
		})
		also(b)
	})
	if err == nil && kept != nil && digest != once.Digest {
		return nil, problem.KeyReused
	}
	return kept, err
}

// Keep queues the answer to be kept, if the request has a key. A second answer for one key violates "idempotency_pkey".
func Keep(b *pgx.Batch, caller access.Caller, once persistclient.Idempotency, answer []byte, at time.Time) {
	if once.Key != "" {
		b.Queue(insertAnswer, caller.Subject, once.Key, once.Digest, answer, at)
	}
}

// Lost reports that another request with the same key was faster.
func Lost(err error) bool { return sqlstate.Is(err, sqlstate.UniqueViolation, "idempotency_pkey") }
