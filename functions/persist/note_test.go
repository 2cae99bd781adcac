package persist

import (
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// atStatus is a contract at this status, with its first attempt opened from Sent on.
func atStatus(s contract.Status) contract.Contract {
	c := contract.Contract{ID: "c", Version: 7, Status: s, Owner: "o", Deadline: noon.Add(240 * time.Hour),
		Signers: []contract.Signer{{ID: "s1", State: contract.Waiting}, {ID: "s2", State: contract.Waiting}}}
	if s != contract.Draft {
		c.Request = &contract.Request{Attempt: 1}
	}
	if s != contract.Draft && s != contract.Preparing {
		c.Request.ID = "req-1"
		c.Letters = []contract.Letter{invitation}
	}
	return c
}

var (
	onRecord = map[int]attempt{1: {TokenSHA256: strings.Repeat("1", 64), RequestID: "req-1"}}
	copyOf   = &contract.Document{SHA256: strings.Repeat("c", 64), Size: 3}
	toSigned = &contract.Move{From: contract.Sent, To: contract.Signed}
	copyMail = []contract.Letter{{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: contract.ToOwner, SentAt: noon}}
)

func TestFactsAreLaidOverTheContract(t *testing.T) {
	t.Parallel()
	cancelled := atStatus(contract.Cancelled)
	drawn := atStatus(contract.Preparing)
	drawn.Document = copyOf
	signed := atStatus(contract.Signed)
	signed.Signers[0].State = contract.HasSigned
	stuck := atStatus(contract.Sent)
	stuck.Attention = "look"
	report := events.SignatureReported{Attempt: 1, Request: "req-1", TokenSHA256: onRecord[1].TokenSHA256, Look: true}
	other := report
	other.TokenSHA256 = strings.Repeat("2", 64)
	another := report
	another.Request = "req-2"

	for name, c := range map[string]struct {
		from contract.Contract
		fact events.Payload
		want func(change) bool
	}{
		"a document is taken while preparing": {atStatus(contract.Preparing), events.DocumentGenerated{Document: *copyOf},
			func(n change) bool { return n.Written && n.After.Document.SHA256 == copyOf.SHA256 }},
		"who is written an invitation may sign": {uninvited(), events.SignatureOpened{Request: contract.Request{Attempt: 1, ID: "req-1"},
			Move: &contract.Move{From: contract.Preparing, To: contract.Sent}, Letters: []contract.Letter{{Name: contract.Invitation, Occasion: 1, Recipient: "s1"}}},
			func(n change) bool { return n.Moved && n.After.Signer("s1").State == contract.Invited }},
		"a second document is not": {drawn, events.DocumentGenerated{Document: contract.Document{SHA256: "x"}},
			func(n change) bool { return !n.Written && *n.After.Document == *copyOf }},
		"a document that comes after the cancellation is not": {cancelled, events.DocumentGenerated{Document: *copyOf},
			func(n change) bool { return !n.Written }},
		"a refused document is a matter for people": {atStatus(contract.Preparing), events.DocumentRefused{Reason: "no glyph", Field: "title"},
			func(n change) bool { return n.After.Attention == "the document cannot be drawn: no glyph (title)" }},
		"an opened request moves the contract and brings its letters": {atStatus(contract.Preparing), opened(),
			func(n change) bool {
				return n.Moved && n.After.SentAt.Equal(noon) && n.After.Request.ID == "req-1" && len(n.After.Letters) == 1
			}},
		"a request opened after the cancellation is on record, without the move and the letters": {
			func() contract.Contract { c := atStatus(contract.Preparing); c.Status = contract.Cancelled; return c }(), opened(),
			func(n change) bool {
				return n.Written && !n.Moved && n.After.Request.ID == "req-1" && len(n.After.Letters) == 0
			}},
		"a second request is a matter for people": {atStatus(contract.Sent),
			events.SignatureOpened{Request: contract.Request{Attempt: 1, ID: "req-2"}},
			func(n change) bool {
				return n.After.Request.ID == "req-1" && strings.Contains(n.After.Attention, "req-2")
			}},
		"signers, copies, closing and the move of a check are taken": {atStatus(contract.Sent), events.SignatureChecked{Attempt: 1,
			State: events.SignatureDone, Signers: []contract.Signer{{ID: "s1", State: contract.HasSigned}}, SignedCopy: copyOf, Move: toSigned, Letters: copyMail},
			func(n change) bool {
				l := n.After.Letter(contract.SignedCopyLetter, contract.ToOwner)
				return n.Moved && n.After.Signers[0].State == contract.HasSigned && n.After.SignedCopy != nil && n.After.Request.Closed && l.Outstanding()
			}},
		"a late check takes no signature back": {signed, events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing,
			Signers: []contract.Signer{{ID: "s1", State: contract.Invited}}},
			func(n change) bool { return !n.Written && n.After.Signers[0].State == contract.HasSigned }},
		"letters of a move that has happened already are the same ones": {signed,
			events.SignatureChecked{Attempt: 1, State: events.SignatureDone, Move: toSigned, Letters: copyMail},
			func(n change) bool { return !n.Moved && len(n.After.Letters) == 2 }},
		"a check of another attempt changes nothing": {atStatus(contract.Sent), events.SignatureChecked{Attempt: 2, State: events.SignatureDone, Move: toSigned},
			func(n change) bool { return !n.Written }},
		"what a check found wrong is a matter for people": {atStatus(contract.Sent), events.SignatureChecked{Attempt: 1, Trouble: "no such key"},
			func(n change) bool { return n.After.Attention == "no such key" }},
		"a move ends what people had to look at": {stuck, events.MoveContract{Move: *toSigned},
			func(n change) bool { return n.Moved && n.After.Attention == "" }},
		"a move from elsewhere does nothing": {cancelled, events.MoveContract{Move: *toSigned, Letters: copyMail},
			func(n change) bool { return !n.Written }},
		"a sent letter is no longer outstanding": {atStatus(contract.Sent), events.MailSent{Letter: contract.Invitation, Occasion: 1, Recipient: "s1"},
			func(n change) bool { return n.After.Letters[0].SentAt.Equal(noon) }},
		"a refused letter is a matter for people": {atStatus(contract.Sent),
			events.MailRefused{Letter: contract.Invitation, Occasion: 1, Recipient: "s1", Reason: "no such mailbox"},
			func(n change) bool {
				return !n.After.Letters[0].Outstanding() && strings.Contains(n.After.Attention, "no such mailbox")
			}},
		"a report with the token on record is said":      {atStatus(contract.Sent), report, func(n change) bool { return n.Written && n.Silent == "" }},
		"a report with another token is not said":        {atStatus(contract.Sent), other, func(n change) bool { return n.Written && n.Silent != "" }},
		"a report about another request is not said":     {atStatus(contract.Sent), another, func(n change) bool { return n.Written && n.Silent != "" }},
		"a report that comes before the opening is said": {atStatus(contract.Preparing), report, func(n change) bool { return n.Silent == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := note(c.from, onRecord, c.fact, noon)
			if err != nil || !c.want(n) {
				t.Errorf("%+v, %v", n, err)
			}
			if n.After.Version != c.from.Version+1 {
				t.Errorf("version %d after %d", n.After.Version, c.from.Version)
			}
		})
	}
}

