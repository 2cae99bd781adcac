package persistclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/paraphe/paraphe/shared/contract"
)

// What orchestrate does with an attempt. A look needs no lease: it changes nothing.
const (
	ActOpen     = "open"
	ActWithdraw = "withdraw"
	ActFetch    = "fetch"
	ActLook     = "look"
)

// LeaseRequest asks for an attempt, and for calls of the signature service to work on it. Times are in seconds.
type LeaseRequest struct {
	Act       string  `json:"act,omitempty"`
	For       float64 `json:"for,omitempty"`
	Calls     int     `json:"calls,omitempty"`
	PerMinute int     `json:"per_minute,omitempty"` // how many calls the service takes in a minute; 0 without limit
}

// Lease is leave to work on one attempt alone, for as long as was asked. All times are durations, counted from before
// the question by the one who asks: no two clocks are compared.
type Lease struct {
	Granted   bool    `json:"granted,omitempty"`
	Holder    string  `json:"holder,omitempty"`     // names this lease
	Wait      float64 `json:"wait,omitempty"`       // seconds until another's lease lapses, if that is why it was not granted
	Begun     bool    `json:"begun,omitempty"`      // the service may have learned of the attempt before
	RequestID string  `json:"request_id,omitempty"` // noted before
	Quiet     float64 `json:"quiet,omitempty"`      // seconds since opening last went on, if the attempt was begun
	Calls     int     `json:"calls,omitempty"`      // how many calls may begin now
	CallsWait float64 `json:"calls_wait,omitempty"` // seconds until as many calls as asked for may begin
	View      View    `json:"view"`                 // how the contract stands behind the lease
}

// LeasedRequest is the id of a request that the signature service has made for a leased attempt.
type LeasedRequest struct {
	Holder  string `json:"holder"`
	Request string `json:"request,omitempty"`
}

// CallsBlocked says for how many seconds the signature service asked to be left alone.
type CallsBlocked struct {
	After float64 `json:"after"`
}

// LeaseAttempt asks for an attempt. ErrNotFound if there is no such attempt.
func (c *Client) LeaseAttempt(ctx context.Context, id contract.ID, number int, in LeaseRequest) (Lease, error) {
	var l Lease
	return l, c.call(ctx, http.MethodPost, attemptPath(id, number, "lease"), in, &l)
}

// RecordRequest keeps the id of the request of a leased attempt. ErrConflict if the lease is another's by now.
func (c *Client) RecordRequest(ctx context.Context, id contract.ID, number int, holder, request string) error {
	return c.call(ctx, http.MethodPost, attemptPath(id, number, "request"), LeasedRequest{holder, request}, nil)
}

// ReleaseAttempt gives a lease back.
func (c *Client) ReleaseAttempt(ctx context.Context, id contract.ID, number int, holder string) error {
	return c.call(ctx, http.MethodPost, attemptPath(id, number, "release"), LeasedRequest{Holder: holder}, nil)
}

// TakeCalls asks for calls of the signature service.
func (c *Client) TakeCalls(ctx context.Context, calls, perMinute int) (Lease, error) {
	var l Lease
	return l, c.call(ctx, http.MethodPost, "/limits/signature/calls", LeaseRequest{Calls: calls, PerMinute: perMinute}, &l)
}

// BlockCalls tells every instance that the signature service asked to be left alone.
func (c *Client) BlockCalls(ctx context.Context, seconds float64) error {
	return c.call(ctx, http.MethodPost, "/limits/signature/blocked", CallsBlocked{seconds}, nil)
}

func attemptPath(id contract.ID, number int, what string) string {
	return fmt.Sprintf("/contracts/%s/attempts/%s/%s", url.PathEscape(string(id)), strconv.Itoa(number), what)
}
