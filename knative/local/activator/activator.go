// Package activator runs a function as a process that exists only while it is needed: started by the first
// request, stopped when none came for a while, started again when it died. It is what Knative Serving's activator
// and autoscaler are to a cluster.
package activator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// readyTimeout is how long a request waits for a process that starts.
const readyTimeout = 30 * time.Second

// Options say what to run.
type Options struct {
	Name    string // the function
	Program string // its binary of knative/serve
	Env     []string
	Idle    time.Duration // how long without a request until it is stopped; 0 means never
	LogFile string        // where the process's output goes
	Log     *slog.Logger
	Changed func(name string, pid int) // told of every start and, with pid 0, of every end; may be nil
}

// Function is a function that may or may not have a process at the moment.
type Function struct {
	o      Options
	client *http.Client
	proxy  *httputil.ReverseProxy

	mu       sync.Mutex
	running  *process
	starting chan struct{} // closed when the start that goes on has ended; nil if none does
	failure  error         // why the last start failed
	inFlight int
	idle     *time.Timer
	closed   bool
	closing  chan struct{} // closed with closed, so that no start outlasts it
}

// New makes a function without a process.
func New(o Options) *Function {
	f := &Function{o: o, client: function.NewClient(2 * time.Second), closing: make(chan struct{})}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	f.proxy = &httputil.ReverseProxy{
		Transport:    transport,
		Rewrite:      f.rewrite,
		ErrorHandler: f.unreachable,
		ErrorLog:     slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return f
}

type targetKey struct{}

// rewrite sends a request to the process that it waited for. Like queue-proxy it appends the caller to
// X-Forwarded-For and keeps the rest of the chain.
func (f *Function) rewrite(r *httputil.ProxyRequest) {
	target := r.In.Context().Value(targetKey{}).(*url.URL)
	r.SetURL(target)
	r.Out.Host = r.In.Host
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
}

// unreachable answers for a process that died under the request. Whoever asked tries again, as with a lost pod.
func (f *Function) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return // the caller left
	}
	f.o.Log.Warn("function did not answer", "function", f.o.Name, "error", err.Error())
	function.WriteProblem(w, function.Problem{Status: http.StatusBadGateway, Detail: f.o.Name + " did not answer"})
}

// ServeHTTP passes a request on, starting the process first if there is none.
func (f *Function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, err := f.enter(r.Context())
	if err != nil {
		w.Header().Set("Retry-After", "1")
		function.WriteProblem(w, function.Problem{Status: http.StatusServiceUnavailable, Detail: err.Error()})
		return
	}
	defer f.leave()
	f.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), targetKey{}, target)))
}

// enter returns the address of a ready process and counts the request in, so that it is not stopped meanwhile.
func (f *Function) enter(ctx context.Context) (*url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		target, wait, err := f.tryEnter()
		if target != nil || err != nil {
			return target, err
		}
		select {
		case <-wait:
			if err := f.lastFailure(); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is not ready", f.o.Name)
		}
	}
}

func (f *Function) tryEnter() (*url.URL, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, nil, fmt.Errorf("%s is being stopped", f.o.Name)
	}
	if f.running != nil {
		f.inFlight++
		if f.idle != nil {
			f.idle.Stop()
		}
		return f.running.address, nil, nil
	}
	if f.starting == nil {
		f.starting = make(chan struct{})
		go f.start(f.starting)
	}
	return nil, f.starting, nil
}

func (f *Function) lastFailure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// leave counts a request out; after the last one the idle time begins.
func (f *Function) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inFlight--; f.inFlight == 0 && f.o.Idle > 0 && f.running != nil {
		f.idle = time.AfterFunc(f.o.Idle, f.scaleToZero)
	}
}

func (f *Function) scaleToZero() {
	f.mu.Lock()
	p := f.running
	if f.inFlight > 0 || p == nil || f.closed {
		f.mu.Unlock()
		return
	}
	f.running = nil
	f.mu.Unlock()
	p.stop()
}
