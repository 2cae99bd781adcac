package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// readLink finds what a link opens. The same look says whether who came in by it may go on (act_as), but for the last:
// a link ends LINK_LIFETIME after its contract did, and nobody is sent away in the middle for that.
const readLink = `SELECT k.contract, k.signer FROM links k WHERE k.digest = $1 AND ` + opens

// opens holds for a link k that still opens something, if $2 is when a contract must have ended for its links to end.
const opens = `link_is_open(k.contract, k.signer) AND NOT EXISTS (SELECT FROM history h WHERE h.contract = k.contract AND h.at < $2
	AND h.detail->>'status' IN ('completed', 'declined', 'expired', 'cancelled'))`

// OpenLink returns what the link with this digest opens. pgx.ErrNoRows if nothing; sources that try unknown links have to wait.
func (s *Store) OpenLink(ctx context.Context, caller access.Caller, digest, source string) (link persistclient.Link, err error) {
	unknown := count{now: s.db.Moment()}
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		unknown.queue(b, countUnknownLink, source, digest)
		b.Queue(readLink, digest, s.linksEndedBefore()).QueryRow(func(row pgx.Row) error { return row.Scan(&link.Contract, &link.Signer) })
	})
	if wait := unknown.refused(); errors.Is(err, pgx.ErrNoRows) && wait != nil {
		err = wait
	}
	return link, err
}

// linksEndedBefore is when a contract must have ended for its links to open nothing any more.
func (s *Store) linksEndedBefore() time.Time { return s.db.Moment().Add(-s.LinkLifetime) }
