package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
)

// The settings that row-level security reads (migrations/0002_access.sql) end with the transaction, so a pooled connection carries
// nobody's rights to the next.
const (
	// setCaller says for whom the transaction works, unasked.
	setCaller = `SELECT set_config('paraphe.role', $1, true), set_config('paraphe.subject', $2, true),
	set_config('paraphe.contract', $3, true)`

	// actAs says the same of a person, and fails if they do not stand as their token says by now (migrations/0002_access.sql).
	actAs = `SELECT act_as($1, $2, $3, $4)`
)

// rlsContext is the statement that makes what follows in a transaction be done for this caller. A function's token is too
// young to be out of date: its key alone says what it is.
func rlsContext(c access.Caller) (statement string, args []any) {
	if c.Function != "" {
		return setCaller, []any{"function", c.Function, ""}
	}
	return actAs, []any{string(c.Role), c.Subject, c.Contract, c.Epoch}
}

// SetRLSContext makes what follows in a batch be done for this caller.
func SetRLSContext(b *pgx.Batch, c access.Caller) {
	statement, args := rlsContext(c)
	b.Queue(statement, args...)
}

// ResumeRLSContext goes on for a person whom the same batch was begun for: there is nothing to be looked up again.
func ResumeRLSContext(b *pgx.Batch, c access.Caller) {
	b.Queue(setCaller, string(c.Role), c.Subject, c.Contract)
}

// ActAs makes what follows in a transaction be done for this caller.
func ActAs(ctx context.Context, tx pgx.Tx, c access.Caller) error {
	statement, args := rlsContext(c)
	_, err := tx.Exec(ctx, statement, args...)
	return err
}

// IgnoreNoRows is for a row that need not be there.
func IgnoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
