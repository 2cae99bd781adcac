package persist

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
)

// connected is one connection, for a test that goes past everything of ours.
func (r *room) connected(address string) *pgx.Conn {
	r.t.Helper()
	c, err := pgx.Connect(context.Background(), address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// humbleOwner gives the tables to an owner who is no superuser, as they are in production, and connects as them.
func (r *room) humbleOwner() *pgx.Conn {
	r.t.Helper()
	name := r.schema()
	superuser(r.t, `CREATE ROLE humble_`+name+` LOGIN PASSWORD 'x'`)
	r.t.Cleanup(func() {
		superuser(r.t, `REASSIGN OWNED BY humble_`+name+` TO CURRENT_USER`)
		superuser(r.t, `DROP ROLE humble_`+name)
	})
	superuser(r.t, `ALTER SCHEMA `+name+` OWNER TO humble_`+name)
	for _, table := range []string{"users", "sessions", "contracts", "readers"} {
		superuser(r.t, `ALTER TABLE `+name+`.`+table+` OWNER TO humble_`+name)
	}
	u, err := url.Parse(string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	u.User = url.UserPassword("humble_"+name, "x")
	return r.connected(u.String())
}

// look reads a contract as its owner, with or without the look at whether they stand as they say.
func (r *room) look(checked bool, id contract.ID) error {
	b := &pgx.Batch{}
	if checked {
		r.manager.announce(b)
	} else {
		b.Queue(setSubject, string(r.manager.Role), r.manager.Subject, "")
	}
	b.Queue(readView, string(id)).QueryRow(func(row pgx.Row) error {
		_, err := scanView(row, r.manager.caller)
		return err
	})
	return r.ledger.db.pool.Load().SendBatch(context.Background(), b).Close()
}

// BenchmarkActing asks one question with and without that look, in turns, so that noise meets both.
func BenchmarkActing(b *testing.B) {
	r := newRoom(b)
	id := r.made().ID
	took := map[bool]time.Duration{}
	for range b.N {
		for _, checked := range []bool{false, true} {
			began := time.Now()
			for range 50 {
				if err := r.look(checked, id); err != nil {
					b.Fatal(err)
				}
			}
			took[checked] += time.Since(began)
		}
	}
	b.ReportMetric(float64(took[true])/float64(took[false]), "×unchecked")
}

// typed makes an account whose address is only what somebody typed.
func (r *room) typed(role auth.Role, email string) person {
	r.t.Helper()
	id := newID()
	err := r.ledger.db.trip(context.Background(), itself, func(b *pgx.Batch) {
		b.Queue(insertUser, id, email, "Somebody", string(role), "fr", hashPrefix+"x", r.clock.now(), false)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.as(auth.Person{Subject: id, Role: role})
}
