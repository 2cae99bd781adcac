package persist

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/function"
)

// What PostgreSQL says when it cannot work now, by code or class of codes (its appendix A). Asked again, it may.
var passing = []string{
	"08",    // the connection failed; poolers say so of themselves
	"25006", // it only reads: a failover
	"40",    // a deadlock, or a snapshot that is over
	"53",    // too many connections, disk full
	"55P03", // a lock was not to be had in time

	"57",    // shutting down, starting up, cancelled
	"58",    // trouble with its files
	"26000", // a prepared statement is not there: see mixedUp
	"42P05", // a prepared statement is there already
	"0A000", // a cached plan gives other columns since an upgrade; the next try plans anew
}

// gone are those of them after which no connection to this server is worth keeping.
var gone = []string{"08", "25006", "57P01", "57P02", "57P03", "26000", "42P05"}

func begins(code string, list []string) bool {
	return slices.ContainsFunc(list, func(of string) bool { return strings.HasPrefix(code, of) })
}

// judge tells trouble on the way to the database from what the database said, and lets go of the pool if its server is
// lost. One that only is silent is looked at.
func (d *database) judge(pool *pgxpool.Pool, err error) error {
	switch {
	case err == nil:
		return nil
	case lost(err):
		if mixedUp(err) {
			d.log.Warn("a pooler gave prepared statements to another: none are kept from now on (DATABASE_POOLER=transaction)")
			d.pooled.Store(true)
		}
		d.doubt(pool, err)
	case errors.Is(err, context.DeadlineExceeded):
		select {
		case d.suspected <- struct{}{}:
		default:
		}
	}
	return reachable(err)
}

// reachable is for callers: what may pass is answered with 503, and nothing of it was written.
func reachable(err error) error {
	if err == nil || !away(err) {
		return err
	}
	return function.Unavailable{Cause: err}
}

func away(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return begins(said.Code, passing)
	}
	return lost(err) || errors.Is(err, context.DeadlineExceeded) || strings.HasSuffix(err.Error(), "closed pool")
}

// lost reports whether the server can be worked with no more: it said so, or the connection broke off.
func lost(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return begins(said.Code, gone)
	}
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		return true
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	return errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.HasSuffix(err.Error(), "conn closed") // pgx has no name for the last
}

// mixedUp reports that statements were prepared on one connection and are looked for on another, as happens behind a
// pooler that was not recognised.
func mixedUp(err error) bool { return isCode(err, "26000", "") || isCode(err, "42P05", "") }
