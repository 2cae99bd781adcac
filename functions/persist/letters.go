package persist

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/record"
)

// lease is how long a letter is left to the one who claimed it: longer than send-mail's patience with the mail service
// (25 s), shorter than a broker goes on retrying. It is also how long a letter waits if its writer dies.
const lease = 30 * time.Second

const (
	// takeLetter claims a letter that nobody has, whose claim lapsed, or that was refused and is wanted again, and
	// keeps the digest of its link.
	takeLetter = `WITH taken AS (
			INSERT INTO letters (contract, name, occasion, recipient, state, lease_until)
			VALUES (@id, @name, @occasion, @recipient, 'taken', @until)
			ON CONFLICT (contract, name, occasion, recipient) DO UPDATE SET state = 'taken', lease_until = EXCLUDED.lease_until
			WHERE letters.state = 'refused' OR letters.state = 'taken' AND letters.lease_until <= @now
			RETURNING contract, recipient
		), linked AS (
			INSERT INTO links (digest, contract, signer, created_at)
			SELECT @link, contract, recipient, @now FROM taken WHERE @link::text <> ''
		)
		SELECT count(*) FROM taken`

	// readLetter comes after takeLetter as a statement of its own: so it sees what another instance just wrote.
	readLetter = `SELECT state, lease_until FROM letters
		WHERE contract = @id AND name = @name AND occasion = @occasion AND recipient = @recipient`
)

func (d *door) claim(r *http.Request, asks caller) (answer, error) {
	l, err := read[contract.Letter](r)
	if err != nil {
		return answer{}, err
	}
	c, err := d.ledger.claim(r.Context(), asks, contract.ID(r.PathValue("id")), l)
	return ok(c), err
}

// claim gives leave to write one letter to one instance at a time, and with it whom to write to and the secret of
// the link in the letter. A letter that nobody decided on does not exist.
func (l *ledger) claim(ctx context.Context, asks caller, id contract.ID, wanted contract.Letter) (record.Claim, error) {
	v, err := l.view(ctx, itself, id)
	if err != nil {
		return record.Claim{}, err
	}
	known := letterIn(&v.Contract, wanted)
	if known == nil {
		return record.Claim{}, notFound
	}
	c := record.Claim{State: record.Finished, Contact: contact(v, known.Recipient), View: asks.shown(v)}
	if !known.Outstanding() {
		return c, nil
	}
	if known.Recipient != contract.ToOwner {
		c.Link = newSecret()
	}
	return c, l.take(ctx, asks, &c, *known)
}

// letterIn returns the letter with the identity of l, or nil.
func letterIn(c *contract.Contract, l contract.Letter) *contract.Letter {
	for i := range c.Letters {
		if c.Letters[i].Key() == l.Key() {
			return &c.Letters[i]
		}
	}
	return nil
}

// take settles whose the letter is.
func (l *ledger) take(ctx context.Context, asks caller, c *record.Claim, letter contract.Letter) error {
	at := l.moment()
	key := pgx.NamedArgs{
		"id": string(c.View.ID), "name": string(letter.Name), "occasion": letter.Occasion, "recipient": letter.Recipient,
		"now": at, "until": at.Add(lease), "link": "",
	}
	if c.Link != "" {
		key["link"] = digestOf([]byte(c.Link))
	}
	var taken int
	var state string
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(takeLetter, key).QueryRow(func(row pgx.Row) error { return row.Scan(&taken) })
		b.Queue(readLetter, key).QueryRow(func(row pgx.Row) error { return row.Scan(&state, &c.Until) })
	})
	if err != nil {
		return fmt.Errorf("claim a letter of contract %s: %w", c.View.ID, err)
	}
	c.Until = c.Until.UTC()
	switch {
	case taken == 1:
		c.State = record.Yours
		return nil
	case state == "sent":
		c.State, c.Until = record.Finished, time.Time{}
	default:
		c.State = record.Taken
	}
	c.Link = "" // nobody will know it, and it opens nothing
	return nil
}

// contact is whom a letter goes to.
func contact(v record.View, recipient string) record.Person {
	if p := v.PersonOf(recipient); p != nil {
		return *p
	}
	return record.Person{ID: v.Owner, FirstName: v.OwnerName, Email: v.OwnerEmail, Locale: v.OwnerLocale}
}

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
	}](r)
	if err != nil {
		return answer{}, err
	}
	var link record.Link
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readLink, in.Digest, d.ledger.moment().Add(-d.links)).QueryRow(func(row pgx.Row) error { return row.Scan(&link.Contract, &link.Signer) })
	})
	return ok(link), err
}
