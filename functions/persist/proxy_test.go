package persist

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// proxy is the way to a database. It can be cut, led to another, and made to keep what comes back.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	to       string
	cut      bool
	silent   bool // takes everything and gives nothing
	swallow  bool // breaks off instead of giving the next whole answer
	skip     int  // but so many of them
	open     []net.Conn
}

func newProxy(t testing.TB, to string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &proxy{listener: listener, to: to}
	t.Cleanup(func() { _ = listener.Close(); l.set(true) })
	go l.serve()
	return l
}

// serverProxy is a line to the server of all tests.
func serverProxy(t testing.TB) *proxy {
	t.Helper()
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	return newProxy(t, u.Host)
}

func (l *proxy) serve() {
	for {
		in, err := l.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", l.goal())
		if err != nil || !l.keep(in, out) {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { l.answer(in, out); _ = in.Close(); _ = out.Close() }()
	}
}

// readyForQuery ends what PostgreSQL answers to a Sync; it has committed by then, outside of a transaction block.
var readyForQuery = []byte{'Z', 0, 0, 0, 5}

// whole reports whether nothing more of an answer is to come.
func whole(answer []byte) bool {
	return len(answer) > len(readyForQuery) && bytes.HasSuffix(answer[:len(answer)-1], readyForQuery)
}

// answer hands on what comes back, as far as the line lets it.
func (l *proxy) answer(in io.Writer, out io.Reader) {
	buffer := make([]byte, 64<<10)
	var kept []byte
	for {
		n, err := out.Read(buffer)
		if err != nil {
			return
		}
		kept = append(kept, buffer[:n]...)
		if l.keepsBack(kept) {
			continue
		}
		if l.swallows(kept) {
			return
		}
		if _, err := in.Write(kept); err != nil {
			return
		}
		kept = kept[:0]
	}
}

// keepsBack reports whether an answer is not handed on, or not yet.
func (l *proxy) keepsBack(answer []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.silent || l.swallow && !whole(answer)
}

// swallows is for one answer alone.
func (l *proxy) swallows(answer []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.swallow {
		return false
	}
	if l.skip > 0 {
		l.skip--
		return false
	}
	l.swallow = false
	return true
}

func (l *proxy) goal() string { l.mu.Lock(); defer l.mu.Unlock(); return l.to }

// keep remembers connections; false if the line is cut.
func (l *proxy) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, conns...)
	return !l.cut
}

func (l *proxy) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut = cut; cut {
		for _, c := range l.open {
			_ = c.Close()
		}
		l.open = nil
	}
}

// change does something to the line; connections that are open stay.
func (l *proxy) change(do func(*proxy)) { l.mu.Lock(); defer l.mu.Unlock(); do(l) }

// through is an address by way of the line.
func (l *proxy) through(t testing.TB, u dsn.URL) dsn.URL {
	t.Helper()
	parsed, err := url.Parse(string(u))
	if err != nil {
		t.Fatal(err)
	}
	parsed.Host = l.listener.Addr().String()
	return dsn.URL(parsed.String())
}
