package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Contract is what the scenario needs of a contract as clients see it.
type Contract struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Status    string `json:"status"`
	Attention string `json:"attention"`

	CancelWanted bool `json:"cancel_wanted"`
	Troubles     []struct {
		About string `json:"about"`
		Cause string `json:"cause"`
	} `json:"troubles"`
	Documents map[string]struct {
		SHA256 string `json:"sha256"`
		Pages  int    `json:"pages"`
	} `json:"documents"`
}

func (t *Run) read(ctx context.Context) error {
	_, secret, found := strings.Cut(t.link, "#")
	if !found {
		return errors.New("the link has no secret")
	}
	t.signer = &client{base: t.Addresses.Page + "/api", patient: t.Patient}
	if err := t.signer.logIn(ctx, map[string]string{"link": secret}); err != nil {
		return err
	}
	var seen Contract
	if err := t.signer.get(ctx, "/v1/contracts/"+t.contract.ID, &seen); err != nil {
		return err
	}
	pdf, err := t.signer.bytes(ctx, "/v1/contracts/"+t.contract.ID+"/document?version=draft")
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return errors.New("the document is not a PDF")
	}
	return nil
}

func (t *Run) openPage(ctx context.Context) error {
	var link struct {
		URL string `json:"url"`
	}
	if err := t.signer.post(ctx, "/v1/contracts/"+t.contract.ID+"/signing-link", nil, &link); err != nil {
		return err
	}
	var err error
	t.page, err = atAddress(link.URL, t.Addresses.Signer)
	return err
}

func (t *Run) sign(ctx context.Context) error {
	return signingPage{link: t.page, phone: t.Addresses.Phone, look: max(t.Look, 5*time.Millisecond)}.sign(ctx, t.Signer.Phone)
}

// atAddress is the same page at another address, as a hosts file would lead there.
func atAddress(link, address string) (string, error) {
	if address == "" {
		return link, nil
	}
	page, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("the signing link: %w", err)
	}
	there, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the address of the signing pages: %w", err)
	}
	page.Scheme, page.Host = there.Scheme, there.Host
	return page.String(), nil
}

func (t *Run) awaitCompleted(ctx context.Context) error {
	began := time.Now()
	err := await(ctx, max(t.Look, 20*time.Millisecond), func() (bool, error) {
		var now Contract
		err := t.api.get(ctx, "/v1/contracts/"+t.contract.ID, &now)
		return now.Status == "completed", err
	})
	t.end.SignToDone = time.Since(began)
	if err != nil {
		return t.explain(ctx, err)
	}
	return nil
}

func (t *Run) awaitCopies(ctx context.Context) error {
	for _, address := range []string{t.Manager.Email, t.Signer.Email} {
		mail, err := t.awaitMail(ctx, address, "signed-copy")
		if err != nil {
			return err
		}
		if len(mail.Attachments) == 0 {
			return fmt.Errorf("the notification %q has no attachment", mail.Subject)
		}
	}
	return nil
}

func (t *Run) collect(ctx context.Context) error {
	var err error
	if t.end.SignedPDF, err = t.api.bytes(ctx, "/v1/contracts/"+t.contract.ID+"/document?version=signed"); err != nil {
		return err
	}
	var history struct {
		Items []Entry `json:"items"`
	}
	err = t.api.get(ctx, "/v1/contracts/"+t.contract.ID+"/history", &history)
	t.end.History = history.Items
	return err
}

// Await returns when it is so, or with an error when ctx ends.
func Await(ctx context.Context, so func() bool) error {
	return await(ctx, 10*time.Millisecond, func() (bool, error) { return so(), nil })
}

// await asks until the answer is yes, an error comes or ctx ends.
func await(ctx context.Context, pause time.Duration, ask func() (bool, error)) error {
	for {
		yes, err := ask()
		if yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("timed out")
		case <-time.After(pause):
		}
	}
}
