package yousign_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

// now is the time in every test here.
var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

const key = "key-of-the-tests"

// fakeYousign is a Yousign of these tests' own: as strict as its reference, with a fault where a test asks for one. It
// shares nothing with the client, so the two can disagree.
type fakeYousign struct {
	t      *testing.T
	mu     sync.Mutex
	all    []*request
	faults []*fault
	calls  []string // patterns, in the order of the calls
	made   int      // ids given out
	lag    int      // this many lists answer as if nothing had been made
	page   int      // how many requests a page of the list has; 0: all
	notYet int      // this many downloads of audit trails come too early
}

type request struct {
	ID, Status string
	Body       map[string]any
	Created    time.Time
	Documents  []document
	Signers    []*signer
}

type document struct {
	ID      string
	Anchors int
	Bytes   []byte
}

type signer struct {
	ID, Status string
	Body       map[string]any
	SignedAt   any
}

// fault strikes calls of one pattern, once unless times says more.
type fault struct {
	on     string
	skip   int  // calls that go well before
	after  bool // the call has its effect first
	status int  // 0: the connection breaks
	header map[string]string
	body   string
	times  int
	before func() // runs before the call, without the lock
}

// newFake starts one and returns a client of it.
func newFake(t *testing.T) (*fakeYousign, *yousign.Client) {
	t.Helper()
	y := &fakeYousign{t: t}
	server := httptest.NewServer(y.handler())
	t.Cleanup(server.Close)
	return y, client(server)
}

func client(server *httptest.Server) *yousign.Client {
	return yousign.New(signing.Config{
		Address: server.URL + "/v3/", APIKey: key, HTTP: server.Client(), Now: func() time.Time { return now },
	})
}

func (y *fakeYousign) handler() http.Handler {
	const one = "/v3/signature_requests/{id}"
	mux := http.NewServeMux()
	for pattern, act := range map[string]func(http.ResponseWriter, *http.Request){
		"POST /v3/signature_requests":           y.create,
		"GET /v3/signature_requests":            y.list,
		"GET " + one:                            y.within(y.show),
		"DELETE " + one:                         y.within(y.remove),
		"POST " + one + "/documents":            y.within(y.upload),
		"GET " + one + "/documents":             y.within(y.documents),
		"GET " + one + "/documents/download":    y.within(y.download),
		"POST " + one + "/signers":              y.within(y.addSigner),
		"GET " + one + "/signers":               y.within(y.signers),
		"GET " + one + "/signers/{signer}":      y.within(y.oneSigner),
		"POST " + one + "/activate":             y.within(y.activate),
		"POST " + one + "/cancel":               y.within(y.cancel),
		"GET " + one + "/audit_trails/download": y.within(y.auditTrail),
	} {
		mux.HandleFunc(pattern, y.guarded(pattern, act))
	}
	return mux
}

// guarded asks for the key, notes the call and lets the faults strike.
func (y *fakeYousign) guarded(pattern string, act http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+key {
			problem(w, http.StatusUnauthorized, "unauthorized", "wrong key")
			return
		}
		f := y.strike(pattern)
		if f != nil && f.before != nil {
			f.before()
		}
		y.mu.Lock()
		defer y.mu.Unlock()
		y.calls = append(y.calls, pattern)
		switch {
		case f == nil || f.before != nil:
			act(w, r)
		case f.after:
			act(httptest.NewRecorder(), r)
			f.answer(w)
		default:
			f.answer(w)
		}
	}
}

func (y *fakeYousign) strike(pattern string) *fault {
	y.mu.Lock()
	defer y.mu.Unlock()
	for i, f := range y.faults {
		if f.on != pattern {
			continue
		}
		if f.skip > 0 {
			f.skip--
			return nil
		}
		if f.times--; f.times <= 0 {
			y.faults = slices.Delete(y.faults, i, i+1)
		}
		return f
	}
	return nil
}

func (f *fault) answer(w http.ResponseWriter) {
	if f.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for k, v := range f.header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(f.status)
	fmt.Fprint(w, f.body)
}

// within finds the request of the path and hands it over. A deleted one is shown, and takes nothing.
func (y *fakeYousign) within(act func(http.ResponseWriter, *http.Request, *request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, one := range y.all {
			if one.ID == r.PathValue("id") && (one.Status != "deleted" || r.Method == http.MethodGet) {
				act(w, r, one)
				return
			}
		}
		problem(w, http.StatusNotFound, "resource.not_found", "no such request")
	}
}

func (y *fakeYousign) id(kind string) string {
	y.made++
	return fmt.Sprintf("%08d-%s-4f2e-9a77-2f0c1d3e4f55", y.made, kind)
}

// living lists what is not deleted.
func (y *fakeYousign) living() (living []*request) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, r := range y.all {
		if r.Status != "deleted" {
			living = append(living, r)
		}
	}
	return living
}

// did lists the calls so far.
func (y *fakeYousign) did() []string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return slices.Clone(y.calls)
}

// count says how often a call was made.
func (y *fakeYousign) count(pattern string) (n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, c := range y.calls {
		if c == pattern {
			n++
		}
	}
	return n
}

// do changes the service's state as something outside would.
func (y *fakeYousign) do(change func()) {
	y.mu.Lock()
	defer y.mu.Unlock()
	change()
}
