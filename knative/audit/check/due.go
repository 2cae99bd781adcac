package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// schedule is only asked whether a contract is due at all: how often it is looked at is a setting of persist's.
var schedule = lifecycle.Schedule{Look: lifecycle.Longest}

// isDue reports whether the rules want the contract to be looked at again by itself.
func (d dossier) isDue() bool {
	wait, _ := schedule.Due(d.contract, d.row.looks, d.now)
	return wait > 0
}

func neverDue(d dossier, _ Bounds) []string {
	if d.isDue() && d.row.dueAt == nil {
		return []string{fmt.Sprintf("it is %s, and nothing will look at it again", d.contract.Status)}
	}
	return nil
}

// waitsForNobody finds what has not come to its end, is not looked at again and shows nobody that it waits. A draft
// waits for its owner, who made it.
func waitsForNobody(d dossier, _ Bounds) []string {
	if d.isDue() || d.row.dueAt != nil || d.contract.Status == contract.Draft || d.contract.Status.Final() || len(lifecycle.Open(d.contract)) > 0 {
		return nil
	}
	return []string{fmt.Sprintf("it is %s, nothing will look at it again, and it shows no trouble that a person could end", d.contract.Status)}
}

// dueLongAgo allows more for looks that only ask whether people have gone on: the signature service's allowance bounds how
// many there are.
func dueLongAgo(d dossier, b Bounds) []string {
	most := b.Late
	if d.row.routine {
		most = b.LateLook
	}
	if d.row.dueAt == nil || d.now.Sub(*d.row.dueAt) <= most {
		return nil
	}
	return []string{fmt.Sprintf("its time came %s ago, and it was not looked at", d.now.Sub(*d.row.dueAt).Round(time.Second))}
}

// clockSkew is by how much the clocks of pods may differ.
const clockSkew = 2 * time.Minute

func dueTooFarAhead(d dossier, _ Bounds) []string {
	if d.row.dueAt == nil {
		return nil
	}
	most := d.now.Add(lifecycle.Longest)
	for _, l := range d.contract.Notifications {
		if lifecycle.StillWanted(d.contract, l) && l.NextTry.After(most) {
			most = l.NextTry
		}
	}
	if d.row.dueAt.After(most.Add(clockSkew)) {
		return []string{fmt.Sprintf("it is looked at again in %s, which is longer than anything waits", d.row.dueAt.Sub(d.now).Round(time.Minute))}
	}
	return nil
}

// inboxRetention is for how long persist remembers in any case what it received.
const inboxRetention = time.Hour

// unsaid finds what was written down and not acted on. That an answer was published nobody writes down; but the
// commands that follow from it leave a trace, and if all of them were lost the contract was looked at again.
func unsaid(d dossier, b Bounds) (wrong []string) {
	last := d.last()
	age := d.now.Sub(last.At)
	if detailOf(last).Event != "" && !d.inboxOf && age < inboxRetention {
		wrong = append(wrong, fmt.Sprintf("the event of entry %d is not in the inbox: if it comes again, it counts again", last.Seq))
	}
	if age > b.Retry && d.row.looks == 0 && d.row.dueAt != nil && d.row.dueAt.Before(d.now.Add(-b.Retry)) && d.waitsForCommands(last.What) {
		wrong = append(wrong, fmt.Sprintf("nothing followed from entry %d, %s, in %s", last.Seq, last.What, age.Round(time.Second)))
	}
	return wrong
}

// waitsForCommands reports whether commands follow from the news that leave a trace in any case. A look at the signature
// service leaves none if nothing has changed there.
func (d dossier) waitsForCommands(news string) bool {
	return slices.ContainsFunc(lifecycle.Decide(d.contract, news, d.now), func(p events.Payload) bool {
		_, look := p.(events.CheckSignature)
		return !look
	})
}

// wrongCauses holds what the lists are made by against the troubles that nobody has set aside. What is overdue is listed
// beside them until something is written down.
func wrongCauses(d dossier, _ Bounds) []string {
	want := map[string]bool{}
	for _, t := range lifecycle.Open(d.contract) {
		want[t.Cause] = true
	}
	for _, listed := range d.row.causes {
		if !want[listed] && listed != lifecycle.CauseOverdue {
			return []string{"it is listed for " + listed + ", which is no trouble of it"}
		}
		delete(want, listed)
	}
	for cause := range want {
		return []string{"it has the trouble " + cause + " and is not listed for it"}
	}
	return nil
}
