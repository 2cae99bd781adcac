// Package devstack runs all of Paraphe on one machine: each function as a process of its own, PostgreSQL, a broker with
// Knative's rules, and fakes of the signature service, the mail service and the phones. `make run`, `make demo` and the
// tests start it; production has nothing of it.
package devstack

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
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// Options say where and how the stack runs.
type Options struct {
	Dir         string // where everything is kept; made if it is not there
	Eventing    string // the folder eventing/ of the project
	Programs    string // the folder with the binaries of knative/serve, each of its function's name
	Port        int    // of the pages; mailbox, phone and signature service take the three after it. 0: free ones
	DatabaseURL string // a PostgreSQL to use, as a user who may create roles; empty: a private one
	Database    string // the name of the database to make and use in it; empty: the one that DatabaseURL names, or "paraphe"
	Idle        time.Duration
	Faults      broker.Faults
	RetryScale  float64           // of the signature service's webhook retries; 0 means 1, as the real service
	Without     []string          // functions that do not listen, to test what happens without them
	Settings    map[string]string // further settings of every function
	ClockEvery  time.Duration     // ticks of the clock besides those of eventing/clock.yaml; 0: none
	NoClock     bool              // no ticks of eventing/clock.yaml either
	Log         *slog.Logger
	// Changed is called when a function's process has started, before its first request, and with pid 0 when it has ended. May be nil.
	Changed func(name string, pid int)
	// Wrap puts a handler before a function, for tests that record or refuse requests. May be nil.
	Wrap func(name string, next http.Handler) http.Handler
}

// Stack is everything that runs.
type Stack struct {
	Run Run // where everything is

	o          Options
	secrets    secrets
	functions  map[string]*activator.Function
	broker     atomic.Pointer[broker.Broker] // nil while it is away
	stopBroker func()
	running    context.Context // of the background loops
	mailbox    *mailbox.Mailbox
	phone      *phone.Phone
	yousign    *fakeyousign.Service
	database   *postgres.Server // nil if somebody else's is used
	listeners  listeners
	lock       *os.File

	stopped    func() error // stops everything, once
	background sync.WaitGroup
	stop       context.CancelFunc
	mu         sync.Mutex // guards Run.Processes and its file
}

// Start starts the stack and returns when its pages can be opened. If it cannot, everything that was started is
// stopped again and the error says what to do.
func Start(ctx context.Context, o Options) (*Stack, error) {
	t := &Stack{o: o, functions: map[string]*activator.Function{}}
	t.stopped = sync.OnceValue(t.stopEverything)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	giveUp := context.AfterFunc(ctx, stop) // what runs outlives the caller's context; the start does not
	defer giveUp()
	if err := t.start(running); err != nil {
		return nil, errors.Join(err, t.Stop())
	}
	return t, nil
}

// StartDatabase takes the folder of a stack that does not run, and starts nothing but its database.
func StartDatabase(ctx context.Context, o Options) (*Stack, error) {
	t := &Stack{o: o, stop: func() {}}
	t.stopped = sync.OnceValue(t.stopEverything)
	for _, step := range []func(context.Context) error{t.prepare, t.startDatabase} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, t.Stop())
		}
	}
	return t, nil
}

func (t *Stack) start(ctx context.Context) error {
	steps := []func(context.Context) error{
		t.prepare, t.writeAddressList, t.openListeners, t.startDatabase, t.openFakes, t.openBroker, t.openFunctions, t.serveAll, t.publishRun,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare takes the folder for this stack alone and finds the secrets of earlier runs in it.
func (t *Stack) prepare(context.Context) error {
	dir, err := filepath.Abs(t.o.Dir)
	if err != nil {
		return fmt.Errorf("find the folder %s: %w", t.o.Dir, err)
	}
	t.o.Dir = dir
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o755); err != nil { // the database's user passes through
		return fmt.Errorf("create the folder %s: %w", dir, err)
	}
	if err := gitignore.Add(dir); err != nil {
		return err
	}
	if t.lock, err = lockDir(dir); err != nil {
		return err
	}
	t.secrets, err = loadSecrets(filepath.Join(dir, "secrets.json"))
	return err
}

func (t *Stack) startDatabase(ctx context.Context) error {
	server, name := t.o.DatabaseURL, t.o.Database
	if server == "" {
		var err error
		if t.database, err = postgres.Start(ctx, filepath.Join(t.o.Dir, "postgres")); err != nil {
			return err
		}
		server, t.Run.Data = t.database.URL, t.database.Dir()
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
	t.Run.Backup, err = t.databaseURLAs("backup")
	return err
}

// Stop ends everything, front to back: the listeners, then the background loops, then the functions, each
// finishing what it has begun, and the database last. Nothing is lost: what was not delivered is kept. Stopping
// twice is harmless.
func (t *Stack) Stop() error { return t.stopped() }

func (t *Stack) stopEverything() error {
	t.listeners.close()
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

func (t *Stack) closeFunctions() {
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

// Database is the stack's own PostgreSQL, for tests that crash it; nil if it uses somebody else's.
func (t *Stack) Database() *postgres.Server { return t.database }

// Yousign is the signature service's stand-in, for tests that want it to misbehave.
func (t *Stack) Yousign() *fakeyousign.Service { return t.yousign }

// Mailbox is the mail service's stand-in, for tests that want it to misbehave.
func (t *Stack) Mailbox() *mailbox.Mailbox { return t.mailbox }

// Function is the function of this name, for tests that kill it.
func (t *Stack) Function(name string) *activator.Function { return t.functions[name] }
