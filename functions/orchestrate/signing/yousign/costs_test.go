package yousign_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
)

// orderFor is an order of this many people.
func orderFor(people int) signing.Order {
	o := order()
	o.People, o.Document = nil, []byte("%PDF-1.7\n")
	for i := range people {
		o.Document = fmt.Appendf(o.Document, "{{s%d|signature|180|78}}", i+1)
		o.People = append(o.People, signing.Signatory{
			ID: fmt.Sprintf("s-%d", i), FirstName: "Ana", LastName: "Martin", Locale: "fr",
			Email: fmt.Sprintf("ana%d@example.org", i), Phone: fmt.Sprintf("+3360000000%d", i),
		})
	}
	return o
}

// TestWhatAContractCosts counts the calls of a contract's whole way, with a link for each signer and a look after each
// signature: the service allows a new account 60 a minute.
func TestWhatAContractCosts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for people, want := range map[int]int{1: 9, 2: 13, 5: 25} {
		y, c := newFake(t)
		o := orderFor(people)
		var a attempt
		opened, err := a.open(ctx, c, o)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(y.did()); n != 3+people {
			t.Errorf("%d people: opening took the calls %v", people, y.did())
		}
		q := y.living()[0]
		for i, s := range q.Signers {
			if _, err := c.Link(ctx, opened.RequestID, opened.Signers[o.People[i].ID]); err != nil {
				t.Fatal(err)
			}
			y.do(func() { y.sign(q, s) })
			if a, err := c.Look(ctx, opened.RequestID); err != nil || len(a.Signers) != people || (a.State == events.SignatureDone) != (i == people-1) {
				t.Fatalf("after signature %d: %v, %v", i, a, err)
			}
		}
		_, errCopy := c.SignedCopy(ctx, opened.RequestID)
		_, errProof := c.Proof(ctx, opened.RequestID)
		if errCopy != nil || errProof != nil || len(y.did()) != want {
			t.Errorf("%d people: %v, %v, %d calls, want %d: %v", people, errCopy, errProof, len(y.did()), want, y.did())
		}
	}
}

// TestAServiceThatIsDownCosts two calls a try, and one that takes no activation a few more.
func TestAServiceThatIsDownCosts(t *testing.T) {
	t.Parallel()
	for on, want := range map[string]int{showing: 2, signersOf: 8, activating: 9} {
		y, c := newFake(t)
		left := y.leave("draft", order().Token, []int{2}, 0, 1)
		y.faults = []*fault{{on: on, status: 500, times: 99}}
		a := attempt{id: left.ID, begun: true}
		if _, err := a.open(context.Background(), c, order()); err == nil || len(y.did()) != want {
			t.Errorf("%s: %v after %v", on, err, y.did())
		}
	}
}

// TestGoingOnWhereOneLeftOffCosts less in the process that left off: it looks only at the request.
func TestGoingOnWhereOneLeftOffCosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault
		want string
	}{
		"after the document":   {fault{on: adding, status: 429}, showing + ", " + adding + ", " + adding + ", " + activating},
		"after a signer":       {fault{on: adding, skip: 1, status: 429}, showing + ", " + adding + ", " + activating},
		"before it is active":  {fault{on: activating, status: 429}, showing + ", " + activating},
		"after it was active":  {fault{on: activating, status: 429, after: true}, showing},
		"a signer not told of": {fault{on: adding, status: 429, after: true}, showing + ", " + adding + ", " + signersOf + ", " + activating},
	} {
		y, client := newFake(t)
		y.faults = []*fault{&c.fault}
		var a attempt
		if _, err := a.open(context.Background(), client, order()); kind(err) != "limited" {
			t.Fatalf("%s: %v", name, err)
		}
		before := len(y.did())
		opened, err := a.open(context.Background(), client, order())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		requireOne(t, y, opened)
		if got := strings.Join(y.did()[before:], ", "); got != c.want {
			t.Errorf("%s: it took %s", name, got)
		}
	}
}

// TestAnActivationThatCameFirstCosts no search: what was activated is noted.
func TestAnActivationThatCameFirstCosts(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	y.faults = []*fault{{on: activating, before: func() { y.do(func() { y.all[0].Status = "ongoing" }) }}}
	var a attempt
	opened, err := a.open(context.Background(), c, order())
	if err != nil {
		t.Fatal(err)
	}
	requireOne(t, y, opened)
	if n := y.count(listing); n != 0 || y.count(showing) != 2 {
		t.Errorf("it took %v", y.did())
	}
}

// TestWhatGoingOnCosts: one look at a noted request says what is next, and one more looks into what an earlier try
// had put there.
func TestWhatGoingOnCosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status string
		places []int
		people []int
		want   []string
	}{
		"an empty draft":            {"draft", nil, nil, []string{showing, uploading, adding, adding, activating}},
		"a draft with the document": {"draft", []int{2}, nil, []string{showing, documentsOf, adding, adding, activating}},
		"and the first signer":      {"draft", []int{2}, []int{0}, []string{showing, adding, signersOf, activating}},
		"and both signers":          {"draft", []int{2}, []int{0, 1}, []string{showing, signersOf, activating}},
		"an active request":         {"ongoing", []int{2}, []int{0, 1}, []string{showing, signersOf}},
		"one that ended":            {"canceled", []int{2}, []int{0, 1}, []string{showing, signersOf}},
		"a deleted one":             {"deleted", []int{2}, []int{0, 1}, []string{showing, listing, creating, uploading, adding, adding, listing, activating}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, client := newFake(t)
			left := y.leave(c.status, order().Token, c.places, c.people...)
			a := attempt{id: left.ID, begun: true}
			opened, err := a.open(context.Background(), client, order())
			if err != nil || a.id != opened.RequestID || (opened.RequestID == left.ID) != (c.status != "deleted") {
				t.Errorf("opened %s, noted %s, left %s, %v", opened.RequestID, a.id, left.ID, err)
			}
			if got, want := strings.Join(y.calls, ", "), strings.Join(c.want, ", "); got != want {
				t.Errorf("it took\n%s, want\n%s", got, want)
			}
		})
	}
}
