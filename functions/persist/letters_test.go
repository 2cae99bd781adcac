package persist

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/record"
)

func (r *room) claims(id contract.ID, l contract.Letter) record.Claim {
	r.t.Helper()
	c, err := r.function(sendMail).ClaimLetter(context.Background(), id, l)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func TestALetterIsClaimedByOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	states := make([]record.ClaimState, 8)
	var all sync.WaitGroup
	for i := range states {
		all.Go(func() {
			c, err := r.function(sendMail).ClaimLetter(context.Background(), v.ID, invitation)
			if err != nil {
				t.Error(err)
				return
			}
			if (c.State == record.Yours) != (c.Link != "") {
				t.Errorf("%s, and its link is %q", c.State, c.Link)
			}
			if !c.Until.Equal(r.clock.now().Add(lease)) {
				t.Errorf("%s until %s", c.State, c.Until)
			}
			states[i] = c.State
		})
	}
	all.Wait()
	yours := 0
	for _, s := range states {
		if s == record.Yours {
			yours++
		} else if s != record.Taken {
			t.Errorf("a claim is %q", s)
		}
	}
	var links int
	if r.query(&links, `SELECT count(*) FROM links`); yours != 1 || links != 1 {
		t.Errorf("%d claims were granted, %d links kept", yours, links)
	}
}

func TestALetterGoesFromClaimToClaimUntilItIsSent(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	steps := []struct {
		name string
		do   func()
		want record.ClaimState
	}{
		{"at first", func() {}, record.Yours},
		{"while it is written", func() {}, record.Taken},
		{"when the writer died", func() { r.clock.pass(lease) }, record.Yours},
		{"when it was refused", func() {
			r.hears(v.ID, events.MailRefused{Letter: invitation.Name, Occasion: 1, Recipient: "s1", Reason: "no"})
		}, record.Finished},
		{"when the owner wants it tried again", func() {
			if _, err := r.manager.Grant(context.Background(), v.ID, record.Wish{Kind: lifecycle.Retry, Version: r.stands(v.ID).Version}, record.Idempotency{}); err != nil {
				t.Fatal(err)
			}
		}, record.Yours},
		{"when it was sent", func() { r.hears(v.ID, events.MailSent{Letter: invitation.Name, Occasion: 1, Recipient: "s1"}) }, record.Finished},
	}
	for _, s := range steps {
		s.do()
		if c := r.claims(v.ID, invitation); c.State != s.want {
			t.Errorf("%s: %s, want %s", s.name, c.State, s.want)
		}
	}
}

func TestAClaimSaysWhomToWriteTo(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	r.ended(v.ID, contract.Signed)
	if c := r.claims(v.ID, invitation); c.Contact.Email != "Zoe@Example.org" || c.View.Title == "" || c.View.Token != "" {
		t.Errorf("the signer is %+v, the token %q", c.Contact, c.View.Token)
	}
	if c := r.claims(v.ID, contract.Letter{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: contract.ToOwner}); c.Contact.Email != "Manager@Example.org" || c.Link != "" {
		t.Errorf("the owner is %+v, with the link %q", c.Contact, c.Link)
	}
	_, err := r.function(sendMail).ClaimLetter(context.Background(), v.ID, contract.Letter{Name: contract.Reminder, Occasion: 1, Recipient: "s1"})
	if !errors.Is(err, record.ErrNotFound) {
		t.Errorf("a letter that nobody decided on: %v", err)
	}
}

// TestALinkEndsAYearAfterItsContractWasCompleted, whatever is written to the contract meanwhile.
func TestALinkEndsAYearAfterItsContractWasCompleted(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	secret := digestOf([]byte(r.claims(v.ID, invitation).Link))
	r.clock.pass(300 * 24 * time.Hour) // what counts is the end, not the letter
	r.ended(v.ID, contract.Completed)
	admin := r.account(auth.Administrator, "admin@example.org")
	for _, row := range []struct {
		after time.Duration
		opens bool
	}{{364 * 24 * time.Hour, true}, {24*time.Hour + time.Minute, false}} {
		r.clock.pass(row.after)
		if _, err := admin.Contract(context.Background(), v.ID); err != nil { // is written down, and changes the contract
			t.Fatal(err)
		}
		if _, err := r.function(orchestrate).OpenLink(context.Background(), secret); row.opens != (err == nil) || !row.opens && !errors.Is(err, record.ErrNotFound) {
			t.Errorf("%s later: %v", row.after, err)
		}
	}
}

func TestALinkOpensItsContractUntilThatEndsWithoutASignature(t *testing.T) {
	t.Parallel()
	for status, opens := range map[contract.Status]bool{
		contract.Sent: true, contract.Signed: true, contract.Completed: true,
		contract.Declined: false, contract.Expired: false, contract.Cancelled: false,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			v := r.sent()
			secret := r.claims(v.ID, invitation).Link
			if status != contract.Sent {
				r.ended(v.ID, status)
			}
			link, err := r.function(orchestrate).OpenLink(context.Background(), digestOf([]byte(secret)))
			if opens != (err == nil) || opens && link != (record.Link{Contract: v.ID, Signer: "s1"}) || !opens && !errors.Is(err, record.ErrNotFound) {
				t.Errorf("%+v, %v", link, err)
			}
			if _, err := r.function(orchestrate).OpenLink(context.Background(), secret); !errors.Is(err, record.ErrNotFound) {
				t.Errorf("the secret itself is kept: %v", err)
			}
		})
	}
}

func TestALinkOpensAContractThatWasSignedAfterItsEnd(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	secret := r.claims(v.ID, invitation).Link
	r.ended(v.ID, contract.Cancelled)
	r.hears(v.ID, signedWithCopies())
	late := r.claims(v.ID, contract.Letter{Name: contract.LateSignature, Occasion: 1, Recipient: "s1"})
	for name, secret := range map[string]string{"the invitation's": secret, "the late letter's": late.Link} {
		if link, err := r.function(orchestrate).OpenLink(context.Background(), digestOf([]byte(secret))); err != nil || link.Signer != "s1" {
			t.Errorf("%s: %+v, %v", name, link, err)
		}
	}
}
