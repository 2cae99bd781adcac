package yousign_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
)

func TestWithdrawInEveryState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  string
		after   string
		want    events.SignatureState // "": an error, and it stays as it is
		cancels int
		calls   int
	}{
		{"draft", "deleted", events.SignatureNone, 0, 2},
		{"approval", "canceled", events.SignatureCancelled, 1, 2},
		{"ongoing", "canceled", events.SignatureCancelled, 1, 2},
		{"paused", "paused", "", 1, 3}, // the service takes no cancel then
		{"done", "done", events.SignatureDone, 0, 1},
		{"declined", "declined", events.SignatureDeclined, 0, 1},
		{"rejected", "rejected", events.SignatureDeclined, 0, 1},
		{"expired", "expired", events.SignatureExpired, 0, 1},
		{"canceled", "canceled", events.SignatureCancelled, 0, 1},
		{"deleted", "deleted", events.SignatureNone, 0, 2},
		{"a status of tomorrow", "a status of tomorrow", "", 0, 1},
	} {
		t.Run(c.status, func(t *testing.T) {
			t.Parallel()
			y, client, q := opened(t, false)
			q.Status, y.calls = c.status, nil
			a, err := client.Withdraw(context.Background(), order().Token, q.ID, strings.Repeat("é", 600))
			if (err != nil) != (c.want == "") || a.State != c.want {
				t.Errorf("got %v, %v; want %v", a.State, err, c.want)
			}
			if q.Status != c.after || y.count(cancelling) != c.cancels || len(y.did()) != c.calls {
				t.Errorf("it is %s after the calls %v", q.Status, y.did())
			}
			if a.Deleted != (c.after == "deleted") {
				t.Errorf("it says deleted: %v", a.Deleted)
			}
			if there := c.want != "" && c.want != events.SignatureNone; there != (a.RequestID == q.ID) {
				t.Errorf("it tells of request %q", a.RequestID)
			}
		})
	}
}

// TestWithdrawBelievesOnlyWhatItIsTold lets each call answer what says nothing about the request. It stays as it is,
// and the caller receives an error of the right kind.
func TestWithdrawBelievesOnlyWhatItIsTold(t *testing.T) {
	t.Parallel()
	own := func(kind string) string { return `{"type":"` + kind + `","detail":"no"}` }
	for _, status := range []string{"ongoing", "draft"} {
		for _, on := range []string{listing, cancelling, deleting} {
			for name, f := range map[string]fault{
				"401": {status: 401, body: own("about:blank")}, "403": {status: 403, body: own("about:blank")},
				"404": {status: 404, body: own("resource.not_found")}, "400": {status: 400, body: own("a.b")},
				"404 of a proxy": {status: 404, body: "<html>"}, "200 of a proxy": {status: 200, body: "<html>"},
				"500": {status: 500, body: own("about:blank")}, "broken": {times: 2}, "{}": {status: 200, body: "{}"},
				"null": {status: 200, body: `{"meta":{"next_cursor":null},"data":null}`},
				"half": {status: 200, body: `{"data":[]}`}, "no id": {status: 200, body: `{"meta":{},"data":[{}]}`},
				"without end": {status: 200, body: `{"meta":{"next_cursor":"x"},"data":[]}`, times: 60},
				"another":     {status: 201, body: `{"id":"another","status":"canceled"}`},
				"goes on":     {status: 201, body: `{"id":"00000001-aaaa-4f2e-9a77-2f0c1d3e4f55","status":"ongoing"}`},
			} {
				y, c, q := opened(t, false)
				q.Status, f.on = status, on
				y.faults = []*fault{&f}
				a, err := c.Withdraw(context.Background(), order().Token, q.ID, "")
				struck := on == listing || (on == cancelling) == (status == "ongoing")
				if struck && (err == nil || a.State != "" || q.Status != status) {
					t.Errorf("%s %s %s: got %v, %v; it is %s", status, on, name, a, err, q.Status)
				}
			}
		}
	}
}

// TestWithdrawFindsWhatNobodyNoted: the answers of two creations were lost, and one was activated.
func TestWithdrawFindsWhatNobodyNoted(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	draft := y.leave("draft", order().Token, nil)
	active := y.leave("ongoing", order().Token, []int{2}, 0, 1)
	other := y.leave("ongoing", "p1.k1.other", []int{2}, 0, 1)
	a, err := c.Withdraw(context.Background(), order().Token, "", "withdrawn")
	if err != nil || a.State != events.SignatureCancelled || a.RequestID != active.ID {
		t.Errorf("got %v, %v", a, err)
	}
	if draft.Status != "deleted" || active.Status != "canceled" || other.Status != "ongoing" {
		t.Errorf("they are %s, %s, %s", draft.Status, active.Status, other.Status)
	}
	again, err := c.Withdraw(context.Background(), order().Token, "", "withdrawn")
	if err != nil || again.State != events.SignatureCancelled {
		t.Errorf("the second time: %v, %v", again, err)
	}
}

