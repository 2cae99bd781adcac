package contracts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/idempotency"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readOwner = `SELECT name, coalesce(email, ''), locale, current_setting('paraphe.address', true) FROM users WHERE id = $1`

	insertContract = `INSERT INTO contracts (id, owner, status, version, title, template, language, data, snapshot,
			deadline, head, history_seq, created_at, updated_at)
		VALUES (@id, @owner, @status, 1, @title, @template, @language, @data, @snapshot, @deadline, @hash, 1, @at, @at)`

	insertSigners = `INSERT INTO signers (contract, id, position, first_name, last_name, email, phone, locale)
		SELECT $1, p.id, p.position, p.first_name, p.last_name, p.email, p.phone, p.locale
		FROM ROWS FROM (jsonb_to_recordset($2) AS (id text, first_name text, last_name text, email text, phone text, locale text))
			WITH ORDINALITY AS p (id, first_name, last_name, email, phone, locale, position)`

	// insertReaders lets the owner see the contract, and the accounts that have proved a signer's address. One that is just
	// proving it is waited for: the lock is on the rows with these addresses alone.
	insertReaders = `WITH signing AS (SELECT id, email_verified_at FROM users WHERE lower(email) = ANY ($3::text[]) FOR SHARE)
		INSERT INTO readers (user_id, contract)
		SELECT id, $1 FROM signing WHERE email_verified_at IS NOT NULL UNION SELECT $2, $1`

	insertEntry = `INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
)

// Create makes a contract that belongs to the person who asks, and publishes that. Asked again with the same key, it
// answers the same and makes nothing.
func (s *Store) Create(ctx context.Context, caller access.Caller, draft persistclient.Draft, once persistclient.Idempotency) (persistclient.View, error) {
	v := persistclient.View{Title: draft.Title, Data: draft.Data, People: draft.People}
	stored, err := idempotency.Recall(ctx, s.db, caller, once, func(b *pgx.Batch) {
		b.Queue(readOwner, caller.Subject).QueryRow(func(row pgx.Row) error {
			var address string
			err := row.Scan(&v.OwnerName, &v.OwnerEmail, &v.OwnerLocale, &address)
			v.Relation = caller.RelationTo(caller.Subject, signersAt(draft.People, address))
			return err
		})
	})
	if err != nil || stored != nil {
		return viewOf(stored), err
	}
	if v.OwnerEmail == "" { // nobody would ever be told how it ends
		return v, problem.Invalid("The account has no address.", function.FieldError{Field: "owner", Reason: "has no verified address that notifications could reach"})
	}
	at := s.db.Moment()
	v.Contract, v.CreatedAt = drafted(draft, caller.Subject, at), at
	err = s.insert(ctx, caller, v, once)
	switch {
	case sqlstate.Is(err, sqlstate.UniqueViolation, ""):
		return s.existing(ctx, caller, once)
	case err != nil:
		return v, fmt.Errorf("make contract %s: %w", v.ID, err)
	}
	function.Point("persist.contract-made")
	s.publish(ctx, v.ID, v.Version, events.ContractDrafted{Snapshot: events.Snapshot{Contract: v.Contract, Cause: firstEntry}})
	return v, nil
}

// existing answers a request that could not be inserted: the same one won meanwhile, or another has the contract's id.
func (s *Store) existing(ctx context.Context, caller access.Caller, once persistclient.Idempotency) (persistclient.View, error) {
	stored, err := idempotency.Recall(ctx, s.db, caller, once, func(*pgx.Batch) {})
	if err == nil && stored == nil {
		err = problem.Conflict("There is a contract with this id.")
	}
	return viewOf(stored), err
}

// firstEntry is what the history of every contract begins with.
var firstEntry = events.ContractDrafted{}.Type()

// drafted is a contract as it is made.
func drafted(d persistclient.Draft, owner string, at time.Time) contract.Contract {
	c := contract.Contract{
		ID: d.ID, Version: 1, Status: lifecycle.First, Template: d.Template, Language: d.Language,
		Owner: owner, Ordered: d.Ordered, Deadline: d.Deadline.UTC().Truncate(time.Microsecond), UpdatedAt: at,
	}
	for _, p := range d.People {
		c.Signers = append(c.Signers, contract.Signer{ID: p.ID, State: contract.Waiting})
	}
	return c
}

// insert writes a new contract in one round trip.
func (s *Store) insert(ctx context.Context, caller access.Caller, v persistclient.View, once persistclient.Idempotency) error {
	detail := map[string]any{"template": v.Template, "language": v.Language, "signers": len(v.People), "status": v.Status}
	first, err := history.NewEntry(1, history.Genesis(v.ID), v.UpdatedAt, caller.Actor(), firstEntry, detail)
	if err != nil {
		return err
	}
	snapshot, err := json.Marshal(v.Contract)
	if err != nil {
		return err
	}
	stored, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(insertContract, pgx.StrictNamedArgs{
			"id": string(v.ID), "owner": v.Owner, "status": string(v.Status), "title": v.Title, "template": v.Template, "language": v.Language,
			"data": []byte(v.Data), "snapshot": snapshot, "deadline": v.Deadline, "hash": first.Hash, "at": v.UpdatedAt,
		})
		postgres.SetRLSContext(b, access.Itself) // the person sees nobody else's account
		b.Queue(insertReaders, string(v.ID), v.Owner, addresses(v.People))
		postgres.ResumeRLSContext(b, caller)
		b.Queue(insertSigners, string(v.ID), v.People)
		b.Queue(insertEntry, string(v.ID), first.Seq, first.At, first.Actor, first.What, []byte(first.Detail), first.PreviousHash, first.Hash)
		idempotency.Keep(b, caller, once, stored, v.UpdatedAt)
	})
}

// addresses are the signers' e-mail addresses as they are compared.
func addresses(people []persistclient.Person) []string {
	list := make([]string, len(people))
	for i, p := range people {
		list[i] = strings.ToLower(p.Email)
	}
	return list
}

// signersAt are the signers with this address, in the form in which addresses are compared.
func signersAt(people []persistclient.Person, address string) (ids []string) {
	for i, a := range addresses(people) {
		if a == address {
			ids = append(ids, people[i].ID)
		}
	}
	return ids
}

func viewOf(stored *persistclient.View) persistclient.View {
	if stored == nil {
		return persistclient.View{}
	}
	return *stored
}
