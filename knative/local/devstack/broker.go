package devstack

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/shared/function"
)

func (t *Stack) openBroker(context.Context) error {
	b, err := broker.Open(broker.Options{
		Eventing: t.o.Eventing, Store: filepath.Join(t.o.Dir, "broker.db"), Resolve: t.resolve,
		Client: function.NewClient(0), Log: t.o.Log, Now: time.Now, Faults: t.o.Faults,
	})
	if err == nil {
		t.broker.Store(b)
	}
	return err
}

// serveBroker gives an event to the broker, if there is one at the moment.
func (t *Stack) serveBroker(w http.ResponseWriter, r *http.Request) {
	if b := t.broker.Load(); b != nil {
		b.Handler().ServeHTTP(w, r)
		return
	}
	function.WriteProblem(w, function.Problem{Status: http.StatusServiceUnavailable, Detail: "the broker is not running"})
}

// runBroker sets deliveries going until the stack stops, or the broker is ended.
func (t *Stack) runBroker(ctx context.Context) {
	t.running = ctx
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	t.stopBroker = func() { cancel(); <-ended }
	t.runInBackground(ctx, "broker", func(ctx context.Context) error {
		defer close(ended)
		return t.broker.Load().Run(ctx)
	})
}

// CrashBroker ends the broker as kill -9 would, and starts another on what is on the disk. For tests, one at a time.
func (t *Stack) CrashBroker() error {
	lost := t.broker.Swap(nil)
	if lost == nil {
		return errors.New("the broker is not running")
	}
	lost.Crash()
	t.stopBroker()
	if err := errors.Join(lost.Close(), t.openBroker(t.running)); err != nil {
		return err
	}
	t.runBroker(t.running)
	return nil
}

// Broker is the broker, for tests that wait for it or set its faults.
func (t *Stack) Broker() *broker.Broker { return t.broker.Load() }
