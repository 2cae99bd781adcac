package receivewebhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// bodyLimit bounds a message. Yousign's are a few kilobytes; a hundred signers make about a hundred.
const bodyLimit = 1 << 20

// publishTimeout leaves the service the rest of the ten seconds that it waits for the answer to a repetition (one
// second the first time), so that a 503 still reaches it.
const publishTimeout = 9 * time.Second

// service reads the messages of one signature service. It is given bytes whose signature was verified.
type service interface {
	name() string // as in the sealed message and in the event: "yousign"
	translate(body []byte) (report, error)
}

// report is a service's message, as far as it matters here.
type report struct {
	token    string // our sealed message as it came back
	request  string // the service's id of the request
	delivery string // the service's id of the message, the same in every repetition; may be empty
	name     string // the service's name for what happened
	sandbox  *bool  // nil if the message does not say
	look     bool   // whether it can mean that something changed
}

// handler is the way in for one service through one slot. The proofs are asked in this order, and each before anything
// is done that only the next one could justify. A stranger's body is not even read, but for the alarm.
type handler struct {
	service   service
	slot      auth.Slot
	address   addressProof
	signature signatureProof
	token     tokenProof
	alarm     *unlistedWarning
	publisher function.Publisher
	now       func() time.Time
	log       *slog.Logger
}

// ServeHTTP answers 200 once the broker has the report, 403 to an address that is not listed and to a message that is
// not about our requests, 401 to a wrong signature, 413 to a long body, 400 to one that cannot be read, and 503 if the
// broker took nothing: the service then comes again. Why exactly is in the log alone.
func (d handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if reason := d.address.verify(r); reason != nil {
		d.warn(w, r, reason)
		d.refuse(w, http.StatusForbidden, "address", reason, "signed", d.signature.present(r.Header))
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		d.refuse(w, http.StatusMethodNotAllowed, "method", errMethod)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if errors.Is(err, function.ErrBody) { // a network's everyday, and no reason to look
		d.log.Info("the body did not arrive", "service", d.service.name(), "error", err.Error())
		function.WriteProblem(w, function.Problem{Status: http.StatusBadRequest})
		return
	}
	if err != nil {
		d.refuse(w, unreadable(err), "body", errBody)
		return
	}
	if reason := d.signature.verify(r.Header, body); reason != nil {
		d.refuse(w, http.StatusUnauthorized, "signature", reason)
		return
	}
	d.receive(w, r, body)
}

// receive takes a body that the service signed.
func (d handler) receive(w http.ResponseWriter, r *http.Request, body []byte) {
	m, err := d.service.translate(body)
	if err != nil {
		d.refuse(w, http.StatusBadRequest, "body", err)
		return
	}
	sealed, reason := d.token.verify(m, d.service.name(), d.slot)
	if reason != nil {
		d.refuse(w, http.StatusForbidden, "token", reason)
		return
	}
	function.Point("receive-webhook.message-proved")
	d.publish(w, r, d.event(m, sealed, body))
}

// publish publishes the event. It goes on when the service hangs up, as it does after one second: the event is as true then.
func (d handler) publish(w http.ResponseWriter, r *http.Request, e events.Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), publishTimeout)
	defer cancel()
	ctx = function.WithTrace(ctx, "") // a stranger's trace is not continued
	if err := d.publisher.Publish(ctx, e); err != nil {
		d.log.Error("publishing failed", "contract", string(e.Subject), "id", e.ID, "error", err.Error())
		function.WriteProblem(w, function.Problem{Status: http.StatusServiceUnavailable})
		return
	}
	function.Point("receive-webhook.report-said")
	d.log.Info("webhook accepted", "service", d.service.name(), "contract", string(e.Subject), "id", e.ID,
		"name", e.Payload.(events.SignatureReported).Name)
	w.WriteHeader(http.StatusOK)
}

// event is what is said about a proved message. Its id comes from the delivery, so that a message that the service
// repeats counts once; a message without an id of its own is known by its bytes.
func (d handler) event(m report, s auth.Sealed, body []byte) events.Event {
	if m.delivery == "" {
		m.delivery = "sha256-" + digest(body)
	}
	return events.Event{
		ID:      events.DerivedID(d.service.name(), string(d.slot), m.delivery),
		Source:  Manifest.Name,
		Subject: s.Contract,
		Payload: events.SignatureReported{
			Service: d.service.name(), Slot: string(d.slot), Request: m.request, Attempt: s.Attempt,
			TokenSHA256: digest([]byte(m.token)), Delivery: m.delivery, Name: m.name, Look: m.look,
		},
	}
}

var (
	errMethod = errors.New("method")
	errBody   = errors.New("unreadable")
)

// refuse answers with the status alone and logs which proof failed and how: words of ours, nothing of the message.
func (d handler) refuse(w http.ResponseWriter, status int, proof string, reason error, more ...any) {
	d.log.Warn("refused", append([]any{"service", d.service.name(), "status", status, "proof", proof, "reason", reason.Error()}, more...)...)
	function.WriteProblem(w, function.Problem{Status: status})
}

func unreadable(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
