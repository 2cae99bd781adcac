package contracts

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fixture is a store on a schema of its own, with a manager who makes contracts.
type fixture struct {
	*Store
	t              testing.TB
	views          *views.Store
	owner, serving dsn.URL
	manager        access.Caller
}

// deaf is a broker that takes everything and delivers nothing.
type deaf struct{}

func (deaf) Publish(context.Context, ...events.Event) error { return nil }

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, manager: access.Caller{Person: auth.Person{Subject: ids.New(), Role: auth.Manager}}}
	f.owner, f.serving = pgtest.Schema(t)
	if err := schema.Current().Migrate(t.Context(), dsn.Addresses{Owner: f.owner, Serving: f.serving}, time.Now); err != nil {
		t.Fatal(err)
	}
	f.query(new(int), `WITH made AS (INSERT INTO users (id, email, name, role, locale, password_hash, created_at, email_verified_at)
		VALUES ($1, 'manager@example.org', 'Somebody', 'manager', 'fr', '$argon2id$x', now(), now()) RETURNING 1) SELECT count(*) FROM made`, f.manager.Subject)
	f.Store = f.instance(postgres.AnyPooler)
	f.views = views.New(f.db, slog.New(slog.DiscardHandler))
	return f
}

// instance is another store on the same schema, with a connection and a cache of its own.
func (f *fixture) instance(pooler postgres.Pooler) *Store {
	f.t.Helper()
	log := slog.New(slog.NewTextHandler(io.Writer(f.t.Output()), nil))
	db := postgres.Open(postgres.Config{Addresses: dsn.Addresses{Serving: f.serving}, Pooler: pooler, Release: schema.Current(), Timeouts: postgres.DefaultTimeouts}, &postgres.Clock{Own: time.Now}, log)
	if err := db.Start(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = db.Stop(context.Background()) })
	pgtest.Eventually(f.t, func() error { return db.Ready(context.Background()) })
	return New(db, lifecycle.Schedule{Look: 15 * time.Minute}, deaf{}, log)
}

// preparing is a contract that its owner has sent off.
func (f *fixture) preparing() persistclient.View {
	f.t.Helper()
	v, err := f.Create(context.Background(), f.manager, persistsamples.Draft(), persistclient.Idempotency{})
	if err == nil {
		v, err = f.Perform(context.Background(), f.manager, v.ID, persistsamples.SendAction(v.Version), persistclient.Idempotency{})
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// sent is a contract that waits for its signers.
func (f *fixture) sent() persistclient.View {
	f.t.Helper()
	v := f.preparing()
	f.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF), Anchors: 2})
	f.handles(v.ID, persistsamples.Opened())
	return f.stands(v.ID)
}

// event is what the one who may say p says about a contract.
func event(id contract.ID, p events.Payload) events.Verified {
	return eventstest.Verified(ids.New(), id, p)
}

// handles handles an event for the first time, with its documents.
func (f *fixture) handles(id contract.ID, p events.Payload) []events.Event {
	f.t.Helper()
	out, err := f.Handle(context.Background(), event(id, p), persistsamples.FilesOf(p))
	if err != nil {
		f.t.Fatalf("%s: %v", p.Type(), err)
	}
	return out
}

func (f *fixture) stands(id contract.ID) persistclient.View {
	f.t.Helper()
	v, err := f.views.Contract(context.Background(), access.Caller{Function: access.Orchestrate}, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// history is a contract's history, which is verified.
func (f *fixture) history(id contract.ID) []persistclient.Entry {
	f.t.Helper()
	entries, err := f.views.History(context.Background(), access.Itself, id)
	var head string
	f.query(&head, `SELECT head FROM contracts WHERE id = $1`, string(id))
	if end, broken := history.Verify(id, entries); err != nil || broken != nil || end != head {
		f.t.Fatalf("the history of %s: %v, %v", id, err, broken)
	}
	return entries
}

// query reads one value as the superuser, whom no policy binds.
func (f *fixture) query(into any, sql string, args ...any) {
	f.t.Helper()
	c, err := pgx.Connect(context.Background(), string(f.owner))
	if err != nil {
		f.t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(context.Background(), sql, args...).Scan(into); err != nil {
		f.t.Fatal(fmt.Errorf("%s: %w", sql, err))
	}
}
