package persist

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// dueAt is when the contract is to be looked at again by itself, if nothing was written down since at and it was looked
// at so many times; nil for never.
func (l *ledger) dueAt(c contract.Contract, looks int, at time.Time) *time.Time {
	wait := l.schedule.Due(c, looks, at)
	if wait == 0 {
		return nil
	}
	next := at.Add(wait).Truncate(time.Microsecond)
	return &next
}
