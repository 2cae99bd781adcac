// Command standin plays what is outside of Paraphe, each part as a server of its own: the signature service, the mail
// service, every phone, and, where there is no Knative, the broker. It also plays the people: one contract from draft
// to signed. Development, tests and compose run it; production has nothing of it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/paraphe/paraphe/shared/function"
)

const usage = `standin serves one part of what is outside of Paraphe on PORT (8080), or plays one contract:

  standin signer   the signature service: KEPT_IN, SIGNATURE_PAGES_URL, SIGNATURE_API_KEY, WEBHOOK_URL, WEBHOOK_SECRETS, PHONE_URL
  standin mailbox  the mail service: KEPT_IN, SENDGRID_API_KEY
  standin phone    every phone: KEPT_IN
  standin broker   what Knative Eventing does in a cluster: KEPT_IN, EVENTING, SERVICES
  standin story    one contract from draft to signed: PAGES_URL, SIGNER_URL, MAILBOX_URL, PHONE_URL, ADMINISTRATOR, PATIENCE
`

// parts make the servers, by name.
var parts = map[string]func(function.Boot) (*function.Function, error){
	"signer": openSigner, "mailbox": openMailbox, "phone": openPhone, "broker": openBroker,
}

func main() {
	if len(os.Args) != 2 || parts[os.Args[1]] == nil && os.Args[1] != "story" {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "standin: %v\n", err)
		os.Exit(1)
	}
}

func run(name string) error {
	boot := function.NewBoot(name)
	if name == "story" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return tell(ctx, boot, os.Stdout)
	}
	part, err := parts[name](boot)
	if err != nil {
		return err
	}
	part.Manifest.Name = name
	return function.NewServer(part, boot).Run()
}

// beside runs what goes on beside requests, from Start until the server stops.
func beside(b function.Boot, run func(context.Context) error) (start, stop func(context.Context) error) {
	done := make(chan struct{})
	start = func(ctx context.Context) error {
		go func() {
			defer close(done)
			if err := run(ctx); err != nil && ctx.Err() == nil {
				b.Log.Error("ended by itself", "error", err.Error())
			}
		}()
		return nil
	}
	stop = func(ctx context.Context) error {
		select {
		case <-done:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	return start, stop
}
