package tests

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// What is promised of receive-webhook: every webhook is answered within a second, which is what Yousign waits the first time,
// at so many a second for so long.
const (
	webhooksPerSecond = 200
	webhooksFor       = 5 * time.Second
	webhookPatience   = time.Second
)

// BenchmarkWebhooks sends new, proved webhooks about eight contracts at a fixed pace, whether or not the ones
// before are answered, to the whole stack: receive-webhook as its own process, the broker that stores each event on
// disk first, and everyone who learns of it, on the same processors. Each time counts from when the webhook was due.
func BenchmarkWebhooks(b *testing.B) {
	var consumed recorder
	o := benchStack(b, func(o *devstack.Options) { o.Wrap = consumed.before })
	first := reporter(o, 0)
	for n := range 8 {
		one := first
		if n > 0 {
			one = first.Next(reporter(o, n).Signer)
		}
		if err := one.UpTo(b.Context(), scenario.Mailed); err != nil {
			b.Fatal(err)
		}
	}
	kept := consumed.oneOfEach(b, 8)
	b.Run("kept", func(b *testing.B) { report(b, atPace(b, o, kept, "signer.link_opened")) })
	b.Run("looked-into", func(b *testing.B) { report(b, atPace(b, o, kept, "signer.done")) })
}

// atPace sends webhooks of this name and returns how long each answer took, once all that followed has come to its end.
func atPace(b *testing.B, o *devstack.Stack, kept []webhook, name string) []time.Duration {
	took := make([]time.Duration, int(webhooksFor.Seconds())*webhooksPerSecond)
	var sending sync.WaitGroup
	began := time.Now()
	for i := range took {
		w := kept[i%len(kept)].again(o, fmt.Sprintf("n%d-%d-", began.UnixNano(), i), name)
		due := began.Add(time.Duration(i) * time.Second / webhooksPerSecond)
		time.Sleep(time.Until(due)) // the pace
		sending.Go(func() {
			if got := w.deliver(b.Context(), b, o); got != http.StatusOK {
				b.Errorf("a webhook was answered %d", got)
			}
			took[i] = time.Since(due)
		})
	}
	sending.Wait()
	if err := scenario.Await(b.Context(), func() bool { return o.Broker().Pending() == 0 }); err != nil {
		b.Error(err)
	}
	return took
}

// report tells how long the answers took, and fails if one took longer than is promised.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for name, at := range map[string]int{"p50-ms": len(took) / 2, "p99-ms": len(took) * 99 / 100, "max-ms": len(took) - 1} {
		b.ReportMetric(float64(took[at].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op")
	if worst := took[len(took)-1]; worst > webhookPatience {
		b.Errorf("the slowest of %d webhooks was answered after %s", len(took), worst)
	}
}
