package persist

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
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
)

// newID makes the id of a user: 130 random bits in lower-case base32.
func newID() string { return strings.ToLower(rand.Text()) }

func scanUser(row pgx.CollectableRow) (persistclient.User, error) {
	var u persistclient.User
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.Locale, &u.PasswordHash, &u.Disabled, &u.Epoch, &u.EmailVerified)
	return u, err
}

// users runs one of the queries above.
func (l *ledger) users(r *http.Request, asks caller, query string, args ...any) ([]persistclient.User, error) {
	list := []persistclient.User{}
	err := l.db.trip(r.Context(), asks, func(b *pgx.Batch) { queueUsers(b, &list, query, args...) })
	return list, err
}

func queueUsers(b *pgx.Batch, list *[]persistclient.User, query string, args ...any) {
	b.Queue(query, args...).Query(func(rows pgx.Rows) (err error) {
		*list, err = pgx.AppendRows(*list, rows, scanUser)
		return err
	})
}

// userByEmail is the only answer that holds a password hash. Whoever asks is about to try a password, which is counted in
// the same look.
func (d *door) userByEmail(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Email  string `json:"email"`
		Source string `json:"source"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	if err := sourceFaults(in.Source); err != nil {
		return answer{}, err
	}
	try := count{now: d.ledger.moment()}
	found := []persistclient.User{}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		try.queue(b, countTry, in.Source)
		queueUsers(b, &found, readUserByEmail, in.Email)
	})
	if err == nil {
		err = try.refused()
	}
	if err == nil && len(found) == 0 {
		err = notFound
	}
	if err != nil {
		return answer{}, err
	}
	return ok(found[0]), nil
}

// user answers with a user's own account; administrators and functions may ask for any.
func (d *door) user(r *http.Request, asks caller) (answer, error) {
	id := r.PathValue("id")
	if asks.Function == "" && asks.Role != auth.Administrator && asks.Subject != id {
		return answer{}, notFound
	}
	found, err := d.ledger.users(r, asks, readUser, id)
	if err == nil && len(found) == 0 {
		err = notFound
	}
	if err != nil {
		return answer{}, err
	}
	return ok(withoutHash(found)[0]), nil
}

func (d *door) users(r *http.Request, asks caller) (answer, error) {
	found, err := d.ledger.users(r, asks, readUsers)
	return ok(withoutHash(found)), err
}

func withoutHash(list []persistclient.User) []persistclient.User {
	for i := range list {
		list[i].PasswordHash = ""
	}
	return list
}

func (d *door) addUser(r *http.Request, asks caller) (answer, error) {
	u, err := read[persistclient.User](r)
	if err != nil {
		return answer{}, err
	}
	f := faults(userFaults(u))
	if err := f.err(); err != nil {
		return answer{}, err
	}
	u.ID, u.EmailVerified, u.Epoch = newID(), false, 0
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(insertUser, u.ID, u.Email, u.Name, string(u.Role), u.Locale, u.PasswordHash, d.ledger.moment(), u.Disabled)
	})
	if isCode(err, uniqueViolation, "users_email") {
		return answer{}, conflict("This address has an account.")
	}
	u.PasswordHash = ""
	return created(u), err
}
