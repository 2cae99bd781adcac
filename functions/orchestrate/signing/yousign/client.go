// Package yousign has contracts signed by Yousign. It alone knows what that service calls things; it decides nothing and
// keeps nothing.
package yousign

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // deadlines are dates in Paris, and a bare container has no time zones

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// Name is what the service is called in settings, in sealed messages and in the paths of its webhooks.
const Name = "yousign"

// Client speaks to the signature service Yousign, Public API v3 (https://developers.yousign.com). It has no idempotency
// keys, so no POST is ever repeated here without a look at what an earlier one has done.
type Client struct {
	signing.Config
	http  http.Client
	parts partsCache
}

var _ signing.Service = (*Client)(nil)

// New makes a client. It follows no redirects, whatever the given client does: the key must not travel elsewhere.
func New(c signing.Config) *Client {
	c.Address = strings.TrimRight(c.Address, "/")
	y := &Client{Config: c}
	if c.HTTP != nil {
		y.http = *c.HTTP
	}
	y.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	y.http.Transport = tellingOfProxies(y.http.Transport)
	if y.Gate == nil {
		y.Gate = func(context.Context) error { return nil }
	}
	if y.Report == nil {
		y.Report = func(context.Context, time.Duration) {}
	}
	return y
}

// Look implements Service.
func (y *Client) Look(ctx context.Context, requestID string) (signing.Result, error) {
	r, err := y.request(ctx, requestID)
	if err != nil {
		return signing.Result{}, err
	}
	return y.answer(ctx, r)
}

// answer puts a request into our words. The signers are asked for only when one has signed, because only they know
// when: the service allows few calls (30 a minute in its sandbox).
func (y *Client) answer(ctx context.Context, r wireRequest) (signing.Result, error) {
	state, err := r.state()
	if err != nil {
		return signing.Result{}, err
	}
	if r.anySigner(wireSigned) {
		if r.Signers, err = y.signers(ctx, r.ID); err != nil {
			return signing.Result{}, err
		}
	}
	answer := signing.Result{RequestID: r.ID, State: state, Signers: make(map[string]signing.SignerResult, len(r.Signers))}
	for _, s := range r.Signers {
		answer.Signers[s.ID] = s.answer()
	}
	return answer, nil
}

// Link implements Service. Yousign's links live 48 hours; asking for the signer gives the current one.
func (y *Client) Link(ctx context.Context, requestID, signerID string) (string, error) {
	var s wireSigner
	act := fmt.Sprintf("ask for the link of signer %s of request %s", signerID, requestID)
	if err := y.get(ctx, act, path("signature_requests", requestID, "signers", signerID), &s); err != nil {
		return "", err
	}
	expired := !s.LinkExpiresAt.IsZero() && !s.LinkExpiresAt.After(y.Now())
	switch {
	case s.Link == "":
		return "", fmt.Errorf("%s: %w", act, signing.ErrNotReady)
	case expired || !opensInBrowser(s.Link):
		return "", fmt.Errorf("%s: the one that came cannot be used", act)
	}
	return s.Link, nil
}
