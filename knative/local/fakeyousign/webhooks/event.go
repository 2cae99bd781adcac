// Package webhooks writes events as the service does, and delivers them with its retries.
package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// The one webhook subscription. Real ones are created by hand; this one comes from Options.
const (
	SubscriptionID          = "5b0f3b52-93a6-4d38-8a3b-6f6f5d0c4d11"
	subscriptionDescription = "local"
)

// Envelope is a webhook's body: flat, in this order.
type Envelope struct {
	EventID                 string      `json:"event_id"`
	EventName               string      `json:"event_name"`
	EventTime               string      `json:"event_time"` // Unix seconds as text; the same at every attempt
	SubscriptionID          string      `json:"subscription_id"`
	SubscriptionDescription string      `json:"subscription_description"`
	Sandbox                 bool        `json:"sandbox"`
	Data                    wire.Object `json:"data"`
}

// nested is the other form of the same: its head under "metadata".
type nested struct {
	Metadata wire.Object `json:"metadata"`
	Data     wire.Object `json:"data"`
}

// Emitter writes events into the outboxes of requests.
type Emitter struct {
	URL       string // of the webhook; empty: no events
	PublicURL string // of the signing pages
	Sandbox   bool
	Now       func() time.Time
}

// Emit puts an event into the request's outbox, which is stored with the request: neither is lost without the other.
func (w *Emitter) Emit(r *model.Request, name string, g *model.Signer) {
	if w.URL == "" {
		return
	}
	data := wire.Object{"signature_request": viewRequest(r)}
	if g != nil {
		data["signer"] = w.viewSigner(g)
	}
	now := w.Now()
	e := Envelope{
		EventID: wire.NewID(), EventName: name, EventTime: strconv.FormatInt(now.Unix(), 10), SubscriptionID: SubscriptionID,
		SubscriptionDescription: subscriptionDescription, Sandbox: w.Sandbox, Data: data,
	}
	r.Outbox = append(r.Outbox, &model.Delivery{EventID: e.EventID, Name: name, Body: e.text(), Next: now})
}

func (e Envelope) text() string {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it is made of what JSON can write
	}
	return string(text)
}

// readEnvelope parses a stored body.
func readEnvelope(body string) Envelope {
	var e Envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		panic(err) // it was written by text
	}
	return e
}

// nest writes the event in its other form.
func (e Envelope) nest() string {
	text, err := json.Marshal(nested{wire.Object{
		"event_id": e.EventID, "event_name": e.EventName, "event_time": e.EventTime, "subscription_id": e.SubscriptionID,
		"subscription_description": e.SubscriptionDescription, "sandbox": e.Sandbox,
	}, e.Data})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// viewRequest is a request as webhooks carry it: with its people, and without what only the API shows.
func viewRequest(r *model.Request) wire.Object {
	return wire.Object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode, "created_at": wire.Date(r.CreatedAt),
		"activated_at": wire.Date(r.ActivatedAt), "completed_at": wire.Date(r.CompletedAt), "approved_at": nil, "deleted_at": nil,
		"timezone": r.Timezone, "email_custom_note": nil, "expiration_date": wire.Date(r.Expires), "source": "public_api",
		"ordered_signers": r.Ordered, "external_id": r.ExternalID, "workspace_id": r.WorkspaceID, "sender": nil,
		"signers": wire.Each(r.Signers, func(g *model.Signer) wire.Object {
			return wire.Object{"id": g.ID, "status": g.Status, "info": g.Info}
		}),
		"approvers": []any{}, "labels": []any{}, "documents": wire.Each(r.Documents, (*model.Document).Ref), "custom_properties": []any{},
		"decline_information": r.Decline,
	}
}

// viewSigner includes the link, as the real service does: a webhook must not be logged.
func (w *Emitter) viewSigner(g *model.Signer) wire.Object {
	return wire.Object{
		"id": g.ID, "status": g.Status, "signed_at": wire.Date(g.SignedAt), "signature_level": g.Level, "info": g.Info,
		"signature_authentication_mode": g.Mode, "signature_link": g.LinkAt(w.PublicURL),
	}
}

// Sign is the value of X-Yousign-Signature-256: HMAC-SHA256 of the exact bytes, keyed by the secret as it stands.
func Sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
