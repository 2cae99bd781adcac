package fakeyousign

import (
	"context"
	"time"
)

// reorderBy bounds how long a webhook waits for another one to overtake it.
const reorderBy = time.Second

// attempt sends one webhook as the plan of faults wants it.
func (s *Service) attempt(ctx context.Context, p pending) string {
	f := s.faults.Plan().Webhooks
	if !p.Held && p.Attempts == 0 && (s.faults.roll(f.Delay) || s.faults.roll(f.Reorder)) {
		return attemptHeld
	}
	if s.faults.roll(f.Drop) {
		return attemptDropped
	}
	for _, forged := range s.forgeries(p, f) {
		s.post(ctx, p, forged.body, forged.signature, s.courier) // nobody asks how that went
	}
	body := p.Body
	if s.faults.roll(f.NestedMetadata) {
		body = readEnvelope(body).nest()
	}
	client := s.courier
	if s.faults.roll(f.StrangeAddress) {
		client = s.stranger
	}
	took := s.post(ctx, p, body, sign(s.o.WebhookSecret, body), client)
	if took && s.faults.roll(f.Repeat) {
		took = s.post(ctx, p, body, sign(s.o.WebhookSecret, body), client)
	}
	if !took {
		return attemptFailed
	}
	return attemptDelivered
}

// heldFor is how long a webhook waits that a fault holds back.
func (s *Service) heldFor() time.Duration {
	f := s.faults.Plan().Webhooks
	most := reorderBy
	if f.Delay > 0 {
		most = milliseconds(f.DelayBy, 1000)
	}
	return s.faults.upTo(most)
}

type forgery struct{ body, signature string }

// forgeries makes the false messages that come before a true one. Each has an id of its own: a receiver must not
// take the true one for a repetition.
func (s *Service) forgeries(p pending, f WebhookFaults) []forgery {
	var list []forgery
	signed := func(chance float64, change func(*envelope)) {
		if s.faults.roll(chance) {
			e := readEnvelope(p.Body)
			e.EventID = newID()
			change(&e)
			body := e.text()
			list = append(list, forgery{body, sign(s.o.WebhookSecret, body)})
		}
	}
	signed(f.UnknownEvent, func(e *envelope) { e.EventName = "standin.something_else" })
	signed(f.FlippedSandbox, func(e *envelope) { e.Sandbox = !e.Sandbox })
	signed(f.ForeignExternalID, func(e *envelope) {
		if told, ok := e.Data["signature_request"].(map[string]any); ok {
			told["external_id"] = "somebody-elses-" + newID()
		}
	})
	if s.faults.roll(f.WrongSignature) {
		list = append(list, forgery{p.Body, sign("another secret", p.Body)})
	}
	if s.faults.roll(f.AlteredBody) {
		e := readEnvelope(p.Body)
		e.EventName = "signature_request.done"
		list = append(list, forgery{e.text() + " ", sign(s.o.WebhookSecret, p.Body)})
	}
	return list
}
