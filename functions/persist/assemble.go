package persist

import (
	"context"
	"time"

	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/functions/persist/store/deadletters"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/notifications"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schedule"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/functions/persist/store/signature"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// Parts are what the function is assembled from.
type Parts struct {
	Database *postgres.Database
	httpapi.Stores
	Scheduler *schedule.Scheduler
}

// Assemble makes the function, and gives its parts to whoever looks at them closer than from outside.
func Assemble(b function.Boot, s Settings) (*function.Function, *Parts, error) {
	author, err := auth.NewAuthor(b, s.FunctionKey, s.FunctionKeys)
	if err != nil {
		return nil, nil, err
	}
	publisher := b.SigningPublisher(author)
	p := newParts(b, s, publisher)
	return &function.Function{
		Manifest:  Manifest,
		Handle:    p.Handle,
		Publisher: publisher,
		Routes: httpapi.New(httpapi.Config{
			Manifest: Manifest, PublicURL: s.PublicURL.String(), SessionKeys: s.SessionKeys, FunctionKeys: s.FunctionKeys,
			Now: b.Now, Clock: p.Database.Clock, Publisher: publisher, Log: b.Log,
		}, p.Stores),
		Ready: p.Database.Ready,
		Start: p.Database.Start,
		Stop:  p.Database.Stop,
	}, p, nil
}

func newParts(b function.Boot, s Settings, publisher function.Publisher) *Parts {
	db := postgres.Open(s.database(), &postgres.Clock{Own: b.Now}, b.Log)
	views := views.New(db, b.Log)
	contracts := contracts.New(db, lifecycle.Schedule{Look: time.Duration(s.LookEvery)}, publisher, b.Log)
	signature := signature.New(db, b.Log)
	return &Parts{
		Database: db,
		Stores: httpapi.Stores{
			Views: views, Contracts: contracts, Documents: documents.New(db), Notifications: notifications.New(db, views), Signature: signature,
			Accounts:    accounts.New(accounts.Config{RefreshReuse: time.Duration(s.RefreshReuseInterval), LinkLifetime: time.Duration(s.LinkLifetime)}, db, b.Log),
			DeadLetters: deadletters.New(db, contracts, b.Log),
		},
		Scheduler: schedule.New(schedule.Config{
			LooksPerTick: int(s.LooksPerMinute), SweepEvery: time.Duration(s.SweepEvery),
			DeadLetters: time.Duration(s.DeadLetterLifetime), Links: time.Duration(s.LinkLifetime),
		}, db, contracts, signature, publisher, b.Log),
	}
}

// database is what the settings say of the database.
func (s Settings) database() postgres.Config {
	first := s.FirstAdministrator
	return postgres.Config{
		Addresses:     dsn.Addresses{Serving: s.Database, Owner: s.Migration, Reading: s.Reading, Backup: s.Backup},
		Pooler:        s.Pooler,
		Administrator: schema.Administrator{ID: ids.New(), Email: first.Email, PasswordHash: first.PasswordHash},
		Release:       schema.Current(),
		Timeouts:      postgres.DefaultTimeouts,
	}
}

// Handle implements function.Handler: the clock's tick is the scheduler's, and every other event is about a contract.
func (p *Parts) Handle(ctx context.Context, in events.Verified) ([]events.Event, error) {
	if _, tick := in.Event().Payload.(events.ClockTicked); tick {
		return p.Scheduler.Tick(ctx, in)
	}
	return p.Contracts.Handle(ctx, in, nil)
}
