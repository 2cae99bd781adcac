// Package town runs the whole of Paraphe on one machine: every function as its own process over HTTP, a real
// PostgreSQL, a broker that follows Knative's rules, and stand-ins for what is outside: signature service, mail
// service and phone. `make run`, `make demo` and the tests start it; production never does.
package town

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paraphe/paraphe/knative/gitignore"
	"github.com/paraphe/paraphe/knative/local/activator"
	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/knative/local/signer"
)

// Options say where and how the town runs.
type Options struct {
	Dir         string // where everything is kept; made if it is not there
	Eventing    string // the folder eventing/ of the project
	Programs    string // the folder with the binaries of knative/serve, each of its function's name
	Port        int    // of the pages; mailbox, phone and signer take the three after it. 0: free ones
	DatabaseURL string // a PostgreSQL to use, as a user who may create roles; empty: a private one
	Database    string // the name of the database to make and use in it; empty: the one that DatabaseURL names, or "paraphe"
	Idle        time.Duration
	Mischief    broker.Mischief
	RetryScale  float64           // of the signature service's webhook retries; 0 means 1, as the real service
	Without     []string          // functions whose door stays shut, to see what happens without them
	Settings    map[string]string // further settings of every function
	ClockEvery  time.Duration     // ticks of the clock besides those of eventing/clock.yaml; 0: none
	NoClock     bool              // not those either, for tests that hold that nothing changes
	Log         *slog.Logger
	// Changed is told of every process that starts, before it is asked for anything, and with pid 0 of every end. May be nil.
	Changed func(name string, pid int)
	// Before makes what stands before a function's door, for tests that listen there.
	Before func(name string, door http.Handler) http.Handler
}

// Town is everything that runs.
type Town struct {
	Run Run // where everything is

	o         Options
	secrets   secrets
	functions map[string]*activator.Function
	broker    atomic.Pointer[broker.Broker] // nil while it is away
	endBroker func()
	running   context.Context // of what goes on by itself
	mailbox   *mailbox.Mailbox
	phone     *phone.Phone
	signer    *signer.Signer
	database  *postgres.Server // nil if somebody else's is used
	doors     doors
	lock      *os.File

	stopped    func() error // stops everything, once
	background sync.WaitGroup
	stop       context.CancelFunc
	mu         sync.Mutex // guards Run.Processes and its file
}

// Start starts the town and returns when its pages can be opened. If it cannot, everything that was started is
// stopped again and the error says what to do.
func Start(ctx context.Context, o Options) (*Town, error) {
	t := &Town{o: o, functions: map[string]*activator.Function{}}
	t.stopped = sync.OnceValue(t.stopAll)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	giveUp := context.AfterFunc(ctx, stop) // what runs outlives the caller's context; the start does not
	defer giveUp()
	if err := t.start(running); err != nil {
		return nil, errors.Join(err, t.Stop())
	}
	return t, nil
}

// Rest takes the folder of a town that does not run, and starts nothing but its database.
func Rest(ctx context.Context, o Options) (*Town, error) {
	t := &Town{o: o, stop: func() {}}
	t.stopped = sync.OnceValue(t.stopAll)
	for _, step := range []func(context.Context) error{t.prepare, t.startDatabase} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, t.Stop())
		}
	}
	return t, nil
}

func (t *Town) start(ctx context.Context) error {
	steps := []func(context.Context) error{
		t.prepare, t.listAddresses, t.openDoors, t.startDatabase, t.openStandIns, t.openBroker, t.openFunctions, t.begin, t.settle,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare takes the folder for this town alone and finds the secrets of earlier runs in it.
func (t *Town) prepare(context.Context) error {
	dir, err := filepath.Abs(t.o.Dir)
	if err != nil {
		return fmt.Errorf("find the folder %s: %w", t.o.Dir, err)
	}
	t.o.Dir = dir
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o755); err != nil { // the database's user passes through
		return fmt.Errorf("make the folder %s: %w", dir, err)
	}
	if err := gitignore.Add(dir); err != nil {
		return err
	}
	if t.lock, err = lockFolder(dir); err != nil {
		return err
	}
	t.secrets, err = keptSecrets(filepath.Join(dir, "secrets.json"))
	return err
}

func (t *Town) startDatabase(ctx context.Context) error {
	server, name := t.o.DatabaseURL, t.o.Database
	if server == "" {
		var err error
		if t.database, err = postgres.Start(ctx, filepath.Join(t.o.Dir, "postgres")); err != nil {
			return err
		}
		server = t.database.URL
		if name == "" {
			name = "paraphe"
		}
	} else if err := postgres.Check(ctx, server); err != nil { // at once: persist would go on trying
		return err
	}
	t.Run.Database = server
	if name != "" {
		var err error
		if t.Run.Database, err = postgres.Create(ctx, server, name); err != nil {
			return err
		}
	}
	var err error
	t.Run.Backup, err = t.databaseAs("backup")
	return err
}

// Stop ends everything, front to back: the doors, then what goes on in the background, then the functions, each
// finishing what it has begun, and the database last. Nothing is lost: what was not delivered is kept. Stopping
// twice is harmless.
func (t *Town) Stop() error { return t.stopped() }

func (t *Town) stopAll() error {
	t.doors.close()
	t.stop()
	t.background.Wait()
	t.closeFunctions()
	var errs []error
	if b := t.broker.Load(); b != nil {
		errs = append(errs, b.Close())
	}
	if t.database != nil {
		errs = append(errs, t.database.Stop())
	}
	if t.lock != nil {
		errs = append(errs, os.Remove(t.runFile()), t.lock.Close())
	}
	return ignoreMissing(errs)
}

func (t *Town) closeFunctions() {
	var closing sync.WaitGroup
	for _, f := range t.functions {
		closing.Go(f.Close)
	}
	closing.Wait()
}

func ignoreMissing(errs []error) error {
	var left []error
	for _, err := range errs {
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			left = append(left, err)
		}
	}
	return errors.Join(left...)
}

// Database is the town's own PostgreSQL, for tests that crash it; nil if it uses somebody else's.
func (t *Town) Database() *postgres.Server { return t.database }

// Signer is the signature service's stand-in, for tests that want it to misbehave.
func (t *Town) Signer() *signer.Signer { return t.signer }

// Mailbox is the mail service's stand-in, for tests that want it to misbehave.
func (t *Town) Mailbox() *mailbox.Mailbox { return t.mailbox }

// Function is the function of this name, for tests that kill it.
func (t *Town) Function(name string) *activator.Function { return t.functions[name] }
