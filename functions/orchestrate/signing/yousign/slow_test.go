package yousign_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

// snail carries calls to a service whose every answer takes its time, by a clock of its own, and loses some. What is cut off because the delivery's time is up is done after the next call was answered: too late for it
// to be seen.
type snail struct {
	service http.Handler
	luck    *rand.Rand
	failing float64
	takes   time.Duration // and up to a third more
	now     time.Time
	ends    time.Time
	late    []func()
	calls   int
}

// delivery is the time that one delivery has.
type delivery struct {
	context.Context
	ends time.Time
}

func (d delivery) Deadline() (time.Time, bool) { return d.ends, true }

func (s *snail) begin(lasts time.Duration) delivery {
	s.ends = s.now.Add(lasts)
	return delivery{context.Background(), s.ends}
}

func (s *snail) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	do := func() *http.Response {
		again := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
		again.Header = r.Header
		w := httptest.NewRecorder()
		s.service.ServeHTTP(w, again)
		return w.Result()
	}
	late := s.late
	s.late = nil
	s.now = s.now.Add(s.takes + time.Duration(s.luck.Int64N(int64(s.takes)/3)))
	if s.now.After(s.ends) {
		s.now, s.late = s.ends, []func(){func() { do().Body.Close() }}
		return nil, context.DeadlineExceeded
	}
	answer, err := s.answer(do)
	for _, deed := range late {
		deed()
	}
	return answer, err
}

// answer loses some: before it is done, or after.
func (s *snail) answer(do func() *http.Response) (*http.Response, error) {
	if s.luck.Float64() >= s.failing {
		return do(), nil
	}
	if s.luck.IntN(2) == 0 {
		do().Body.Close()
	}
	if s.luck.IntN(2) == 0 {
		return nil, errors.New("connection reset by peer")
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusInternalServerError)
	return w.Result(), nil
}

// weather is how the service is, and who works with it.
type weather struct {
	people  int
	lasts   time.Duration // a delivery
	takes   time.Duration // a call, and up to a third more
	failing float64
	fresh   bool // each delivery is another instance's, which remembers nothing
}

const slow, fast = 10 * time.Second, 300 * time.Millisecond

// TestOpenEndsHoweverSlowTheServiceIs bounds the deliveries of the unluckiest of a hundred, and the calls of all.
func TestOpenEndsHoweverSlowTheServiceIs(t *testing.T) {
	t.Parallel()
	const long, short = 45 * time.Second, 38 * time.Second
	for _, c := range []struct {
		weather
		most  int     // deliveries
		calls float64 // on average at most
	}{
		{weather{people: 1, lasts: long, takes: fast}, 1, 4}, {weather{people: 5, lasts: long, takes: fast}, 1, 8},
		{weather{people: 1, lasts: long, takes: slow}, 2, 5}, {weather{people: 2, lasts: long, takes: slow}, 3, 7},
		{weather{people: 5, lasts: long, takes: slow}, 4, 11},
		{weather{people: 1, lasts: short, takes: slow}, 3, 6}, {weather{people: 5, lasts: short, takes: slow}, 7, 13},
		{weather{people: 1, lasts: short, takes: slow, fresh: true}, 9, 12}, {weather{people: 5, lasts: short, takes: slow, fresh: true}, 20, 20},
		{weather{people: 1, lasts: long, takes: fast, failing: 0.5}, 15, 15}, {weather{people: 5, lasts: long, takes: fast, failing: 0.5}, 25, 30},
		{weather{people: 1, lasts: long, takes: slow, failing: 0.5}, 50, 18}, {weather{people: 5, lasts: long, takes: slow, failing: 0.5}, 60, 34},
		{weather{people: 1, lasts: short, takes: slow, failing: 0.5, fresh: true}, 60, 30},
		{weather{people: 5, lasts: short, takes: slow, failing: 0.5, fresh: true}, 90, 48},
	} {
		longest, calls, deliveries := 0, 0, 0
		for seed := range uint64(100) {
			tries, made := c.open(t, seed, c.most)
			longest, calls, deliveries = max(longest, tries), calls+made, deliveries+tries
		}
		if average := float64(calls) / 100; average > c.calls {
			t.Errorf("%+v: %.1f calls on average", c.weather, average)
		}
		t.Logf("%+v: at most %d deliveries; %.1f and %.1f calls on average", c.weather, longest, float64(deliveries)/100, float64(calls)/100)
	}
}

// open delivers the command until the order is open, and says how many deliveries and calls that took.
func (c weather) open(t *testing.T, seed uint64, most int) (tries, calls int) {
	t.Helper()
	y := &fakeYousign{t: t}
	s := &snail{service: y.handler(), luck: rand.New(rand.NewPCG(seed, 1)), failing: c.failing, takes: c.takes, now: time.Now()}
	instance := func() *yousign.Client {
		return yousign.New(signing.Config{Address: "http://signature.test/v3", APIKey: key, HTTP: &http.Client{Transport: s}, Now: func() time.Time { return s.now }})
	}
	var a attempt
	client, err := instance(), errors.New("not tried")
	for ; err != nil && tries < most; tries++ {
		if c.fresh {
			client = instance()
		}
		_, err = a.open(s.begin(c.lasts), client, orderFor(c.people))
		if errors.As(err, new(signing.Rejected)) || errors.Is(err, signing.ErrUnknown) {
			t.Fatalf("%+v, seed %d: %v ends what goes on", c, seed, err)
		}
	}
	if err != nil {
		t.Errorf("%+v, seed %d: not open after %d deliveries: %v", c, seed, most, err)
	}
	requireOpenOnce(t, y, a.id, c.people)
	return tries, s.calls
}

// requireOpenOnce fails unless exactly the noted request can be signed; drafts whose creation was never answered and
// never listed may be left, for the sweep.
func requireOpenOnce(t *testing.T, y *fakeYousign, id string, people int) {
	t.Helper()
	for _, q := range y.living() {
		right := q.Status == "ongoing" && len(q.Documents) == 1 && len(q.Signers) == people
		if (q.ID == id) != right || q.ID != id && q.Status != "draft" {
			t.Errorf("request %s is %s with %d documents and %d signers; %s was noted", q.ID, q.Status, len(q.Documents), len(q.Signers), id)
		}
	}
}
