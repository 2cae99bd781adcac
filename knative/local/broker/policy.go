package broker

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"
)

// defaultTimeout bounds an attempt where the manifest does not: what Knative's Kafka broker does.
const defaultTimeout = 10 * time.Minute

// longest bounds an exponential wait by what a Duration holds.
const longest = float64(100 * 365 * 24 * time.Hour)

// deliverySpec is Knative's DeliverySpec (pkg/apis/duck/v1/delivery_types.go of knative/eventing).
type deliverySpec struct {
	Retry          int          `json:"retry"` // attempts after the first
	BackoffPolicy  string       `json:"backoffPolicy"`
	BackoffDelay   *period      `json:"backoffDelay"`
	Timeout        *period      `json:"timeout"`
	RetryAfterMax  *period      `json:"retryAfterMax"`
	DeadLetterSink *destination `json:"deadLetterSink"`
}

// policy is the delivery policy of a Trigger.
type policy struct {
	retry         int
	backoff       string // "exponential", "linear" or "" for no wait
	delay         time.Duration
	timeout       time.Duration
	retryAfterMax time.Duration
	deadLetters   string // address; empty: such an event is dropped
}

func (b *Broker) newPolicy(spec *deliverySpec) (policy, error) {
	p := policy{timeout: defaultTimeout, retryAfterMax: math.MaxInt64}
	if spec == nil {
		return p, nil
	}
	if spec.Retry < 0 {
		return p, errors.New("delivery.retry must be 0 or more, for example 10")
	}
	p.retry = spec.Retry
	switch spec.BackoffPolicy {
	case "", "linear", "exponential":
	default:
		return p, fmt.Errorf("delivery.backoffPolicy is %q: it must be linear or exponential", spec.BackoffPolicy)
	}
	if spec.BackoffPolicy != "" && spec.BackoffDelay != nil { // Knative waits only if it is told both
		p.backoff, p.delay = spec.BackoffPolicy, time.Duration(*spec.BackoffDelay)
	}
	if spec.Timeout != nil {
		p.timeout = time.Duration(*spec.Timeout)
	}
	if spec.RetryAfterMax != nil {
		p.retryAfterMax = time.Duration(*spec.RetryAfterMax)
	}
	if spec.DeadLetterSink == nil {
		return p, nil
	}
	var err error
	p.deadLetters, err = b.address(*spec.DeadLetterSink)
	return p, err
}

// wait is how long to wait after a number of attempts (1 after the first), as Knative's Go dispatcher does:
// exponential 1, 2, 4 … times the delay; linear 0, 1, 2 … times, so that its first retry follows at once. An answer's
// Retry-After makes it longer, up to what the manifest allows.
func (p policy) wait(attempts int, retryAfter time.Duration) time.Duration {
	var wait time.Duration
	switch p.backoff {
	case "exponential":
		wait = time.Duration(min(float64(p.delay)*math.Exp2(float64(attempts-1)), longest))
	case "linear":
		wait = p.delay * time.Duration(attempts-1)
	}
	return max(wait, min(retryAfter, p.retryAfterMax))
}

// address finds where a destination is: the Service that it names, its URI, or the one relative to the other.
func (b *Broker) address(d destination) (string, error) {
	uri, err := url.Parse(d.URI)
	if err != nil {
		return "", fmt.Errorf("uri %q must be a URL, for example http://persist.paraphe.svc", d.URI)
	}
	if d.Ref == nil {
		if !uri.IsAbs() {
			return "", errors.New("a destination must have a ref or an absolute uri, for example http://persist.paraphe.svc")
		}
		return uri.String(), nil
	}
	base, ok := b.o.Resolve(d.Ref.Name)
	if !ok || d.Ref.Kind != "Service" {
		return "", fmt.Errorf("%s %q does not exist", d.Ref.Kind, d.Ref.Name)
	}
	at, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("the address of %s is malformed: %w", d.Ref.Name, err)
	}
	if at.Path == "" {
		at.Path = "/"
	}
	return at.ResolveReference(uri).String(), nil
}
