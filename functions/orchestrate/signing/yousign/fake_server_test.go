package yousign_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/shared/events"
)

// openStandIn starts the stand-in that the whole system runs with, which signs for real and keeps its state on disk.
func openStandIn(t *testing.T) (*fakeyousign.Service, *yousign.Client) {
	t.Helper()
	s, err := fakeyousign.Open(fakeyousign.Options{
		Dir: t.TempDir(), PublicURL: "https://signer.test", APIKey: key, Sandbox: true, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), SMS: func(_, _, _ string) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return s, yousign.New(signing.Config{Address: server.URL + "/v3", APIKey: key, HTTP: server.Client(), Now: time.Now})
}

// realOrder is an order with a document that can be signed.
func realOrder(t *testing.T) signing.Order {
	t.Helper()
	o := order()
	var err error
	if o.Document, err = os.ReadFile("../../../../knative/local/fakeyousign/testdata/contract.pdf"); err != nil {
		t.Fatal(err)
	}
	o.Deadline = time.Now().AddDate(0, 1, 0)
	return o
}

// until repeats what the record would repeat, with a pause that grows to a fifth of a second.
func until(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), time.Minute)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		delivery, done := timeouts.Context(ctx, 10*time.Second)
		err := try(delivery)
		done()
		if err == nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			t.Fatalf("%s: still %v", what, err)
		}
	}
}

// held lists what the stand-in has of the order: its drafts and what can be signed.
func held(t *testing.T, c *yousign.Client) (drafts, open []string) {
	t.Helper()
	page, next, err := c.List(t.Context(), "")
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	for _, l := range page {
		switch {
		case l.ExternalID != order().Token:
		case l.Status == "draft":
			drafts = append(drafts, l.ID)
		case l.State == events.SignatureOngoing:
			open = append(open, l.ID)
		}
	}
	return drafts, open
}

// mistakes are the stand-in's faults that opening and withdrawing can meet, and all of them at once.
func mistakes() map[string]faults.Plan {
	every, all := faults.EveryFault(), faults.Plan{ListLag: 100, ListStale: 100}
	for name := range every {
		if strings.HasPrefix(name, "webhooks.") || strings.HasPrefix(name, "proof_") || name == "other_workspace" {
			delete(every, name)
		}
	}
	all.API = faults.APIFaults{
		TooMany: .05, Fails: .05, HTML: .05, Page: .05, PageNotFound: .05, Moved: .05, Unauthorized: .05, Unpaid: .05,
		Forbidden: .05, Late: .05, Slow: .05, SlowBy: 100, LostAnswer: .05, FailsAfter: .05,
	}
	for seed := range uint64(4) {
		all.Seed = seed
		every[fmt.Sprintf("all at once %d", seed)] = all
	}
	return every
}

// TestOpenUnderEveryFaultOfTheStandIn: exactly one request can be signed in the end, and after a refusal nothing is
// left.
func TestOpenUnderEveryFaultOfTheStandIn(t *testing.T) {
	t.Parallel()
	for name, plan := range mistakes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := openStandIn(t)
			if err := s.Faults().Set(plan); err != nil {
				t.Fatal(err)
			}
			var a attempt
			o := realOrder(t)
			until(t, "open", func(ctx context.Context) error {
				_, err := a.open(ctx, c, o)
				if errors.As(err, new(signing.Rejected)) {
					if name != "api.refused" {
						t.Errorf("it is refused: %v", err)
					}
					a = attempt{}
				}
				return err
			})
			if err := s.Faults().Set(faults.Plan{}); err != nil {
				t.Fatal(err)
			}
			drafts, open := held(t, c)
			if len(open) != 1 || open[0] != a.id {
				t.Errorf("open are %v, noted is %s", open, a.id)
			}
			if len(drafts) > 0 && !strings.HasPrefix(name, "all at once") { // what was made and neither answered nor listed is left to the sweep
				t.Errorf("left are %v", drafts)
			}
			if answer, err := c.Look(t.Context(), a.id); err != nil || len(answer.Signers) != 2 || answer.State != events.SignatureOngoing {
				t.Errorf("it is %v, %v", answer, err)
			}
			if answer, err := c.Withdraw(t.Context(), o.Token, a.id, ""); err != nil || answer.State != events.SignatureCancelled {
				t.Errorf("withdrawn, it is %v, %v", answer, err)
			}
			if drafts, open := held(t, c); len(drafts)+len(open) != 0 {
				t.Errorf("left are %v and %v", drafts, open)
			}
		})
	}
}

// TestWithdrawUnderEveryFaultOfTheStandIn: what it says is so.
func TestWithdrawUnderEveryFaultOfTheStandIn(t *testing.T) {
	t.Parallel()
	for name, plan := range mistakes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := openStandIn(t)
			var a attempt
			o := realOrder(t)
			if _, err := a.open(t.Context(), c, o); err != nil {
				t.Fatal(err)
			}
			if err := s.Faults().Set(plan); err != nil {
				t.Fatal(err)
			}
			until(t, "withdraw", func(ctx context.Context) error {
				answer, err := c.Withdraw(ctx, o.Token, a.id, "withdrawn by its owner")
				if err == nil && answer.State != events.SignatureCancelled {
					t.Errorf("it says %v", answer)
				}
				return err
			})
			if err := s.Faults().Set(faults.Plan{}); err != nil {
				t.Fatal(err)
			}
			if drafts, open := held(t, c); len(drafts)+len(open) != 0 {
				t.Errorf("left are %v and %v", drafts, open)
			}
		})
	}
}

// TestTheKeyOfAnotherWorkspaceSettlesNothing: what it does not see is not made a second time, and "none" stands beside
// a proof that the key sees nothing of ours.
func TestTheKeyOfAnotherWorkspaceSettlesNothing(t *testing.T) {
	t.Parallel()
	s, c := openStandIn(t)
	var a attempt
	o := realOrder(t)
	mine := func(id string) bool { return id == o.Token }
	if _, err := a.open(t.Context(), c, o); err != nil {
		t.Fatal(err)
	}
	if err := s.Faults().Set(faults.Plan{OtherWorkspace: true}); err != nil {
		t.Fatal(err)
	}
	_, errOpen := a.open(t.Context(), c, o)
	_, errLook := c.Look(t.Context(), a.id)
	answer, err := c.Withdraw(t.Context(), o.Token, a.id, "")
	sees, errSees := c.Sees(t.Context(), mine)
	if !errors.Is(errOpen, signing.ErrUnknown) || !errors.Is(errLook, signing.ErrUnknown) {
		t.Errorf("open: %v, look: %v", errOpen, errLook)
	}
	if err != nil || answer.State != events.SignatureNone || errSees != nil || sees {
		t.Errorf("withdraw: %v, %v; it sees ours: %v, %v", answer, err, sees, errSees)
	}
	if err := s.Faults().Set(faults.Plan{}); err != nil {
		t.Fatal(err)
	}
	if sees, err := c.Sees(t.Context(), mine); err != nil || !sees {
		t.Errorf("then it sees ours: %v, %v", sees, err)
	}
	if _, open := held(t, c); len(open) != 1 || open[0] != a.id {
		t.Errorf("open are %v", open)
	}
}
