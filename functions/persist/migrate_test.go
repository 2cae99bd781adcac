package persist

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestInstancesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	owner, serving := schema(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := migrate(context.Background(), Settings{Migration: owner, Database: serving}, time.Now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r := roomAt(t, owner, serving)
	var n int
	if r.query(&n, `SELECT count(*) FROM migrations`); n != current().newest() {
		t.Errorf("%d of %d migrations are on record", n, current().newest())
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for i, m := range current().migrations {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(m.name, want) || m.number != i+1 {
			t.Errorf("%s stands where %s… should", m.name, want)
		}
	}
	if current().newest() == 0 {
		t.Error("there are no migrations")
	}
}

func TestAMigrationThatWasEditedAfterItRanIsNoticed(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), `UPDATE migrations SET sha256 = 'x' WHERE number = 2`); err != nil {
		t.Fatal(err)
	}
	if err := migrate(context.Background(), Settings{Migration: r.owner, Database: r.serving}, time.Now); err == nil || !strings.Contains(err.Error(), "0002_") {
		t.Errorf("got %v", err)
	}
}

func TestTheRoleThatServesIsBoundByRowLevelSecurity(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	powerful := newDatabase(Settings{Database: r.owner}, &databaseClock{own: r.clock.now}, slog.New(slog.DiscardHandler))
	if _, err := powerful.connect(context.Background()); err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("as the owner: %v", err)
	}
	if err := migrate(context.Background(), Settings{Migration: r.owner, Database: r.owner}, time.Now); err == nil || !strings.Contains(err.Error(), "different roles") {
		t.Errorf("one role for both: %v", err)
	}
}

func TestWithoutTheOwnerAnOldDatabaseIsNotServed(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), `DELETE FROM migrations WHERE number = $1`, current().newest()); err != nil {
		t.Fatal(err)
	}
	serving := newDatabase(Settings{Database: r.serving}, &databaseClock{own: r.clock.now}, slog.New(slog.DiscardHandler))
	if _, err := serving.connect(context.Background()); err == nil || !strings.Contains(err.Error(), "this program needs") {
		t.Errorf("got %v", err)
	}
}

func TestARoleThatMayNotMakeRolesSaysWhatToDo(t *testing.T) {
	t.Parallel()
	owner, serving := schema(t)
	u, err := url.Parse(string(owner))
	if err != nil {
		t.Fatal(err)
	}
	name := u.Query().Get("search_path")
	superuser(t, `CREATE ROLE humble_`+name+` LOGIN PASSWORD 'x'`)
	superuser(t, `GRANT ALL ON SCHEMA `+name+` TO humble_`+name)
	t.Cleanup(func() { superuser(t, `DROP OWNED BY humble_`+name); superuser(t, `DROP ROLE humble_`+name) })
	u.User = url.UserPassword("humble_"+name, "x")
	err = migrate(context.Background(), Settings{Migration: databaseURL(u.String()), Database: serving}, time.Now)
	if err == nil || !strings.Contains(err.Error(), "CREATEROLE") || strings.Contains(err.Error(), "$ecret") {
		t.Errorf("got %v", err)
	}
}

func TestTheFirstAdministratorIsMadeOnceAndOnlyInAnEmptyHouse(t *testing.T) {
	t.Parallel()
	owner, serving := schema(t)
	if err := migrate(context.Background(), Settings{Migration: owner, Database: serving}, time.Now); err != nil {
		t.Fatal(err)
	}
	connect := func(email string) {
		d := newDatabase(Settings{Database: serving, FirstAdministrator: firstAdministrator{email, hashPrefix + "x"}}, &databaseClock{own: time.Now}, slog.New(slog.DiscardHandler))
		pool, err := d.connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		pool.Close()
	}
	connect("first@example.org")
	connect("first@example.org")
	connect("second@example.org")
	c, err := pgx.Connect(context.Background(), string(owner))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	var all string
	if err := c.QueryRow(context.Background(), `SELECT string_agg(email || ' ' || role, ',') FROM users`).Scan(&all); err != nil || all != "first@example.org administrator" {
		t.Errorf("%q, %v", all, err)
	}
}
