package yousign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/function"
)

var (
	// errOvertaken says that the draft is not what this try took it for: another one worked on it, or what an earlier
	// one had sent arrived late.
	errOvertaken = errors.New("the request was changed by another try")
	// errMisfit says that a draft is not the beginning of the order.
	errMisfit = errors.New("the draft is not what was ordered")
	// errNotListed says that the list lags behind.
	errNotListed = errors.New("the signature service does not list the new request yet")
)

// mostPasses bounds how often one try begins again, mostBlind how often in a row without having been answered once.
const (
	mostPasses = 4
	mostBlind  = 2
)

// opening is one try to open an order, in passes. Each step begins from what the service has, not from what was done:
// a process may end, and an answer may be lost, between any two of them.
type opening struct {
	*Client
	order signing.Order
	known signing.Progress
	next  string // the request to go on with after errOvertaken; "": it is searched for

	passes, blind int
	answered      bool // whether the service has answered in this pass
	changed       bool // whether this try has got further

	early, last time.Time     // until when another pass may begin, and when the caller's time is up
	mark        time.Time     // when the step before began
	slowest     time.Duration // of the steps so far
}

// Open implements Service.
func (y *Client) Open(ctx context.Context, o signing.Order, p signing.Progress) (signing.Opened, error) {
	w := opening{Client: y, order: o, known: p}
	w.within(ctx)
	for {
		opened, err := w.pass(ctx)
		if err == nil || !w.again(ctx, err) {
			return opened, err
		}
	}
}

// again reports whether another pass may help at once, and prepares it. What is noted is looked at anew after an error
// that may pass. A request whose creation was not answered, or could not be noted, is left to the next try: the list
// needs time to show it.
func (w *opening) again(ctx context.Context, err error) bool {
	w.passes++
	w.blind++
	if w.answered {
		w.blind = 0
	}
	switch {
	case w.passes == mostPasses, w.blind == mostBlind, ctx.Err() != nil:
		return false
	case errors.Is(err, errOvertaken):
		w.known.RequestID = w.next
	case w.known.RequestID == "" || !mayPass(err) || w.Now().After(w.early):
		return false
	}
	w.known.Begun, w.answered, w.next = true, false, ""
	return true
}

// mayPass reports whether an error says nothing that would be the same at the next moment.
func mayPass(err error) bool {
	return !rejected(err) && !errors.As(err, new(signing.Fault)) && !errors.As(err, new(signing.Limited)) &&
		!errors.Is(err, signing.ErrUnknown) && !errors.Is(err, errNotListed)
}

// within takes note of the caller's time. What went wrong is tried again only in its first quarter: later, it would
// not get far.
func (w *opening) within(ctx context.Context) {
	w.mark = w.Now()
	end, is := ctx.Deadline()
	if !is {
		end = w.mark.Add(time.Hour)
	}
	w.early, w.last = w.mark.Add(end.Sub(w.mark)/4), end
}

// inTime ends a try that has got further when the time that is left is not clearly more than the slowest step took. A
// change that is cut off may be done late, after the next try has looked: then the draft has a part twice, and all
// begins anew. A try that has not got further goes ahead: the next would not either.
func (w *opening) inTime() error {
	now := w.Now()
	w.slowest, w.mark = max(w.slowest, now.Sub(w.mark)), now
	if w.changed && now.Add(w.slowest+w.slowest/3).After(w.last) {
		return fmt.Errorf("the next try goes on: %w", context.DeadlineExceeded)
	}
	return nil
}

// pass goes on with the request that is on record, else with the one that bears the token, else with a new one.
func (w *opening) pass(ctx context.Context) (signing.Opened, error) {
	if w.known.RequestID != "" {
		return w.resume(ctx, w.known.RequestID)
	}
	if w.known.Begun {
		r, found, err := w.only(ctx, w.order.Token)
		w.answered = err == nil
		if found {
			err = w.note(ctx, r.ID)
		}
		switch {
		case err != nil:
			return signing.Opened{}, unsure(err)
		case found:
			return w.resume(ctx, r.ID) // the list may show how it stood a moment ago
		}
	}
	return w.begin(ctx)
}

func (w *opening) note(ctx context.Context, id string) error {
	if w.known.Note != nil {
		if err := w.known.Note(ctx, id); err != nil {
			return fmt.Errorf("note request %s: %w", id, err)
		}
	}
	function.Point("orchestrate.request-noted")
	w.known.RequestID = id
	return nil
}
