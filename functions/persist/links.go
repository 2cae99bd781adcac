package persist

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/persistclient"
)

// newSecret makes the secret of a letter's link: 256 random bits in base64url.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// readLink finds what a link opens. The same look says whether who came in by it may go on (act_as), but for the last:
// a link ends LINK_LIFETIME after its contract did, and nobody is sent away in the middle for that.
const readLink = `SELECT k.contract, k.signer FROM links k WHERE k.digest = $1 AND ` + opens

// opens holds for a link k that still opens something, if $2 is when a contract must have ended for its links to end.
const opens = `link_is_open(k.contract, k.signer) AND NOT EXISTS (SELECT FROM history h WHERE h.contract = k.contract AND h.at < $2
	AND h.detail->>'status' IN ('completed', 'declined', 'expired', 'cancelled'))`

func (d *door) openLink(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Digest string `json:"digest"`
		Source string `json:"source"`
	}](r)
	if err == nil {
		err = sourceFaults(in.Source)
	}
	if err != nil {
		return answer{}, err
	}
	unknown := count{now: d.ledger.moment()}
	var link persistclient.Link
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		unknown.queue(b, countUnknownLink, in.Source, in.Digest)
		b.Queue(readLink, in.Digest, unknown.now.Add(-d.links)).QueryRow(func(row pgx.Row) error { return row.Scan(&link.Contract, &link.Signer) })
	})
	if wait := unknown.refused(); errors.Is(err, pgx.ErrNoRows) && wait != nil {
		err = wait
	}
	return ok(link), err
}
