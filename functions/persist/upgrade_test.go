package persist

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// next is a release that comes after this one: it adds a table, a column to the busiest table, and the rights to both.
func next(head string) schema.Release {
	n := schema.Current()
	n.Migrations = append(slices.Clone(n.Migrations), schema.Migration{
		Number: n.Newest() + 1, Name: fmt.Sprintf("%04d_next.sql", n.Newest()+1),
		Text: head + `CREATE TABLE novelties (id bigserial PRIMARY KEY, word text NOT NULL);
			ALTER TABLE contracts ADD COLUMN novelty text NOT NULL DEFAULT 'none';`,
	})
	n.Rights = append(slices.Clone(n.Rights), schema.Script{Name: "next.sql", Text: `DO $$ BEGIN
		EXECUTE format('GRANT SELECT, INSERT ON novelties TO %I', current_setting('paraphe.serving_role'));
		EXECUTE format('GRANT USAGE ON SEQUENCE novelties_id_seq TO %I', current_setting('paraphe.serving_role'));
		EXECUTE format('GRANT UPDATE (novelty) ON contracts TO %I', current_setting('paraphe.serving_role'));
	END $$`})
	return n
}

// rights is everything that a schema holds of tables, columns, rights, policies and migrations, as one text.
const rights = `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT format('%s %s %s', c.relname, c.relkind, c.relacl) AS line FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
	UNION ALL SELECT format('%s.%s %s', c.relname, a.attname, a.attacl) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT format('%s %s', p.proname, p.proacl) FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
	UNION ALL SELECT format('%s %s %s %s %s %s', tablename, policyname, roles, cmd, qual, with_check) FROM pg_policies WHERE schemaname = current_schema()
	UNION ALL SELECT format('%s %s %s', number, name, sha256) FROM migrations) lines`

func (r *fixture) rights() string {
	r.t.Helper()
	var all string
	r.query(&all, rights)
	return all
}

// role is the address of a further role, whose name begins so. It does not exist yet.
func (r *fixture) role(prefix string) dsn.URL {
	r.t.Helper()
	u, err := url.Parse(string(r.serving))
	if err != nil {
		r.t.Fatal(err)
	}
	name := prefix + r.schema()
	u.User = url.UserPassword(name, "an0ther $ecret")
	r.t.Cleanup(func() {
		for _, statement := range []string{"DROP OWNED BY ", "DROP ROLE "} {
			pgtest.Superuser(r.t, `DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '`+name+`') THEN `+statement+name+`; END IF; END $$`)
		}
	})
	return dsn.URL(u.String())
}

// upgraded migrates the room's schema to a release.
func (r *fixture) upgraded(to schema.Release) {
	r.t.Helper()
	if err := to.Migrate(context.Background(), r.settings().database().Addresses, time.Now); err != nil {
		r.t.Fatal(err)
	}
}

func TestAnOlderProgramBesideANewerDatabaseServesAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.upgraded(next(""))
	before := r.rights()
	if !strings.Contains(before, "novelties") {
		t.Fatalf("nothing was upgraded: %s", before)
	}
	if err := schema.Current().Migrate(context.Background(), r.settings().database().Addresses, time.Now); err != nil {
		t.Fatal(err)
	}
	s := r.settings()
	s.Reading = r.role("reads_") // a role that is not there yet makes every start ask the owner for help
	startsWith(t, s, "")
	if after := r.rights(); after != before {
		t.Errorf("the older program left\n%s\nin place of\n%s", after, before)
	}
	again := r.beside(nil)
	again.preparing()
}

func TestAProgramThatIsTooOldSaysSoAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.upgraded(next(fmt.Sprintf("%s%04d\n", schema.OldestMark, schema.Current().Newest()+1)))
	before := r.rights()
	want := fmt.Sprintf("only programs of migration %d or later can work; this one is of %d", schema.Current().Newest()+1, schema.Current().Newest())
	startsWith(t, r.settings(), want)
	if r.rights() != before {
		t.Error("the older program changed something")
	}
}

