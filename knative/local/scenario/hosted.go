package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// signingPage is the signature service's page behind a signing link, used by its forms as a browser would.
type signingPage struct {
	link  string
	phone string
	look  time.Duration // between two looks at the phone
}

// sign opens the page, has a code sent, reads it on the phone and signs with it.
func (p signingPage) sign(ctx context.Context, number string) error {
	asked := time.Now().Add(-time.Second)
	if err := p.do(ctx, http.MethodGet, "", nil); err != nil {
		return fmt.Errorf("open the signing page: %w", err)
	}
	if err := p.do(ctx, http.MethodPost, "/otp", url.Values{}); err != nil {
		return fmt.Errorf("ask for a code: %w", err)
	}
	code, err := p.awaitCode(ctx, number, asked)
	if err != nil {
		return err
	}
	if err := p.do(ctx, http.MethodPost, "/sign", url.Values{"code": {code}, "consent": {"yes"}}); err != nil {
		return fmt.Errorf("sign with the code: %w", err)
	}
	return nil
}

// do sends one form. A redirect is success: where to is the browser's affair.
func (p signingPage) do(ctx context.Context, method, action string, form url.Values) error {
	page, query, _ := strings.Cut(p.link, "?")
	r, err := http.NewRequestWithContext(ctx, method, page+action+"?"+query, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	_, err = fetch(browser, r)
	var refused statusError
	if errors.As(err, &refused) && refused.status == http.StatusSeeOther {
		return nil
	}
	return err
}

// awaitCode reads the newest code that came to this number since then.
func (p signingPage) awaitCode(ctx context.Context, number string, since time.Time) (string, error) {
	var code string
	err := await(ctx, p.look, func() (bool, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.phone+"/api/messages?to="+url.QueryEscape(number), nil)
		if err != nil {
			return false, err
		}
		text, err := fetch(http.DefaultClient, r)
		if err != nil {
			return false, err
		}
		code, err = newestCode(text, since)
		return code != "", err
	})
	if err != nil {
		return "", fmt.Errorf("a code on the phone %s: %w", number, err)
	}
	return code, nil
}

// newestCode finds it in what the phone shows: a list of messages, newest first.
func newestCode(text []byte, since time.Time) (string, error) {
	var messages []struct {
		At   time.Time `json:"at"`
		Code string    `json:"code"`
	}
	if err := json.Unmarshal(text, &messages); err != nil {
		return "", err
	}
	for _, m := range messages {
		if m.Code != "" && m.At.After(since) {
			return m.Code, nil
		}
	}
	return "", nil
}
