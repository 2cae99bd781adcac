package httpapi

import (
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (h *handlers) createContract(r *http.Request, caller access.Caller) (answer, error) {
	draft, err := decode[persistclient.Draft](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkDraft(draft); err != nil {
		return answer{}, err
	}
	once, err := idempotencyOf(r)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Contracts.Create(r.Context(), caller, draft, once)
	return created(v), err
}

// performAction does what a person asks for.
func (h *handlers) performAction(r *http.Request, caller access.Caller) (answer, error) {
	action, err := decode[persistclient.Action](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkAction(action); err != nil {
		return answer{}, err
	}
	once, err := idempotencyOf(r)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Contracts.Perform(r.Context(), caller, contractID(r), action, once)
	return ok(v), err
}

// auditedRead records that an administrator reads a part of a contract, then calls the handler.
func auditedRead(part string, read handler) handler {
	return func(h *handlers, r *http.Request, caller access.Caller) (answer, error) {
		if err := h.Contracts.RecordRead(r.Context(), caller, contractID(r), part); err != nil {
			return answer{}, err
		}
		return read(h, r, caller)
	}
}

func (h *handlers) readContract(r *http.Request, caller access.Caller) (answer, error) {
	v, err := h.Views.Contract(r.Context(), caller, contractID(r))
	return ok(v), err
}

func (h *handlers) readHistory(r *http.Request, caller access.Caller) (answer, error) {
	entries, err := h.Views.History(r.Context(), caller, contractID(r))
	return ok(entries), err
}

func (h *handlers) readFile(r *http.Request, caller access.Caller) (answer, error) {
	pdf, err := h.Documents.Get(r.Context(), caller, contractID(r), r.PathValue("digest"))
	return answer{pdf: pdf}, err
}

// claimNotification gives leave to write a notification.
func (h *handlers) claimNotification(r *http.Request, caller access.Caller) (answer, error) {
	l, err := decode[contract.Notification](r)
	if err != nil {
		return answer{}, err
	}
	c, err := h.Notifications.Claim(r.Context(), caller, contractID(r), l)
	return ok(c), err
}

// handOverNotification marks a notification as about to be handed to the mail service.
func (h *handlers) handOverNotification(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.Handover](r)
	if err != nil {
		return answer{}, err
	}
	c, err := h.Notifications.HandOver(r.Context(), caller, contractID(r), in)
	return ok(c), err
}
