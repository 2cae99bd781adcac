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
const rounds = 25

// BenchmarkColdStart measures exec to the first healthy answer of each function's process beside a bare net/http
// program, the processor time that it takes, and the memory that it holds then.
func BenchmarkColdStart(b *testing.B) {
	o := benchStack(b, nil)
	bare := built(b, "./testdata/bare")
	for _, name := range []string{"orchestrate", "persist", "generate-doc", "send-mail", "receive-webhook", "frontend"} {
		env, err := o.Environment(name)
		if err != nil {
			b.Fatal(err)
		}
		program := built(b, "../knative/serve/"+name)
		b.Run(name, func(b *testing.B) { besideBare(b, program, bare, env) })
	}
}

// birth is what it took to get a first answer out of a process.
type birth struct {
	wall, processor time.Duration
	memory          int64 // KiB
}

// besideBare reports the medians of the ratios within one round: what slows a round slows both of its processes.
func besideBare(b *testing.B, program, bare string, env []string) {
	var wall, processor, took []float64
	var memory int64
	for range rounds {
		theirs, ours := healthy(b, bare, nil), healthy(b, program, env)
		wall = append(wall, float64(ours.wall)/float64(theirs.wall))
		processor = append(processor, float64(ours.processor)/float64(theirs.processor))
		took = append(took, float64(ours.wall.Microseconds())/1000)
		memory = max(memory, ours.memory)
	}
	b.ReportMetric(median(took), "ms")
	b.ReportMetric(median(wall), "×bare")
	b.ReportMetric(median(processor), "×bare-CPU")
	b.ReportMetric(float64(memory)/1024, "MiB-RSS")
	b.ReportMetric(0, "ns/op")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// built compiles a program as the images have it, and writes it to disk as unpacking an image does, from beginning to
// end: pages that the linker left in the cache, in whatever order it wrote them, cost more to map.
func built(b *testing.B, source string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "program")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, source)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v: %s", source, err, out)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	unpacked := filepath.Join(b.TempDir(), "program")
	if err := os.WriteFile(unpacked, text, 0o755); err != nil {
		b.Fatal(err)
	}
	return unpacked
}

// healthy starts a program, waits for its first healthy answer and ends it.
func healthy(b *testing.B, program string, env []string) birth {
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
	seen := birth{wall: time.Since(began), memory: resident(c.Process.Pid)}
	_ = c.Process.Kill()
	_ = c.Wait()
	seen.processor = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return seen
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
