package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// verdict is what follows from an attempt.
type verdict int

const (
	delivered verdict = iota // delivered
	retry                    // try again, if a retry is left
	permanent                // trying again is useless
)

// result is the outcome of one attempt.
type result struct {
	verdict    verdict
	status     int
	body       []byte             // what a failure said, its beginning
	reply      *cloudevents.Event // what the subscriber answered with
	retryAfter time.Duration
}

// attempt sends d once.
func (b *Broker) attempt(ctx context.Context, d *delivery) result {
	ctx, cancel := context.WithTimeout(ctx, d.trigger.policy.timeout)
	defer cancel()
	answer, err := b.send(ctx, d)
	if err != nil {
		// Knative reports no answer as a 500 of the subscriber.
		return result{verdict: retry, status: http.StatusInternalServerError, body: truncate(err.Error())}
	}
	defer answer.Body.Close()
	answer.Body = http.MaxBytesReader(nil, answer.Body, eventLimit)
	if answer.StatusCode/100 == 2 {
		if d.dead != nil {
			_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is kept; what a dead-letter sink says is nobody's
			return result{status: answer.StatusCode}
		}
		return readReply(ctx, d, answer)
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, errorDataLimit))
	_, _ = io.Copy(io.Discard, answer.Body)
	return result{
		verdict: classify(answer.StatusCode), status: answer.StatusCode, body: truncate(string(body)),
		retryAfter: retryAfter(answer, b.o.Now()),
	}
}

func (b *Broker) send(ctx context.Context, d *delivery) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.address(), http.NoBody)
	if err != nil {
		return nil, err
	}
	event := d.outgoing()
	if err := cehttp.WriteRequest(ctx, binding.ToMessage(&event), r); err != nil {
		return nil, fmt.Errorf("write the event: %w", err)
	}
	r.Header.Set("Prefer", "reply") // RFC 7240; Knative's dispatcher says it too
	return b.o.Client.Do(r)
}

// readReply reads an answer of the 2xx kind: nothing, or an event in reply. Anything else in it is a failure, which
// Knative's filter reports as 502.
func readReply(ctx context.Context, d *delivery, answer *http.Response) result {
	m := cehttp.NewMessageFromHttpResponse(answer)
	if encoding := m.ReadEncoding(); encoding != binding.EncodingBinary && encoding != binding.EncodingStructured {
		body, err := io.ReadAll(answer.Body)
		if err != nil || len(body) > 0 {
			return result{verdict: retry, status: http.StatusBadGateway, body: truncate("a 2xx response whose body is not a CloudEvent")}
		}
		return result{status: answer.StatusCode}
	}
	reply, err := readEvent(ctx, m)
	if err != nil {
		return result{verdict: retry, status: http.StatusBadGateway, body: truncate("malformed reply: " + err.Error())}
	}
	reply.SetExtension(ttlName, d.event.Extensions()[ttlName]) // a subscriber does not see it, and cannot lengthen it
	if err := checkTTL(reply); err != nil {
		return result{verdict: permanent, status: http.StatusBadRequest, body: truncate(err.Error())}
	}
	return result{status: answer.StatusCode, reply: reply}
}

// classify is the table of statuses: Knative retries 404, 408, 409, 429 and every 5xx, and gives up on all others
// (pkg/kncloudevents/retries.go of knative/eventing).
func classify(status int) verdict {
	switch status {
	case http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return retry
	}
	switch {
	case status/100 == 2:
		return delivered
	case status >= 500:
		return retry
	}
	return permanent
}

// retryAfter reads how long a 429 or 503 asks to wait, in seconds or as a date (RFC 9110 §10.2.3); otherwise 0.
func retryAfter(answer *http.Response, now time.Time) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	asked := answer.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(asked, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(asked); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// stopping reports whether an attempt ended because the broker stops, which says nothing about the subscriber.
func stopping(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
