package notifications

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// The states of a notification's row. wanted is one that failed; one that nobody has claimed yet has no row.
const (
	stateWanted   = "wanted"
	stateTaken    = "taken"
	stateHandover = "handover"
	stateUnclear  = "unclear"
	stateSent     = "sent"
	stateRefused  = "refused"
)

// row is a notification as its row stands behind a try to claim it. Times are seconds from now, by the database's clock.
type row struct {
	taken  int // 1: by this try
	state  string
	number int
	lease  float64  // until the latest claim lapses
	wait   *float64 // until it may be touched; nil: nothing is said
	handed float64  // since it was handed over

	address string // of the signer whom it goes to; empty for the owner
}

// reopens reports whether the contract, as it was read, wants done at once what the row has put to rest: a person asked for
// it since. A notification that was handed over is never opened so: what became of it must be told first.
func (r row) reopens(l contract.Notification) bool {
	switch {
	case r.taken == 1:
		return false
	case !l.Outstanding():
		return r.state == stateUnclear && r.waits() && !l.NextTry.After(l.UnclearSince)
	}
	return r.state == stateRefused || r.state == stateUnclear || r.state == stateWanted && r.waits() && l.NextTry.IsZero()
}

func (r row) waits() bool { return r.wait == nil || *r.wait > 0 }

// lostRace is for how long a caller is to wait whom another was faster than, in seconds.
const lostRace = 1

// say puts the row into words.
func (r row) say(c *persistclient.Claim) {
	c.Claim = r.number
	switch {
	case r.taken == 1:
		c.State, c.For = persistclient.Yours, r.lease
	case r.state == stateSent:
		c.State = persistclient.Sent
	case r.state == stateHandover && r.lease <= 0, r.state == stateUnclear && !r.waits():
		c.State, c.Since = persistclient.Unclear, r.handed
	case r.state == stateTaken, r.state == stateHandover:
		c.State, c.For = persistclient.Busy, max(r.lease, lostRace)
	case r.wait != nil && *r.wait > 0:
		c.State, c.For = persistclient.Waiting, *r.wait
	case r.state == stateWanted:
		c.State, c.For = persistclient.Busy, lostRace
	default:
		c.State = persistclient.Over
	}
}

// AddRow adds how the row of a notification stands behind a fact about it. A row that a later claim has taken since is left
// alone: it is not this fact's any more.
func AddRow(args pgx.StrictNamedArgs, l contract.Notification, claim int, at time.Time) {
	args["kind"], args["sequence"], args["recipient"], args["claim"] = string(l.Kind), l.Sequence, l.Recipient, claim
	args["notification_state"] = stateWanted
	switch {
	case !l.SentAt.IsZero():
		args["notification_state"] = stateSent
	case l.Refused != "":
		args["notification_state"] = stateRefused
	case !l.UnclearSince.IsZero():
		args["notification_state"] = stateUnclear
	}
	args["wait"] = nil
	if !l.NextTry.IsZero() {
		args["wait"] = interval(l.NextTry.Sub(at))
	}
}

// Find returns the notification with the identity of l, or nil.
func Find(c *contract.Contract, l contract.Notification) *contract.Notification {
	for i := range c.Notifications {
		if c.Notifications[i].Key() == l.Key() {
			return &c.Notifications[i]
		}
	}
	return nil
}

// interval is a while in PostgreSQL's words.
func interval(d time.Duration) string { return fmt.Sprintf("%f seconds", d.Seconds()) }
