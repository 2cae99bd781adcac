package broker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

func TestFaultsDuplicateDelayAndReorder(t *testing.T) {
	t.Parallel()
	b, listener, _ := pair(t, quick, nil)
	b.SetFaults(Faults{Twice: true, Delay: 10 * time.Millisecond, Shuffle: true, Seed: 1})
	var sent []string
	for i := range 50 {
		sent = append(sent, fmt.Sprint(i))
		mustPost(t, b, event(fmt.Sprint(i), "t"))
	}
	settled(t, b)
	received := strings.Fields(listener.ids())
	if len(received) != 100 {
		t.Errorf("50 events were received %d times, want 100", len(received))
	}
	if slices.IsSortedFunc(received, func(a, b string) int { return slices.Index(sent, a) - slices.Index(sent, b) }) {
		t.Error("they were heard in the order in which they were said")
	}
	b.SetFaults(Faults{})
	mustPost(t, b, event("calm", "t"))
	settled(t, b)
	if again := len(listener.all()); again != 101 {
		t.Errorf("after the storm one event was received %d times", again-100)
	}
}

func TestDoublingDoesNotGrowWithEveryHop(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	s.listen(t, "grave", http.NotFound)
	const hops = 6
	var last *recorder
	for i := range hops {
		last = &recorder{}
		if i+1 < hops {
			last.answer = replying(fmt.Sprintf("t%d", i+1), false)
		}
		s.listen(t, fmt.Sprintf("l%d", i), last.ServeHTTP)
		s.receives(t, fmt.Sprintf("l%d", i), fmt.Sprintf("  filter: {attributes: {type: t%d}}", i))
	}
	b := s.open(t)
	b.SetFaults(Faults{Twice: true})
	start(t, b)
	mustPost(t, b, event("e", "t0"))
	settled(t, b)
	if got := len(last.all()); got != hops+1 {
		t.Errorf("the last of %d hops heard it %d times, want %d", hops, got, hops+1)
	}
}

func TestASlowSubscriberDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	release := make(chan struct{})
	var now, most atomic.Int64
	slow := &recorder{answer: func(http.ResponseWriter, cloudevents.Event) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
		now.Add(-1)
	}}
	fast := &recorder{}
	s.listen(t, "slow", slow.ServeHTTP)
	s.listen(t, "fast", fast.ServeHTTP)
	s.listen(t, "grave", http.NotFound)
	s.receives(t, "slow", "")
	s.receives(t, "fast", "")
	b := s.open(t)
	start(t, b)
	const n = 100
	var posting sync.WaitGroup
	for i := range n {
		posting.Go(func() { mustPost(t, b, event(fmt.Sprint(i), "t")) })
	}
	posting.Wait()
	eventually(t, "the fast one heard everything", func() bool { return len(fast.all()) == n })
	if got := most.Load(); got > maxConcurrent {
		t.Errorf("%d deliveries to one address went on at a time, want at most %d", got, maxConcurrent)
	}
	close(release)
	settled(t, b)
	if len(slow.all()) != n {
		t.Errorf("the slow one heard %d of %d", len(slow.all()), n)
	}
}

// BenchmarkHop is what a warm broker adds: from the publisher's POST to the moment at which the subscriber receives.
func BenchmarkHop(b *testing.B) {
	received := make(chan struct{}, 1)
	broker, _, _ := pair(b, quick, func(http.ResponseWriter, cloudevents.Event) { received <- struct{}{} })
	e := event("e", "t")
	b.ReportAllocs()
	for b.Loop() {
		mustPost(b, broker, e)
		<-received
	}
}

// BenchmarkBare is the same POST without a broker between: what a hop is compared with.
func BenchmarkBare(b *testing.B) {
	received := make(chan struct{}, 1)
	s := newSetting(b, "")
	s.listen(b, "listener", (&recorder{answer: func(http.ResponseWriter, cloudevents.Event) { received <- struct{}{} }}).ServeHTTP)
	broker := &Broker{o: Options{Client: http.DefaultClient, Now: time.Now}}
	d := &delivery{event: event("e", "t"), trigger: &trigger{subscriber: s.addresses["listener"], policy: policy{timeout: time.Minute}}}
	for b.Loop() {
		broker.attempt(b.Context(), d)
		<-received
	}
}

// BenchmarkThroughput is how many events per second 32 publishers get through.
func BenchmarkThroughput(b *testing.B) {
	broker, _, _ := pair(b, quick, nil)
	e := event("e", "t")
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			mustPost(b, broker, e)
		}
	})
	settled(b, broker)
}
