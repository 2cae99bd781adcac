package town

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

// doors are the addresses at which the town can be reached. They are taken before anything is started, so that a
// taken port is said at once.
type doors struct {
	page, mailbox, phone, signer, broker net.Listener
	functions                            map[string]net.Listener
	servers                              []*http.Server
}

func (t *Town) openDoors(ctx context.Context) error {
	next := t.o.Port
	public := []*net.Listener{&t.doors.page, &t.doors.mailbox, &t.doors.phone, &t.doors.signer}
	for _, door := range public {
		l, err := listen(ctx, next)
		if err != nil {
			return err
		}
		if *door = l; next != 0 {
			next++
		}
	}
	var err error
	if t.doors.broker, err = listen(ctx, 0); err != nil {
		return err
	}
	t.doors.functions = map[string]net.Listener{}
	for _, name := range functionNames() {
		if t.doors.functions[name], err = listen(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken: choose another with PORT, such as `make run PORT=%d` (four ports from there are used)", port, port+100)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}

// serve answers at a door until the town stops.
func (t *Town) serve(door net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	t.doors.servers = append(t.doors.servers, s)
	t.background.Go(func() {
		if err := s.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			t.o.Log.Error("a door closed by itself", "address", door.Addr().String(), "error", err.Error())
		}
	})
}

// closing is how long the requests in flight may take to end. What is cut off is not lost: the broker has its events
// on disk, and people's requests can be repeated.
const closing = 2 * time.Second

// close lets the requests in flight end, for a moment, then shuts every door.
func (d *doors) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
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
	for _, l := range []net.Listener{d.page, d.mailbox, d.phone, d.signer, d.broker} {
		if l != nil {
			_ = l.Close() // closed already by its server, or never served
		}
	}
	for _, l := range d.functions {
		_ = l.Close()
	}
}

func at(l net.Listener) string {
	return "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// inside is the address that functions use among themselves: without a name to resolve.
func inside(l net.Listener) string { return "http://" + l.Addr().String() }
