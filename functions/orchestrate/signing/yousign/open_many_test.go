package yousign_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

func TestOpenAtOnceFromManyIsOnce(t *testing.T) {
	t.Parallel()
	for name, instances := range map[string]int{"one instance": 1, "three instances": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := &fakeYousign{t: t}
			server := httptest.NewServer(y.handler())
			t.Cleanup(server.Close)
			clients := make([]*yousign.Client, instances)
			for i := range clients {
				clients[i] = client(server)
			}
			var all sync.WaitGroup
			report := make([]signing.Opened, 12)
			for i := range report {
				all.Go(func() { report[i], _ = clients[i%instances].Open(context.Background(), order(), begun) })
			}
			all.Wait()
			opened, err := clients[0].Open(context.Background(), order(), begun) // the broker's last repetition
			if err != nil {
				t.Fatal(err)
			}
			requireOne(t, y, opened)
			for _, one := range report {
				if one.RequestID != "" && one.RequestID != opened.RequestID {
					t.Errorf("%s was said to be open as well", one.RequestID)
				}
			}
		})
	}
}

// TestOpenBesideAnotherInstance lets another instance open the order in the middle of each step.
func TestOpenBesideAnotherInstance(t *testing.T) {
	t.Parallel()
	for _, step := range []string{creating, uploading, adding, showing, activating} {
		t.Run(step[strings.LastIndex(step, "/")+1:], func(t *testing.T) {
			t.Parallel()
			y := &fakeYousign{t: t}
			server := httptest.NewServer(y.handler())
			t.Cleanup(server.Close)
			other := client(server)
			y.faults = []*fault{{on: step, before: func() { _, _ = other.Open(context.Background(), order(), begun) }}}
			c := client(server)
			opened, err := c.Open(context.Background(), order(), begun)
			if step == activating && err != nil {
				t.Errorf("it is open, and this one was told %v", err)
			}
			for range 3 {
				if err != nil {
					opened, err = c.Open(context.Background(), order(), begun)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			requireOne(t, y, opened)
		})
	}
}

// TestOpenGivesTheListTime: a request whose creation was not answered is searched for by the next try, not at once.
func TestOpenGivesTheListTime(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	y.faults = []*fault{{on: creating, after: true}}
	var a attempt
	if _, err := a.open(context.Background(), c, order()); err == nil || len(y.did()) != 1 {
		t.Fatalf("got %v after %v", err, y.did())
	}
	opened, err := a.open(context.Background(), c, order())
	if err != nil {
		t.Fatal(err)
	}
	requireOne(t, y, opened)
}

func TestOpenWaitsForTheListToShowItsRequest(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	y.lag = 2
	if _, err := c.Open(context.Background(), order(), begun); err == nil || y.count(activating) != 0 {
		t.Fatalf("activated a request that may be the second: %v", err)
	}
	opened, err := c.Open(context.Background(), order(), begun)
	if err != nil {
		t.Fatal(err)
	}
	requireOne(t, y, opened)
}
