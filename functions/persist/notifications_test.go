package persist

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/notifications"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (r *fixture) claims(id contract.ID, l contract.Notification) persistclient.Claim {
	r.t.Helper()
	c, err := r.function(access.SendMail).ClaimNotification(context.Background(), id, l)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// passes lets this while pass for a notification, as its row and the database's clock see it.
func (r *fixture) passes(id contract.ID, d time.Duration) {
	r.t.Helper()
	var rows int
	r.query(&rows, `WITH aged AS (UPDATE notifications SET lease_until = lease_until - $2::interval, next_try = next_try - $2::interval,
		handed_at = handed_at - $2::interval WHERE contract = $1 RETURNING 1) SELECT count(*) FROM aged`, string(id), d)
	if rows == 0 {
		r.t.Fatal("there is no notification for which time could pass")
	}
}

func (r *fixture) handsOver(id contract.ID, claim int) error {
	_, err := r.function(access.SendMail).HandOver(context.Background(), id, persistclient.Handover{Notification: invitation, Claim: claim})
	return err
}

// performs is what the owner asks for, of the contract as it stands.
func (r *fixture) performs(id contract.ID, w persistclient.Action) {
	r.t.Helper()
	w.Version = r.stands(id).Version
	if _, err := r.manager.Perform(context.Background(), id, w, persistclient.Idempotency{}); err != nil {
		r.t.Fatalf("%s: %v", w.Kind, err)
	}
}

func TestANotificationIsClaimedByOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	states := make([]persistclient.ClaimState, 8)
	var all sync.WaitGroup
	for i := range states {
		all.Go(func() {
			c, err := r.function(access.SendMail).ClaimNotification(context.Background(), v.ID, invitation)
			if err != nil {
				t.Error(err)
				return
			}
			if (c.State == persistclient.Yours) != (c.Link != "") {
				t.Errorf("%s, and its link is %q", c.State, c.Link)
			}
			if c.For <= 0 || c.For > notifications.Lease.Seconds() || c.Claim != 1 {
				t.Errorf("%s, claim %d for %f s", c.State, c.Claim, c.For)
			}
			states[i] = c.State
		})
	}
	all.Wait()
	yours := 0
	for _, s := range states {
		if s == persistclient.Yours {
			yours++
		} else if s != persistclient.Busy {
			t.Errorf("a claim is %q", s)
		}
	}
	var links int
	if r.query(&links, `SELECT count(*) FROM links`); yours != 1 || links != 1 {
		t.Errorf("%d claims were granted, %d links kept", yours, links)
	}
}

// failed is a failure of a claim of the invitation.
func failed(claim int, change func(*events.MailFailed)) events.MailFailed {
	f := events.MailFailed{Kind: invitation.Kind, Sequence: 1, Recipient: "s1", Cause: "mail.unauthorized", Ours: true, Claim: claim}
	if change != nil {
		change(&f)
	}
	return f
}

func unclearFor(seconds int) func(*events.MailFailed) {
	return func(f *events.MailFailed) {
		f.Cause, f.Ours, f.Unclear, f.RetryAfter = "mail.unclear", false, true, seconds
	}
}

var (
	invited    = events.MailSent{Kind: invitation.Kind, Sequence: 1, Recipient: "s1"}
	notInvited = events.MailRefused{Kind: invitation.Kind, Sequence: 1, Recipient: "s1", Reason: "no"}
)