// startsWith starts a database with these settings and requires that it is not ready for this reason; "" for none.
func startsWith(t *testing.T, s Settings, want string) {
	t.Helper()
	d := postgres.Open(s.database(), &postgres.Clock{Own: time.Now}, slog.New(slog.DiscardHandler))
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	pgtest.Eventually(t, func() error {
		if err := d.Ready(t.Context()); err == nil != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			return fmt.Errorf("ready: %w, want it to say %q", err, want)
		}
		return nil
	})
	if err := d.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// works does what clients and events ask of an instance: it reads, makes and sends a contract, and learns of another.
func (r *fixture) works(id contract.ID) error {
	if _, err := r.parts.Handle(context.Background(), r.event(id, persistsamples.Reported())); err != nil {
		return fmt.Errorf("an event: %w", err)
	}
	once := persistclient.Idempotency{Key: ids.New(), Digest: "d"}
	v, err := r.manager.Create(context.Background(), persistsamples.Draft(), once)
	if err != nil {
		return fmt.Errorf("making a contract: %w", err)
	}
	if _, err := r.manager.Contract(context.Background(), v.ID); err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	return nil
}

// Clients work on two instances while the newer release migrates and an instance of it starts: none of them meets a
// failure, before, meanwhile or after.
func TestAnUpgradeUnderLoadFailsNobody(t *testing.T) {
	t.Parallel()
	old := newFixture(t)
	instances := []*fixture{old, old.beside(nil)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var working sync.WaitGroup
	var done [4]atomic.Int64
	for n := range done {
		r, id := instances[n%2], old.sent().ID
		working.Go(func() {
			for ctx.Err() == nil {
				if err := r.works(id); err != nil {
					t.Error(err)
					return
				}
				done[n].Add(1)
			}
		})
	}
	goOn := func() { // each of them does something more
		for n := range done {
			before := done[n].Load()
			pgtest.Eventually(t, func() error {
				if done[n].Load() < before+2 && !t.Failed() {
					return fmt.Errorf("client %d stands still", n)
				}
				return nil
			})
		}
	}
	goOn()
	newer := old.beside(func(d *postgres.Database) { d.Release = next("") })
	goOn()
	old.upgraded(schema.Current()) // an old instance that starts late, and asks the owner for help
	goOn()
	stop()
	working.Wait()
	if err := newer.works(old.sent().ID); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	err := newer.parts.Database.Batch(t.Context(), access.Itself, func(b *pgx.Batch) { b.Queue(`INSERT INTO novelties (word) VALUES ('new')`) })
	if err != nil {
		t.Errorf("what only the newer release can do: %v", err)
	}
}

// A backup holds every table for as long as it takes. A migration that wants one of them does not keep everybody waiting
// behind it: it gives up, says so, and has its way when the backup is over.
func TestAMigrationDoesNotWaitForABackup(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	c, err := pgx.Connect(t.Context(), string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), `BEGIN; LOCK TABLE contracts IN ACCESS SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	before := r.rights()
	var migrating, working sync.WaitGroup
	migrating.Go(func() {
		err := next("").Migrate(context.Background(), r.settings().database().Addresses, time.Now)
		if err == nil || !strings.Contains(err.Error(), "a backup or a long query holds") {
			t.Errorf("got %v", err)
		}
	})
	for range 4 {
		working.Go(func() {
			if _, err := r.parts.Handle(context.Background(), r.event(v.ID, persistsamples.Reported())); err != nil {
				t.Errorf("an event meanwhile: %v", err)
			}
		})
	}
	migrating.Wait()
	working.Wait()
	if r.rights() != before {
		t.Error("a migration that gave up left something behind")
	}
	if _, err := c.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	r.upgraded(next(""))
}

// What a migration that fails has begun is not there, nor are the rights that were to follow.
func TestAMigrationThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	before := r.rights()
	broken := next("")
	broken.Rights = append(broken.Rights, schema.Script{Name: "broken.sql", Text: `SELECT 1/0`})
	if err := broken.Migrate(t.Context(), r.settings().database().Addresses, time.Now); err == nil || !strings.Contains(err.Error(), "broken.sql") {
		t.Errorf("got %v", err)
	}
	if r.rights() != before {
		t.Error("something was left behind")
	}
	r.preparing()
}
