// Package accounts keeps who may log in: users, their identities at issuers, sessions, links in notifications, and failures to log in.
package accounts

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	userColumns = `SELECT id, coalesce(email, ''), name, role, locale, coalesce(password_hash, ''), disabled, epoch,
		email_verified_at IS NOT NULL FROM users `

	readUser        = userColumns + `WHERE id = $1`
	readUserByEmail = userColumns + `WHERE lower(email) = lower($1)`
	readUsers       = userColumns + `ORDER BY lower(email), id`

	// insertUser makes an account that has not proved its address, whoever typed it.
	insertUser = `INSERT INTO users (id, email, name, role, locale, password_hash, created_at, disabled)
		VALUES ($1, nullif($2, ''), $3, $4, $5, nullif($6, ''), $7, $8)`

	// replaceHash puts a new hash of the same password in place of the one that was checked. If there is another by now,
	// that one stays.
	replaceHash = `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`
)

func scanUser(row pgx.CollectableRow) (persistclient.User, error) {
	var u persistclient.User
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.Locale, &u.PasswordHash, &u.Disabled, &u.Epoch, &u.EmailVerified)
	return u, err
}

// selectUsers runs one of the queries above.
func (s *Store) selectUsers(ctx context.Context, caller access.Caller, query string, args ...any) ([]persistclient.User, error) {
	list := []persistclient.User{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) { queueUsers(b, &list, query, args...) })
	return list, err
}

func queueUsers(b *pgx.Batch, list *[]persistclient.User, query string, args ...any) {
	b.Queue(query, args...).Query(func(rows pgx.Rows) (err error) {
		*list, err = pgx.AppendRows(*list, rows, scanUser)
		return err
	})
}

// UserByEmail is the only answer that holds a password hash. Whoever asks is about to try a password, which is counted in
// the same look.
func (s *Store) UserByEmail(ctx context.Context, caller access.Caller, email, source string) (persistclient.User, error) {
	try := count{now: s.db.Moment()}
	found := []persistclient.User{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		try.queue(b, countTry, source)
		queueUsers(b, &found, readUserByEmail, email)
	})
	if err == nil {
		err = try.refused()
	}
	return first(found, err)
}

// User returns a user's own account; administrators and functions may ask for any.
func (s *Store) User(ctx context.Context, caller access.Caller, id string) (persistclient.User, error) {
	if caller.Function == "" && caller.Role != auth.Administrator && caller.Subject != id {
		return persistclient.User{}, problem.NotFound
	}
	found, err := s.selectUsers(ctx, caller, readUser, id)
	return first(withoutHash(found), err)
}

func first(found []persistclient.User, err error) (persistclient.User, error) {
	if err == nil && len(found) == 0 {
		err = problem.NotFound
	}
	if err != nil {
		return persistclient.User{}, err
	}
	return found[0], nil
}

// Users returns every account.
func (s *Store) Users(ctx context.Context, caller access.Caller) ([]persistclient.User, error) {
	found, err := s.selectUsers(ctx, caller, readUsers)
	return withoutHash(found), err
}

func withoutHash(list []persistclient.User) []persistclient.User {
	for i := range list {
		list[i].PasswordHash = ""
	}
	return list
}

// AddUser makes an account that has not proved its address.
func (s *Store) AddUser(ctx context.Context, caller access.Caller, u persistclient.User) (persistclient.User, error) {
	u.ID, u.EmailVerified, u.Epoch = ids.New(), false, 0
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(insertUser, u.ID, u.Email, u.Name, string(u.Role), u.Locale, u.PasswordHash, s.db.Moment(), u.Disabled)
	})
	if sqlstate.Is(err, sqlstate.UniqueViolation, "users_email") {
		return persistclient.User{}, problem.Conflict("This address has an account.")
	}
	u.PasswordHash = ""
	return u, err
}

// ReplaceHash puts a new hash of the same password in place of the one that was checked, if that is still there.
func (s *Store) ReplaceHash(ctx context.Context, caller access.Caller, id, was, now string) error {
	return s.db.Batch(ctx, caller, func(b *pgx.Batch) { b.Queue(replaceHash, id, was, now) })
}
