package tests

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rounds is how often each process is started; bare and function take turns, so that noise meets both.
const rounds = 15

// BenchmarkColdStart measures exec to the first healthy answer of each function's process beside a bare net/http
// program, and the memory it holds then.
func BenchmarkColdStart(b *testing.B) {
	o := benchTown(b)
	serve, bare := built(b, "../knative/serve"), built(b, "./testdata/bare")
	for _, name := range []string{"orchestrate", "persist", "generate-doc", "send-mail", "receive-webhook", "frontend"} {
		env, err := o.Environment(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) { besideBare(b, serve, bare, append(env, "FUNCTION="+name)) })
	}
}

func besideBare(b *testing.B, serve, bare string, env []string) {
	var ours, theirs []time.Duration
	var memory int64
	for range rounds {
		took, _ := healthy(b, bare, nil)
		theirs = append(theirs, took)
		took, held := healthy(b, serve, env)
		ours, memory = append(ours, took), max(memory, held)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(float64(ours[rounds/2].Microseconds())/1000, "ms")
	b.ReportMetric(float64(ours[rounds/2])/float64(theirs[rounds/2]), "×bare")
	b.ReportMetric(float64(memory)/1024, "MiB-RSS")
	b.ReportMetric(0, "ns/op")
}

// built compiles a program as the images have it.
func built(b *testing.B, source string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "program")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, source)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := c.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v: %s", source, err, said)
	}
	return out
}

// healthy starts a program, waits for its first healthy answer and ends it. It returns how long that took and how
// much memory the process held, in KiB.
func healthy(b *testing.B, program string, env []string) (time.Duration, int64) {
	b.Helper()
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, program)
	c.Env = append(env, "LISTEN_ADDRESS="+address)
	began := time.Now()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	for ctx.Err() == nil {
		if answer, err := http.Get("http://" + address + "/health/liveness"); err == nil {
			_ = answer.Body.Close()
			break
		}
		time.Sleep(100 * time.Microsecond) // between two questions: a start takes milliseconds
	}
	took, held := time.Since(began), resident(c.Process.Pid)
	_ = c.Process.Kill()
	_ = c.Wait()
	return took, held
}

// resident is a process's memory in KiB (proc(5)).
func resident(pid int) int64 {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}
