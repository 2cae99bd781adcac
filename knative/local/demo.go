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

	"github.com/paraphe/paraphe/knative/local/story"
	"github.com/paraphe/paraphe/knative/local/town"
)

// warmRounds is how many further contracts measure the warm path.
const warmRounds = 20

var customer = story.Customer{FirstName: "Ana", LastName: "Martin", Email: "ana.martin@example.org", Phone: "+33600000001", Locale: "fr"}

// demo plays the story in the town that runs, or in one that it starts and stops itself.
func demo(ctx context.Context, o options) error {
	r, stop, err := somewhere(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(play(ctx, o, r), stop())
}

func somewhere(ctx context.Context, o options) (town.Run, func() error, error) {
	if r, err := town.ReadRun(o.dir); err == nil && town.Answers(ctx, r) {
		fmt.Printf("Paraphe runs at %s: the story is played there.\n\n", r.Page)
		return r, func() error { return nil }, nil
	}
	fmt.Println("No Paraphe runs here: one is started for the story, on free ports, and stopped after it.")
	dir := filepath.Join(o.dir, "demo")
	t, err := start(ctx, o, dir, 0)
	if err != nil {
		return town.Run{}, nil, err
	}
	fmt.Println()
	return t.Run, t.Stop, nil
}

func play(ctx context.Context, o options, r town.Run) error {
	first := teller(r)
	end, err := tell(ctx, o, first)
	if err != nil {
		return err
	}
	if err := leave(end); err != nil {
		return err
	}
	return measure(ctx, o, first)
}

func teller(r town.Run) *story.Teller {
	manager := r.Accounts[slices.IndexFunc(r.Accounts, func(a town.Account) bool { return a.Role == "manager" })]
	return &story.Teller{
		Place:   story.Place{Page: r.Page, Mailbox: r.Mailbox, Phone: r.Phone},
		Manager: story.Account{Email: manager.Email, Password: manager.Password}, Signer: customer,
	}
}

// tell plays one contract and prints each step with its time.
func tell(ctx context.Context, o options, t *story.Teller) (story.End, error) {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	t.Tell = func(s story.Told) { fmt.Printf("  ✓ %-52s %6d ms\n", s.Step, s.Took.Milliseconds()) }
	return t.Play(ctx)
}

// leave writes signed.pdf and history.txt into the working folder.
func leave(end story.End) error {
	if err := os.WriteFile("signed.pdf", end.SignedPDF, 0o600); err != nil {
		return fmt.Errorf("leave signed.pdf: %w", err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s)\n\n", end.Title, end.Contract)
	for _, e := range end.History {
		fmt.Fprintf(&text, "%3d  %s  %-22s %s\n", e.Seq, e.At.Format(time.RFC3339), e.What, e.Actor)
	}
	if err := os.WriteFile("history.txt", []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("leave history.txt: %w", err)
	}
	fmt.Printf("\n%s\nsigned.pdf (%d bytes) and history.txt (%d entries) are here.\n", text.String(), len(end.SignedPDF), len(end.History))
	return nil
}

// measure plays more contracts and prints how long a person waits for the letter once everything is warm.
func measure(ctx context.Context, o options, first *story.Teller) error {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	var letters, ends []time.Duration
	for range warmRounds {
		end, err := first.Next(customer).Play(ctx)
		if err != nil {
			return err
		}
		letters, ends = append(letters, end.SendToMail), append(ends, end.SignToDone)
	}
	fmt.Printf("\n%d more contracts, warm:   median      p95\n", warmRounds)
	fmt.Printf("  send → letter in mailbox %6d ms %6d ms\n", quantile(letters, 50), quantile(letters, 95))
	fmt.Printf("  signed → completed       %6d ms %6d ms\n", quantile(ends, 50), quantile(ends, 95))
	return nil
}

// quantile is the p-th percentile in milliseconds, by nearest rank.
func quantile(d []time.Duration, p int) int64 {
	slices.Sort(d)
	return d[min(len(d)-1, (len(d)*p+99)/100-1)].Milliseconds()
}
