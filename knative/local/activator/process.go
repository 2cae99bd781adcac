package activator

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/paraphe/paraphe/knative/local/childprocess"
)

// stopTimeout is how long a process may take to drain before it is killed.
const stopTimeout = 35 * time.Second

// process is one running instance of a function.
type process struct {
	command *exec.Cmd
	address *url.URL
	exited  chan struct{}
}

// start makes the process and waits until it is ready; done is closed when that has succeeded or failed.
func (f *Function) start(done chan struct{}) {
	began := time.Now()
	p, err := f.launch()
	if err == nil {
		err = f.awaitReady(p)
	}
	defer close(done)
	if !f.settle(p, err) {
		p.stop()
	}
	if err != nil {
		f.o.Log.Error("function does not start", "function", f.o.Name, "error", err.Error())
		return
	}
	f.o.Log.Debug("started", "function", f.o.Name, "pid", p.command.Process.Pid, "took", time.Since(began).String())
}

// settle notes how a start ended. It reports false if the process is ready and nobody wants it any more.
func (f *Function) settle(p *process, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.starting, f.failure = nil, err
	if err != nil {
		return true
	}
	if f.closed {
		return false
	}
	f.running = p
	return true
}

func (f *Function) launch() (*process, error) {
	port, err := childprocess.FreePort(context.Background())
	if err != nil {
		return nil, err
	}
	listen := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	log, err := os.OpenFile(f.o.LogFile, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", f.o.Name, err)
	}
	defer log.Close()
	c := exec.Command(f.o.Program) // the program is ours
	c.Env = append([]string{"LISTEN_ADDRESS=" + listen, "GOMEMLIMIT=128MiB"}, f.o.Env...)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = childprocess.Attributes(nil, syscall.SIGTERM)
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", f.o.Name, err)
	}
	p := &process{command: c, address: &url.URL{Scheme: "http", Host: listen}, exited: make(chan struct{})}
	f.changed(c.Process.Pid)
	go f.watch(p)
	return p, nil
}

// watch notices the end of a process, and counts it as ended once Changed has returned. The next request starts another.
func (f *Function) watch(p *process) {
	err := p.command.Wait()
	defer close(p.exited)
	f.mu.Lock()
	died := f.running == p
	if died {
		f.running = nil
	}
	f.mu.Unlock()
	f.changed(0)
	if died {
		f.o.Log.Warn("function exited", "function", f.o.Name, "error", fmt.Sprint(err))
	}
}

func (f *Function) changed(pid int) {
	if f.o.Changed != nil {
		f.o.Changed(f.o.Name, pid)
	}
}

// awaitReady asks for readiness every few milliseconds, as queue-proxy does.
func (f *Function) awaitReady(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		if ready(ctx, f.client, p.address) {
			return nil
		}
		select {
		case <-p.exited:
			output, _ := os.ReadFile(f.o.LogFile) // our own log; if it cannot be read, there is nothing to quote
			return fmt.Errorf("%s ended at once: %s", f.o.Name, childprocess.LastLine(output))
		case <-f.closing:
			p.stop()
			return fmt.Errorf("%s is being stopped", f.o.Name)
		case <-ctx.Done():
			p.stop()
			return fmt.Errorf("%s is not ready after %s", f.o.Name, readyTimeout)
		case <-time.After(pause):
		}
	}
}

func ready(ctx context.Context, client *http.Client, address *url.URL) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String()+"/health/readiness", nil)
	if err != nil {
		return false
	}
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// stop lets the process drain and end, and kills it if it does not.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
		_ = p.command.Process.Kill()
		<-p.exited
	}
}

// Close stops the process, be it ready or not, and starts no other.
func (f *Function) Close() {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.closing)
	}
	p, starting := f.running, f.starting
	f.running = nil
	f.mu.Unlock()
	if starting != nil {
		<-starting
	}
	if p != nil {
		p.stop()
	}
}

// Kill ends the process at once, as a lost pod would. It reports whether there was one.
func (f *Function) Kill() bool {
	f.mu.Lock()
	p := f.running
	f.mu.Unlock()
	if p == nil {
		return false
	}
	_ = p.command.Process.Kill()
	<-p.exited
	return true
}

// Running reports whether the function has a process.
func (f *Function) Running() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running != nil
}
