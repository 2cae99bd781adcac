package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

var errNoTrigger = errors.New("its Trigger is gone")

// delivery is one event on its way to one Trigger's subscriber or, after that failed for good, to the dead letters.
// Once started it belongs to the goroutine that carries it.
type delivery struct {
	key      uint64
	event    cloudevents.Event
	trigger  *trigger
	attempts int       // made so far, to the present address
	next     time.Time // not before
	dead     *cause    // why it goes to the dead letters; nil while it goes to the subscriber
}

// cause is why an event could not be delivered: what its dead letter carries.
type cause struct {
	Address string `json:"address"`
	Status  int    `json:"status"`
	Body    []byte `json:"body,omitempty"`
}

// address is where the delivery goes now.
func (d *delivery) address() string {
	if d.dead != nil {
		return d.trigger.policy.deadLetters
	}
	return d.trigger.subscriber
}

// kept is a delivery in the store. The data lie beside the event, not in it: an event's JSON form could not hold data
// that only claim to be JSON.
type kept struct {
	Event    json.RawMessage `json:"event"`
	Data     []byte          `json:"data,omitempty"`
	Trigger  string          `json:"trigger"`
	Attempts int             `json:"attempts,omitempty"`
	Next     time.Time       `json:"next,omitzero"`
	Dead     *cause          `json:"dead,omitempty"`
}

// put is the change that stores d.
func (d *delivery) put() (change, error) {
	bare := d.event
	bare.DataEncoded = nil
	event, err := json.Marshal(bare)
	if err != nil {
		return change{}, fmt.Errorf("store event %s: %w", d.event.ID(), err)
	}
	value, err := json.Marshal(kept{
		Event: event, Data: d.event.Data(), Trigger: d.trigger.name, Attempts: d.attempts, Next: d.next, Dead: d.dead,
	})
	if err != nil {
		return change{}, fmt.Errorf("store event %s: %w", d.event.ID(), err)
	}
	return change{key: d.key, value: value}, nil
}

// take is the change that removes d.
func (d *delivery) take() change { return change{key: d.key} }

func decode(key uint64, value []byte, find func(trigger string) *trigger) (*delivery, error) {
	var k kept
	if err := json.Unmarshal(value, &k); err != nil {
		return nil, err
	}
	d := &delivery{key: key, trigger: find(k.Trigger), attempts: k.Attempts, next: k.Next, dead: k.Dead}
	if d.trigger == nil || (d.dead != nil && d.trigger.policy.deadLetters == "") {
		return nil, fmt.Errorf("%s: %w", k.Trigger, errNoTrigger)
	}
	if err := json.Unmarshal(k.Event, &d.event); err != nil {
		return nil, err
	}
	d.event.DataEncoded = k.Data
	return d, nil
}
