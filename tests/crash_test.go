package tests

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/scenario"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// long are the acts after which no process ends here, but by `make crash`.
var long = []string{
	"orchestrate.request-deleted", "persist.dead-letter-kept", // something outside must go wrong: see troubles
	"send-mail.notification-marked", // what the mail service turns out not to have goes out half a minute later
}

// Every process ends, as by kill -9, after every act that others see or that is on record, the first time that it comes
// to it; whatever way the contracts take, they come to the same ends. `make crash` tries each moment by itself, and more.
func TestProcessesThatEndAfterEveryActLoseNothing(t *testing.T) {
	t.Parallel()
	began, all := time.Now(), acts(t)
	a := openHurried(t)
	for _, p := range all {
		if !slices.Contains(long, p) {
			a.arm(t, p)
		}
	}
	ctx := within(t)
	first := patient(reporter(a.Stack, 0))
	if err := first.UpTo(ctx, scenario.LoggedIn); err != nil {
		t.Fatal(err)
	}
	for n, end := range endings {
		if err := play(ctx, a, first, n, end); err != nil {
			t.Error(err)
		}
	}
	rest(ctx, t, a.Stack)
	audited(t, a.Stack)
	for _, p := range all {
		if a.met(p) == slices.Contains(long, p) {
			t.Errorf("%s: a process has ended there: %v", p, a.met(p))
		}
	}
	t.Logf("%d of %d points, at rest after %s", len(all)-len(long), len(all), time.Since(began).Round(100*time.Millisecond))
}

// endings are all the ways in which a scenario ends.
var endings = []scenario.Ending{scenario.BySigning, scenario.ByDeclining, scenario.ByCancelling, scenario.ByCancellingEarly}

// play plays the n-th scenario of a manager who has logged in.
func play(ctx context.Context, a *armed, manager *scenario.Run, n int, end scenario.Ending) error {
	fact := manager.Next(reporter(a.Stack, n).Signer)
	fact.Ends = end
	if _, err := fact.Play(ctx); err != nil {
		return fmt.Errorf("story %d, which ends %q: %w", n, end, err)
	}
	return nil
}

// troubles are what only happens where something outside goes wrong. Each plays one contract.
var troubles = map[string]func(context.Context, *armed, *scenario.Run) error{
	"drafts are left at the service": func(ctx context.Context, a *armed, fact *scenario.Run) error {
		failing := a.Yousign().Faults().Set(faults.Plan{API: faults.APIFaults{Fails: 1, Only: "/documents"}})
		if err := errors.Join(failing, fact.UpTo(ctx, scenario.Sent)); err != nil {
			return err
		}
		drafted := func() bool {
			held, err := a.Yousign().Holds()
			return err == nil && slices.ContainsFunc(held, func(h fakeyousign.Held) bool { return h.Status == "draft" })
		}
		if err := scenario.Await(ctx, drafted); err != nil {
			return err
		}
		return errors.Join(fact.Do(ctx, "cancel"), a.Yousign().Faults().Set(faults.Plan{}), becomes(ctx, fact, "cancelled"))
	},
	"keys are not accepted for a moment": func(ctx context.Context, a *armed, fact *scenario.Run) error {
		revoked := a.Yousign().Faults().Set(faults.Plan{API: faults.APIFaults{Unauthorized: 1, Times: 3}})
		a.Mailbox().Misbehave(mailbox.Faults{Next: []mailbox.Fault{mailbox.Revoked}})
		_, err := fact.Play(ctx)
		return errors.Join(revoked, err, a.Yousign().Faults().Set(faults.Plan{}))
	},
	"an address is dead": correctAddress,
}

// correctAddress plays a contract whose signer's address does not exist, with everything that a person may do about it.
func correctAddress(ctx context.Context, a *armed, fact *scenario.Run) error {
	a.Mailbox().Misbehave(mailbox.Faults{Refused: []string{fact.Signer.Email}})
	defer a.Mailbox().Misbehave(mailbox.Faults{})
	if err := fact.UpTo(ctx, scenario.Sent); err != nil {
		return err
	}
	about := ""
	for _, tries := range []func() error{
		func() error { return fact.Do(ctx, "retry") },
		func() error {
			return fact.Request(ctx, http.MethodPost, "send-again", map[string]string{"about": about})
		},
		func() error {
			return fact.Request(ctx, http.MethodPost, "set-aside", map[string]string{"about": about, "reason": "it is wrong"})
		},
	} {
		refused := func() bool {
			c, err := fact.Current(ctx)
			if err != nil || len(c.Troubles) == 0 {
				return false
			}
			about = c.Troubles[0].About
			return true
		}
		if err := scenario.Await(ctx, refused); err != nil {
			return errors.New("a dead address is not shown")
		}
		if err := tries(); err != nil {
			return err
		}
	}
	fact.Signer.Email = "right." + fact.Signer.Email
	signer := about[strings.LastIndex(about, "/")+1:]
	if err := fact.Request(ctx, http.MethodPatch, "signers/"+signer, map[string]string{"email": fact.Signer.Email}); err != nil {
		return err
	}
	_, err := fact.Play(ctx)
	return err
}

func becomes(ctx context.Context, fact *scenario.Run, status string) error {
	var c scenario.Contract
	err := scenario.Await(ctx, func() bool {
		var err error
		c, err = fact.Current(ctx)
		return err == nil && c.Status == status
	})
	if err != nil {
		return fmt.Errorf("it does not become %s: %+v", status, c)
	}
	return nil
}

// malformed lets orchestrate, by a stolen key, say what send-mail cannot read: it comes to persist as a dead letter.
func malformed(t *testing.T, o *devstack.Stack) error {
	t.Helper()
	e := events.Event{ID: rand.Text(), Source: "orchestrate", Subject: contract.ID(strings.Repeat("a", 26)), Time: time.Now(), Payload: misfit{7}}
	if got := carry(t, o.Run.Broker, signed(t, e, stolen(t, o, "orchestrate"), "orchestrate")); got != http.StatusAccepted {
		return fmt.Errorf("the broker answered %d", got)
	}
	return nil
}

// rest waits until every contract has its end and everything about it is settled: no notification is outstanding and nothing
// will be looked at again.
func rest(ctx context.Context, t *testing.T, o *devstack.Stack) {
	t.Helper()
	for {
		left := unsettled(ctx, t, o)
		if left == "" && o.Broker().Pending() == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("these are not at rest, with %d events under way: %s", o.Broker().Pending(), left)
		case <-time.After(100 * time.Millisecond): // each look is a connection
		}
	}
}

// unsettled are the contracts that are still to be looked at: how many of each status, with what is wrong and the notifications
// that are not sent.
func unsettled(ctx context.Context, t *testing.T, o *devstack.Stack) string {
	t.Helper()
	var all *string
	query(context.WithoutCancel(ctx), t, o, &all, `SELECT string_agg(n || ' ' || k, '; ') FROM (SELECT status || ' ' || array_to_string(causes, ',') || ' ' || coalesce(
		(SELECT string_agg(l->>'kind' || '/' || (l->>'sequence'), ',') FROM jsonb_array_elements(snapshot->'notifications') l WHERE NOT l ? 'sent_at'), '') AS k, count(*) AS n
		FROM contracts WHERE due_at IS NOT NULL GROUP BY 1) x`)
	if all == nil {
		return ""
	}
	return *all
}
