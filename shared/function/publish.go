package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// publishTimeout bounds one delivery to the broker. Knative's in-memory broker answers only when its subscribers
// have, so it is generous.
const publishTimeout = 10 * time.Second

// identityFile is where a SinkBinding puts the token by which a broker with OIDC knows who speaks, and where our
// manifests mount it (https://knative.dev/docs/eventing/features/sender-identity/).
const identityFile = "/oidc/token"

// Sink publishes to the broker at an address: what Knative gives as K_SINK. A SigningPublisher publishes through it.
type Sink struct {
	Address  string
	Client   *http.Client
	Identity string // a file with a token that is shown to the broker; none is if the file is not there
}

// Publish publishes each event, in order, and stops at the first that the broker did not take.
func (s Sink) Publish(ctx context.Context, out ...events.Event) error {
	for _, e := range out {
		if err := s.one(ctx, e); err != nil {
			return fmt.Errorf("publish %s of %s: %w", e.Payload.Type(), e.Subject, err)
		}
	}
	return nil
}

func (s Sink) one(ctx context.Context, e events.Event) error {
	if s.Address == "" {
		return fmt.Errorf("the setting K_SINK (or BROKER_URL) is missing")
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address, nil)
	if err != nil {
		return err
	}
	if err := events.WriteRequest(ctx, e, r); err != nil {
		return err
	}
	SetTrace(ctx, r.Header)
	if err := s.identify(r); err != nil {
		return err
	}
	answer, err := s.Client.Do(r)
	if err != nil {
		return fmt.Errorf("the broker (K_SINK or BROKER_URL) cannot be reached: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4096)) // so that the connection is kept
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the broker (K_SINK or BROKER_URL) answered %s", answer.Status)
	}
	return nil
}

// identify shows the token, which is read each time: the kubelet writes a new one before the old one ends.
func (s Sink) identify(r *http.Request) error {
	token, err := os.ReadFile(s.Identity)
	if s.Identity == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the token for the broker: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	return nil
}
