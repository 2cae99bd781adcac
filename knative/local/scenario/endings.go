package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Ending is how a run ends.
type Ending string

// The endings of the scenario.
const (
	BySigning         Ending = ""                // the customer signs
	ByDeclining       Ending = "declined"        // the customer declines on the signing page
	ByCancelling      Ending = "cancelled"       // the owner cancels while the signing page is open
	ByCancellingEarly Ending = "cancelled early" // the owner cancels at once, while it is being prepared
)

// The last steps of the scenarios that do not end by signing.
const (
	TurnedDown = "declines on the signing page"
	CalledOff  = "the owner cancels"
	Over       = "the contract is at its end"
	Noticed    = "both get an e-mail about it"
)

// stepsTo are the steps of a run that ends without a signature.
func (t *Run) stepsTo(end Ending) []step {
	begin := []step{{LoggedIn, t.logIn}, {Drafted, t.make}, {Sent, t.send}}
	toPage := []step{{Mailed, t.awaitNotification}, {Opened, t.read}, {PageOpen, t.openPage}}
	cancel := step{CalledOff, t.cancel}
	switch end {
	case ByDeclining:
		return append(append(begin, toPage...), step{TurnedDown, t.decline}, t.awaitStatus("declined"), t.awaitNotices("declined"))
	case ByCancelling:
		return append(append(begin, toPage...), cancel, t.awaitStatus("cancelled"), t.awaitNotices("cancelled"))
	}
	return append(begin, cancel, t.awaitStatus("cancelled"))
}

// cancel cancels. Whoever is told that the contract changed meanwhile, and is patient, presses again.
func (t *Run) cancel(ctx context.Context) error {
	return await(ctx, 100*time.Millisecond, func() (bool, error) {
		err := t.Do(ctx, "cancel")
		var refused statusError
		if t.Patient && errors.As(err, &refused) && strings.Contains(refused.message, "changed meanwhile") {
			return false, nil
		}
		return err == nil, err
	})
}

func (t *Run) decline(ctx context.Context) error {
	page := signingPage{link: t.page, phone: t.Addresses.Phone}
	if err := page.do(ctx, http.MethodGet, "", nil); err != nil {
		return fmt.Errorf("open the signing page: %w", err)
	}
	return page.do(ctx, http.MethodPost, "/decline", url.Values{"reason": {"too dear"}})
}

func (t *Run) awaitStatus(status string) step {
	return step{Over, func(ctx context.Context) error {
		err := await(ctx, max(t.Look, 20*time.Millisecond), func() (bool, error) {
			c, err := t.Current(ctx)
			return c.Status == status, err
		})
		if err != nil {
			return t.explain(ctx, err)
		}
		return nil
	}}
}

// awaitNotices waits for the notifications that say that it is over.
func (t *Run) awaitNotices(notification string) step {
	return step{Noticed, func(ctx context.Context) error {
		for _, address := range []string{t.Manager.Email, t.Signer.Email} {
			if _, err := t.awaitMail(ctx, address, notification); err != nil {
				return t.explain(ctx, err)
			}
		}
		return nil
	}}
}
