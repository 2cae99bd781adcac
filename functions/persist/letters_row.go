package persist

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// letterRow is a letter as its row stands behind a try to claim it. Times are seconds from now, by the database's clock.
type letterRow struct {
	taken  int // 1: by this try
	state  string
	number int
	lease  float64  // until the latest claim lapses
	wait   *float64 // until it may be touched; nil: nothing is said
	handed float64  // since it was handed over

	address string // of the signer whom it goes to; empty for the owner
}

// The states of a letter's row. wanted is one that failed; one that nobody has claimed yet has no row.
const (
	letterWanted   = "wanted"
	letterTaken    = "taken"
	letterHandover = "handover"
	letterUnclear  = "unclear"
	letterSent     = "sent"
	letterRefused  = "refused"
)

// reopens reports whether the contract, as it was read, wants done at once what the row has put to rest: a person asked for
// it since. A letter that was handed over is never opened so: what became of it must be told first.
func (r letterRow) reopens(l contract.Letter) bool {
	switch {
	case r.taken == 1:
		return false
	case !l.Outstanding():
		return r.state == letterUnclear && r.waits() && !l.NextTry.After(l.UnclearSince)
	}
	return r.state == letterRefused || r.state == letterUnclear || r.state == letterWanted && r.waits() && l.NextTry.IsZero()
}

func (r letterRow) waits() bool { return r.wait == nil || *r.wait > 0 }

// lostRace is for how long a caller is to wait whom another was faster than, in seconds.
const lostRace = 1

// say puts the row into words.
func (r letterRow) say(c *persistclient.Claim) {
	c.Claim = r.number
	switch {
	case r.taken == 1:
		c.State, c.For = persistclient.Yours, r.lease
	case r.state == letterSent:
		c.State = persistclient.Sent
	case r.state == letterHandover && r.lease <= 0, r.state == letterUnclear && !r.waits():
		c.State, c.Since = persistclient.Unclear, r.handed
	case r.state == letterTaken, r.state == letterHandover:
		c.State, c.For = persistclient.Busy, max(r.lease, lostRace)
	case r.wait != nil && *r.wait > 0:
		c.State, c.For = persistclient.Waiting, *r.wait
	case r.state == letterWanted:
		c.State, c.For = persistclient.Busy, lostRace
	default:
		c.State = persistclient.Over
	}
}

// addLetter adds how the row of a letter stands behind a fact about it. A row that a later claim has taken since is left
// alone: it is not this fact's any more.
func addLetter(args pgx.StrictNamedArgs, l contract.Letter, claim int, at time.Time) {
	args["letter"], args["occasion"], args["recipient"], args["claim"] = string(l.Name), l.Occasion, l.Recipient, claim
	args["letter_state"] = letterWanted
	switch {
	case !l.SentAt.IsZero():
		args["letter_state"] = letterSent
	case l.Refused != "":
		args["letter_state"] = letterRefused
	case !l.UnclearSince.IsZero():
		args["letter_state"] = letterUnclear
	}
	args["wait"] = nil
	if !l.NextTry.IsZero() {
		args["wait"] = interval(l.NextTry.Sub(at))
	}
}
