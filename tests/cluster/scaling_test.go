//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// How much comes at once.
const (
	webhooksAtOnce  = 200
	contractsAtOnce = 50
)

// glance is how often those who wait for one of many contracts look: what is measured is not their looking.
const glance = 250 * time.Millisecond

// limits are the most pods that each function's manifest allows.
var limits = map[string]int{"frontend": 10, "orchestrate": 20, "persist": 5, "generate-doc": 10, "send-mail": 5, "receive-webhook": 10}

// Many webhooks at once find no pod: those that are not answered in time are sent again, as the service does, and all
// are taken.
func TestManyWebhooksAtOnceFromZero(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	reporter := newScenario(ctx, t)
	upTo(ctx, t, reporter, scenario.Mailed)
	about := openRequest(ctx, t)
	here.pods.awaitZero(t, functions...)
	here.pods.forget()
	var sending sync.WaitGroup
	var inTime, first, again atomic.Int64
	began := time.Now()
	for range webhooksAtOnce {
		sending.Go(func() {
			status, took := here.report(ctx, about, "signer.link_opened", laterPatience)
			switch {
			case status == http.StatusOK && took <= firstPatience:
				inTime.Add(1)
			case status == http.StatusOK:
				first.Add(1)
			default:
				again.Add(1)
				for status != http.StatusOK && ctx.Err() == nil {
					status, _ = here.report(ctx, about, "signer.link_opened", laterPatience)
				}
			}
		})
	}
	sending.Wait()
	measured.add(fmt.Sprintf("%d webhooks at once from zero: answered within 1 s, within 10 s, only when sent again; all after", webhooksAtOnce),
		"%d, %d, %d; %.1f s", inTime.Load(), first.Load(), again.Load(), time.Since(began).Seconds())
	measured.add("… most pods at once", "%s", most(t))
	if _, err := reporter.Play(ctx); err != nil {
		t.Fatal(err)
	}
	here.pods.awaitZero(t, functions...)
}

// Many contracts are sent at once, and every one of them is completed.
func TestManyContractsSentAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	if err := here.liftQuota(ctx); err != nil {
		t.Fatal(err)
	}
	tellers := make([]*scenario.Run, contractsAtOnce)
	first := newScenario(ctx, t)
	first.Look = glance
	for n := range tellers {
		customers++
		tellers[n] = first.Next(customer(customers))
		upTo(ctx, t, tellers[n], scenario.Drafted)
	}
	here.pods.awaitZero(t, functions...)
	here.pods.forget()
	began := time.Now()
	each(t, tellers, contractsAtOnce, func(s *scenario.Run) error { return s.UpTo(ctx, scenario.Sent) })
	allSent := time.Since(began)
	each(t, tellers, 8, func(s *scenario.Run) error { _, err := s.Play(ctx); return err })
	measured.add(fmt.Sprintf("%d contracts sent at once from zero: all accepted after, all completed after", contractsAtOnce),
		"%.1f s, %.1f s", allSent.Seconds(), time.Since(began).Seconds())
	measured.add("… most pods at once", "%s", most(t))
	ended := time.Now()
	here.pods.awaitZero(t, functions...)
	measured.add("… no pod left after", "%.0f s", time.Since(ended).Seconds())
}

// each plays many scenarios, so many at once.
func each(t *testing.T, tellers []*scenario.Run, atOnce int, play func(*scenario.Run) error) {
	t.Helper()
	var playing sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, s := range tellers {
		turns <- struct{}{}
		playing.Go(func() {
			defer func() { <-turns }()
			if err := play(s); err != nil {
				t.Errorf("%s: %v", s.Signer.Email, err)
			}
		})
	}
	playing.Wait()
}

// most tells how many pods each function had at most, and holds that against its limit.
func most(t *testing.T) string {
	t.Helper()
	here.pods.mu.Lock()
	defer here.pods.mu.Unlock()
	var output []string
	for _, name := range functions {
		n := here.pods.most[name]
		output = append(output, fmt.Sprintf("%s %d", name, n))
		if n > limits[name] {
			t.Errorf("%s had %d pods, more than %d", name, n, limits[name])
		}
	}
	return strings.Join(output, ", ")
}
