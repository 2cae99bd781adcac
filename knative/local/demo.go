package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// warmRounds is how many further contracts measure the warm path.
const warmRounds = 20

var customer = scenario.Customer{FirstName: "Ana", LastName: "Martin", Email: "ana.martin@example.org", Phone: "+33600000001", Locale: "fr"}

// demo plays the scenario in the running stack, or in one that it starts and stops.
func demo(ctx context.Context, o options) error {
	r, stop, err := runningOrStarted(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(play(ctx, o, r), stop())
}

func runningOrStarted(ctx context.Context, o options) (devstack.Run, func() error, error) {
	if r, err := devstack.ReadRun(o.dir); err == nil && devstack.IsRunning(ctx, r) {
		fmt.Printf("Paraphe runs at %s: the demo uses it.\n\n", r.Page)
		return r, func() error { return nil }, nil
	}
	fmt.Println("Paraphe does not run here: the demo starts it on free ports and stops it afterwards.")
	dir := filepath.Join(o.dir, "demo")
	t, err := start(ctx, o, dir, 0)
	if err != nil {
		return devstack.Run{}, nil, err
	}
	fmt.Println()
	return t.Run, t.Stop, nil
}

func play(ctx context.Context, o options, r devstack.Run) error {
	first := newRun(r)
	end, err := playReporting(ctx, o, first)
	if err != nil {
		return err
	}
	if err := writeResult(end); err != nil {
		return err
	}
	return measure(ctx, o, first)
}

func newRun(r devstack.Run) *scenario.Run {
	manager := r.Accounts[slices.IndexFunc(r.Accounts, func(a devstack.Account) bool { return a.Role == "manager" })]
	return &scenario.Run{
		Addresses: scenario.Addresses{Page: r.Page, Mailbox: r.Mailbox, Phone: r.Phone},
		Manager:   scenario.Account{Email: manager.Email, Password: manager.Password}, Signer: customer,
	}
}

// playReporting plays one contract and prints each step with its time.
func playReporting(ctx context.Context, o options, t *scenario.Run) (scenario.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	t.Report = func(s scenario.Progress) { fmt.Printf("  ✓ %-52s %6d ms\n", s.Step, s.Took.Milliseconds()) }
	return t.Play(ctx)
}

// writeResult writes signed.pdf and history.txt into the working folder.
func writeResult(end scenario.Result) error {
	if err := os.WriteFile("signed.pdf", end.SignedPDF, 0o600); err != nil {
		return fmt.Errorf("write signed.pdf: %w", err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s)\n\n", end.Title, end.Contract)
	for _, e := range end.History {
		fmt.Fprintf(&text, "%3d  %s  %-22s %s\n", e.Seq, e.At.Format(time.RFC3339), e.What, e.Actor)
	}
	if err := os.WriteFile("history.txt", []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write history.txt: %w", err)
	}
	fmt.Printf("\n%s\nsigned.pdf (%d bytes) and history.txt (%d entries) are here.\n", text.String(), len(end.SignedPDF), len(end.History))
	return nil
}

// measure plays more contracts and prints how long a person waits for the notification once everything is warm.
func measure(ctx context.Context, o options, first *scenario.Run) error {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	var notifications, ends []time.Duration
	for range warmRounds {
		end, err := first.Next(customer).Play(ctx)
		if err != nil {
			return err
		}
		notifications, ends = append(notifications, end.SendToMail), append(ends, end.SignToDone)
	}
	fmt.Printf("\n%d more contracts, warm:   median      p95\n", warmRounds)
	fmt.Printf("  send → notification in mailbox %6d ms %6d ms\n", quantile(notifications, 50), quantile(notifications, 95))
	fmt.Printf("  signed → completed       %6d ms %6d ms\n", quantile(ends, 50), quantile(ends, 95))
	return nil
}

// quantile is the p-th percentile in milliseconds, by nearest rank.
func quantile(d []time.Duration, p int) int64 {
	slices.Sort(d)
	return d[min(len(d)-1, (len(d)*p+99)/100-1)].Milliseconds()
}
