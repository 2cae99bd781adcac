package persist

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// attempt is what is on record of one try at the signature service.
type attempt struct {
	TokenSHA256 string `json:"token_sha256"`
	RequestID   string `json:"request_id"`
}

// change is what a fact makes of a contract.
type change struct {
	After   contract.Contract
	Moved   bool
	Written bool   // whether there is anything to write down
	Silent  string // why nothing is said about it although it is written down; empty if something is
}

// note applies a fact to a contract as it stands. It decides nothing: a status changes only by a move that came with
// the fact, and only from where the move expects it. A fact that changes nothing is not written down: the history
// tells what happened to a contract, not how often somebody looked. The exception is a report of the signature
// service, which is evidence.
func note(c contract.Contract, attempts map[int]attempt, fact events.Payload, at time.Time) (change, error) {
	after := clone(c)
	n := change{}
	var err error
	if report, is := fact.(events.SignatureReported); is {
		n.Written, n.Silent = true, disbelieve(c, attempts, report)
		if n.Silent == "" && !report.Look {
			n.Silent = "it tells of nothing that changes the contract"
		}
	} else {
		err = lay(&after, attempts, fact, at)
	}
	if err != nil {
		return change{}, err
	}
	n.Moved = after.Status != c.Status
	n.Written = n.Written || !reflect.DeepEqual(after, c)
	after.Version, after.UpdatedAt = c.Version+1, at
	n.After = after
	return n, nil
}

// lay lays a fact over a contract.
func lay(c *contract.Contract, attempts map[int]attempt, fact events.Payload, at time.Time) error {
	switch f := fact.(type) {
	case events.DocumentGenerated:
		if c.Status == contract.Preparing && c.Document == nil { // what may already be at the signature service is never exchanged
			c.Document = &f.Document
		}
	case events.DocumentRefused:
		if c.Status == contract.Preparing && c.Document == nil {
			c.Attention = inWords("the document cannot be drawn: "+f.Reason, f.Field)
		}
	case events.SignatureOpened:
		return layOpened(c, attempts, f, at)
	case events.SignatureChecked:
		layChecked(c, f, at)
	case events.MoveContract:
		move(c, &f.Move, f.Letters, at)
	case events.MailSent:
		return layLetter(c, contract.Letter{Name: f.Letter, Occasion: f.Occasion, Recipient: f.Recipient}, func(l *contract.Letter) {
			if l.SentAt.IsZero() {
				l.SentAt, l.Refused = at, ""
			}
		})
	case events.MailRefused:
		return layLetter(c, contract.Letter{Name: f.Letter, Occasion: f.Occasion, Recipient: f.Recipient}, func(l *contract.Letter) {
			if l.Outstanding() {
				l.Refused = inWords(f.Reason, "")
				c.Attention = fmt.Sprintf("the letter %q to %s was refused: %s", l.Name, l.Recipient, l.Refused)
			}
		})
	default:
		return function.Refuse("%s is nothing that persist hears", fact.Type())
	}
	return nil
}

// layOpened notes which request at the signature service is the contract's. A second one for the same contract, or
// one of an attempt that was given up, is a matter for people: somebody could sign it.
func layOpened(c *contract.Contract, attempts map[int]attempt, f events.SignatureOpened, at time.Time) error {
	if _, known := attempts[f.Request.Attempt]; !known {
		return function.Refuse("attempt %d of contract %s is not on record", f.Request.Attempt, c.ID)
	}
	current := c.Request != nil && c.Request.Attempt == f.Request.Attempt
	if !current || c.Request.ID != "" && c.Request.ID != f.Request.ID {
		c.Attention = "the signature service holds a second request for this contract: " + f.Request.ID
		return nil
	}
	if c.Request.ID == "" {
		c.Request = &f.Request
	}
	move(c, f.Move, f.Letters, at)
	return nil
}