// TestANotificationGoesFromClaimToClaimUntilItIsSent tells lives of a notification, step by step: what happens, and what a claim then
// says. Nothing that may have gone out is ever claimed again unless a person or the mail service says so.
func TestANotificationGoesFromClaimToClaimUntilItIsSent(t *testing.T) {
	t.Parallel()
	type step struct {
		name string
		do   func(r *fixture, id contract.ID)
		want persistclient.ClaimState
	}
	nothing := func(*fixture, contract.ID) {}
	lapses := func(r *fixture, id contract.ID) { r.passes(id, notifications.Lease) }
	receives := func(p events.Payload) func(*fixture, contract.ID) {
		return func(r *fixture, id contract.ID) { r.handles(id, p) }
	}
	actions := func(w persistclient.Action) func(*fixture, contract.ID) {
		return func(r *fixture, id contract.ID) { r.performs(id, w) }
	}
	marks := func(claim int) func(*fixture, contract.ID) {
		return func(r *fixture, id contract.ID) {
			if err := r.handsOver(id, claim); err != nil {
				r.t.Error(err)
			}
		}
	}
	passes := func(d time.Duration) func(*fixture, contract.ID) {
		return func(r *fixture, id contract.ID) { r.passes(id, d) }
	}
	again := actions(persistclient.Action{Kind: lifecycle.SendAgain, About: lifecycle.AboutNotification(invitation)})
	for name, life := range map[string][]step{
		"sent": {
			{"at first", nothing, persistclient.Yours}, {"while it is written", nothing, persistclient.Busy}, {"while it is handed over", marks(1), persistclient.Busy},
			{"when it was sent", receives(invited), persistclient.Sent}, {"much later", lapses, persistclient.Sent},
		},
		"its writer dies before it is handed over": {
			{"at first", nothing, persistclient.Yours}, {"when the writer died", lapses, persistclient.Yours}, {"while the second writes", nothing, persistclient.Busy},
		},
		"its writer dies after it was handed over": {
			{"at first", nothing, persistclient.Yours}, {"while it is handed over", marks(1), persistclient.Busy}, {"when the writer died", lapses, persistclient.Unclear},
			{"much later", lapses, persistclient.Unclear}, {"when that was told", receives(failed(1, unclearFor(0))), persistclient.Over}, {"much later still", lapses, persistclient.Over},
			{"when the owner tries again", actions(persistclient.Action{Kind: lifecycle.Retry}), persistclient.Unclear},
			{"when the owner wants it sent again", again, persistclient.Yours},
		},
		"the mail service is asked": {
			{"at first", nothing, persistclient.Yours}, {"handed over", marks(1), persistclient.Busy}, {"not answered", receives(failed(1, unclearFor(60))), persistclient.Waiting},
			{"a minute later", passes(time.Minute), persistclient.Unclear}, {"not found yet", receives(failed(1, unclearFor(120))), persistclient.Waiting},
			{"two minutes later", passes(2 * time.Minute), persistclient.Unclear}, {"it never had it", receives(failed(1, nil)), persistclient.Waiting},
			{"half a minute later", passes(time.Minute), persistclient.Yours}, {"found after all", receives(invited), persistclient.Sent},
		},
		"the settings are wrong": {
			{"at first", nothing, persistclient.Yours}, {"handed over", marks(1), persistclient.Busy}, {"refused", receives(failed(1, nil)), persistclient.Waiting},
			{"half a minute later", passes(time.Minute), persistclient.Yours}, {"refused again", receives(failed(2, nil)), persistclient.Waiting},
			{"the owner tries again", actions(persistclient.Action{Kind: lifecycle.Retry}), persistclient.Yours},
		},
		"it is refused": {
			{"at first", nothing, persistclient.Yours}, {"refused", receives(notInvited), persistclient.Over}, {"much later", lapses, persistclient.Over},
			{"when the owner tries again", actions(persistclient.Action{Kind: lifecycle.Retry}), persistclient.Yours}, {"while it is written", nothing, persistclient.Busy},
		},
		"it is refused, and wanted again": {
			{"at first", nothing, persistclient.Yours}, {"refused", receives(notInvited), persistclient.Over}, {"when the owner wants it sent again", again, persistclient.Yours},
		},
		"a claim that is over speaks late": {
			{"at first", nothing, persistclient.Yours}, {"it lapses", lapses, persistclient.Yours}, {"the second hands over", marks(2), persistclient.Busy},
			{"the first says that it failed", receives(failed(1, nil)), persistclient.Busy}, {"the second dies", lapses, persistclient.Unclear},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			v := r.sent()
			for _, s := range life {
				s.do(r, v.ID)
				if c := r.claims(v.ID, invitation); c.State != s.want {
					t.Errorf("%s: %s, want %s", s.name, c.State, s.want)
				}
			}
		})
	}
}

// Only the latest claim hands a notification over, for only it knows that nobody else does.
func TestOnlyTheLatestClaimHandsOver(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	first := r.claims(v.ID, invitation)
	r.passes(v.ID, notifications.Lease)
	second := r.claims(v.ID, invitation)
	if err := r.handsOver(v.ID, first.Claim); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("a claim that lapsed: %v", err)
	}
	for _, claim := range []int{0, second.Claim + 1} {
		if err := r.handsOver(v.ID, claim); !errors.Is(err, persistclient.ErrConflict) {
			t.Errorf("claim %d, which there is not: %v", claim, err)
		}
	}
	for range 2 { // the answer to the first may be lost
		if err := r.handsOver(v.ID, second.Claim); err != nil {
			t.Errorf("the latest claim: %v", err)
		}
	}
	r.handles(v.ID, invited)
	if err := r.handsOver(v.ID, second.Claim); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("what was sent: %v", err)
	}
}

// persist's own clock says nothing about a notification: it may be a day off.
func TestClaimsGoByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.claims(v.ID, invitation)
	r.clock.pass(24 * time.Hour)
	if c := r.claims(v.ID, invitation); c.State != persistclient.Busy || c.For > notifications.Lease.Seconds() {
		t.Errorf("a day ahead: %s for %f s", c.State, c.For)
	}
	r.handles(v.ID, failed(1, nil))
	r.clock.pass(-48 * time.Hour)
	if c := r.claims(v.ID, invitation); c.State != persistclient.Waiting || c.For > time.Minute.Seconds() {
		t.Errorf("a day behind: %s for %f s", c.State, c.For)
	}
	r.passes(v.ID, time.Minute)
	if c := r.claims(v.ID, invitation); c.State != persistclient.Yours {
		t.Errorf("when its wait is over: %s", c.State)
	}
}

func TestAClaimSaysWhomToWriteTo(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.ended(v.ID, contract.Signed)
	if c := r.claims(v.ID, invitation); c.Contact.Email != "Zoe@Example.org" || c.View.Title == "" || c.View.Token != "" {
		t.Errorf("the signer is %+v, the token %q", c.Contact, c.View.Token)
	}
	if c := r.claims(v.ID, contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: contract.ToOwner}); c.Contact.Email != "Manager@Example.org" || c.Link != "" {
		t.Errorf("the owner is %+v, with the link %q", c.Contact, c.Link)
	}
	_, err := r.function(access.SendMail).ClaimNotification(context.Background(), v.ID, contract.Notification{Kind: contract.Reminder, Sequence: 1, Recipient: "s1"})
	if !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a notification that nobody decided on: %v", err)
	}
}
