// Package letters lets one instance of send-mail at a time write a letter, and keeps how each letter stands.
package letters

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Lease is how long a letter is left to the one who claimed it, and once more from when it is handed over: longer than
// send-mail's patience with the mail service (25 s). It is also how long a letter waits if its writer dies. Here as in
// everything about letters, time is measured by the database's clock alone.
const Lease = 30 * time.Second

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

// Store keeps the claims of letters.
type Store struct {
	db    *postgres.Database
	views *views.Store
}

// New returns a store in this database.
func New(db *postgres.Database, views *views.Store) *Store {
	return &Store{db: db, views: views}
}

// Claim gives leave to write one letter to one instance at a time, and with it whom to write to and the secret of
// the link in the letter. A letter that nobody decided on does not exist.
func (s *Store) Claim(ctx context.Context, caller access.Caller, id contract.ID, wanted contract.Letter) (persistclient.Claim, error) {
	v, err := s.views.Contract(ctx, access.Itself, id)
	if err != nil {
		return persistclient.Claim{}, err
	}
	known := Find(&v.Contract, wanted)
	if known == nil {
		return persistclient.Claim{}, problem.NotFound
	}
	c := persistclient.Claim{State: persistclient.Over, Contact: contact(v, known.Recipient), View: caller.ListView(v)}
	if !known.SentAt.IsZero() {
		c.State = persistclient.Sent
	}
	if !known.Outstanding() && !lifecycle.IsAsked(*known) {
		return c, nil
	}
	if known.Recipient != contract.ToOwner {
		c.Link = newSecret()
	}
	if err = s.take(ctx, caller, &c, *known); err == nil && c.State != persistclient.Yours {
		c.Link = "" // nobody will know it, and it opens nothing
	}
	return c, err
}

// take settles whose the letter is. Where the contract wants what the row has put to rest, it is opened again and
// claimed in one transaction.
func (s *Store) take(ctx context.Context, caller access.Caller, c *persistclient.Claim, letter contract.Letter) error {
	key := letterKey(c.View.ID, letter)
	key["link"], key["now"], key["version"], key["asks"] = "", s.db.Moment(), c.View.Version, !letter.Outstanding()
	if c.Link != "" {
		key["link"] = history.Digest([]byte(c.Link))
	}
	found, err := s.tryTake(ctx, caller, key)
	if err == nil && found.reopens(letter) {
		found, err = s.tryTake(ctx, caller, key, reopenLetter)
	}
	if err != nil {
		return fmt.Errorf("claim a letter of contract %s: %w", c.View.ID, err)
	}
	found.say(c)
	if found.address != "" {
		c.Contact.Email = found.address
	}
	return nil
}

func letterKey(id contract.ID, l contract.Letter) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": string(id), "name": string(l.Name), "occasion": l.Occasion, "recipient": l.Recipient, "lease": interval(Lease),
	}
}

func (s *Store) tryTake(ctx context.Context, caller access.Caller, key pgx.NamedArgs, before ...string) (row, error) {
	var found row
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		for _, statement := range before {
			b.Queue(statement, key)
		}
		b.Queue(takeLetter, key).QueryRow(func(r pgx.Row) error { return r.Scan(&found.taken) })
		b.Queue(readLetter, key).QueryRow(func(r pgx.Row) error {
			return r.Scan(&found.state, &found.number, &found.lease, &found.wait, &found.handed)
		})
		b.Queue(readAddress, key).QueryRow(func(r pgx.Row) error { return postgres.IgnoreNoRows(r.Scan(&found.address)) })
	})
	return found, err
}

// HandOver marks a letter as about to be handed to the mail service, by whoever holds this claim.
func (s *Store) HandOver(ctx context.Context, caller access.Caller, id contract.ID, in persistclient.Handover) (persistclient.Claim, error) {
	key := letterKey(id, in.Letter)
	key["number"] = in.Claim
	var marked int64
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(markHandover, key).Exec(func(tag pgconn.CommandTag) error { marked = tag.RowsAffected(); return nil })
	})
	if err == nil && marked == 0 {
		err = problem.Conflict("The letter is another's by now.")
	}
	return persistclient.Claim{State: persistclient.Yours, Claim: in.Claim, For: Lease.Seconds()}, err
}

// contact is whom a letter goes to.
func contact(v persistclient.View, recipient string) persistclient.Person {
	if p := v.PersonOf(recipient); p != nil {
		return *p
	}
	return persistclient.Person{ID: v.Owner, FirstName: v.OwnerName, Email: v.OwnerEmail, Locale: v.OwnerLocale}
}

// newSecret makes the secret of a letter's link: 256 random bits in base64url.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
