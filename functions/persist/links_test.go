package persist

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestALinkEndsAYearAfterItsContractWasCompleted, whatever is written to the contract meanwhile.
func TestALinkEndsAYearAfterItsContractWasCompleted(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	secret := history.Digest([]byte(r.claims(v.ID, invitation).Link))
	r.clock.pass(300 * 24 * time.Hour) // what counts is the end, not the notification
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
		if _, err := r.function(access.Orchestrate).OpenLink(context.Background(), secret, somewhere); row.opens != (err == nil) || !row.opens && !errors.Is(err, persistclient.ErrNotFound) {
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
			r := newFixture(t)
			v := r.sent()
			secret := r.claims(v.ID, invitation).Link
			if status != contract.Sent {
				r.ended(v.ID, status)
			}
			link, err := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(secret)), somewhere)
			if opens != (err == nil) || opens && link != (persistclient.Link{Contract: v.ID, Signer: "s1"}) || !opens && !errors.Is(err, persistclient.ErrNotFound) {
				t.Errorf("%+v, %v", link, err)
			}
			if _, err := r.function(access.Orchestrate).OpenLink(context.Background(), secret, somewhere); !errors.Is(err, persistclient.ErrNotFound) {
				t.Errorf("the secret itself is kept: %v", err)
			}
		})
	}
}

func TestALinkOpensAContractThatWasSignedAfterItsEnd(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	secret := r.claims(v.ID, invitation).Link
	r.ended(v.ID, contract.Cancelled)
	r.handles(v.ID, persistsamples.SignedWithCopies())
	late := r.claims(v.ID, contract.Notification{Kind: contract.LateSignature, Sequence: 1, Recipient: "s1"})
	for name, secret := range map[string]string{"the invitation's": secret, "the late notification's": late.Link} {
		if link, err := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(secret)), somewhere); err != nil || link.Signer != "s1" {
			t.Errorf("%s: %+v, %v", name, link, err)
		}
	}
}
