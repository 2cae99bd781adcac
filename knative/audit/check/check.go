// Package check holds a record against what must be true of it whatever happened: of each contract one end, a history
// whose chain holds, the documents that are named, each notification once, attempts that are settled, and a time at which it
// is looked at again. It only reads, needs no more than the role for reports, and tells nothing personal: ids, words of
// ours and numbers.
package check

import (
	"context"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Rule     string      `json:"rule"`               // which rule, by its name
	Contract contract.ID `json:"contract,omitempty"` // empty if it is about none on record
	What     string      `json:"what"`
	Do       string      `json:"do"`
}

func (f Finding) String() string {
	about := string(f.Contract)
	if about == "" {
		about = "(no contract)"
	}
	return fmt.Sprintf("%s  %s: %s. %s", about, f.Rule, f.What, f.Do)
}

// Report is what was looked at and what was found.
type Report struct {
	Contracts     int       `json:"contracts"`
	Entries       int       `json:"entries"`
	Requests      int       `json:"requests"`      // at the signature service, if it was asked
	Notifications int       `json:"notifications"` // that the mail service was asked about
	Findings      []Finding `json:"findings"`
}

// Bounds are how much delay is normal.
type Bounds struct {
	Late     time.Duration // how long ago a contract may have become due
	LateLook time.Duration // the same of one that only waits for people
	Retry    time.Duration // for how long the broker goes on trying to deliver an event
	Grace    time.Duration // how long the record may be behind the signature service
	Sweep    time.Duration // how long ago the last look through all requests there may have begun
}

// Usual are the bounds that fit the settings as they come.
var Usual = Bounds{Late: 10 * time.Minute, LateLook: 6 * time.Hour, Retry: 5 * time.Minute, Grace: 10 * time.Minute, Sweep: 72 * time.Hour}

// Sources are where to look. Only the database must be there.
type Sources struct {
	Database string // its address, as a role that may read
	Service  Requests
	Ours     func(externalID string) bool // whether a request at the service bears a message that we sealed; nil: by its form
	Mail     Mails
}

// Run looks at everything that the sources have. Its error says that it could not; then nothing is known.
func Run(ctx context.Context, from Sources, bounds Bounds) (Report, error) {
	r := Report{Findings: []Finding{}}
	s, err := listRequests(ctx, from) // before the record: whatever the service has by then is on record by then
	if err != nil {
		return r, err
	}
	db, err := openDatabase(ctx, from.Database)
	if err != nil {
		return r, err
	}
	defer db.close(ctx)
	for d, err := range db.dossiers(ctx) {
		if err != nil {
			return r, err
		}
		r.Contracts, r.Entries = r.Contracts+1, r.Entries+len(d.history)
		r.Findings = append(r.Findings, judge(d, bounds)...)
		r.Findings = append(r.Findings, s.compare(d, bounds)...)
		found, asked, err := countNotifications(ctx, from.Mail, d)
		if err != nil {
			return r, err
		}
		r.Notifications, r.Findings = r.Notifications+asked, append(r.Findings, found...)
	}
	r.Requests = len(s.all)
	for _, look := range []func(context.Context, Bounds) ([]Finding, error){db.readers, db.sweeps, db.strays(s), s.strays} {
		found, err := look(ctx, bounds)
		if err != nil {
			return r, err
		}
		r.Findings = append(r.Findings, found...)
	}
	return r, nil
}

// rule is one thing that must hold of each contract. holds returns what does not, in words.
type rule struct {
	name string
	do   string
	not  func(dossier, Bounds) []string
}

// rules are all that can be said from the record alone, about one contract at a time.
var rules = []rule{
	{"chain", "Somebody changed the record outside of Paraphe: keep the database as it is and compare it with a backup", brokenChain},
	{"status", "Somebody changed the record outside of Paraphe: keep the database as it is and compare it with a backup", wrongStatus},
	{"documents", "Take the file from a backup; the signature service still has signed copies and audit trails", wrongDocuments},
	{"people", "Compare the table signers with a backup", wrongPeople},
	{"notifications", "Ask the recipient what came, and tell whoever maintains Paraphe", wrongNotifications},
	{"attempts", "Look at the signature service for every request of this contract, and cancel those that nobody needs", wrongAttempts},
	{"due", "Press Retry: then it is looked at now, and again by itself", neverDue},
	{"late", "See that the clock ticks (kubectl get pingsource) and that persist is ready", dueLongAgo},
	{"ahead", "Press Retry: then it is looked at now, and again by itself", dueTooFarAhead},
	{"stuck", "Press Retry, and tell whoever maintains Paraphe", waitsForNobody},
	{"unsaid", "See that the broker delivers and orchestrate is ready, and press Retry", unsaid},
	{"causes", "Press Retry: then the list of what needs attention is made anew", wrongCauses},
}

// judge applies every rule to one contract.
func judge(d dossier, b Bounds) (found []Finding) {
	for _, r := range rules {
		for _, what := range r.not(d, b) {
			found = append(found, Finding{Rule: r.name, Contract: d.contract.ID, What: what, Do: r.do})
		}
	}
	return found
}
