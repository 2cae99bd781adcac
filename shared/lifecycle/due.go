package lifecycle

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// How long a contract is left alone before it is looked at again. Every look that nothing follows doubles it.
const (
	Soon      = 30 * time.Second // a function or a service of ours is at work, for seconds at most
	Longest   = 6 * time.Hour
	oursAtEnd = 10 * time.Minute // the longest while a fault of the installation is tried again
	pastEnd   = time.Minute      // the last day is over, and the signature service has not said so yet
	mostLooks = 16               // beyond this, doubling would only overflow
)

// Schedule says when contracts are looked at again by themselves.
type Schedule struct {
	Look time.Duration // while people are at work; a lost webhook is found after this while
}

// Due is how long after at the contract is to be looked at again, if nothing was written down since and it was looked
// at so many times; 0 for never. A contract that is waited for is looked at as soon as its last moment has passed.
// routine says that the look only asks whether people have gone on: nothing is late, and nothing has failed.
func (s Schedule) Due(c contract.Contract, looks int, at time.Time) (next time.Duration, routine bool) {
	earlier := func(d time.Duration) {
		if d = max(d, time.Second); next == 0 || d < next {
			next, routine = d, false
		}
	}
	if wait := s.interval(c, at); wait > 0 {
		longest := Longest
		if ours(c) {
			longest = max(oursAtEnd, wait)
		}
		earlier(min(wait<<min(looks, mostLooks), longest))
		routine = c.Status == contract.Sent && !c.CancelWanted && c.Deadline.After(at) && !ours(c)
	}
	for _, l := range c.Notifications {
		switch {
		case !StillWanted(c, l) && !IsAsked(l):
		case l.NextTry.After(at):
			earlier(l.NextTry.Sub(at))
		default:
			earlier(min(Soon<<min(looks, mostLooks), Longest))
		}
	}
	if c.Status == contract.Sent && c.Deadline.After(at) {
		earlier(c.Deadline.Sub(at))
	}
	return next, routine
}

// interval is how long a contract in this state is left alone at first; 0 if it is done with.
func (s Schedule) interval(c contract.Contract, at time.Time) time.Duration {
	switch {
	case c.Status == contract.Preparing, c.Status == contract.Signed && !copiesDecided(c):
		return Soon
	case c.Status == contract.Sent && c.CancelWanted:
		return Soon
	case c.Status == contract.Sent && !c.Deadline.After(at):
		return min(pastEnd, s.Look)
	case c.Status == contract.Sent:
		return s.Look
	case c.Status.Final() && (!c.Request.Settled() || lateCopies(c)):
		return Soon
	}
	return 0
}

// ours reports whether a fault of the installation is in the way.
func ours(c contract.Contract) bool {
	for _, t := range c.Troubles {
		if t.Ours {
			return true
		}
	}
	return false
}
