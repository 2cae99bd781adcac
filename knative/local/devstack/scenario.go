package devstack

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
	"github.com/paraphe/paraphe/shared/function"
)

// accountSetting is "e-mail:password", for example admin@example.org:secret.
type accountSetting scenario.Account

// Decode implements envconfig.Decoder.
func (a *accountSetting) Decode(value string) error {
	email, password, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found || !strings.Contains(email, "@") || password == "" {
		return function.Malformed("it must be e-mail:password, for example admin@example.org:secret")
	}
	*a = accountSetting{Email: email, Password: password}
	return nil
}

// PlayScenario plays one contract by a manager created for it, and prints each step with its time. It retries until
// everything has started.
func PlayScenario(ctx context.Context, b function.Boot, out io.Writer) error {
	var s struct {
		Pages         function.URL   `envconfig:"PAGES_URL" required:"true"`
		Signer        function.URL   `envconfig:"YOUSIGN_URL"` // where the signing pages are found from here, if not where browsers find them
		Mailbox       function.URL   `envconfig:"MAILBOX_URL" required:"true"`
		Phone         function.URL   `envconfig:"PHONE_URL" required:"true"`
		Administrator accountSetting `envconfig:"ADMINISTRATOR" required:"true"`
		Patience      time.Duration  `envconfig:"PATIENCE" default:"4m"`
	}
	if err := b.Settings(&s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	word := strings.ToLower(rand.Text())
	t := &scenario.Run{
		Addresses: scenario.Addresses{Page: s.Pages.String(), Signer: s.Signer.String(), Mailbox: s.Mailbox.String(), Phone: s.Phone.String()},
		Manager:   scenario.Account{Email: "story-" + word[:12] + "@paraphe.example", Password: word}, Patient: true,
		Signer: scenario.Customer{FirstName: "Ana", LastName: "Martin", Email: "ana-" + word[:12] + "@example.org", Phone: "+33600000001", Locale: "fr"},
		Report: func(s scenario.Progress) { fmt.Fprintf(out, "  ✓ %-52s %6d ms\n", s.Step, s.Took.Milliseconds()) },
	}
	if err := t.MakeManager(ctx, scenario.Account(s.Administrator)); err != nil {
		return err
	}
	end, err := t.Play(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is completed; the notification came after %d ms, the end %d ms after the signature\n",
		end.Contract, end.SendToMail.Milliseconds(), end.SignToDone.Milliseconds())
	return nil
}