func TestFactsThatCannotBeAreNeverTaken(t *testing.T) {
	t.Parallel()
	for name, fact := range map[string]events.Payload{
		"a letter that nobody decided on":         events.MailSent{Letter: contract.Reminder, Occasion: 1, Recipient: "s1"},
		"a request of an attempt that none made":  events.SignatureOpened{Request: contract.Request{Attempt: 2, ID: "req-2"}},
		"an event that is for another function":   events.SendMail{},
		"persist's own fact, come back to itself": events.ContractSent{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := note(atStatus(contract.Sent), onRecord, fact, noon); !function.Refused(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLayingAFactLeavesTheContractThatWasReadAlone(t *testing.T) {
	t.Parallel()
	c := atStatus(contract.Sent)
	_, err := note(c, onRecord, events.SignatureChecked{Attempt: 1, State: events.SignatureDone, Move: toSigned,
		Signers: []contract.Signer{{ID: "s1", State: contract.HasSigned}}}, noon)
	if err != nil || c.Signers[0].State != contract.Waiting || c.Request.Closed || c.Status != contract.Sent {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestEveryMoveIsSaidByItsOwnFact(t *testing.T) {
	t.Parallel()
	for _, s := range contract.Statuses {
		want := "contract." + string(s)
		if s == contract.Draft {
			want = "contract.drafted"
		}
		said := factOf(true, events.Snapshot{Contract: contract.Contract{Status: s}})
		if said.Type() != want {
			t.Errorf("%s is said by %s", s, said.Type())
		}
	}
}

// uninvited is a contract that is being handed to the signature service; nobody was asked to sign yet.
func uninvited() contract.Contract {
	c := atStatus(contract.Preparing)
	c.Letters, c.Request = nil, &contract.Request{Attempt: 1}
	c.Signers = []contract.Signer{{ID: "s1", State: contract.Waiting}}
	return c
}
