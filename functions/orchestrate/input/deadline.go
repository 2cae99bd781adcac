package input

import (
	"sync"
	"time"
	_ "time/tzdata" // a deadline is a day in Paris, and a bare container has no time zones
)

// parseDeadline is the last moment of a day, which must come after today and within a year: Yousign waits no longer.
func parseDeadline(day string, now time.Time) (time.Time, string) {
	zone := deadlineZone()
	begin, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{}, "must be a day such as 2026-12-31"
	}
	y, m, d := now.In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if !begin.After(today) || begin.After(today.AddDate(1, 0, 0)) {
		return time.Time{}, "must be a day after today and within a year"
	}
	return begin.AddDate(0, 0, 1).Add(-time.Second).UTC(), ""
}

// DeadlineDay is the day of a deadline, as clients write it.
func DeadlineDay(deadline time.Time) string { return deadline.In(deadlineZone()).Format(time.DateOnly) }

// deadlineZone is the zone that days are counted in, for us and at the signature service.
var deadlineZone = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the zones are part of the program
	}
	return zone
})
