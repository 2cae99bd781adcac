package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Mail is a mail as the mailbox shows it.
type Mail struct {
	ID          string            `json:"id"`
	To          string            `json:"to"`
	Subject     string            `json:"subject"`
	Links       []string          `json:"links"`
	CustomArgs  map[string]string `json:"custom_args"`
	Attachments []struct {
		Name string `json:"name"`
	} `json:"attachments"`
}

// Mails lists the mails to an address.
func Mails(ctx context.Context, mailbox, to string) ([]Mail, error) {
	var list struct {
		Items []Mail `json:"items"`
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, mailbox+"/api/mails?to="+url.QueryEscape(to), nil)
	if err != nil {
		return nil, err
	}
	text, err := fetch(http.DefaultClient, r)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &list)
	return list.Items, err
}

// awaitMail waits for this notification about the contract to this address.
func (t *Run) awaitMail(ctx context.Context, to, notification string) (Mail, error) {
	var found Mail
	err := await(ctx, max(t.Look, 3*time.Millisecond), func() (bool, error) {
		mails, err := Mails(ctx, t.Addresses.Mailbox, to)
		for _, m := range mails {
			if m.CustomArgs["contract"] == t.contract.ID && m.CustomArgs["kind"] == notification {
				found = m
				return true, nil
			}
		}
		return false, err
	})
	if err != nil {
		return Mail{}, fmt.Errorf("the notification %q to %s: %w", notification, to, err)
	}
	return found, nil
}

func (m Mail) link(part string) (string, error) {
	for _, l := range m.Links {
		if strings.Contains(l, part) {
			return l, nil
		}
	}
	return "", fmt.Errorf("the mail %q has no link with %s in it", m.Subject, part)
}
