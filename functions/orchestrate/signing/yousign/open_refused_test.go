package yousign_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// TestOpenRejected: what the service will never take says so in field names, and leaves no draft behind.
func TestOpenRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*signing.Order)
		want   signing.Rejected
	}{
		"no place for the second signer": {func(o *signing.Order) { o.Document = []byte("%PDF-1.7 {{s1|signature|85|37}}") },
			signing.Rejected{Type: "paraphe.anchors", Detail: "1 signature places were found for 2 signers"}},
		"a place too many": {func(o *signing.Order) { o.Document = append(o.Document, "{{s3|signature|85|37}}"...) },
			signing.Rejected{Type: "paraphe.anchors", Detail: "3 signature places were found for 2 signers"}},
		"a name with a dot": {func(o *signing.Order) { o.People[1].FirstName = "B.ob" },
			signing.Rejected{Status: 400, Type: "validation.error", Detail: "info"}},
		"a deadline that passed": {func(o *signing.Order) { o.Deadline = now.AddDate(0, 0, -2) },
			signing.Rejected{Status: 400, Type: "validation.error", Detail: "expiration_date"}},
		"a token out of its alphabet": {func(o *signing.Order) { o.Token += "=" },
			signing.Rejected{Status: 400, Type: "validation.error", Detail: "external_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, client := newFake(t)
			o := order()
			c.change(&o)
			_, err := client.Open(context.Background(), o, begun)
			var got signing.Rejected
			if !errors.As(err, &got) || got != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(y.living()) != 0 {
				t.Errorf("the service still has %d requests", len(y.living()))
			}
			if strings.Contains(err.Error(), "Martin") {
				t.Errorf("the error quotes the service: %v", err)
			}
		})
	}
}

// TestOpenIsRejectedOnlyOnceNothingIsLeft: while the draft cannot be deleted, the refusal is told as an error that
// may pass, and the next try says it again.
func TestOpenIsRejectedOnlyOnceNothingIsLeft(t *testing.T) {
	t.Parallel()
	for _, on := range []string{deleting, showing} {
		for name, f := range map[string]fault{
			"500": {status: 500}, "401": {status: 401}, "broken": {}, "429": {status: 429}, "200 of a proxy": {status: 200, body: "<html>"},
		} {
			y, c := newFake(t)
			f.on, f.times = on, 99
			y.faults = []*fault{&f}
			o := order()
			o.Document = []byte("%PDF-1.7 {{s1|signature|85|37}}")
			var a attempt
			_, err := a.open(context.Background(), c, o)
			if err == nil || errors.As(err, new(signing.Rejected)) || len(y.living()) != 1 {
				t.Errorf("%s %s: got %v with %d left", on, name, err, len(y.living()))
			}
			y.faults = nil
			var rejected signing.Rejected
			for range 2 { // the first makes it anew: what is in the draft is not believed
				_, err = a.open(context.Background(), c, o)
			}
			if !errors.As(err, &rejected) || rejected.Type != "paraphe.anchors" || len(y.living()) != 0 {
				t.Errorf("%s %s: then %v with %d left", on, name, err, len(y.living()))
			}
		}
	}
}

// TestOpenOfARequestThatTheKeyDoesNotSee makes nothing instead: it may be there, in another workspace.
func TestOpenOfARequestThatTheKeyDoesNotSee(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	p := signing.Progress{RequestID: "00000000-0000-4000-8000-000000000000", Begun: true}
	if _, err := c.Open(context.Background(), order(), p); !errors.Is(err, signing.ErrUnknown) || len(y.living()) != 0 {
		t.Errorf("got %v with %d made", err, len(y.living()))
	}
	other := y.leave("draft", "p1.k1.other", nil)
	p.RequestID = other.ID
	if _, err := c.Open(context.Background(), order(), p); err == nil || errors.As(err, new(signing.Rejected)) || len(other.Documents) != 0 {
		t.Errorf("one of another token: %v, %d documents", err, len(other.Documents))
	}
}

// TestOpenEndsWhenNotingFails: without a note, the next try could not know what this one has made.
func TestOpenEndsWhenNotingFails(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	lost := errors.New("the lease is another's")
	p := signing.Progress{Note: func(context.Context, string) error { return lost }}
	if _, err := c.Open(context.Background(), order(), p); !errors.Is(err, lost) || len(y.did()) != 1 {
		t.Errorf("got %v after %v", err, y.did())
	}
	p.Begun, y.calls = true, nil
	if _, err := c.Open(context.Background(), order(), p); !errors.Is(err, lost) || len(y.did()) != 1 {
		t.Errorf("found, got %v after %v", err, y.did())
	}
}

// TestOpenEndsAnActiveRequestOfOtherPeople before it says that it is none of this order: once that is said, nobody
// looks any more. What everyone signed, or what cannot be cancelled, is left to a person.
func TestOpenEndsAnActiveRequestOfOtherPeople(t *testing.T) {
	t.Parallel()
	for status, after := range map[string]string{"ongoing": "canceled", "done": "done", "paused": "paused"} {
		y, c := newFake(t)
		left := y.leave(status, order().Token, []int{2}, 0, 0)
		var rejected signing.Rejected
		_, err := c.Open(context.Background(), order(), begun)
		if settled := errors.As(err, &rejected) && rejected.Type == "paraphe.mismatch"; err == nil || settled != (after == "canceled") {
			t.Errorf("%s: got %v", status, err)
		}
		if left.Status != after || len(y.living()) != 1 {
			t.Errorf("%s: it is %s, one of %d", status, left.Status, len(y.living()))
		}
	}
}

// TestOpenBelievesItsMemoryOnlyOfWhatItKnows: somebody else put another signer in the place of one that this process
// had added.
func TestOpenBelievesItsMemoryOnlyOfWhatItKnows(t *testing.T) {
	t.Parallel()
	for _, acted := range []bool{true, false} {
		y, c := newFake(t)
		y.faults = []*fault{{on: activating, status: 429, after: acted}}
		var a attempt
		if _, err := a.open(context.Background(), c, order()); kind(err) != "limited" {
			t.Fatal(err)
		}
		left := y.living()[0]
		left.Signers[1] = &signer{ID: "x", Status: "initiated", Body: left.Signers[0].Body}
		opened, err := a.open(context.Background(), c, order())
		switch {
		case acted && (kind(err) != "rejected" || left.Status != "canceled"):
			t.Errorf("active, it became %s: %v", left.Status, err)
		case !acted && (err != nil || left.Status != "deleted"):
			t.Errorf("a draft, it became %s: %v", left.Status, err)
		case !acted:
			requireOne(t, y, opened)
		}
	}
}
