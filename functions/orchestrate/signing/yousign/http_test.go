package yousign_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	called := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		y, c, q := opened(t, false)
		y.faults = []*fault{{on: showing, status: status, header: map[string]string{"Location": elsewhere.URL}}}
		if _, err := c.Look(context.Background(), q.ID); err == nil || called {
			t.Errorf("%d: got %v, called elsewhere: %v", status, err, called)
		}
	}
}

// TestRejectedQuotesNothing: the service's answer may hold what was sent; the error holds words of names only.
func TestRejectedQuotesNothing(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	y.faults = []*fault{{on: showing, status: 400, body: `{"type":"a.b <ana@example.org>","detail":"Ana Martin",
		"invalid_params":[{"name":"info.phone_number","reason":"+33600000001"},{"name":"+33600000001"}]}`}}
	_, err := c.Look(context.Background(), q.ID)
	var got signing.Rejected
	if !errors.As(err, &got) || got.Type != "?" || got.Detail != "info.phone_number, ?" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// kind says what an error is to its caller.
func kind(err error) string {
	var fault signing.Fault
	switch {
	case err == nil:
		return "nothing"
	case errors.As(err, &fault):
		return fault.Cause
	case errors.As(err, new(signing.Rejected)):
		return "rejected"
	case errors.As(err, new(signing.Limited)):
		return "limited"
	case errors.Is(err, signing.ErrUnknown):
		return "unknown"
	case errors.Is(err, signing.ErrNotReady):
		return "not ready"
	}
	return "may pass"
}

// meanings is what each status means: in the service's own words about a request, in those words about no request,
// and in anybody's words. Every status that is not here may pass.
var meanings = map[int][3]string{
	400: {"rejected", "rejected", signing.CauseAddress}, 409: {"rejected", "rejected", signing.CauseAddress},
	413: {"rejected", "rejected", signing.CauseAddress}, 415: {"rejected", "rejected", signing.CauseAddress},
	422: {"rejected", "rejected", signing.CauseAddress},
	401: {signing.CauseUnauthorized, signing.CauseUnauthorized, signing.CauseUnauthorized},
	402: {signing.CausePayment, signing.CausePayment, signing.CausePayment},
	403: {signing.CauseForbidden, signing.CauseForbidden, signing.CauseForbidden},
	404: {"unknown", signing.CauseAddress, signing.CauseAddress},
	405: {signing.CauseAddress, signing.CauseAddress, signing.CauseAddress},
	407: {signing.CauseProxy, signing.CauseProxy, signing.CauseProxy},
	410: {signing.CauseAddress, signing.CauseAddress, signing.CauseAddress},
	429: {"limited", "limited", "limited"},
}

func TestEveryStatusSaysWhatToDo(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	const own = `{"type":"a.b","detail":"no"}`
	for status := 300; status < 600; status++ {
		want, listed := meanings[status]
		switch {
		case status < 400:
			want = [3]string{signing.CauseAddress, signing.CauseAddress, signing.CauseAddress}
		case !listed:
			want = [3]string{"may pass", "may pass", "may pass"}
		}
		for _, body := range []string{own, "", `{"message":"x"}`, "<html>", "[1", `{"type":7,"detail":"x"}`, `{"type":"x"}`, "\xff"} {
			expected, listing404 := want[2], want[2]
			if body == own {
				expected, listing404 = want[0], want[1]
			}
			if status == 304 && body != "" {
				continue // it has none
			}
			y.faults = []*fault{{on: showing, status: status, body: body}, {on: listing, status: status, body: body}}
			_, err := c.Look(context.Background(), q.ID)
			_, _, errList := c.List(context.Background(), "")
			if kind(err) != expected || kind(errList) != listing404 {
				t.Errorf("%d %q: it is %q about a request and %q about none, want %q and %q", status, body, kind(err), kind(errList), expected, listing404)
			}
		}
	}
}

// TestARefusedKeyIsNeverARefusedOrder at any step, in any words; and once the key is right, the order is opened.
func TestARefusedKeyIsNeverARefusedOrder(t *testing.T) {
	t.Parallel()
	for step, left := range map[string]func(*fakeYousign){ // how an earlier try left it, so that the step is taken
		creating: nil, uploading: nil, adding: nil, activating: nil,
		listing:     func(*fakeYousign) {},
		showing:     func(y *fakeYousign) { y.leave("draft", order().Token, nil) },
		documentsOf: func(y *fakeYousign) { y.leave("draft", order().Token, []int{2}) },
		signersOf:   func(y *fakeYousign) { y.leave("draft", order().Token, []int{2}, 0) },
	} {
		for _, status := range []int{401, 402, 403} {
			y, c := newFake(t)
			a := attempt{begun: left != nil}
			if left != nil {
				left(y)
			}
			y.faults = []*fault{{on: step, status: status, body: `{"type":"a.b","detail":"no"}`}}
			if _, err := a.open(context.Background(), c, order()); !errors.As(err, new(signing.Fault)) {
				t.Errorf("%s %d: got %v", step, status, err)
			}
			opened, err := a.open(context.Background(), c, order())
			if err != nil {
				t.Fatalf("%s %d: then %v", step, status, err)
			}
			requireOne(t, y, opened)
		}
	}
}

func TestTheGateIsAskedBeforeEachCallAndToldOfTheLimit(t *testing.T) {
	t.Parallel()
	y := &fakeYousign{t: t}
	server := httptest.NewServer(y.handler())
	t.Cleanup(server.Close)
	asked, reported := 0, []time.Duration{}
	var closed error
	c := yousign.New(signing.Config{
		Address: server.URL + "/v3", APIKey: key, Now: func() time.Time { return now },
		Gate:   func(context.Context) error { asked++; return closed },
		Report: func(_ context.Context, after time.Duration) { reported = append(reported, after) },
	})
	opened, err := c.Open(context.Background(), order(), signing.Progress{})
	if err != nil || asked != len(y.did()) || len(reported) != 0 {
		t.Fatalf("%d calls, asked %d times, reported %v, %v", len(y.did()), asked, reported, err)
	}
	y.faults = []*fault{{on: showing, status: 429, header: map[string]string{"Retry-After": "7"}}}
	if _, err := c.Look(context.Background(), opened.RequestID); kind(err) != "limited" || fmt.Sprint(reported) != "[7s]" {
		t.Errorf("got %v, reported %v", err, reported)
	}
	closed, y.calls = signing.Limited{After: time.Minute}, nil
	var limited signing.Limited
	_, err = c.Look(context.Background(), opened.RequestID)
	if !errors.As(err, &limited) || limited.After != time.Minute || len(y.did()) != 0 || len(reported) != 1 {
		t.Errorf("got %v after %v, reported %v", err, y.calls, reported)
	}
}
