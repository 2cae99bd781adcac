package signing_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// leave puts a request into the service as an earlier attempt left it, with these places and signers (indexes of the
// order's people).
func (y *yousign) leave(status, token string, places []int, people ...int) *request {
	q := &request{ID: y.id("aaaa"), Status: status, Created: now.Add(-time.Hour + time.Duration(y.made)*time.Second),
		Body: map[string]any{"external_id": token, "ordered_signers": false}}
	for _, n := range places {
		q.Documents = append(q.Documents, document{ID: y.id("dddd"), Anchors: n, Bytes: order().Document})
	}
	for _, i := range people {
		p := order().People[i]
		q.Signers = append(q.Signers, &signer{ID: y.id("5555"), Status: "initiated",
			Body: map[string]any{"info": map[string]any{"email": strings.ToUpper(p.Email[:1]) + p.Email[1:], "phone_number": p.Phone}}})
	}
	y.all = append(y.all, q)
	return q
}

func TestOpenGoesOnWithWhatAnEarlierAttemptLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  string
		places  []int
		people  []int
		kept    bool // goes on with it; else it is thrown away and made anew
		uploads int
		adds    int
	}{
		"an empty draft":                {"draft", nil, nil, true, 1, 2},
		"a draft with the document":     {"draft", []int{2}, nil, true, 0, 2},
		"and the first signer":          {"draft", []int{2}, []int{0}, true, 0, 1},
		"and both signers":              {"draft", []int{2}, []int{0, 1}, true, 0, 0},
		"an active request":             {"ongoing", []int{2}, []int{0, 1}, true, 0, 0},
		"an active one, other order":    {"ongoing", []int{2}, []int{1, 0}, true, 0, 0},
		"the document twice":            {"draft", []int{2, 2}, nil, false, 1, 2},
		"a document with one place":     {"draft", []int{1}, nil, false, 1, 2},
		"the second signer first":       {"draft", []int{2}, []int{1}, false, 1, 3}, // who is in it is looked at last
		"a signer twice":                {"draft", []int{2}, []int{0, 0}, false, 1, 2},
		"three signers":                 {"draft", []int{2}, []int{0, 1, 1}, false, 1, 2},
		"signers before the document":   {"draft", nil, []int{0}, false, 1, 2},
		"a deleted request is not seen": {"deleted", []int{2}, []int{0, 1}, false, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, client := newYousign(t)
			left := y.leave(c.status, order().Token, c.places, c.people...)
			opened, err := client.Open(context.Background(), order(), begun)
			if err != nil {
				t.Fatal(err)
			}
			if kept := opened.RequestID == left.ID; kept != c.kept {
				t.Errorf("kept is %v, want %v", kept, c.kept)
			}
			if u, a := y.count(uploading), y.count(adding); u != c.uploads || a != c.adds {
				t.Errorf("%d uploads and %d signers, want %d and %d", u, a, c.uploads, c.adds)
			}
			q := y.living()[0]
			if len(y.living()) != 1 || q.Status != "ongoing" || len(q.Documents) != 1 || len(q.Signers) != 2 {
				t.Errorf("the service has %+v", y.living())
			}
		})
	}
}

func TestOpenFindsTheSignersOfAnActiveRequestByWhoTheyAre(t *testing.T) {
	t.Parallel()
	y, c := newYousign(t)
	left := y.leave("ongoing", order().Token, []int{2}, 1, 0)
	opened, err := c.Open(context.Background(), order(), begun)
	if err != nil || opened.Signers["s-ana"] != left.Signers[1].ID || opened.Signers["s-bob"] != left.Signers[0].ID {
		t.Errorf("got %v, %v", opened, err)
	}
}

func TestOpenTellsPeopleWithOneAddressApartByTheirPhones(t *testing.T) {
	t.Parallel()
	y, c := newYousign(t)
	o := order()
	o.People[1].Email = o.People[0].Email
	left := y.leave("ongoing", o.Token, []int{2}, 1, 0)
	left.Signers[0].Body["info"].(map[string]any)["email"] = o.People[0].Email
	opened, err := c.Open(context.Background(), o, begun)
	if err != nil || opened.Signers["s-ana"] != left.Signers[1].ID || opened.Signers["s-bob"] != left.Signers[0].ID {
		t.Errorf("got %v, %v", opened, err)
	}
}

