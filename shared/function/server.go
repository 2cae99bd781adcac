package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Every server bounds what a slow or greedy client can hold on to.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	headerLimit   = 64 << 10
	drainTimeout  = 30 * time.Second
)

// Server serves one function. Its methods are also the hooks that knative/func's generated main looks for
// (https://github.com/knative/func, "instanced" functions), so both ways of running are the same code.
type Server struct {
	f   *Function
	mux *http.ServeMux
	log *slog.Logger
}

// NewServer makes the server of f.
func NewServer(f *Function, b Boot) *Server {
	s := &Server{f: f, mux: http.NewServeMux(), log: b.Log}
	s.mux.HandleFunc("GET /health/liveness", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ALIVE\n")) })
	s.mux.HandleFunc("GET /health/readiness", s.readiness)
	if f.Handle != nil {
		s.mux.Handle("POST /{$}", eventHandler{handle: f.Handle, manifest: f.Manifest, publisher: f.Publisher, now: b.Now, log: b.Log})
	}
	if f.Routes != nil {
		s.mux.Handle("/", f.Routes)
	}
	return s
}

func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	if ok, err := s.Ready(r.Context()); !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "NOT READY: %v\n", err)
		return
	}
	_, _ = w.Write([]byte("READY\n"))
}

// Handle answers one request.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	r.Body = clientBody{r.Body}
	s.mux.ServeHTTP(w, r)
}

// Ready reports whether the function can work, and if not, why.
func (s *Server) Ready(ctx context.Context) (bool, error) {
	if s.f.Ready == nil {
		return true, nil
	}
	err := s.f.Ready(ctx)
	return err == nil, err
}

// Alive reports that the process answers.
func (s *Server) Alive(context.Context) (bool, error) { return true, nil }

// Start begins what goes on beside requests.
func (s *Server) Start(ctx context.Context, _ map[string]string) error {
	if s.f.Start == nil {
		return nil
	}
	return s.f.Start(ctx)
}

// Stop ends it.
func (s *Server) Stop(ctx context.Context) error {
	if s.f.Stop == nil {
		return nil
	}
	return s.f.Stop(ctx)
}

// Run serves until SIGTERM or SIGINT, then finishes the requests in flight and returns. It listens at once: what
// takes long, such as connecting to a database, goes on beside it.
func (s *Server) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", address())
	if err != nil {
		return fmt.Errorf("%s cannot listen: %w", s.f.Manifest.Name, err)
	}
	if err := s.Start(ctx, nil); err != nil {
		return fmt.Errorf("%s cannot start: %w", s.f.Manifest.Name, err)
	}
	server := s.server()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	s.log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return s.drain(server)
	}
}

func (s *Server) server() *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(s.Handle),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerLimit,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// drain lets the requests in flight end, then what goes on beside them.
func (s *Server) drain(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	s.log.Info("draining")
	return errors.Join(server.Shutdown(ctx), s.Stop(ctx))
}

// address is where to listen: LISTEN_ADDRESS, which func's builders set, or PORT, which Knative sets.
func address() string {
	if a := os.Getenv("LISTEN_ADDRESS"); a != "" {
		return a
	}
	if p := os.Getenv("PORT"); p != "" {
		return ":" + p
	}
	return ":8080"
}
