package fakeyousign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// What the one webhook subscription says of itself. The real ones are made by hand; this one is made by Options.
const (
	subscriptionID          = "5b0f3b52-93a6-4d38-8a3b-6f6f5d0c4d11"
	subscriptionDescription = "local"
)

// subscribed are the events that go out.
var subscribed = []string{
	"signature_request.activated", "signature_request.done", "signature_request.declined", "signature_request.expired",
	"signature_request.canceled", "signature_request.reactivated",
	"signer.notified", "signer.link_opened", "signer.done", "signer.error",
}

// envelope is a webhook's body: flat, in this order.
type envelope struct {
	EventID                 string `json:"event_id"`
	EventName               string `json:"event_name"`
	EventTime               string `json:"event_time"` // Unix seconds as text; the same at every attempt
	SubscriptionID          string `json:"subscription_id"`
	SubscriptionDescription string `json:"subscription_description"`
	Sandbox                 bool   `json:"sandbox"`
	Data                    object `json:"data"`
}

// nested is the other form of the same: its head under "metadata".
type nested struct {
	Metadata object `json:"metadata"`
	Data     object `json:"data"`
}

// tell puts an event into the request's outbox. It goes out once the request is kept, in the same write: neither can
// be lost without the other.
func (s *Service) tell(r *request, name string, g *signer) {
	if s.o.WebhookURL == "" {
		return
	}
	data := object{"signature_request": viewTold(r)}
	if g != nil {
		data["signer"] = s.viewToldSigner(g)
	}
	now := s.o.Now()
	e := envelope{
		EventID: newID(), EventName: name, EventTime: strconv.FormatInt(now.Unix(), 10), SubscriptionID: subscriptionID,
		SubscriptionDescription: subscriptionDescription, Sandbox: s.o.Sandbox, Data: data,
	}
	r.Outbox = append(r.Outbox, &delivery{EventID: e.EventID, Name: name, Body: e.text(), Next: now})
}

func (e envelope) text() string {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it is made of what JSON can write
	}
	return string(text)
}

// readEnvelope takes a kept body apart, to make another one of it.
func readEnvelope(body string) envelope {
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		panic(err) // it was written by text
	}
	return e
}

// nest writes the event in its other form.
func (e envelope) nest() string {
	text, err := json.Marshal(nested{object{
		"event_id": e.EventID, "event_name": e.EventName, "event_time": e.EventTime, "subscription_id": e.SubscriptionID,
		"subscription_description": e.SubscriptionDescription, "sandbox": e.Sandbox,
	}, e.Data})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// viewTold is a request as webhooks carry it: with its people, and without what only the API tells.
func viewTold(r *request) object {
	return object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode, "created_at": date(r.CreatedAt),
		"activated_at": date(r.ActivatedAt), "completed_at": date(r.CompletedAt), "approved_at": nil, "deleted_at": nil,
		"timezone": r.Timezone, "email_custom_note": nil, "expiration_date": date(r.Expires), "source": "public_api",
		"ordered_signers": r.Ordered, "external_id": r.ExternalID, "workspace_id": r.WorkspaceID, "sender": nil,
		"signers": each(r.Signers, func(g *signer) object {
			return object{"id": g.ID, "status": g.Status, "info": g.Info}
		}),
		"approvers": []any{}, "labels": []any{}, "documents": each(r.Documents, viewDocumentRef), "custom_properties": []any{},
		"decline_information": r.Decline,
	}
}

// viewToldSigner carries the link too: the real service does, which is why nobody may log a webhook.
func (s *Service) viewToldSigner(g *signer) object {
	return object{
		"id": g.ID, "status": g.Status, "signed_at": date(g.SignedAt), "signature_level": g.Level, "info": g.Info,
		"signature_authentication_mode": g.Mode, "signature_link": s.linkOf(g),
	}
}

// sign is the value of X-Yousign-Signature-256: HMAC-SHA256 of the exact bytes, keyed by the secret as it stands.
func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
