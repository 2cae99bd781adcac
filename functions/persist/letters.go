package persist

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// lease is how long a letter is left to the one who claimed it, and once more from when it is handed over: longer than
// send-mail's patience with the mail service (25 s). It is also how long a letter waits if its writer dies. Here as in
// everything about letters, time is measured by the database's clock alone.
const lease = 30 * time.Second

const (
	// takeLetter claims a letter that nobody has, whose claim lapsed before anything was handed over, or that is to be
	// tried again, and keeps the digest of its link.
	takeLetter = `WITH taken AS (
			INSERT INTO letters AS l (contract, name, occasion, recipient, state, number, lease_until)
			VALUES (@id, @name, @occasion, @recipient, 'taken', 1, clock_timestamp() + @lease::interval)
			ON CONFLICT (contract, name, occasion, recipient)
			DO UPDATE SET state = 'taken', number = l.number + 1, lease_until = EXCLUDED.lease_until
			WHERE l.state = 'taken' AND l.lease_until <= clock_timestamp()
				OR l.state = 'wanted' AND (l.next_try IS NULL OR l.next_try <= clock_timestamp())
			RETURNING contract, recipient
		), linked AS (
			INSERT INTO links (digest, contract, signer, created_at)
			SELECT @link, contract, recipient, @now FROM taken WHERE @link::text <> ''
		)
		SELECT count(*) FROM taken`

	// readLetter comes after takeLetter as a statement of its own: so it sees what another instance just wrote.
	readLetter = `SELECT state, number, extract(epoch FROM lease_until - clock_timestamp())::float8,
			extract(epoch FROM next_try - clock_timestamp())::float8, coalesce(extract(epoch FROM clock_timestamp() - handed_at), 0)::float8
		FROM letters WHERE contract = @id AND name = @name AND occasion = @occasion AND recipient = @recipient`

	// readAddress is where a letter goes that was just claimed. A correction of the address comes before this, or waits for
	// it and finds the letter claimed.
	readAddress = `SELECT email FROM signers WHERE contract = @id AND id = @recipient FOR SHARE`

	// reopenLetter lets a letter be taken that the contract wants although its row rests: a person asked for it. The
	// contract is held still meanwhile, at the version that was read, so no fact about the letter comes in between.
	reopenLetter = `UPDATE letters l SET state = CASE WHEN @asks::boolean THEN l.state ELSE 'wanted' END, next_try = clock_timestamp()
		FROM (SELECT id FROM contracts WHERE id = @id AND version = @version FOR SHARE) c
		WHERE l.contract = c.id AND l.name = @name AND l.occasion = @occasion AND l.recipient = @recipient
			AND l.state IN ('wanted', 'unclear', 'refused')`

	// markHandover is the last thing before a letter goes out. Only the latest claim may, and may repeat it.
	markHandover = `UPDATE letters SET state = 'handover', handed_at = coalesce(CASE WHEN state = 'handover' THEN handed_at END, clock_timestamp()),
			lease_until = clock_timestamp() + @lease::interval
		WHERE contract = @id AND name = @name AND occasion = @occasion AND recipient = @recipient
			AND state IN ('taken', 'handover') AND number = @number`
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
func (l *ledger) claim(ctx context.Context, asks caller, id contract.ID, wanted contract.Letter) (persistclient.Claim, error) {
	v, err := l.view(ctx, itself, id)
	if err != nil {
		return persistclient.Claim{}, err
	}
	known := letterIn(&v.Contract, wanted)
	if known == nil {
		return persistclient.Claim{}, notFound
	}
	c := persistclient.Claim{State: persistclient.Over, Contact: contact(v, known.Recipient), View: asks.shown(v)}
	if !known.SentAt.IsZero() {
		c.State = persistclient.Sent
	}
	if !known.Outstanding() && !lifecycle.IsAsked(*known) {
		return c, nil
	}
	if known.Recipient != contract.ToOwner {
		c.Link = newSecret()
	}
	if err = l.take(ctx, asks, &c, *known); err == nil && c.State != persistclient.Yours {
		c.Link = "" // nobody will know it, and it opens nothing
	}
	return c, err
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

// take settles whose the letter is. Where the contract wants what the row has put to rest, it is opened again and
// claimed in one transaction.
func (l *ledger) take(ctx context.Context, asks caller, c *persistclient.Claim, letter contract.Letter) error {
	key := letterKey(c.View.ID, letter)
	key["link"], key["now"], key["version"], key["asks"] = "", l.moment(), c.View.Version, !letter.Outstanding()
	if c.Link != "" {
		key["link"] = digestOf([]byte(c.Link))
	}
	row, err := l.tryTake(ctx, asks, key)
	if err == nil && row.reopens(letter) {
		row, err = l.tryTake(ctx, asks, key, reopenLetter)
	}
	if err != nil {
		return fmt.Errorf("claim a letter of contract %s: %w", c.View.ID, err)
	}
	row.say(c)
	if row.address != "" {
		c.Contact.Email = row.address
	}
	return nil
}

func letterKey(id contract.ID, l contract.Letter) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": string(id), "name": string(l.Name), "occasion": l.Occasion, "recipient": l.Recipient, "lease": interval(lease),
	}
}

// interval is a while in PostgreSQL's words.
func interval(d time.Duration) string { return fmt.Sprintf("%f seconds", d.Seconds()) }

func (l *ledger) tryTake(ctx context.Context, asks caller, key pgx.NamedArgs, before ...string) (letterRow, error) {
	var row letterRow
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		for _, statement := range before {
			b.Queue(statement, key)
		}
		b.Queue(takeLetter, key).QueryRow(func(r pgx.Row) error { return r.Scan(&row.taken) })
		b.Queue(readLetter, key).QueryRow(func(r pgx.Row) error {
			return r.Scan(&row.state, &row.number, &row.lease, &row.wait, &row.handed)
		})
		b.Queue(readAddress, key).QueryRow(func(r pgx.Row) error { return ignoreNoRows(r.Scan(&row.address)) })
	})
	return row, err
}

// handover marks a letter as about to be handed to the mail service.
func (d *door) handover(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.Handover](r)
	if err != nil {
		return answer{}, err
	}
	key := letterKey(contract.ID(r.PathValue("id")), in.Letter)
	key["number"] = in.Claim
	var marked int64
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(markHandover, key).Exec(func(tag pgconn.CommandTag) error { marked = tag.RowsAffected(); return nil })
	})
	if err == nil && marked == 0 {
		err = conflict("The letter is another's by now.")
	}
	return ok(persistclient.Claim{State: persistclient.Yours, Claim: in.Claim, For: lease.Seconds()}), err
}

// contact is whom a letter goes to.
func contact(v persistclient.View, recipient string) persistclient.Person {
	if p := v.PersonOf(recipient); p != nil {
		return *p
	}
	return persistclient.Person{ID: v.Owner, FirstName: v.OwnerName, Email: v.OwnerEmail, Locale: v.OwnerLocale}
}
