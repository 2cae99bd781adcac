package function

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// eventLimit bounds the body of an event. Events carry ids and digests; a larger one is a mistake or an attack.
const eventLimit = 1 << 20

// eventHandler turns HTTP requests of the broker into calls of the handler and its answers back.
type eventHandler struct {
	handle    Handler
	manifest  Manifest
	publisher SigningPublisher
	now       func() time.Time
	log       *slog.Logger
}

// ServeHTTP consumes one event. Its status tells the broker what to do (knative: retried are 5xx and 404, 408, 409,
// 429; any other 4xx goes to the dead letters): 200 or 202 done, 422 and 413 never, 429 later, 500 and 503 again.
func (h eventHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.now()
	r.Body = http.MaxBytesReader(w, r.Body, eventLimit)
	in, err := events.FromRequest(r.Context(), r)
	var verified events.Verified
	if err == nil {
		verified, err = h.publisher.Verify(in, events.ByBroker(), h.manifest)
	}
	if err != nil {
		h.refuse(w, r, in, err, began)
		return
	}
	parent := r.Header.Get("Traceparent")
	if parent == "" {
		parent = in.Traceparent
	}
	r = r.WithContext(WithTrace(r.Context(), parent))
	out, err := h.handle(r.Context(), verified)
	if err != nil {
		h.refuse(w, r, in, err, began)
		return
	}
	PointAt(h.manifest.Name, "handled", in.Payload.Type())
	h.publish(w, r, in, out, began)
}

// publish publishes what the handler said: one event as the reply, which saves a request; several through the broker.
func (h eventHandler) publish(w http.ResponseWriter, r *http.Request, in events.Event, out []events.Event, began time.Time) {
	var err error
	switch len(out) {
	case 0:
		w.WriteHeader(http.StatusAccepted)
	case 1:
		err = h.reply(w, r, out[0])
	default:
		if err = h.publisher.Publish(r.Context(), out...); err == nil {
			w.WriteHeader(http.StatusAccepted)
		}
	}
	if err != nil {
		h.refuse(w, r, in, err, began)
		return
	}
	PointAt(h.manifest.Name, "published", in.Payload.Type())
	h.log.Info("event handled", append(about(in), "published", names(out), "took", h.now().Sub(began).String())...)
}

func (h eventHandler) reply(w http.ResponseWriter, r *http.Request, out events.Event) error {
	signed, err := h.publisher.stamp(r.Context(), out)
	if err != nil {
		return err
	}
	return events.WriteReply(r.Context(), signed, http.StatusOK, w)
}

func (h eventHandler) refuse(w http.ResponseWriter, r *http.Request, in events.Event, err error, began time.Time) {
	status := statusOf(err)
	var later Later
	if errors.As(err, &later) {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(later.After.Seconds()))))
	}
	attrs := append(about(in), "status", status, "error", err.Error(), "took", h.now().Sub(began).String())
	level := slog.LevelWarn
	if ClientGone(r) || errors.Is(err, ErrBody) {
		level = slog.LevelInfo // the broker left: it comes again by itself
	}
	h.log.Log(r.Context(), level, "handling of the event failed", attrs...)
	WriteProblem(w, Problem{Status: status, Title: http.StatusText(status), Detail: err.Error()})
}

func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	var later Later
	var unavailable Unavailable
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBody): // what was cut off on its way is no poison
		return http.StatusServiceUnavailable
	case Refused(err):
		return http.StatusUnprocessableEntity
	case errors.As(err, &later):
		return http.StatusTooManyRequests
	case errors.As(err, &unavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func about(e events.Event) []any {
	if e.Payload == nil {
		return []any{"event", "unreadable"}
	}
	return []any{"event", e.Payload.Type(), "id", e.ID, "source", e.Source, "contract", string(e.Subject)}
}

func names(out []events.Event) []string {
	n := make([]string, len(out))
	for i, e := range out {
		n[i] = e.Payload.Type()
	}
	return n
}
