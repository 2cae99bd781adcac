package signing_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
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

func TestStatusesSayWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	for status, never := range map[int]bool{
		400: true, 401: true, 403: true, 405: true, 415: true, 422: true, 404: false, 408: false, 500: false, 502: false,
		503: false, 504: false, 300: false, 304: false,
	} {
		for _, body := range []string{"", `{"message":"x"}`, "<html>", "[1", `{"type":7}`, "\xff"} {
			y, c, q := opened(t, false)
			y.faults = []*fault{{on: showing, status: status, body: body}}
			if status == 304 {
				y.faults[0].body = "" // it has none
			}
			_, err := c.Look(context.Background(), q.ID)
			if rejected := errors.As(err, new(signing.Rejected)); err == nil || rejected != never {
				t.Errorf("%d %q: got %v", status, body, err)
			}
		}
	}
}
