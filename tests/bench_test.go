package tests

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// BenchmarkCircle carries contracts all the way round, four at once, and reports what one costs: commits and WAL in
// PostgreSQL, processor time in the functions, and how long a person waits for the notification.
func BenchmarkCircle(b *testing.B) {
	o := benchStack(b, nil)
	first := reporter(o, 0)
	if _, err := first.Play(b.Context()); err != nil { // warms every function
		b.Fatal(err)
	}
	before, cpu := count(b, o), processorTime(o)
	notifications := make([]time.Duration, b.N)
	b.ResetTimer()
	var playing sync.WaitGroup
	turns := make(chan struct{}, 4)
	for n := range b.N {
		turns <- struct{}{}
		playing.Go(func() {
			defer func() { <-turns }()
			end, err := first.Next(reporter(o, n%100).Signer).Play(b.Context())
			if err != nil {
				b.Error(err)
			}
			notifications[n] = end.SendToMail
		})
	}
	playing.Wait()
	b.StopTimer()
	after, each := count(b, o), float64(b.N)
	slices.Sort(notifications)
	b.ReportMetric(each/b.Elapsed().Seconds(), "contracts/s")
	b.ReportMetric(float64(after.Writes-before.Writes)/each, "commits/contract")
	b.ReportMetric(float64(after.WALBytes-before.WALBytes)/1024/each, "WAL-KB/contract")
	b.ReportMetric(float64((processorTime(o)-cpu).Milliseconds())/each, "functions-CPU-ms/contract")
	b.ReportMetric(float64(notifications[b.N/2].Microseconds())/1000, "send-to-mail-p50-ms")
}

func benchStack(b *testing.B, change func(*devstack.Options)) *devstack.Stack {
	b.Helper()
	name := "bench_" + strconv.FormatInt(stacks.Add(1), 10)
	options := devstack.Options{
		Dir: filepath.Join(folder, name), Eventing: "../eventing", Programs: programs, DatabaseURL: server, Database: name,
		Idle: time.Minute, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&options)
	}
	o, err := devstack.Start(b.Context(), options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = o.Stop() })
	return o
}

func count(b *testing.B, o *devstack.Stack) postgres.Counters {
	b.Helper()
	n, err := postgres.Count(context.WithoutCancel(b.Context()), o.Run.Database)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// processorTime is what the functions' processes have used so far, in the kernel's ticks of 10 ms.
func processorTime(o *devstack.Stack) time.Duration {
	var ticks int64
	for _, pid := range o.Processes() {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat") // a process of ours
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12} { // utime and stime, counted from the state (proc(5))
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