// layChecked notes what the signature service answered about the current attempt. The first signed copy and proof
// stay: letters with them may be out.
func layChecked(c *contract.Contract, f events.SignatureChecked, at time.Time) {
	if c.Request == nil || c.Request.Attempt != f.Attempt {
		return
	}
	for _, s := range f.Signers {
		if known := c.Signer(s.ID); known != nil && known.State != contract.HasSigned && known.State != contract.HasDeclined {
			*known = s // a late answer never takes a signature or a refusal back
		}
	}
	if c.SignedCopy == nil {
		c.SignedCopy = f.SignedCopy
	}
	if c.Proof == nil {
		c.Proof = f.Proof
	}
	c.Request.Closed = c.Request.Closed || closed(f.State)
	move(c, f.Move, f.Letters, at)
	if f.Trouble != "" {
		c.Attention = inWords(f.Trouble, "")
	}
}

func closed(s events.SignatureState) bool {
	switch s {
	case events.SignatureDone, events.SignatureDeclined, events.SignatureExpired, events.SignatureCancelled, events.SignatureNone:
		return true
	}
	return false
}

// move changes the status if the contract stands where the move expects it, and adds the letters that follow. Letters
// of a move that cannot happen any more are not written either; those of one that has happened already are the same.
// What a person had to look at is over once the contract moves on.
func move(c *contract.Contract, m *contract.Move, letters []contract.Letter, at time.Time) {
	if m != nil && c.Status != m.From && c.Status != m.To {
		return
	}
	if m != nil && c.Status == m.From && m.From != m.To {
		c.Status, c.Attention = m.To, ""
		if m.To == contract.Sent {
			c.SentAt = at
		}
	}
	for _, l := range letters {
		if find(c, l) == nil {
			c.Letters = append(c.Letters, contract.Letter{Name: l.Name, Occasion: l.Occasion, Recipient: l.Recipient})
		}
		invite(c, l)
	}
}

// invite notes that a signer may sign: an invitation is decided on only for those whose turn it is, and no look at the
// signature service need follow to know it.
func invite(c *contract.Contract, l contract.Letter) {
	if s := c.Signer(l.Recipient); s != nil && l.Name == contract.Invitation && s.State == contract.Waiting {
		s.State = contract.Invited
	}
}

func layLetter(c *contract.Contract, l contract.Letter, change func(*contract.Letter)) error {
	known := find(c, l)
	if known == nil {
		return function.Refuse("contract %s has no letter %s %d to %s", c.ID, l.Name, l.Occasion, l.Recipient)
	}
	change(known)
	return nil
}

// find returns the letter with the identity of l, or nil.
func find(c *contract.Contract, l contract.Letter) *contract.Letter {
	i := slices.IndexFunc(c.Letters, func(k contract.Letter) bool {
		return k.Name == l.Name && k.Occasion == l.Occasion && k.Recipient == l.Recipient
	})
	if i < 0 {
		return nil
	}
	return &c.Letters[i]
}

// disbelieve says why nothing follows from a report of the signature service, or "" if it is about the current
// attempt: it must bring back the very token that is on record, and name the request that was opened with it.
func disbelieve(c contract.Contract, attempts map[int]attempt, r events.SignatureReported) string {
	known, there := attempts[r.Attempt]
	switch {
	case !there || known.TokenSHA256 != r.TokenSHA256:
		return "its token is not the one on record"
	case known.RequestID != "" && known.RequestID != r.Request:
		return "its request is not the one on record"
	case c.Request == nil || c.Request.Attempt != r.Attempt:
		return "its attempt is over"
	}
	return ""
}

// wordsLimit bounds what others say in words, in characters: it is shown in one line.
const wordsLimit = 500

func inWords(why, field string) string {
	if field != "" {
		why += " (" + field + ")"
	}
	if r := []rune(why); len(r) > wordsLimit {
		why = string(r[:wordsLimit])
	}
	return why
}

// clone copies everything that lay changes.
func clone(c contract.Contract) contract.Contract {
	c.Signers, c.Letters = slices.Clone(c.Signers), slices.Clone(c.Letters)
	if c.Request != nil {
		r := *c.Request
		r.Signers = maps.Clone(r.Signers)
		c.Request = &r
	}
	return c
}

// factOf is what is said of a contract after a change.
func factOf(moved bool, s events.Snapshot) events.Payload {
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
