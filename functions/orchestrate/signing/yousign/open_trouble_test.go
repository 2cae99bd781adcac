package yousign_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// leave puts a request into the service as an earlier attempt left it, with these places and signers (indexes of the
// order's people).
func (y *fakeYousign) leave(status, token string, places []int, people ...int) *request {
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
			y, client := newFake(t)
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
	y, c := newFake(t)
	left := y.leave("ongoing", order().Token, []int{2}, 1, 0)
	opened, err := c.Open(context.Background(), order(), begun)
	if err != nil || opened.Signers["s-ana"] != left.Signers[1].ID || opened.Signers["s-bob"] != left.Signers[0].ID {
		t.Errorf("got %v, %v", opened, err)
	}
}

func TestOpenTellsPeopleWithOneAddressApartByTheirPhones(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
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
			y, client := newFake(t)
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
	y, c := newFake(t)
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
	for name, spoil := range map[string]func(*request){ // in the moment in which it is activated
		"a document": func(q *request) {
			q.Documents = append(q.Documents, document{ID: "x", Anchors: 2, Bytes: order().Document})
		},
		"a signer": func(q *request) {
			q.Signers = append(q.Signers, &signer{ID: "x", Status: "initiated", Body: q.Signers[0].Body})
		},
	} {
		for _, begun := range []bool{true, false} {
			y, c := newFake(t)
			y.faults = []*fault{{on: activating, before: func() { y.do(func() { spoil(y.all[0]) }) }}}
			a := attempt{begun: begun}
			opened, err := a.open(context.Background(), c, order())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			requireOne(t, y, opened)
			if a.id != opened.RequestID {
				t.Errorf("%s: %s was noted", name, a.id)
			}
		}
	}
}

func TestOpenReplacesWhatWasActivatedWithTooMuchInIt(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"ongoing", "canceled"} {
		y, c := newFake(t)
		y.leave(status, order().Token, []int{2}, 0, 1, 1)
		opened, err := c.Open(context.Background(), order(), begun)
		if err != nil {
			t.Fatal(err)
		}
		requireOne(t, y, opened)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, c := newFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Open(ctx, order(), begun); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
