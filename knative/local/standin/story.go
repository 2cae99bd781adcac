package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/story"
	"github.com/paraphe/paraphe/shared/function"
)

// account is a setting: "e-mail:password".
type account story.Account

// Decode implements envconfig.Decoder.
func (a *account) Decode(value string) error {
	email, password, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found || !strings.Contains(email, "@") || password == "" {
		return function.Malformed("it is not e-mail:password")
	}
	*a = account{Email: email, Password: password}
	return nil
}

// tell plays one contract, by a manager who is made for it, and prints each step with its time. Nothing need run
// already: it asks again until everything has started.
func tell(ctx context.Context, b function.Boot, out io.Writer) error {
	var s struct {
		Pages         function.URL  `envconfig:"PAGES_URL" required:"true"`
		Signer        function.URL  `envconfig:"SIGNER_URL"` // where the signing pages are found from here, if not where browsers find them
		Mailbox       function.URL  `envconfig:"MAILBOX_URL" required:"true"`
		Phone         function.URL  `envconfig:"PHONE_URL" required:"true"`
		Administrator account       `envconfig:"ADMINISTRATOR" required:"true"`
		Patience      time.Duration `envconfig:"PATIENCE" default:"4m"`
	}
	if err := b.Settings(&s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	word := strings.ToLower(rand.Text())
	t := &story.Teller{
		Place:   story.Place{Page: s.Pages.String(), Signer: s.Signer.String(), Mailbox: s.Mailbox.String(), Phone: s.Phone.String()},
		Manager: story.Account{Email: "story-" + word[:12] + "@paraphe.example", Password: word}, Patient: true,
		Signer: story.Customer{FirstName: "Ana", LastName: "Martin", Email: "ana-" + word[:12] + "@example.org", Phone: "+33600000001", Locale: "fr"},
		Tell:   func(s story.Told) { fmt.Fprintf(out, "  ✓ %-52s %6d ms\n", s.Step, s.Took.Milliseconds()) },
	}
	if err := t.MakeManager(ctx, story.Account(s.Administrator)); err != nil {
		return err
	}
	end, err := t.Play(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is completed; the letter came after %d ms, the end %d ms after the signature\n",
		end.Contract, end.SendToMail.Milliseconds(), end.SignToDone.Milliseconds())
	return nil
}
