package lifecycle

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// AttemptOnRecord is what is on record of one attempt at the signature service.
type AttemptOnRecord struct {
	TokenSHA256 string `json:"token_sha256"`
	RequestID   string `json:"request_id"`
}

// Change is what a fact or an action makes of a contract.
type Change struct {
	After   contract.Contract
	Moved   bool
	Written bool   // whether there is anything to write down
	Again   bool   // it only counts up what failed before: the record is brought up to date, the history is spared
	Ignored string // why nothing follows from it although it is written down; empty if something may
}

// Apply applies a fact to a contract as it stands. A fact that changes nothing is not written down: the history tells
// what happened to a contract, not how often somebody looked. The exception is a report of the signature service,
// which is evidence.
func Apply(c contract.Contract, attempts map[int]AttemptOnRecord, fact events.Payload, at time.Time) (Change, error) {
	after := clone(c)
	if report, is := fact.(events.SignatureReported); is {
		delivered(&after, fact)
		n := changed(c, after, at)
		n.Written, n.Ignored = true, disbelieve(c, attempts, report)
		if n.Ignored == "" && !report.Look {
			n.Ignored = "it tells of nothing that changes the contract"
		}
		return n, nil
	}
	if err := apply(&after, attempts, fact, at); err != nil {
		return Change{}, err
	}
	complete(&after)
	dropMoot(&after)
	delivered(&after, fact)
	overtaken(&after)
	n := changed(c, after, at)
	n.Again = n.Written && onlyCounts(c, after)
	return n, nil
}

// changed compares a contract with what became of it.
func changed(c, after contract.Contract, at time.Time) Change {
	n := Change{Moved: after.Status != c.Status, Written: !reflect.DeepEqual(after, c)}
	after.Version, after.UpdatedAt = c.Version+1, at
	n.After = after
	return n
}

func apply(c *contract.Contract, attempts map[int]AttemptOnRecord, fact events.Payload, at time.Time) error {
	switch f := fact.(type) {
	case events.DocumentGenerated:
		if c.Status == contract.Preparing && c.Document == nil { // what may already be at the signature service is never exchanged
			c.Document = &f.Document
			over(c, AboutDocument)
		}
	case events.DocumentRefused:
		if c.Status == contract.Preparing && c.Document == nil {
			trouble(c, contract.Trouble{About: AboutDocument, Cause: CauseDocumentRefused, Detail: withField(f.Reason, f.Field), Stops: true}, at)
		}
	case events.SignatureOpened:
		return applyOpened(c, attempts, f, at)
	case events.SignatureChecked:
		applyChecked(c, f, at)
	case events.SignatureFailed:
		applyFailed(c, f, at)
	case events.MailSent:
		return applyMailSent(c, f, at)
	case events.MailFailed:
		return applyMailFailed(c, f, at)
	case events.MailRefused:
		return applyMailRefused(c, f, at)
	default:
		return fmt.Errorf("%w: %s is no fact about a contract", ErrImpossible, fact.Type())
	}
	return nil
}

// complete ends a contract whose signed copy and proof are kept and mailed, or set aside, for everyone.
func complete(c *contract.Contract) {
	if c.Status == contract.Signed && copiesDecided(*c) && everyCopySent(*c) {
		move(c, contract.Completed, "every copy mailed")
	}
}

// onlyCounts reports whether nothing but the counting of failures differs.
func onlyCounts(c, after contract.Contract) bool {
	a, b := clone(c), clone(after)
	for _, x := range []*contract.Contract{&a, &b} {
		for i := range x.Troubles {
			x.Troubles[i].Tries, x.Troubles[i].Last, x.Troubles[i].Detail = 0, time.Time{}, ""
		}
		for i := range x.Notifications {
			x.Notifications[i].Tries, x.Notifications[i].NextTry = 0, time.Time{}
		}
	}
	return reflect.DeepEqual(a, b)
}

// disbelieve says why nothing follows from a report of the signature service, or "" if it is about the current
// attempt: it must bring back the very token that is on record, and name the request that was opened with it.
func disbelieve(c contract.Contract, attempts map[int]AttemptOnRecord, r events.SignatureReported) string {
	known, there := attempts[r.Attempt]
	switch {
	case !there || known.TokenSHA256 != r.TokenSHA256:
		return "its token is not the one on record"
	case known.RequestID != "" && known.RequestID != r.Request:
		return "its request is not the one on record"
	case Attempt(c) != r.Attempt:
		return "its attempt is over"
	}
	return ""
}

func withField(why, field string) string {
	if field != "" {
		why += " (" + field + ")"
	}
	return why
}

// clone copies everything that facts and actions change.
func clone(c contract.Contract) contract.Contract {
	c.Signers, c.Notifications, c.Troubles = slices.Clone(c.Signers), slices.Clone(c.Notifications), slices.Clone(c.Troubles)
	if c.Request != nil {
		r := *c.Request
		r.Signers = maps.Clone(r.Signers)
		c.Request = &r
	}
	return c
}

// Fact is what persist says of a contract after a change.
func Fact(moved bool, s events.Snapshot) events.Payload {
	if !moved {
		return events.ContractRecorded{Snapshot: s}
	}
	switch s.Contract.Status {
	case contract.Preparing:
		return events.ContractPreparing{Snapshot: s}
	case contract.Sent:
		return events.ContractSent{Snapshot: s}
	case contract.Signed:
		return events.ContractSigned{Snapshot: s}
	case contract.Completed:
		return events.ContractCompleted{Snapshot: s}
	case contract.Declined:
		return events.ContractDeclined{Snapshot: s}
	case contract.Expired:
		return events.ContractExpired{Snapshot: s}
	case contract.Cancelled:
		return events.ContractCancelled{Snapshot: s}
	}
	return events.ContractDrafted{Snapshot: s}
}
