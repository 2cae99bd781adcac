package webhooks

import (
	"context"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/store"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// reorderBy bounds how long a webhook waits for another one to overtake it.
const reorderBy = time.Second

// attempt sends one webhook, with the faults of the plan.
func (s *Sender) attempt(ctx context.Context, p store.Pending) string {
	f := s.faults.Plan().Webhooks
	if !p.Held && p.Attempts == 0 && (s.faults.Roll(f.Delay) || s.faults.Roll(f.Reorder)) {
		return attemptHeld
	}
	if s.faults.Roll(f.Drop) {
		return attemptDropped
	}
	for _, forged := range s.forgedMessages(p, f) {
		s.post(ctx, p, forged.body, forged.signature, s.client) // its result does not matter
	}
	body := p.Body
	if s.faults.Roll(f.NestedMetadata) {
		body = readEnvelope(body).nest()
	}
	client := s.client
	if s.faults.Roll(f.StrangeAddress) {
		client = s.strangeClient
	}
	took := s.post(ctx, p, body, Sign(s.Secret, body), client)
	if took && s.faults.Roll(f.Repeat) {
		took = s.post(ctx, p, body, Sign(s.Secret, body), client)
	}
	if !took {
		return attemptFailed
	}
	return attemptDelivered
}

// heldFor is how long a fault delays a webhook.
func (s *Sender) heldFor() time.Duration {
	f := s.faults.Plan().Webhooks
	most := reorderBy
	if f.Delay > 0 {
		most = faults.Milliseconds(f.DelayBy, 1000)
	}
	return s.faults.UpTo(most)
}

type forgery struct{ body, signature string }

// forgedMessages are sent before the true one. Each signed one has an id of its own: the true one must not look like a
// repetition.
func (s *Sender) forgedMessages(p store.Pending, f faults.WebhookFaults) []forgery {
	var list []forgery
	signed := func(chance float64, change func(*Envelope)) {
		if s.faults.Roll(chance) {
			e := readEnvelope(p.Body)
			e.EventID = wire.NewID()
			change(&e)
			body := e.text()
			list = append(list, forgery{body, Sign(s.Secret, body)})
		}
	}
	signed(f.UnknownEvent, func(e *Envelope) { e.EventName = "standin.something_else" })
	signed(f.FlippedSandbox, func(e *Envelope) { e.Sandbox = !e.Sandbox })
	signed(f.ForeignExternalID, func(e *Envelope) {
		if report, ok := e.Data["signature_request"].(map[string]any); ok {
			report["external_id"] = "somebody-elses-" + wire.NewID()
		}
	})
	if s.faults.Roll(f.WrongSignature) {
		list = append(list, forgery{p.Body, Sign("another secret", p.Body)})
	}
	if s.faults.Roll(f.AlteredBody) {
		e := readEnvelope(p.Body)
		e.EventName = "signature_request.done"
		list = append(list, forgery{e.text() + " ", Sign(s.Secret, p.Body)})
	}
	return list
}
