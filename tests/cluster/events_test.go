//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// eventRecorder is a subscriber that receives everything that the Broker carries.
type eventRecorder struct {
	mu       sync.Mutex
	received map[string]map[string]bool // ids by contract
}

func (e *eventRecorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	contract := r.Header.Get("Ce-Subject")
	if e.received[contract] == nil {
		e.received[contract] = map[string]bool{}
	}
	e.received[contract][r.Header.Get("Ce-Id")] = true
	w.WriteHeader(http.StatusAccepted)
}

func TestEventsThatAContractTakes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e := &eventRecorder{received: map[string]map[string]bool{}}
	host, err := reachable(ctx)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	subscribe(ctx, t, "http://"+listener.Addr().String()+"/")
	end, err := newScenario(ctx, t).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	measured.add("events for one contract", "%d", len(e.received[end.Contract]))
	if len(e.received[end.Contract]) == 0 {
		t.Error("nothing was received")
	}
}

// subscribe lets the Broker send everything to an address, until the test ends.
func subscribe(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	trigger := fmt.Sprintf(`{"apiVersion":"eventing.knative.dev/v1","kind":"Trigger","metadata":{"name":"everything"},
		"spec":{"broker":"default","subscriber":{"uri":%q}}}`, address)
	if err := here.apply(ctx, []byte(trigger)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := kubectl(context.WithoutCancel(ctx), "delete", "trigger", "everything", "-n", here.namespace); err != nil {
			t.Error(err)
		}
	})
	if err := here.ready(ctx); err != nil {
		t.Fatal(err)
	}
}
