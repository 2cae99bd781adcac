package fakeyousign

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// requestBody is what create and patch take. Fields that this stand-in has no use for are known, and passed over.
type requestBody struct {
	Name             optional[string]    `json:"name"`
	DeliveryMode     optional[string]    `json:"delivery_mode"`
	Timezone         optional[string]    `json:"timezone"`
	ExpirationDate   optional[string]    `json:"expiration_date"`
	ExternalID       optional[string]    `json:"external_id"`
	AuditTrailLocale optional[string]    `json:"audit_trail_locale"`
	WorkspaceID      optional[string]    `json:"workspace_id"`
	Reminders        optional[reminders] `json:"reminder_settings"`
	OrderedSigners   optional[bool]      `json:"ordered_signers"`
	MayDecline       optional[bool]      `json:"signers_allowed_to_decline"`

	OrderedApprovers     json.RawMessage `json:"ordered_approvers"`
	CustomRecipientOrder json.RawMessage `json:"custom_recipient_order"`
	CustomExperienceID   json.RawMessage `json:"custom_experience_id"`
	EmailNotification    json.RawMessage `json:"email_notification"`
	Labels               json.RawMessage `json:"labels"`
	WorkflowSessionID    json.RawMessage `json:"workflow_session_id"`
	PreviousAttemptID    json.RawMessage `json:"previous_attempt_id"`
}

// createRequest makes a draft. The service knows no idempotency: the same body twice makes two.
func (s *Service) createRequest(r *http.Request) (answer, error) {
	var body requestBody
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	now := s.o.Now()
	made := &request{
		ID: newID(), Status: stateDraft, CreatedAt: now.UTC(), Timezone: body.Timezone.Or("Europe/Paris"),
		Elsewhere: s.faults.Plan().OtherWorkspace,
	}
	var v invalid
	v.must(body.Name.Has(), "name", "This value should not be null.")
	v.must(body.DeliveryMode.Has(), "delivery_mode", "This value should not be null.")
	body.apply(made, &v)
	made.Expires = expiry(&v, body.ExpirationDate.Or(""), made.Timezone, now)
	if err := v.err(); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(made); err != nil {
		return answer{}, err
	}
	return created(viewRequest(made))
}

// apply puts what was given into r and notes what is wrong with it.
func (b requestBody) apply(r *request, v *invalid) {
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

// settled reports whether the body touches what is settled once a request is activated.
func (b requestBody) settled() bool {
	return b.DeliveryMode.Given || b.OrderedSigners.Given || b.Timezone.Given || b.WorkspaceID.Given
}

// patchRequest changes what is given and leaves the rest. Once a request is activated, only what its signers do not see
// changed may change.
func (s *Service) patchRequest(r *http.Request) (answer, error) {
	var body requestBody
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var view object
	err := s.change(r.PathValue("id"), func(q *request) error {
		if q.Status != stateDraft && (q.Status != stateOngoing || body.settled()) {
			return wrongState(q, "changed like this")
		}
		var v invalid
		body.apply(q, &v)
		q.Timezone = body.Timezone.Or(q.Timezone)
		if body.ExpirationDate.Has() || body.Timezone.Given {
			q.Expires = expiry(&v, body.ExpirationDate.Or(q.Expires.Format(time.DateOnly)), q.Timezone, s.o.Now())
		}
		view = viewRequest(q)
		return v.err()
	})
	if err != nil {
		return answer{}, err
	}
	return ok(view)
}

func (s *Service) getRequest(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(viewRequest(q))
}

func (s *Service) activateRequest(r *http.Request) (answer, error) {
	var body struct {
		SenderID json.RawMessage `json:"sender_id"`
	}
	if err := readJSON(r, &body, true); err != nil {
		return answer{}, err
	}
	return s.move(r, s.activate, s.viewActivated)
}

// move does one step of a request's life and answers 201, as the service does for all of them.
func (s *Service) move(r *http.Request, step func(*request) error, view func(*request) object) (answer, error) {
	var after object
	err := s.change(r.PathValue("id"), func(q *request) error {
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

func (s *Service) cancelRequest(r *http.Request) (answer, error) {
	var body struct {
		Reason     string           `json:"reason"`
		CustomNote optional[string] `json:"custom_note"`
	}
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var v invalid
	oneOf(&v, "reason", body.Reason, cancelReasons)
	v.must(utf8.RuneCountInString(body.CustomNote.Value) <= 500, "custom_note", "It must have at most 500 characters.")
	if err := v.err(); err != nil {
		return answer{}, err
	}
	return s.move(r, func(q *request) error { return s.cancel(q, body.Reason) }, viewRequest)
}

func (s *Service) reactivateRequest(r *http.Request) (answer, error) {
	var body struct {
		ExpirationDate string `json:"expiration_date"`
	}
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	return s.move(r, func(q *request) error {
		var v invalid
		v.must(strings.TrimSpace(body.ExpirationDate) != "", "expiration_date", "This value should not be blank.")
		expires := expiry(&v, body.ExpirationDate, q.Timezone, s.o.Now())
		if err := v.err(); err != nil {
			return err
		}
		return s.reactivate(q, expires)
	}, viewRequest)
}

// deleteRequest keeps a deleted request readable, as the service does.
func (s *Service) deleteRequest(r *http.Request) (answer, error) {
	err := s.change(r.PathValue("id"), func(q *request) error {
		if q.Status == stateOngoing {
			return wrongState(q, "deleted")
		}
		q.Status = stateDeleted
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return noContent()
}
