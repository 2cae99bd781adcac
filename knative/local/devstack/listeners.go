package devstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// listeners are opened before anything is started, so that a port in use is reported at once.
type listeners struct {
	page, mailbox, phone, yousign, broker net.Listener
	functions                             map[string]net.Listener
	servers                               []*http.Server
}

func (t *Stack) openListeners(ctx context.Context) error {
	next := t.o.Port
	public := []*net.Listener{&t.listeners.page, &t.listeners.mailbox, &t.listeners.phone, &t.listeners.yousign}
	for _, target := range public {
		l, err := listen(ctx, next)
		if err != nil {
			return err
		}
		if *target = l; next != 0 {
			next++
		}
	}
	var err error
	if t.listeners.broker, err = listen(ctx, 0); err != nil {
		return err
	}
	t.listeners.functions = map[string]net.Listener{}
	for _, name := range functionNames() {
		if t.listeners.functions[name], err = listen(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use: PORT must be the first of four free ports, for example `make run PORT=%d`", port, port+100)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}

// serve answers on a listener until the stack stops.
func (t *Stack) serve(l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	t.listeners.servers = append(t.listeners.servers, s)
	t.background.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.o.Log.Error("listener failed", "address", l.Addr().String(), "error", err.Error())
		}
	})
}

// shutdownTimeout bounds the requests in flight. One that is cut off is not lost: the broker keeps its events on disk, and
// people can repeat theirs.
const shutdownTimeout = 2 * time.Second

// close lets the requests in flight end, at most for shutdownTimeout, then closes every listener.
func (d *listeners) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var ending sync.WaitGroup
	for _, s := range d.servers {
		ending.Go(func() {
			if err := s.Shutdown(ctx); err != nil {
				_ = s.Close()
			}
		})
	}
	ending.Wait()
	for _, l := range []net.Listener{d.page, d.mailbox, d.phone, d.yousign, d.broker} {
		if l != nil {
			_ = l.Close() // closed already by its server, or never served
		}
	}
	for _, l := range d.functions {
		_ = l.Close()
	}
}

func publicURL(l net.Listener) string {
	return "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// internalURL is the address that functions use among themselves: without a name to resolve.
func internalURL(l net.Listener) string { return "http://" + l.Addr().String() }
