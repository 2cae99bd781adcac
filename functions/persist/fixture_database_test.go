package persist

import (
	"cmp"
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/ids"
)

// connected is one connection, for a test that goes past everything of ours.
func (r *fixture) connected(address string) *pgx.Conn {
	r.t.Helper()
	c, err := pgx.Connect(context.Background(), address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// humbleOwner gives the tables to an owner who is no superuser, as they are in production, and connects as them.
func (r *fixture) humbleOwner() *pgx.Conn {
	r.t.Helper()
	name := r.schema()
	pgtest.Superuser(r.t, `CREATE ROLE humble_`+name+` LOGIN PASSWORD 'x'`)
	r.t.Cleanup(func() {
		pgtest.Superuser(r.t, `REASSIGN OWNED BY humble_`+name+` TO CURRENT_USER`)
		pgtest.Superuser(r.t, `DROP ROLE humble_`+name)
	})
	pgtest.Superuser(r.t, `ALTER SCHEMA `+name+` OWNER TO humble_`+name)
	for _, table := range []string{"users", "sessions", "contracts", "readers"} {
		pgtest.Superuser(r.t, `ALTER TABLE `+name+`.`+table+` OWNER TO humble_`+name)
	}
	u, err := url.Parse(string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	u.User = url.UserPassword("humble_"+name, "x")
	return r.connected(u.String())
}

// look reads a contract as its owner, with or without the look at whether they stand as they say.
func (r *fixture) look(c *pgx.Conn, checked bool, id contract.ID) error {
	b := &pgx.Batch{}
	if checked {
		postgres.SetRLSContext(b, r.manager.Caller)
	} else {
		b.Queue(setSubject, string(r.manager.Role), r.manager.Subject, "")
	}
	b.Queue(views.Read, string(id)).QueryRow(func(row pgx.Row) error {
		_, err := views.Scan(row, r.manager.Caller)
		return err
	})
	return c.SendBatch(context.Background(), b).Close()
}

// BenchmarkActing asks one question with and without that look, in turns, so that noise meets both.
func BenchmarkActing(b *testing.B) {
	r := newFixture(b)
	id := r.made().ID
	took, c := map[bool]time.Duration{}, r.connected(string(r.serving))
	for range b.N {
		for _, checked := range []bool{false, true} {
			began := time.Now()
			for range 50 {
				if err := r.look(c, checked, id); err != nil {
					b.Fatal(err)
				}
			}
			took[checked] += time.Since(began)
		}
	}
	b.ReportMetric(float64(took[true])/float64(took[false]), "×unchecked")
}

// typed makes an account whose address is only what somebody typed.
func (r *fixture) typed(role auth.Role, email string) person {
	r.t.Helper()
	id := ids.New()
	err := r.parts.Database.Batch(context.Background(), access.Itself, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO users (id, email, name, role, locale, password_hash, created_at) VALUES ($1, $2, 'Somebody', $3, 'fr', $4, $5)`,
			id, email, string(role), accounts.HashPrefix+"x", r.clock.now())
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.as(auth.Person{Subject: id, Role: role})
}

// setSubject says for whom a transaction works, without the look at whether they stand as they say.
const setSubject = `SELECT set_config('paraphe.role', $1, true), set_config('paraphe.subject', $2, true), set_config('paraphe.contract', $3, true)`

// raw runs a statement as the serving role, for a caller, with nothing of ours in between: not even the look at whether
// they stand as they say.
func (r *fixture) raw(as access.Caller, statement string, into any) error {
	config, err := r.serving.Pool() // which reads what is meant for pools
	if err != nil {
		return err
	}
	c, err := pgx.ConnectConfig(context.Background(), config.ConnConfig)
	if err != nil {
		return err
	}
	defer c.Close(context.Background())
	b := &pgx.Batch{}
	b.Queue(setSubject, cmp.Or(map[bool]string{true: "function"}[as.Function != ""], string(as.Role)), cmp.Or(as.Function, as.Subject), as.Contract)
	q := b.Queue(statement)
	if into != nil {
		q.QueryRow(func(row pgx.Row) error { return row.Scan(into) })
	}
	return c.SendBatch(context.Background(), b).Close()
}
