package lifecycle

import (
	"errors"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

func TestADocumentIsTakenOnceAndOnlyWhilePreparing(t *testing.T) {
	t.Parallel()
	drawn := events.DocumentGenerated{Document: contract.Document{SHA256: "other"}}
	if c := after(t, contractAt(contract.Preparing, stuck), drawn); c.Document.SHA256 != "other" {
		t.Errorf("while preparing: %+v", c.Document)
	}
	kept := contractAt(contract.Preparing)
	kept.Document = &contract.Document{SHA256: "d0c"}
	for name, c := range map[string]contract.Contract{"a second one": kept, "after the cancellation": contractAt(contract.Cancelled)} {
		if n, err := Apply(c, onRecord, drawn, noon); err != nil || n.Written {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	refused := after(t, contractAt(contract.Preparing), events.DocumentRefused{Reason: "no glyph", Field: "title"})
	if trouble := About(refused, AboutDocument); trouble.Detail != "no glyph (title)" || !trouble.Stops {
		t.Errorf("a refused document: %+v", refused.Troubles)
	}
}

func TestAReportIsEvidenceAndMovesNothing(t *testing.T) {
	t.Parallel()
	report := events.SignatureReported{Attempt: 1, Request: "r", TokenSHA256: "70ce0", Look: true}
	other, another, early, dull := report, report, report, report
	other.TokenSHA256, another.Request, early.Attempt, dull.Look = "0ther", "r-2", 2, false
	for name, row := range map[string]struct {
		c      contract.Contract
		report events.SignatureReported
		silent bool
	}{
		"with the token on record":      {contractAt(contract.Sent), report, false},
		"before the opening is known":   {contractAt(contract.Preparing), report, false},
		"after the end":                 {contractAt(contract.Cancelled), report, false},
		"with another token":            {contractAt(contract.Sent), other, true},
		"about another request":         {contractAt(contract.Sent), another, true},
		"about an attempt that is none": {contractAt(contract.Sent), early, true},
		"of nothing that changes it":    {contractAt(contract.Sent), dull, true},
	} {
		n, err := Apply(row.c, onRecord, row.report, noon)
		if err != nil || !n.Written || n.Moved || (n.Ignored != "") != row.silent {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

func TestFactsThatCannotBeAreNeverTaken(t *testing.T) {
	t.Parallel()
	for name, fact := range map[string]events.Payload{
		"a notification that nobody decided on":   events.MailSent{Kind: contract.Reminder, Sequence: 1, Recipient: "ana"},
		"a failure of one that nobody decided on": events.MailFailed{Kind: contract.Reminder, Sequence: 1, Recipient: "ana"},
		"a refusal of one that nobody decided on": events.MailRefused{Kind: contract.Reminder, Sequence: 1, Recipient: "ana"},
		"a request of an attempt that none made":  events.SignatureOpened{Attempt: 2, ID: "r-2"},
		"a command":                               events.SendMail{},
		"persist's own fact that came back to it": events.ContractSent{},
	} {
		if _, err := Apply(contractAt(contract.Sent), onRecord, fact, noon); !errors.Is(err, ErrImpossible) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestApplyingLeavesTheContractThatWasReadAlone(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, false, "ana"), stuck)
	for _, fact := range []events.Payload{
		events.SignatureChecked{Attempt: 1, State: events.SignatureDone, Signers: []contract.Signer{{ID: "ana", State: contract.HasSigned}}},
		mailFailure("x", true, false), mailed(), events.SignatureFailed{Attempt: 1, Cause: "signature.rejected"},
	} {
		if _, err := Apply(c, onRecord, fact, noon); err != nil {
			t.Fatal(err)
		}
	}
	if c.Signers[0].State != contract.Waiting || c.Request.Settled() || c.Status != contract.Sent || c.Notifications[0].Tries != 0 || c.Troubles[0].Tries != 1 {
		t.Errorf("%+v", c)
	}
}

func TestEveryMoveHasItsOwnFact(t *testing.T) {
	t.Parallel()
	for _, s := range contract.Statuses {
		want := "contract." + string(s)
		if s == contract.Draft {
			want = "contract.drafted"
		}
		if out := Fact(true, events.Snapshot{Contract: contract.Contract{Status: s}}); out.Type() != want {
			t.Errorf("%s is said by %s", s, out.Type())
		}
	}
}
