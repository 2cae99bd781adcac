package broker

import (
	"context"
	"errors"
	"net/http"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/cloudevents/sdk-go/v2/types"
)

const (
	eventLimit = 1 << 20 // bytes of an event; what the functions take, and Kafka by default
	ttlName    = "knativebrokerttl"
	firstTTL   = 255 // hops through the broker before an event that goes in circles is refused
)

// errLoop refuses an event at the end of too long a chain of replies.
var errLoop = errors.New(ttlName + " is 0: the event was answered with events too often")

// Handler accepts events at / and at /{namespace}/{broker}, as a broker in a cluster does.
func (b *Broker) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", b.receive)
	mux.HandleFunc("POST /{namespace}/{broker}", b.named(b.receive))
	return mux
}

func (b *Broker) named(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("broker") != b.name {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}
}

// receive takes one event: 202 promises that it is stored for every Trigger whose filter matches it.
func (b *Broker) receive(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, eventLimit)
	event, err := readEvent(r.Context(), cehttp.NewMessageFromHttpRequest(r))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	case err == nil:
		err = checkTTL(event)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := b.accept(*event); err != nil {
		b.o.Log.Error("event not stored", "type", event.Type(), "id", event.ID(), "error", err.Error())
		http.Error(w, "the event could not be stored", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// readEvent reads an event in binary or structured mode.
func readEvent(ctx context.Context, m *cehttp.Message) (*cloudevents.Event, error) {
	defer func() { _ = m.Finish(nil) }()
	if encoding := m.ReadEncoding(); encoding != binding.EncodingBinary && encoding != binding.EncodingStructured {
		return nil, errors.New("not a CloudEvent, neither in binary nor in structured mode")
	}
	event, err := binding.ToEvent(ctx, m)
	if err != nil {
		return nil, err
	}
	return event, event.Validate()
}

// checkTTL counts one hop of an event and refuses one that has made too many.
func checkTTL(e *cloudevents.Event) error {
	ttl := int32(firstTTL)
	if held, err := types.ToInteger(e.Extensions()[ttlName]); err == nil {
		ttl = held - 1
	}
	if ttl <= 0 {
		return errLoop
	}
	e.SetExtension(ttlName, ttl)
	return nil
}

// accept stores an event for every Trigger whose filter matches it, together with further changes, and starts its deliveries.
func (b *Broker) accept(e cloudevents.Event, with ...change) error {
	deliveries := b.route(e)
	changes := with
	for _, d := range deliveries {
		put, err := d.put()
		if err != nil {
			return err
		}
		changes = append(changes, put)
	}
	if len(changes) > 0 {
		if err := b.store.write(changes...); err != nil {
			return err
		}
	}
	b.counts.accepted(e.Type())
	b.startDeliveries(deliveries)
	return nil
}

// route makes a delivery for every Trigger whose filter matches e.
func (b *Broker) route(e cloudevents.Event) []*delivery {
	var deliveries []*delivery
	for _, t := range b.triggers {
		if !t.filter(e) {
			continue
		}
		for range b.faults.copies(e, t.name) {
			d := &delivery{key: b.lastKey.Add(1), event: e, trigger: t}
			if late := b.faults.late(); late > 0 {
				d.next = b.o.Now().Add(late)
			}
			deliveries = append(deliveries, d)
		}
	}
	return deliveries
}