func TestWithdrawReachesWhatTheListDoesNotShowYet(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	y.lag = 1
	a, err := c.Withdraw(context.Background(), order().Token, q.ID, "")
	if err != nil || a.State != events.SignatureCancelled || q.Status != "canceled" {
		t.Errorf("got %v, %v; it is %s", a, err, q.Status)
	}
	if a, err := c.Withdraw(context.Background(), "p1.k1.never", "", ""); err != nil || a.State != events.SignatureNone {
		t.Errorf("what never was there: %v, %v", a, err)
	}
	if _, err := c.Withdraw(context.Background(), "", "", ""); err == nil {
		t.Error("without a token, everything that has none would be withdrawn")
	}
}

func TestWithdrawFollowsTheListToItsEnd(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	y.page = 1
	first := y.leave("ongoing", order().Token, []int{2}, 0, 1)
	y.leave("draft", order().Token, nil)
	if a, err := c.Withdraw(context.Background(), order().Token, "", ""); err != nil || a.State != events.SignatureCancelled {
		t.Errorf("got %v, %v", a, err)
	}
	if first.Status != "canceled" {
		t.Errorf("the one on the second page is %s", first.Status)
	}
}

// TestWithdrawWhileItChanges: what is refused because it changed in this moment is looked at again.
func TestWithdrawWhileItChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, on, to string
		after        string
		want         events.SignatureState
	}{
		{"ongoing", cancelling, "done", "done", events.SignatureDone},
		{"ongoing", cancelling, "declined", "declined", events.SignatureDeclined},
		{"ongoing", cancelling, "expired", "expired", events.SignatureExpired},
		{"draft", deleting, "ongoing", "canceled", events.SignatureCancelled},
	} {
		y, client, q := opened(t, false)
		q.Status = c.from
		y.faults = []*fault{{on: c.on, before: func() { y.do(func() { q.Status = c.to }) }}}
		a, err := client.Withdraw(context.Background(), order().Token, q.ID, "")
		if err != nil || a.State != c.want || q.Status != c.after {
			t.Errorf("%s to %s: got %v, %v; it is %s", c.from, c.to, a.State, err, q.Status)
		}
	}
}

func TestWithdrawSaysWhoSignedBeforeItWasDone(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	y.do(func() { y.sign(q, q.Signers[0]); y.sign(q, q.Signers[1]) })
	surplus := y.leave("ongoing", order().Token, []int{2}, 0, 1)
	a, err := c.Withdraw(context.Background(), order().Token, surplus.ID, "")
	if err != nil || a.State != events.SignatureDone || a.RequestID != q.ID || !a.Signers[q.Signers[1].ID].SignedAt.Equal(now) {
		t.Errorf("got %+v, %v", a, err)
	}
	if surplus.Status != "canceled" {
		t.Errorf("the other is %s", surplus.Status)
	}
}

// TestWithdrawOfWhatTheKeyDoesNotSee is no refusal and no error: it is worth something only together with Sees.
func TestWithdrawOfWhatTheKeyDoesNotSee(t *testing.T) {
	t.Parallel()
	_, c := newFake(t)
	a, err := c.Withdraw(context.Background(), order().Token, "00000000-0000-4000-8000-000000000000", "")
	if err != nil || a.State != events.SignatureNone || a.RequestID != "" || a.Deleted {
		t.Errorf("got %v, %v", a, err)
	}
	saw, err := c.Sees(context.Background(), func(string) bool { return true })
	if err != nil || saw {
		t.Errorf("it sees %v, %v", saw, err)
	}
}

func TestSeesAndList(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	y.page = 2
	for i, status := range []string{"draft", "ongoing", "canceled", "deleted", "done"} {
		y.leave(status, []string{"ours", "", "theirs"}[i%3], nil)
	}
	mine := func(id string) bool { return id == "ours" }
	if saw, err := c.Sees(context.Background(), mine); err != nil || !saw {
		t.Errorf("it sees %v, %v", saw, err)
	}
	if saw, err := c.Sees(context.Background(), func(id string) bool { return id == "" }); err != nil || saw {
		t.Errorf("of those without an id it sees %v, %v", saw, err)
	}
	var all []signing.Listed
	for cursor, pages := "", 1; ; pages++ {
		page, next, err := c.List(context.Background(), cursor)
		if all = append(all, page...); err != nil || pages > 3 {
			t.Fatalf("%d pages, %v", pages, err)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	var output []string
	for _, l := range all {
		output = append(output, l.Status+"="+string(l.State))
	}
	if got := strings.Join(output, " "); got != "done=done canceled=cancelled ongoing=ongoing draft=" || !all[0].Created.Equal(y.all[4].Created) {
		t.Errorf("it lists %s", got)
	}
	y.faults = []*fault{{on: listing, status: 401, times: 2}}
	_, errSees := c.Sees(context.Background(), mine)
	_, _, errList := c.List(context.Background(), "")
	if !errors.As(errSees, new(signing.Fault)) || !errors.As(errList, new(signing.Fault)) {
		t.Errorf("with a key that is not accepted: %v, %v", errSees, errList)
	}
}
