package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/persistclient"
)

const readAnswer = `SELECT digest, answer FROM idempotency WHERE person = $1 AND key = $2`

// onceOf reads the key under which a request may be repeated.
func onceOf(r *http.Request) (persistclient.Idempotency, error) {
	once := persistclient.Idempotency{Key: r.Header.Get("Idempotency-Key"), Digest: r.Header.Get("Idempotency-Digest")}
	if once.Key == "" {
		return persistclient.Idempotency{}, nil
	}
	var f faults
	f.length("Idempotency-Key", once.Key, 1, 255)
	f.length("Idempotency-Digest", once.Digest, 1, 128)
	return once, f.err()
}

// recall returns the answer that this person was given for this key, or nil if there is none yet. It reads what else
// the command needs in the same round trip.
func (l *ledger) recall(ctx context.Context, asks caller, once persistclient.Idempotency, also func(*pgx.Batch)) (*persistclient.View, error) {
	kept, err := l.recallText(ctx, asks, once, also)
	if err != nil {
		return nil, fmt.Errorf("read what is on record: %w", err)
	}
	if kept == nil {
		return nil, nil
	}
	var stored persistclient.View
	return &stored, json.Unmarshal(kept, &stored)
}

// recallText returns the answer that is kept for this person and key, or nil, and reads what else is needed beside it.
func (l *ledger) recallText(ctx context.Context, asks caller, once persistclient.Idempotency, also func(*pgx.Batch)) (kept []byte, err error) {
	var digest string
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readAnswer, asks.Subject, once.Key).QueryRow(func(row pgx.Row) error {
			return ignoreNoRows(row.Scan(&digest, &kept))
		})
		also(b)
	})
	if err == nil && kept != nil && digest != once.Digest {
		return nil, reused
	}
	return kept, err
}

func viewOf(stored *persistclient.View) persistclient.View {
	if stored == nil {
		return persistclient.View{}
	}
	return *stored
}
