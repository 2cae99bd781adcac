package postgres

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// migrated is a schema of the test's own, with all tables.
func migrated(t *testing.T) dsn.Addresses {
	t.Helper()
	owner, serving := pgtest.Schema(t)
	at := dsn.Addresses{Owner: owner, Serving: serving}
	if err := schema.Current().Migrate(t.Context(), at, time.Now); err != nil {
		t.Fatal(err)
	}
	return at
}

// instance is a database that nothing was asked of yet.
func instance(c Config) *Database {
	c.Release, c.Timeouts = schema.Current(), DefaultTimeouts
	return Open(c, &Clock{Own: time.Now}, slog.New(slog.DiscardHandler))
}

func connectedAs(t *testing.T, role dsn.URL) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), string(role))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func TestInstancesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	owner, serving := pgtest.Schema(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := schema.Current().Migrate(context.Background(), dsn.Addresses{Owner: owner, Serving: serving}, time.Now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var n int
	if err := connectedAs(t, owner).QueryRow(t.Context(), `SELECT count(*) FROM migrations`).Scan(&n); err != nil || n != schema.Current().Newest() {
		t.Errorf("%d of %d migrations are on record, %v", n, schema.Current().Newest(), err)
	}
}

func TestAMigrationThatWasEditedAfterItRanIsNoticed(t *testing.T) {
	t.Parallel()
	at := migrated(t)
	if _, err := connectedAs(t, at.Owner).Exec(t.Context(), `UPDATE migrations SET sha256 = 'x' WHERE number = 2`); err != nil {
		t.Fatal(err)
	}
	if err := schema.Current().Migrate(context.Background(), at, time.Now); err == nil || !strings.Contains(err.Error(), "0002_") {
		t.Errorf("got %v", err)
	}
}

func TestTheRoleThatServesIsBoundByRowLevelSecurity(t *testing.T) {
	t.Parallel()
	at := migrated(t)
	powerful := instance(Config{Addresses: dsn.Addresses{Serving: at.Owner}})
	if _, err := powerful.connect(context.Background()); err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("as the owner: %v", err)
	}
	if err := schema.Current().Migrate(context.Background(), dsn.Addresses{Owner: at.Owner, Serving: at.Owner}, time.Now); err == nil || !strings.Contains(err.Error(), "different roles") {
		t.Errorf("one role for both: %v", err)
	}
}

func TestWithoutTheOwnerAnOldDatabaseIsNotServed(t *testing.T) {
	t.Parallel()
	at := migrated(t)
	if _, err := connectedAs(t, at.Owner).Exec(t.Context(), `DELETE FROM migrations WHERE number = $1`, schema.Current().Newest()); err != nil {
		t.Fatal(err)
	}
	serving := instance(Config{Addresses: dsn.Addresses{Serving: at.Serving}})
	if _, err := serving.connect(context.Background()); err == nil || !strings.Contains(err.Error(), "this program needs") {
		t.Errorf("got %v", err)
	}
}

func TestARoleThatMayNotMakeRolesSaysWhatToDo(t *testing.T) {
	t.Parallel()
	owner, serving := pgtest.Schema(t)
	u, err := url.Parse(string(owner))
	if err != nil {
		t.Fatal(err)
	}
	name := u.Query().Get("search_path")
	pgtest.Superuser(t, `CREATE ROLE humble_`+name+` LOGIN PASSWORD 'x'`)
	pgtest.Superuser(t, `GRANT ALL ON SCHEMA `+name+` TO humble_`+name)
	t.Cleanup(func() {
		pgtest.Superuser(t, `DROP OWNED BY humble_`+name)
		pgtest.Superuser(t, `DROP ROLE humble_`+name)
	})
	u.User = url.UserPassword("humble_"+name, "x")
	err = schema.Current().Migrate(context.Background(), dsn.Addresses{Owner: dsn.URL(u.String()), Serving: serving}, time.Now)
	if err == nil || !strings.Contains(err.Error(), "CREATEROLE") || strings.Contains(err.Error(), "$ecret") {
		t.Errorf("got %v", err)
	}
}

func TestTheFirstAdministratorIsMadeOnceAndOnlyWithoutAccounts(t *testing.T) {
	t.Parallel()
	at := migrated(t)
	connect := func(email string) {
		d := instance(Config{Addresses: dsn.Addresses{Serving: at.Serving}, Administrator: schema.Administrator{ID: strings.ToLower(rand.Text()), Email: email, PasswordHash: "$argon2id$x"}})
		pool, err := d.connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		pool.Close()
	}
	connect("first@example.org")
	connect("first@example.org")
	connect("second@example.org")
	var all string
	if err := connectedAs(t, at.Owner).QueryRow(t.Context(), `SELECT string_agg(email || ' ' || role, ',') FROM users`).Scan(&all); err != nil || all != "first@example.org administrator" {
		t.Errorf("%q, %v", all, err)
	}
}
