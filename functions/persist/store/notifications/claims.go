// Package notifications lets one instance of send-mail at a time write a notification, and keeps how each notification stands.
package notifications

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

// Lease is how long a notification is left to the one who claimed it, and once more from when it is handed over: longer than
// send-mail's patience with the mail service (25 s). It is also how long a notification waits if its writer dies. Here as in
// everything about notifications, time is measured by the database's clock alone.
const Lease = 30 * time.Second

const (
	// takeNotification claims a notification that nobody has, whose claim lapsed before anything was handed over, or that is to be
	// tried again, and keeps the digest of its link.
	takeNotification = `WITH taken AS (
			INSERT INTO notifications AS l (contract, kind, sequence, recipient, state, number, lease_until)
			VALUES (@id, @kind, @sequence, @recipient, 'taken', 1, clock_timestamp() + @lease::interval)
			ON CONFLICT (contract, kind, sequence, recipient)
			DO UPDATE SET state = 'taken', number = l.number + 1, lease_until = EXCLUDED.lease_until
			WHERE l.state = 'taken' AND l.lease_until <= clock_timestamp()
				OR l.state = 'wanted' AND (l.next_try IS NULL OR l.next_try <= clock_timestamp())
			RETURNING contract, recipient
		), linked AS (
			INSERT INTO links (digest, contract, signer, created_at)
			SELECT @link, contract, recipient, @now FROM taken WHERE @link::text <> ''
		)
		SELECT count(*) FROM taken`

	// readNotification comes after takeNotification as a statement of its own: so it sees what another instance just wrote.
	readNotification = `SELECT state, number, extract(epoch FROM lease_until - clock_timestamp())::float8,
			extract(epoch FROM next_try - clock_timestamp())::float8, coalesce(extract(epoch FROM clock_timestamp() - handed_at), 0)::float8
		FROM notifications WHERE contract = @id AND kind = @kind AND sequence = @sequence AND recipient = @recipient`

	// readAddress is where a notification goes that was just claimed. A correction of the address comes before this, or waits for
	// it and finds the notification claimed.
	readAddress = `SELECT email FROM signers WHERE contract = @id AND id = @recipient FOR SHARE`

	// reopenNotification lets a notification be taken that the contract wants although its row rests: a person asked for it. The
	// contract is held still meanwhile, at the version that was read, so no fact about the notification comes in between.
	reopenNotification = `UPDATE notifications l SET state = CASE WHEN @asks::boolean THEN l.state ELSE 'wanted' END, next_try = clock_timestamp()
		FROM (SELECT id FROM contracts WHERE id = @id AND version = @version FOR SHARE) c
		WHERE l.contract = c.id AND l.kind = @kind AND l.sequence = @sequence AND l.recipient = @recipient
			AND l.state IN ('wanted', 'unclear', 'refused')`

	// markHandover is the last thing before a notification goes out. Only the latest claim may, and may repeat it.
	markHandover = `UPDATE notifications SET state = 'handover', handed_at = coalesce(CASE WHEN state = 'handover' THEN handed_at END, clock_timestamp()),
			lease_until = clock_timestamp() + @lease::interval
		WHERE contract = @id AND kind = @kind AND sequence = @sequence AND recipient = @recipient
			AND state IN ('taken', 'handover') AND number = @number`
)

// Store keeps the claims of notifications.
type Store struct {
	db    *postgres.Database
	views *views.Store
}

// New returns a store in this database.
func New(db *postgres.Database, views *views.Store) *Store {
	return &Store{db: db, views: views}
}

// Claim gives leave to write one notification to one instance at a time, and with it whom to write to and the secret of
// the link in the notification. A notification that nobody decided on does not exist.
func (s *Store) Claim(ctx context.Context, caller access.Caller, id contract.ID, wanted contract.Notification) (persistclient.Claim, error) {
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

// take settles whose the notification is. Where the contract wants what the row has put to rest, it is opened again and
// claimed in one transaction.
func (s *Store) take(ctx context.Context, caller access.Caller, c *persistclient.Claim, notification contract.Notification) error {
	key := notificationKey(c.View.ID, notification)
	key["link"], key["now"], key["version"], key["asks"] = "", s.db.Moment(), c.View.Version, !notification.Outstanding()
	if c.Link != "" {
		key["link"] = history.Digest([]byte(c.Link))
	}
	found, err := s.tryTake(ctx, caller, key)
	if err == nil && found.reopens(notification) {
		found, err = s.tryTake(ctx, caller, key, reopenNotification)
	}
	if err != nil {
		return fmt.Errorf("claim a notification of contract %s: %w", c.View.ID, err)
	}
	found.say(c)
	if found.address != "" {
		c.Contact.Email = found.address
	}
	return nil
}

func notificationKey(id contract.ID, l contract.Notification) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": string(id), "kind": string(l.Kind), "sequence": l.Sequence, "recipient": l.Recipient, "lease": interval(Lease),
	}
}

func (s *Store) tryTake(ctx context.Context, caller access.Caller, key pgx.NamedArgs, before ...string) (row, error) {
	var found row
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		for _, statement := range before {
			b.Queue(statement, key)
		}
		b.Queue(takeNotification, key).QueryRow(func(r pgx.Row) error { return r.Scan(&found.taken) })
		b.Queue(readNotification, key).QueryRow(func(r pgx.Row) error {
			return r.Scan(&found.state, &found.number, &found.lease, &found.wait, &found.handed)
		})
		b.Queue(readAddress, key).QueryRow(func(r pgx.Row) error { return postgres.IgnoreNoRows(r.Scan(&found.address)) })
	})
	return found, err
}

// HandOver marks a notification as about to be handed to the mail service, by whoever holds this claim.
func (s *Store) HandOver(ctx context.Context, caller access.Caller, id contract.ID, in persistclient.Handover) (persistclient.Claim, error) {
	key := notificationKey(id, in.Notification)
	key["number"] = in.Claim
	var marked int64
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(markHandover, key).Exec(func(tag pgconn.CommandTag) error { marked = tag.RowsAffected(); return nil })
	})
	if err == nil && marked == 0 {
		err = problem.Conflict("The claim on this notification is no longer valid.")
	}
	return persistclient.Claim{State: persistclient.Yours, Claim: in.Claim, For: Lease.Seconds()}, err
}

// contact is whom a notification goes to.
func contact(v persistclient.View, recipient string) persistclient.Person {
	if p := v.PersonOf(recipient); p != nil {
		return *p
	}
	return persistclient.Person{ID: v.Owner, FirstName: v.OwnerName, Email: v.OwnerEmail, Locale: v.OwnerLocale}
}

// newSecret makes the secret of a notification's link: 256 random bits in base64url.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
