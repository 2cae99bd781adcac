package persist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestADatabaseThatGoesAwayIsAnswered503AndComesBack(t *testing.T) {
	t.Parallel()
	owner, serving := pgtest.Schema(t)
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	l := newProxy(t, u.Host)
	r := fixtureAt(t, l.through(t, owner), l.through(t, serving))
	v := r.preparing()
	l.set(true)
	status, text := r.get(r.manager, "/contracts/"+string(v.ID))
	if status != http.StatusServiceUnavailable || !strings.Contains(text, "database") {
		t.Errorf("while it is away: %d %s", status, text)
	}
	var unavailable function.Unavailable
	e := r.event(v.ID, persistsamples.Opened())
	if _, err := r.parts.Handle(context.Background(), e); !errors.As(err, &unavailable) {
		t.Errorf("an event meanwhile: %v", err)
	}
	l.set(false)
	pgtest.Eventually(t, func() error { _, err := r.manager.Contract(context.Background(), v.ID); return err })
	if _, err := r.parts.Handle(context.Background(), e); err != nil || r.stands(v.ID).Status != contract.Sent {
		t.Errorf("the event again: %v", err)
	}
}

func TestPersistStartsBeforeItsDatabase(t *testing.T) {
	t.Parallel()
	owner, serving := pgtest.Schema(t)
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	l := newProxy(t, u.Host)
	l.set(true)
	s := newKeys().settings()
	s.Migration, s.Database = l.through(t, owner), l.through(t, serving)
	b := function.Boot{Name: access.Persist, Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: &broker{}}
	f, led, err := Assemble(b, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Stop(context.Background()) }()
	if err := f.Ready(context.Background()); err == nil || strings.Contains(err.Error(), "$ecret") {
		t.Errorf("ready: %v", err)
	}
	_, err = led.Handle(context.Background(), eventstest.Verified("1", "c", persistsamples.Opened()))
	if unavailable := (function.Unavailable{}); !errors.As(err, &unavailable) {
		t.Errorf("an event meanwhile: %v", err)
	}
	l.set(false)
	pgtest.Eventually(t, func() error { return f.Ready(context.Background()) })
}

// counter counts round trips: a batch is one, and so is each statement that is prepared or sent by itself.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() { c.mu.Lock(); c.n++; c.mu.Unlock() }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.add()
	return ctx
}
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.add()
	return ctx
}
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}
func (c *counter) TracePrepareStart(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	c.add()
	return ctx
}
func (c *counter) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}

func TestRoundTripsAreFew(t *testing.T) {
	t.Parallel()
	r, count := newFixture(t).counted()
	ctx := context.Background()
	v := r.sent() // opened by now; its connection has prepared what an event and the two commands below need
	once := func() persistclient.Idempotency { return persistclient.Idempotency{Key: ids.New(), Digest: "d"} }
	for name, c := range map[string]struct {
		most int
		do   func() error
	}{
		"making a contract": {2, func() error { _, err := r.manager.Create(ctx, persistsamples.Draft(), once()); return err }},
		"a wish": {2, func() error {
			_, err := r.manager.Perform(ctx, v.ID, persistclient.Action{Kind: lifecycle.Retry, Version: v.Version}, once())
			v.Version++
			return err
		}},
		"an event of a contract that is remembered": {1, func() error {
			_, err := r.parts.Handle(ctx, r.event(v.ID, persistsamples.Reported()))
			v.Version++
			return err
		}},
		"an event of one that is not": {2, func() error {
			r.parts.Contracts.Forget(v.ID)
			_, err := r.parts.Handle(ctx, r.event(v.ID, persistsamples.Reported()))
			v.Version++
			return err
		}},
		"a question": {1, func() error { _, err := r.manager.Contract(ctx, v.ID); return err }},
		"an event of no contract": {1, func() error {
			_, err := r.parts.Handle(ctx, r.event(contract.ID(ids.New()), persistsamples.Opened()))
			return unrefused(err)
		}},
	} {
		for i := range 3 {
			before := count.n
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if took := count.n - before; i > 0 && took != c.most { // pgx prepares a statement at its first use
				t.Errorf("%s took %d round trips, not %d", name, took, c.most)
			}
		}
	}
}

func unrefused(err error) error {
	if function.Refused(err) {
		return nil
	}
	return err
}

// counted is another instance, of one connection that counts.
func (r *fixture) counted() (*fixture, *counter) {
	r.t.Helper()
	count := &counter{}
	return r.beside(func(d *postgres.Database) {
		d.Tracer, d.Addresses.Serving = count, d.Addresses.Serving+"&pool_max_conns=1"
	}), count
}

func TestAnAddressThatLeadsNowhereIsNamedByItsSetting(t *testing.T) {
	t.Parallel()
	l := newProxy(t, "127.0.0.1:1")
	l.set(true)
	for setting, change := range map[string]func(*Settings){
		"of DATABASE_URL":             func(s *Settings) { s.Database = l.through(t, s.Database) },
		"with MIGRATION_DATABASE_URL": func(s *Settings) { s.Migration = l.through(t, s.Migration) },
	} {
		s := newKeys().settings()
		s.Migration, s.Database = pgtest.Schema(t) // the role that serves is not there yet
		change(&s)
		d := postgres.Open(s.database(), &postgres.Clock{Own: time.Now}, slog.New(slog.DiscardHandler))
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		pgtest.Eventually(t, func() error {
			if err := d.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), setting) || strings.Contains(err.Error(), "$ecret") {
				return fmt.Errorf("ready: %w, want it to say %q", err, setting)
			}
			return nil
		})
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
