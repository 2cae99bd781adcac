package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// requestBody is what create and patch take. Fields that this stand-in has no use for are known, and passed over.
type requestBody struct {
	Name             wire.Optional[string]          `json:"name"`
	DeliveryMode     wire.Optional[string]          `json:"delivery_mode"`
	Timezone         wire.Optional[string]          `json:"timezone"`
	ExpirationDate   wire.Optional[string]          `json:"expiration_date"`
	ExternalID       wire.Optional[string]          `json:"external_id"`
	AuditTrailLocale wire.Optional[string]          `json:"audit_trail_locale"`
	WorkspaceID      wire.Optional[string]          `json:"workspace_id"`
	Reminders        wire.Optional[model.Reminders] `json:"reminder_settings"`
	OrderedSigners   wire.Optional[bool]            `json:"ordered_signers"`
	MayDecline       wire.Optional[bool]            `json:"signers_allowed_to_decline"`

	OrderedApprovers     json.RawMessage `json:"ordered_approvers"`
	CustomRecipientOrder json.RawMessage `json:"custom_recipient_order"`
	CustomExperienceID   json.RawMessage `json:"custom_experience_id"`
	EmailNotification    json.RawMessage `json:"email_notification"`
	Labels               json.RawMessage `json:"labels"`
	WorkflowSessionID    json.RawMessage `json:"workflow_session_id"`
	PreviousAttemptID    json.RawMessage `json:"previous_attempt_id"`
}

// createRequest makes a draft. The service knows no idempotency: the same body twice makes two.
func (s *API) createRequest(r *http.Request) (answer, error) {
	var body requestBody
	if err := wire.ReadJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	now := s.Now()
	made := &model.Request{
		ID: wire.NewID(), Status: model.StateDraft, CreatedAt: now.UTC(), Timezone: body.Timezone.Or("Europe/Paris"),
		Elsewhere: s.faults.Plan().OtherWorkspace,
	}
	var v wire.Invalid
	v.Must(body.Name.Has(), "name", "This value should not be null.")
	v.Must(body.DeliveryMode.Has(), "delivery_mode", "This value should not be null.")
	body.apply(made, &v)
	made.Expires = expiry(&v, body.ExpirationDate.Or(""), made.Timezone, now)
	if err := v.Err(); err != nil {
		return answer{}, err
	}
	if err := s.store.Create(made); err != nil {
		return answer{}, err
	}
	return created(viewRequest(made))
}

// apply puts what was given into r and notes what is wrong with it.
func (b requestBody) apply(r *model.Request, v *wire.Invalid) {
	if b.Name.Given {
		checkName(v, "name", b.Name.Value)
		r.Name = b.Name.Value
	}
	if b.DeliveryMode.Given {
		oneOf(v, "delivery_mode", b.DeliveryMode.Value, deliveryModes)
		r.DeliveryMode = b.DeliveryMode.Value
	}
	if b.ExternalID.Given {
		r.ExternalID = b.ExternalID.Pointer()
		checkExternalID(v, r.ExternalID)
	}
	if b.AuditTrailLocale.Given {
		if r.AuditTrailLocale = b.AuditTrailLocale.Pointer(); r.AuditTrailLocale != nil {
			oneOf(v, "audit_trail_locale", *r.AuditTrailLocale, proofLocales)
		}
	}
	if b.Reminders.Given {
		r.Reminders = b.Reminders.Pointer()
		checkReminders(v, r.Reminders)
	}
	if b.WorkspaceID.Given {
		r.WorkspaceID = b.WorkspaceID.Pointer()
	}
	r.Ordered = b.OrderedSigners.Or(r.Ordered)
	r.MayDecline = b.MayDecline.Or(r.MayDecline)
}

// touchesFixedFields reports whether the body touches what is settled once a request is activated.
func (b requestBody) touchesFixedFields() bool {
	return b.DeliveryMode.Given || b.OrderedSigners.Given || b.Timezone.Given || b.WorkspaceID.Given
}

// patchRequest changes what is given and leaves the rest. Once a request is activated, only what its signers do not see
// changed may change.
func (s *API) patchRequest(r *http.Request) (answer, error) {
	var body requestBody
	if err := wire.ReadJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var view wire.Object
	err := s.store.Change(r.PathValue("id"), func(q *model.Request) error {
		if q.Status != model.StateDraft && (q.Status != model.StateOngoing || body.touchesFixedFields()) {
			return wire.WrongState(q.Status, "changed like this")
		}
		var v wire.Invalid
		body.apply(q, &v)
		q.Timezone = body.Timezone.Or(q.Timezone)
		if body.ExpirationDate.Has() || body.Timezone.Given {
			q.Expires = expiry(&v, body.ExpirationDate.Or(q.Expires.Format(time.DateOnly)), q.Timezone, s.Now())
		}
		view = viewRequest(q)
		return v.Err()
	})
	if err != nil {
		return answer{}, err
	}
	return ok(view)
}

func (s *API) getRequest(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(viewRequest(q))
}

func (s *API) activateRequest(r *http.Request) (answer, error) {
	var body struct {
		SenderID json.RawMessage `json:"sender_id"`
	}
	if err := wire.ReadJSON(r, &body, true); err != nil {
		return answer{}, err
	}
	return s.transition(r, s.rules.Activate, s.viewActivated)
}

// transition does one step of a request's life and answers 201, as the service does for all of them.
func (s *API) transition(r *http.Request, step func(*model.Request) error, view func(*model.Request) wire.Object) (answer, error) {
	var after wire.Object
	err := s.store.Change(r.PathValue("id"), func(q *model.Request) error {
		if err := step(q); err != nil {
			return err
		}
		after = view(q)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return created(after)
}

func (s *API) cancelRequest(r *http.Request) (answer, error) {
	var body struct {
		Reason     string                `json:"reason"`
		CustomNote wire.Optional[string] `json:"custom_note"`
	}
	if err := wire.ReadJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var v wire.Invalid
	oneOf(&v, "reason", body.Reason, cancelReasons)
	v.Must(utf8.RuneCountInString(body.CustomNote.Value) <= 500, "custom_note", "It must have at most 500 characters.")
	if err := v.Err(); err != nil {
		return answer{}, err
	}
	return s.transition(r, func(q *model.Request) error { return s.rules.Cancel(q, body.Reason) }, viewRequest)
}

func (s *API) reactivateRequest(r *http.Request) (answer, error) {
	var body struct {
		ExpirationDate string `json:"expiration_date"`
	}
	if err := wire.ReadJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	return s.transition(r, func(q *model.Request) error {
		var v wire.Invalid
		v.Must(strings.TrimSpace(body.ExpirationDate) != "", "expiration_date", "This value should not be blank.")
		expires := expiry(&v, body.ExpirationDate, q.Timezone, s.Now())
		if err := v.Err(); err != nil {
			return err
		}
		return s.rules.Reactivate(q, expires)
	}, viewRequest)
}

// deleteRequest keeps a deleted request readable, as the service does.
func (s *API) deleteRequest(r *http.Request) (answer, error) {
	err := s.store.Change(r.PathValue("id"), func(q *model.Request) error {
		if q.Status == model.StateOngoing {
			return wire.WrongState(q.Status, "deleted")
		}
		q.Status = model.StateDeleted
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return noContent()
}
