package signing

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // deadlines are dates in Paris, and a bare container has no time zones

	"github.com/paraphe/paraphe/shared/events"
)

// Config is what a client of Yousign needs.
type Config struct {
	Address string // with the version: https://api-sandbox.yousign.app/v3
	APIKey  string
	HTTP    *http.Client
	Now     func() time.Time
}

// Yousign is the signature service Yousign, Public API v3 (https://developers.yousign.com). It has no idempotency
// keys, so no POST is ever repeated here: Open finds out by external_id what an earlier one has done.
type Yousign struct {
	address string
	key     string
	http    *http.Client
	now     func() time.Time
	turns   turns
}

var _ Service = (*Yousign)(nil)

// New makes a client. It follows no redirects, whatever the given client does: the key must not travel elsewhere.
func New(c Config) *Yousign {
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Yousign{address: strings.TrimRight(c.Address, "/"), key: c.APIKey, http: &client, now: c.Now}
}

// Look implements Service. The signers are asked for only when one has signed, because only they know when: the
// service allows few calls (30 a minute in its sandbox).
func (y *Yousign) Look(ctx context.Context, requestID string) (Answer, error) {
	r, err := y.request(ctx, requestID)
	if err != nil {
		return Answer{}, err
	}
	if r.anySigner(wireSigned) {
		if r.Signers, err = y.signers(ctx, requestID); err != nil {
			return Answer{}, err
		}
	}
	answer := Answer{State: r.state(), Signers: make(map[string]SignerAnswer, len(r.Signers))}
	for _, s := range r.Signers {
		answer.Signers[s.ID] = s.answer()
	}
	return answer, nil
}

// Cancel implements Service. Yousign takes it in the states approval and ongoing only and has no status of its own
// for a conflict, so it looks first, and again when it is refused.
func (y *Yousign) Cancel(ctx context.Context, requestID, note string) error {
	r, err := y.request(ctx, requestID)
	if err != nil {
		return err
	}
	switch {
	case r.Status == wireDraft:
		return y.discard(ctx, r)
	case r.state() != events.SignatureOngoing:
		return nil
	}
	refused := y.cancel(ctx, requestID, note)
	if !rejected(refused) {
		return refused
	}
	r, err = y.request(ctx, requestID)
	if err == nil && r.state() == events.SignatureOngoing {
		return refused
	}
	return err
}

// Link implements Service. Yousign's links live 48 hours; asking for the signer gives the current one.
func (y *Yousign) Link(ctx context.Context, requestID, signerID string) (string, error) {
	var s wireSigner
	act := fmt.Sprintf("ask for the link of signer %s of request %s", signerID, requestID)
	if err := y.get(ctx, act, path("signature_requests", requestID, "signers", signerID), &s); err != nil {
		return "", err
	}
	expired := !s.LinkExpiresAt.IsZero() && !s.LinkExpiresAt.After(y.now())
	switch {
	case s.Link == "":
		return "", fmt.Errorf("%s: %w", act, ErrNotReady)
	case expired || !opensInBrowser(s.Link):
		return "", fmt.Errorf("%s: the one that came cannot be used", act)
	}
	return s.Link, nil
}
