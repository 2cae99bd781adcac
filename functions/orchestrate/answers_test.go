package orchestrate

import (
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

func TestAfterOpeningTheContractIsSent(t *testing.T) {
	t.Parallel()
	r := contract.Request{Attempt: 1, ID: "r"}
	got := afterOpening(standingAt(contract.Preparing, drawn, ordered), r)
	if got.Move == nil || got.Move.From != contract.Preparing || got.Move.To != contract.Sent || names(got.Letters) != "invitation/1→ana" {
		t.Errorf("after opening: %+v, letters %q", got.Move, names(got.Letters))
	}
	late := afterOpening(standingAt(contract.Cancelled), r)
	if late.Move != nil || late.Letters != nil || late.Request.ID != "r" {
		t.Errorf("after opening what was cancelled: %+v", late)
	}
}

func TestWhatFollowsFromAnAnswer(t *testing.T) {
	t.Parallel()
	invited := with(contract.Invitation, true, "ana", "ben")
	document := &contract.Document{SHA256: "5160ed"}
	anaSigned := map[string]contract.Signer{"ana": {ID: "ana", State: contract.HasSigned, SignedAt: noon}}
	all := "signed-copy/1→owner signed-copy/1→ana signed-copy/1→ben"
	for name, row := range map[string]struct {
		c       contract.Contract
		f       finding
		to      contract.Status // "" if it does not move
		letters string
		trouble bool
	}{
		"still waiting":              {standingAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")), finding{State: events.SignatureOngoing}, "", "", false},
		"the next one's turn":        {standingAt(contract.Sent, ordered, with(contract.Invitation, true, "ana")), finding{State: events.SignatureOngoing, Signers: anaSigned}, "", "invitation/1→ben", false},
		"time for a reminder":        {standingAt(contract.Sent, invited), finding{State: events.SignatureOngoing}, "", "reminder/1→ana reminder/1→ben", false},
		"no reminder after a cancel": {standingAt(contract.Sent, invited, unwanted), finding{State: events.SignatureOngoing}, "", "", false},
		"done, copies not ready":     {standingAt(contract.Sent, invited), finding{State: events.SignatureDone}, contract.Signed, "", false},
		"done with copies":           {standingAt(contract.Sent, invited), finding{State: events.SignatureDone, SignedCopy: document, Proof: document}, contract.Signed, all, false},
		"done though cancel wanted":  {standingAt(contract.Sent, invited, unwanted), finding{State: events.SignatureDone}, contract.Signed, "", false},
		"proof came later":           {standingAt(contract.Signed, func(c *contract.Contract) { c.SignedCopy = document }), finding{State: events.SignatureDone, Proof: document}, "", all, false},
		"done after it had ended":    {standingAt(contract.Cancelled), finding{State: events.SignatureDone, SignedCopy: document, Proof: document}, "", "", true},
		"not done any more":          {standingAt(contract.Signed), finding{State: events.SignatureOngoing}, "", "", true},
		"declined":                   {standingAt(contract.Sent, invited), finding{State: events.SignatureDeclined}, contract.Declined, "declined/1→owner declined/1→ana declined/1→ben", false},
		"expired, nobody invited":    {standingAt(contract.Sent), finding{State: events.SignatureExpired}, contract.Expired, "expired/1→owner", false},
		"cancelled":                  {standingAt(contract.Sent, invited, unwanted), finding{State: events.SignatureCancelled}, contract.Cancelled, "cancelled/1→owner cancelled/1→ana cancelled/1→ben", false},
		"cancelled by the service":   {standingAt(contract.Sent), finding{State: events.SignatureCancelled}, contract.Cancelled, "cancelled/1→owner", false},
		"cancelled, known before":    {standingAt(contract.Cancelled, stillOpen), finding{State: events.SignatureCancelled}, "", "", false},
		"given up":                   {standingAt(contract.Sent, invited), finding{State: events.SignatureFailed}, "", "", true},
		"unknown to the service":     {standingAt(contract.Sent, invited), finding{State: events.SignatureNone}, "", "", true},
		"unknown, and not wanted":    {standingAt(contract.Sent, unwanted), finding{State: events.SignatureNone}, contract.Cancelled, "cancelled/1→owner", false},
	} {
		got := afterChecking(row.c, row.f, noon)
		var to contract.Status
		if got.Move != nil {
			to = got.Move.To
		}
		if to != row.to || names(got.Letters) != row.letters || (got.Trouble != "") != row.trouble {
			t.Errorf("%s: moves to %q with letters %q and trouble %q; want %q, %q, %t", name, to, names(got.Letters), got.Trouble, row.to, row.letters, row.trouble)
		}
	}
}

func TestASignatureIsNeverTakenBack(t *testing.T) {
	t.Parallel()
	c := standingAt(contract.Sent, ordered, signed("ana"))
	late := map[string]contract.Signer{"ana": {ID: "ana", State: contract.Invited}, "ben": {ID: "ben", State: contract.Waiting}}
	got := afterChecking(c, finding{State: events.SignatureOngoing, Signers: late}, noon).Signers
	if got[0].State != contract.HasSigned || got[0].SignedAt.IsZero() {
		t.Errorf("a late answer made ana %s", got[0].State)
	}
	if got[1].State != contract.Invited {
		t.Errorf("ben is %s though it is his turn", got[1].State)
	}
	if c.Signers[1].State != contract.Waiting {
		t.Error("deciding changed the contract that it was decided on")
	}
}
