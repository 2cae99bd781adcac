package yousign_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// opened starts a service with the order open at it.
func opened(t *testing.T, ordered bool) (*fakeYousign, *yousign.Client, *request) {
	t.Helper()
	y, c := newFake(t)
	o := order()
	o.Ordered = ordered
	if _, err := c.Open(context.Background(), o, begun); err != nil {
		t.Fatal(err)
	}
	return y, c, y.living()[0]
}

func TestLookPutsStatusesIntoOurWords(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]events.SignatureState{
		"approval": events.SignatureOngoing, "ongoing": events.SignatureOngoing, "paused": events.SignatureOngoing,
		"done": events.SignatureDone, "declined": events.SignatureDeclined, "rejected": events.SignatureDeclined,
		"expired": events.SignatureExpired, "canceled": events.SignatureCancelled, "deleted": events.SignatureNone,
		"draft": "", "a status of tomorrow": "", "": "",
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			_, c, q := opened(t, false)
			q.Status = status
			a, err := c.Look(context.Background(), q.ID)
			if (err != nil) != (want == "") || a.State != want {
				t.Errorf("got %v, %v; want %v", a.State, err, want)
			}
			if notYet := errors.Is(err, signing.ErrNotReady); notYet != (status == "draft") {
				t.Errorf("it says later: %v", notYet)
			}
		})
	}
}

func TestLookPutsSignersIntoOurWords(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]contract.SignerState{
		"initiated": contract.Waiting, "notified": contract.Invited, "verified": contract.Invited,
		"processing": contract.Invited, "consent_given": contract.Invited, "signed": contract.HasSigned,
		"declined": contract.HasDeclined, "aborted": contract.CouldNotBeAsked, "error": contract.CouldNotBeAsked,
		"a status of tomorrow": contract.Invited,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			_, c, q := opened(t, false)
			q.Signers[0].Status, q.Signers[0].SignedAt = status, "2026-03-01T10:00:00+01:00"
			a, err := c.Look(context.Background(), q.ID)
			got := a.Signers[q.Signers[0].ID]
			if err != nil || got.State != want || got.SignedAt.Equal(now) != (want == contract.HasSigned) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
}

func TestLookAsksOnceWhileNobodyHasSigned(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	before := len(y.did())
	if _, err := c.Look(context.Background(), q.ID); err != nil || len(y.did()) != before+1 {
		t.Errorf("%d calls, %v", len(y.did())-before, err)
	}
}

// TestLookCallsAnErrorAFailure: Yousign cancels by itself when it gives a signer up; nobody withdrew that.
func TestLookCallsAnErrorAFailure(t *testing.T) {
	t.Parallel()
	_, c, q := opened(t, false)
	q.Status, q.Signers[1].Status = "canceled", "error"
	if a, err := c.Look(context.Background(), q.ID); err != nil || a.State != events.SignatureGivenUp {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestWhatTheServiceDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, c, q := opened(t, false)
	ctx := context.Background()
	ask := map[string]func(id string) error{
		"look":   func(id string) error { _, err := c.Look(ctx, id); return err },
		"link":   func(id string) error { _, err := c.Link(ctx, id, "x"); return err },
		"signer": func(string) error { _, err := c.Link(ctx, q.ID, "x"); return err },
		"copy":   func(id string) error { _, err := c.SignedCopy(ctx, id); return err },
		"proof":  func(id string) error { _, err := c.Proof(ctx, id); return err },
	}
	for name, one := range ask {
		for _, id := range []string{"00000000-0000-4000-8000-000000000000", "a/../b", "?x=1"} {
			if err := one(id); !errors.Is(err, signing.ErrUnknown) {
				t.Errorf("%s %s: got %v", name, id, err)
			}
		}
	}
}

func TestLimited(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"30": 30 * time.Second, "0": time.Second, "-5": time.Second, "999999999999": time.Hour, "": time.Minute,
		"soon": time.Minute, "9999999999999999999999": time.Minute,
		now.Add(90 * time.Second).Format("Mon, 02 Jan 2006 15:04:05 GMT"): 90 * time.Second,
		now.Add(-time.Hour).Format("Mon, 02 Jan 2006 15:04:05 GMT"):       time.Second,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			y, c, q := opened(t, false)
			y.faults = []*fault{{on: showing, status: 429, body: `{"message":"x"}`, header: map[string]string{"Retry-After": value}}}
			_, err := c.Look(context.Background(), q.ID)
			var limited signing.Limited
			if !errors.As(err, &limited) || limited.After != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	_, c, q := opened(t, true)
	ctx := context.Background()
	first, err := c.Link(ctx, q.ID, q.Signers[0].ID)
	again, errAgain := c.Link(ctx, q.ID, q.Signers[0].ID)
	if err != nil || errAgain != nil || first == again || !strings.HasPrefix(first, "https://yousign.app/") {
		t.Errorf("got %q, %v, then %q, %v", first, err, again, errAgain)
	}
	if _, err := c.Link(ctx, q.ID, q.Signers[1].ID); !errors.Is(err, signing.ErrNotReady) {
		t.Errorf("it is not the second signer's turn, yet: %v", err)
	}
}

func TestLinkThatNoBrowserMayFollow(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"signature_link":"javascript:alert(1)"}`, `{"signature_link":"//x"}`, `{"signature_link":"https://a:b@yousign.app/x"}`,
		`{"signature_link":"https://yousign.app/secret","signature_link_expiration_date":"2026-03-01T08:59:59Z"}`,
	} {
		y, c, q := opened(t, false)
		y.faults = []*fault{{on: "GET /v3/signature_requests/{id}/signers/{signer}", status: 200, body: answer}}
		link, err := c.Link(context.Background(), q.ID, q.Signers[0].ID)
		if err == nil || link != "" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %q, %v", answer, link, err)
		}
	}
}
