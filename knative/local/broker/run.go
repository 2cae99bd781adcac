package broker

import (
	"context"
	"time"
)

const (
	// maxConcurrent is how many deliveries to one address go on at a time.
	maxConcurrent = 16
	// deadLetterRetry is how often a dead letter is offered again that the dead-letter sink did not take.
	deadLetterRetry = time.Minute
)

// slots bounds the deliveries to one address; who waits longest goes first.
type slots chan struct{}

// deliver brings d to its end, or until the broker stops.
func (b *Broker) deliver(v *run, d *delivery) {
	for sleep(v.ctx, d.next.Sub(b.o.Now())) {
		address := b.slots[d.address()]
		select {
		case address <- struct{}{}:
		case <-v.ctx.Done():
			return
		}
		came := b.attempt(v.sending, d)
		<-address
		if came.verdict != delivered && stopping(v.sending) {
			return
		}
		if d.attempts++; b.settle(d, came) {
			b.finished(d)
			return
		}
	}
}

// sleep waits and reports whether the broker still runs.
func sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle does what an attempt's outcome asks for and reports whether d has come to its end.
func (b *Broker) settle(d *delivery, came result) bool {
	if came.reply != nil {
		// The reply and the end of what it answers are stored in one commit: neither is ever there without the other.
		if err := b.accept(*came.reply, d.take()); err != nil {
			came = result{verdict: retry, status: 500, body: truncate(err.Error())}
		} else {
			b.counts.delivered.Add(1)
			return true
		}
	}
	if came.verdict == delivered {
		b.store.later(d.take())
		b.countEnd(d)
		return true
	}
	if came.verdict == retry && d.attempts <= d.trigger.policy.retry {
		wait := d.trigger.policy.wait(d.attempts, came.retryAfter)
		b.counts.retried.Add(1)
		b.log(d, came).Info("delivery failed, will be retried", "wait", wait.String())
		b.postpone(d, wait)
		return false
	}
	return b.sendToDeadLetters(d, came)
}

// countEnd counts a delivery that was taken, by its subscriber or by the dead letters.
func (b *Broker) countEnd(d *delivery) {
	if d.dead != nil {
		b.counts.dead.Add(1)
	} else {
		b.counts.delivered.Add(1)
	}
}

// sendToDeadLetters sends d to the dead letters. A dead letter that even they do not take stays, and is offered again from time to
// time; one that they will never take is dropped, as in a cluster, and so is every one where there is no dead-letter sink.
func (b *Broker) sendToDeadLetters(d *delivery, came result) (ended bool) {
	log := b.log(d, came)
	switch {
	case d.dead != nil && came.verdict == permanent:
		log.Error("event dropped: the dead-letter sink refuses it")
		b.store.later(d.take())
		b.counts.dropped.Add(1)
		return true
	case d.dead != nil:
		log.Error("dead letter not accepted, will be retried", "wait", deadLetterRetry.String())
		b.postpone(d, deadLetterRetry)
		return false
	case d.trigger.policy.deadLetters == "":
		log.Error("event dropped: no dead-letter sink is configured")
		b.store.later(d.take())
		b.counts.dropped.Add(1)
		return true
	}
	log.Warn("event sent to the dead-letter sink")
	d.dead = &cause{Address: d.address(), Status: came.status, Body: came.body}
	d.attempts = 0
	b.postpone(d, 0)
	return false
}

// postpone notes, in its own time, how far d has come. If the note is lost, d is tried more often, not less.
func (b *Broker) postpone(d *delivery, wait time.Duration) {
	d.next = b.o.Now().Add(wait)
	put, err := d.put()
	if err != nil {
		b.o.Log.Error("delivery state not stored", "id", d.event.ID(), "error", err.Error())
		return
	}
	b.store.later(put)
}
