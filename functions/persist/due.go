package persist

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// How long a contract is left alone before it is looked at again. Every nudge that nothing follows doubles it.
const (
	soon       = 30 * time.Second // a function or a service of ours is at work, for seconds at most
	longest    = 6 * time.Hour
	mostNudges = 16 // beyond this, doubling would only overflow
)

// schedule says when contracts are looked at again by themselves.
type schedule struct {
	look time.Duration // while people are at work; a lost webhook is found after this while
}

// interval is how long a contract in this state is left alone at first; 0 if it is done with.
func (s schedule) interval(c contract.Contract) time.Duration {
	switch {
	case c.Status == contract.Preparing, c.Status == contract.Signed:
		return soon
	case c.Status == contract.Sent && (c.CancelWanted || slices.ContainsFunc(c.Letters, contract.Letter.Outstanding)):
		return soon
	case c.Status == contract.Sent:
		return s.look
	case c.Status.Final() && unfinished(c):
		return soon
	}
	return 0
}

// unfinished reports what may be left to do for a contract that has ended: telling people, or withdrawing a request
// that the signature service still holds open. Nobody is asked to sign any more.
func unfinished(c contract.Contract) bool {
	if c.Request != nil && c.Request.ID != "" && !c.Request.Closed && c.Status != contract.Completed {
		return true
	}
	return slices.ContainsFunc(c.Letters, func(l contract.Letter) bool {
		return l.Outstanding() && l.Name != contract.Invitation && l.Name != contract.Reminder
	})
}

// due is when the contract is to be looked at again if nothing was written down since at and it was nudged so many
// times; nil for never. A contract that is waited for is looked at as soon as its deadline has passed.
func (s schedule) due(c contract.Contract, nudges int, at time.Time) *time.Time {
	wait := s.interval(c)
	if wait == 0 {
		return nil
	}
	next := at.Add(min(wait<<min(nudges, mostNudges), longest))
	if c.Status == contract.Sent && c.Deadline.After(at) && c.Deadline.Before(next) {
		next = c.Deadline
	}
	return &next
}
