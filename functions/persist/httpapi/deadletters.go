package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/deadletters"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// keepDeadLetter keeps a dead letter. It comes without a token, for the Broker has none to give: what lets it in is the signature of
// the function that sent it. So strangers leave nothing here, and whoever consumes an event, and could as well have refused it,
// leaves no more than that it was refused. What nobody signed is not kept, though the Broker brings it: the log of whoever
// refused it tells of it. What is its author's to say, about a contract on record, is noted there, too.
func (h *handlers) keepDeadLetter(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, DeadLetterLimit)
	u, err := events.ReadUndelivered(r.Context(), r, h.tokens.functions)
	if err == nil && !u.Tick() { // the next tick finds what this one would have found
		err = h.keepUndelivered(r.Context(), u)
	}
	if errors.Is(err, events.ErrNotAuthor) {
		h.log.Warn("a dead letter was refused", "error", err.Error())
	}
	if err != nil {
		h.refuse(w, r, "POST /dead-letters", err)
		return
	}
	function.Point("persist.dead-letter-kept")
	w.WriteHeader(http.StatusAccepted)
}

func (h *handlers) keepUndelivered(ctx context.Context, u events.Undelivered) error {
	body, err := u.Structured()
	if err != nil {
		return err
	}
	deadLetter := deadletters.DeadLetter{Undelivered: u, ID: events.DerivedID(u.Source, u.ID, u.Type), Body: body}
	h.log.Warn("dead letter", "id", deadLetter.ID, "event", deadletters.Storable(u.Type), "contract", deadletters.Storable(string(u.Subject)), "code", deadletters.Storable(u.Status))
	return h.DeadLetters.Keep(ctx, deadLetter, h.verified(u))
}

// verified is the event of a dead letter if it can be read and is its author's to say, or nil.
func (h *handlers) verified(u events.Undelivered) *events.Verified {
	e, err := u.Event()
	if err != nil {
		return nil
	}
	event, err := h.publisher.Signatures.Verify(e, events.ByBroker())
	if err != nil {
		return nil
	}
	return &event
}

// rebuilt reads a kept dead letter as the event that it was.
func rebuilt(ctx context.Context, headers http.Header, body []byte) (events.Event, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		return events.Event{}, err
	}
	r.Header = headers
	return events.FromRequest(ctx, r)
}

func (h *handlers) listDeadLetters(r *http.Request, caller access.Caller) (answer, error) {
	list, err := h.DeadLetters.List(r.Context(), caller)
	return ok(list), err
}

// replayDeadLetter gives a dead letter to the broker again, as it came and with its author's signature: persist could not
// sign for another. It goes through the check of every way in, and nowhere if it does not pass.
func (h *handlers) replayDeadLetter(r *http.Request, caller access.Caller) (answer, error) {
	id := r.PathValue("id")
	headers, body, err := h.DeadLetters.Get(r.Context(), caller, id)
	if err != nil {
		return answer{}, err
	}
	e, err := rebuilt(r.Context(), headers, body)
	if errors.Is(err, events.ErrMalformed) {
		return answer{}, problem.Invalid("No function can read this event: " + err.Error())
	}
	if err != nil {
		return answer{}, err
	}
	if _, err := h.publisher.Signatures.Verify(e, events.ByBroker()); err != nil {
		return answer{}, problem.Invalid("Every function would refuse this event: " + err.Error())
	}
	if err := h.publisher.Publish(r.Context(), e); err != nil {
		return answer{}, function.Unavailable{Cause: err}
	}
	return answer{}, h.DeadLetters.MarkReplayed(r.Context(), caller, id)
}