// TestOpenRemovesDoubles: whatever else bears the token, one request is left, and it is the one that has come
// furthest.
func TestOpenRemovesDoubles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ first, second, kept string }{
		"two drafts":              {"draft", "draft", "00000001"},
		"a draft and an active":   {"draft", "ongoing", "00000003"},
		"a draft and a cancelled": {"draft", "canceled", "00000003"},
		"two active":              {"ongoing", "ongoing", "00000001"},
		"an active and a done":    {"ongoing", "done", "00000005"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, client := newYousign(t)
			for _, status := range []string{c.first, c.second} {
				if status == "draft" {
					y.leave(status, order().Token, []int{2})
				} else {
					y.leave(status, order().Token, []int{2}, 0, 1)
				}
			}
			opened, err := client.Open(context.Background(), order(), begun)
			if err != nil || !strings.HasPrefix(opened.RequestID, c.kept) {
				t.Fatalf("opened %v, %v; want %s", opened.RequestID, err, c.kept)
			}
			for _, q := range y.living() {
				if q.ID != opened.RequestID && q.Status != "canceled" {
					t.Errorf("request %s is still %s", q.ID, q.Status)
				}
			}
		})
	}
}

func TestOpenNeverTakesARequestOfAnotherToken(t *testing.T) {
	t.Parallel()
	y, c := newYousign(t)
	other := y.leave("ongoing", "p1.k1.other", []int{2}, 0, 1)
	y.faults = []*fault{{on: listing, status: 200,
		body: `{"meta":{"next_cursor":null},"data":[{"id":"` + other.ID + `","status":"ongoing","external_id":"p1.k1.other"}]}`}}
	opened, err := c.Open(context.Background(), order(), begun)
	if err != nil || opened.RequestID == other.ID || other.Status != "ongoing" {
		t.Errorf("got %v, %v; the other is %s", opened, err, other.Status)
	}
}

func TestOpenNeverActivatesMoreThanTheOrder(t *testing.T) {
	t.Parallel()
	y, c := newYousign(t)
	another := document{ID: "another", Anchors: 2, Bytes: order().Document}
	y.faults = []*fault{{on: showing, before: func() {
		y.do(func() { y.all[0].Documents = append(y.all[0].Documents, another) })
	}}}
	opened, err := c.Open(context.Background(), order(), begun)
	if err != nil {
		t.Fatal(err)
	}
	requireOne(t, y, opened)
}

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
			y, client := newYousign(t)
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

func TestOpenReplacesWhatWasActivatedWithTooMuchInIt(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"ongoing", "canceled"} {
		y, c := newYousign(t)
		y.leave(status, order().Token, []int{2}, 0, 1, 1)
		opened, err := c.Open(context.Background(), order(), begun)
		if err != nil {
			t.Fatal(err)
		}
		requireOne(t, y, opened)
	}
}

// TestOpenEndsAnActiveRequestOfOtherPeople before it says that it is none of this order: once that is said, nobody
// looks any more. What everyone signed, or what cannot be cancelled, is left to a person.
func TestOpenEndsAnActiveRequestOfOtherPeople(t *testing.T) {
	t.Parallel()
	for status, after := range map[string]string{"ongoing": "canceled", "done": "done", "paused": "paused"} {
		y, c := newYousign(t)
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

// TestOpenIsRejectedOnlyOnceNothingIsLeft: while the draft cannot be deleted, the refusal is told as an error that
// may pass, and the next try says it again.
func TestOpenIsRejectedOnlyOnceNothingIsLeft(t *testing.T) {
	t.Parallel()
	for _, on := range []string{deleting, showing} {
		for name, f := range map[string]fault{
			"500": {status: 500}, "401": {status: 401}, "broken": {times: 2}, "429": {status: 429}, "200 of a proxy": {status: 200, body: "<html>"},
		} {
			y, c := newYousign(t)
			f.on = on
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
	y, c := newYousign(t)
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
	y, c := newYousign(t)
	lost := errors.New("the lease is another's")
	p := signing.Progress{Note: func(context.Context, string) error { return lost }}
	if _, err := c.Open(context.Background(), order(), p); !errors.Is(err, lost) || len(y.calls) != 1 {
		t.Errorf("got %v after %v", err, y.calls)
	}
	p.Begun, y.calls = true, nil
	if _, err := c.Open(context.Background(), order(), p); !errors.Is(err, lost) || len(y.calls) != 1 {
		t.Errorf("found, got %v after %v", err, y.calls)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, c := newYousign(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Open(ctx, order(), begun); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
