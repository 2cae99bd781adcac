package lifecycle

import (
	"reflect"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

func lost(t *testing.T, c contract.Contract, out events.Payload) contract.Contract {
	t.Helper()
	n := Undeliverable(c, onRecord, out, "the last answer was 500", noon)
	if !n.Written || len(n.After.Troubles) != 1 || n.Moved {
		t.Fatalf("%s could not be delivered: %+v", out.Type(), n)
	}
	return n.After
}

// tells is what persist says of a contract.
func tells(c contract.Contract, cause string) events.Payload {
	return Fact(cause == opened, events.Snapshot{Contract: c, Cause: cause})
}

// What nobody could take is noted where something would have followed from it, and nowhere else: it never brings anything
// back that has gone on or is over.
func TestUndeliverableEventsBecomeTroubles(t *testing.T) {
	t.Parallel()
	invited := contractAt(contract.Sent, with(contract.Invitation, false, "ana"))
	ask := events.SendMail{Kind: contract.Invitation, Sequence: 1, Recipient: "ana"}
	waiting := invited
	waiting.Notifications = []contract.Notification{{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", NextTry: noon.Add(time.Hour)}}
	for name, row := range map[string]struct {
		c     contract.Contract
		said  events.Payload
		about string // empty: nothing is noted
	}{
		"a document to draw":              {contractAt(contract.Preparing), events.GenerateDocument{}, "event/document.generate"},
		"one that is drawn":               {contractAt(contract.Preparing, drawn), events.GenerateDocument{}, ""},
		"a request to open":               {contractAt(contract.Preparing, drawn), events.OpenSignature{Attempt: 1}, "event/signature.open"},
		"one of an attempt that is over":  {contractAt(contract.Preparing, drawn), events.OpenSignature{Attempt: 2}, ""},
		"one that is open":                {contractAt(contract.Sent), events.OpenSignature{Attempt: 1}, ""},
		"a request to look at":            {contractAt(contract.Sent), events.CheckSignature{Attempt: 1}, "event/signature.check"},
		"one of a completed contract":     {contractAt(contract.Completed), events.CheckSignature{Attempt: 1}, ""},
		"one to withdraw":                 {contractAt(contract.Sent, unwanted), events.CancelSignature{Attempt: 1}, "event/signature.cancel"},
		"one that is withdrawn":           {contractAt(contract.Cancelled), events.CancelSignature{Attempt: 1}, ""},
		"a notification":                  {invited, ask, "event/mail.send/invitation/1/ana"},
		"one whose next try is to come":   {waiting, ask, "event/mail.send/invitation/1/ana"},
		"one that is sent":                {contractAt(contract.Sent, with(contract.Invitation, true, "ana")), ask, ""},
		"one that nobody decided on":      {contractAt(contract.Sent), ask, ""},
		"one to somebody who has signed":  {contractAt(contract.Sent, with(contract.Invitation, false, "ana"), signed("ana")), ask, ""},
		"news that something follows":     {invited, tells(invited, opened), "event/contract.sent"},
		"news that nothing follows":       {invited, tells(invited, mailSent), ""},
		"a due time":                      {invited, events.ContractDue{Snapshot: events.Snapshot{Contract: invited}}, "event/contract.due"},
		"a due time of what is over":      {contractAt(contract.Completed), events.ContractDue{}, ""},
		"news of what is over":            {contractAt(contract.Cancelled), tells(invited, opened), ""},
		"a fact that changes something":   {invited, mailed(), "event/mail.sent/invitation/1/ana"},
		"one that changes nothing":        {contractAt(contract.Sent, with(contract.Invitation, true, "ana")), mailed(), ""},
		"one that cannot be":              {contractAt(contract.Sent), mailed(), "event/mail.sent/invitation/1/ana"},
		"an answer after the end":         {contractAt(contract.Completed, withCopies), events.SignatureChecked{Attempt: 1, State: events.SignatureDone}, ""},
		"a report, which is evidence":     {contractAt(contract.Sent), events.SignatureReported{Attempt: 1}, "event/signature.reported"},
		"a document after a cancellation": {contractAt(contract.Cancelled), events.DocumentGenerated{}, ""},
	} {
		n := Undeliverable(row.c, onRecord, row.said, "why", noon)
		var about string
		if len(n.After.Troubles) > 0 {
			about = n.After.Troubles[0].About
		}
		if about != row.about || n.Written != (row.about != "") || n.Moved {
			t.Errorf("%s: about %q, want %q (%+v)", name, about, row.about, n)
		}
		n.After.Troubles, n.After.Version, n.After.UpdatedAt = nil, row.c.Version, row.c.UpdatedAt
		if !reflect.DeepEqual(n.After, row.c) {
			t.Errorf("%s: it became %+v", name, n.After)
		}
	}
}

func TestWhatCouldNotBeDeliveredIsOverOnceItIsAnswered(t *testing.T) {
	t.Parallel()
	invited := contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben"))
	ask := events.SendMail{Kind: contract.Invitation, Sequence: 1, Recipient: "ana"}
	toBen := events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "ben"}
	looked := events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing}
	for name, row := range map[string]struct {
		c       contract.Contract
		said    events.Payload
		fact    events.Payload
		answers bool
	}{
		"the document is drawn":               {contractAt(contract.Preparing), events.GenerateDocument{}, events.DocumentGenerated{}, true},
		"the document is refused":             {contractAt(contract.Preparing), events.GenerateDocument{}, events.DocumentRefused{}, true},
		"the request is open":                 {contractAt(contract.Preparing, drawn), events.OpenSignature{Attempt: 1}, events.SignatureOpened{Attempt: 1, ID: "r"}, true},
		"opening failed":                      {contractAt(contract.Preparing, drawn), events.OpenSignature{Attempt: 1}, events.SignatureFailed{Attempt: 1, Act: "open", Cause: "x"}, true},
		"a look at last":                      {contractAt(contract.Sent), events.CheckSignature{Attempt: 1}, looked, true},
		"a look failed":                       {contractAt(contract.Sent), events.CheckSignature{Attempt: 1}, events.SignatureFailed{Attempt: 1, Act: "look", Cause: "x"}, true},
		"withdrawing failed":                  {contractAt(contract.Sent, unwanted), events.CancelSignature{Attempt: 1}, events.SignatureFailed{Attempt: 1, Act: "withdraw", Cause: "x"}, true},
		"a look, after a lost report":         {contractAt(contract.Sent), events.SignatureReported{Attempt: 1}, looked, true},
		"the report itself":                   {contractAt(contract.Sent), events.SignatureReported{Attempt: 1}, events.SignatureReported{Attempt: 1}, true},
		"another report":                      {contractAt(contract.Sent), events.CheckSignature{Attempt: 1}, events.SignatureReported{Attempt: 1}, false},
		"the notification is sent":            {invited, ask, mailed(), true},
		"the notification is refused":         {invited, ask, mailRefusedOf(ask), true},
		"another notification is sent":        {invited, ask, toBen, false},
		"something followed from lost news":   {invited, tells(invited, opened), toBen, true},
		"a report is nothing that follows":    {invited, tells(invited, opened), events.SignatureReported{Attempt: 1}, false},
		"everyone signed, and nobody is sent": {invited, ask, events.SignatureChecked{Attempt: 1, State: events.SignatureDone}, true},
	} {
		about := aboutUndelivered(row.said)
		if c := after(t, lost(t, row.c, row.said), row.fact); (About(c, about) == nil) != row.answers {
			t.Errorf("%s: %+v", name, c.Troubles)
		}
	}
}

func mailRefusedOf(ask events.SendMail) events.MailRefused {
	return events.MailRefused{Kind: ask.Kind, Sequence: ask.Sequence, Recipient: ask.Recipient, Reason: "no"}
}

func TestACancellationEndsWhatNobodyWouldAskForAnyMore(t *testing.T) {
	t.Parallel()
	c := lost(t, contractAt(contract.Preparing, drawn), events.OpenSignature{Attempt: 1})
	n, err := Perform(c, Request{Action: Cancel}, Relation{Owner: true}, noon)
	if err != nil || n.After.Troubles != nil {
		t.Errorf("%+v, %v", n.After.Troubles, err)
	}
}

// The same event that dies again counts up; one that was set aside needs attention again.
func TestADeadLetterThatComesAgainIsOpenAgain(t *testing.T) {
	t.Parallel()
	c := lost(t, contractAt(contract.Sent), events.CheckSignature{Attempt: 1})
	aside, err := Perform(c, Request{Action: SetAside, About: "event/signature.check"}, Relation{Owner: true}, noon)
	if err != nil || len(Open(aside.After)) != 0 {
		t.Fatalf("%+v, %v", aside.After.Troubles, err)
	}
	again := Undeliverable(aside.After, onRecord, events.CheckSignature{Attempt: 1}, "why", noon.Add(time.Hour)).After
	if left := Open(again); len(left) != 1 || left[0].Tries != 2 || !left[0].Since.Equal(noon) {
		t.Errorf("%+v", left)
	}
}
