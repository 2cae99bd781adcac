package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

var onRecord = map[int]AttemptOnRecord{1: {TokenSHA256: "70ce0", RequestID: "r"}}

// after applies facts one after the other.
func after(t *testing.T, c contract.Contract, facts ...events.Payload) contract.Contract {
	t.Helper()
	for _, fact := range facts {
		n, err := Apply(c, onRecord, fact, noon)
		if err != nil {
			t.Fatalf("%s: %v", fact.Type(), err)
		}
		if n.Moved != (n.After.Status != c.Status) || n.After.Version != c.Version+1 {
			t.Errorf("%s: %+v", fact.Type(), n)
		}
		if n.Written {
			c = n.After
		}
	}
	return c
}

func TestAfterOpeningTheContractIsSent(t *testing.T) {
	t.Parallel()
	opened := events.SignatureOpened{Attempt: 1, ID: "r", Signers: map[string]string{"ana": "s-ana"}}
	c := after(t, contractAt(contract.Preparing, drawn, ordered), opened)
	if c.Status != contract.Sent || !c.SentAt.Equal(noon) || c.Request.State != contract.Open || names(c.Notifications) != "invitation/1→ana" || c.Signers[0].State != contract.Invited {
		t.Errorf("%s, %+v, %q", c.Status, c.Request, names(c.Notifications))
	}
	unwantedNow := after(t, contractAt(contract.Preparing, drawn, unwanted), opened)
	if unwantedNow.Status != contract.Preparing || unwantedNow.Notifications != nil || unwantedNow.Request.State != contract.Open {
		t.Errorf("opened while its owner cancels: %s, %q, %+v", unwantedNow.Status, names(unwantedNow.Notifications), unwantedNow.Request)
	}
	late := after(t, contractAt(contract.Cancelled, neverOpened), opened)
	if late.Status != contract.Cancelled || late.Notifications != nil || late.Request.Settled() {
		t.Errorf("opened after its end: %s, %+v: it is to be withdrawn", late.Status, late.Request)
	}
	second := after(t, contractAt(contract.Sent), events.SignatureOpened{Attempt: 1, ID: "r-2"})
	if second.Request.ID != "r" || About(second, AboutSignature).Detail != "r-2" {
		t.Errorf("a second request: %+v, %+v", second.Request, second.Troubles)
	}
}

// An answer moves a contract only where it is the service's positive word about this very request.
func TestWhatFollowsFromAnAnswer(t *testing.T) {
	t.Parallel()
	invited := with(contract.Invitation, true, "ana", "ben")
	document := &contract.Document{SHA256: "5160ed"}
	anaSigned := []contract.Signer{{ID: "ana", State: contract.HasSigned, SignedAt: noon}}
	all := "signed-copy/1→owner signed-copy/1→ana signed-copy/1→ben"
	late := "late/1→owner late/1→ana late/1→ben"
	justInvited := func(c *contract.Contract) {
		invited(c)
		c.Notifications[0].SentAt, c.Notifications[1].SentAt = noon, noon
	}
	for name, row := range map[string]struct {
		c             contract.Contract
		f             events.SignatureChecked
		to            contract.Status // "" if it does not move
		notifications string          // that were added
		cause         string          // of the trouble that is left
		settled       bool
	}{
		"still waiting":               {contractAt(contract.Sent, justInvited), events.SignatureChecked{State: events.SignatureOngoing}, "", "", "", false},
		"the next one's turn":         {contractAt(contract.Sent, ordered, with(contract.Invitation, true, "ana")), events.SignatureChecked{State: events.SignatureOngoing, Signers: anaSigned}, "", "invitation/1→ben", "", false},
		"time for a reminder":         {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureOngoing}, "", "reminder/1→ana reminder/1→ben", "", false},
		"no reminder after a cancel":  {contractAt(contract.Sent, invited, unwanted), events.SignatureChecked{State: events.SignatureOngoing}, "", "", "", false},
		"done, copies not ready":      {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureDone}, contract.Signed, "", "", true},
		"done with copies":            {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureDone, SignedCopy: document, Proof: document}, contract.Signed, all, "", true},
		"done though cancel wanted":   {contractAt(contract.Sent, invited, unwanted), events.SignatureChecked{State: events.SignatureDone}, contract.Signed, "", "", true},
		"done while it is withdrawn":  {contractAt(contract.Preparing, drawn, unwanted), events.SignatureChecked{State: events.SignatureDone}, contract.Signed, "", "", true},
		"proof came later":            {contractAt(contract.Signed, func(c *contract.Contract) { c.SignedCopy = document }), events.SignatureChecked{State: events.SignatureDone, Proof: document}, "", all, "", true},
		"done after it had ended":     {contractAt(contract.Cancelled, stillOpen), events.SignatureChecked{State: events.SignatureDone, SignedCopy: document, Proof: document}, "", late, CauseSignedLate, true},
		"done late, copies not ready": {contractAt(contract.Cancelled, stillOpen), events.SignatureChecked{State: events.SignatureDone}, "", "", "", true},
		"not done any more":           {contractAt(contract.Signed), events.SignatureChecked{State: events.SignatureOngoing}, "", "", CauseNotSignedAgain, true},
		"cancelled after all signed":  {contractAt(contract.Signed), events.SignatureChecked{State: events.SignatureCancelled}, "", "", CauseNotSignedAgain, true},
		"declined":                    {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureDeclined}, contract.Declined, "declined/1→owner declined/1→ana declined/1→ben", "", true},
		"expired, nobody invited":     {contractAt(contract.Sent), events.SignatureChecked{State: events.SignatureExpired}, contract.Expired, "expired/1→owner", "", true},
		"cancelled":                   {contractAt(contract.Sent, invited, unwanted), events.SignatureChecked{State: events.SignatureCancelled}, contract.Cancelled, "cancelled/1→owner cancelled/1→ana cancelled/1→ben", "", true},
		"cancelled while opening":     {contractAt(contract.Preparing, drawn, unwanted), events.SignatureChecked{State: events.SignatureCancelled}, contract.Cancelled, "cancelled/1→owner", "", true},
		"cancelled by the service":    {contractAt(contract.Sent), events.SignatureChecked{State: events.SignatureCancelled}, contract.Cancelled, "cancelled/1→owner", "", true},
		"cancelled, known before":     {contractAt(contract.Cancelled, stillOpen), events.SignatureChecked{State: events.SignatureCancelled}, "", "", "", true},
		"given up":                    {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureGivenUp}, "", "", CauseGivenUp, true},
		"given up, and not wanted":    {contractAt(contract.Sent, unwanted), events.SignatureChecked{State: events.SignatureGivenUp}, contract.Cancelled, "cancelled/1→owner", "", true},
		"a state of tomorrow":         {contractAt(contract.Sent, invited), events.SignatureChecked{State: "paused for good"}, "", "", "", false},
		"gone":                        {contractAt(contract.Sent, invited), events.SignatureChecked{State: events.SignatureNone}, "", "", CauseGone, true},
		"gone, and not wanted":        {contractAt(contract.Sent, unwanted), events.SignatureChecked{State: events.SignatureNone}, contract.Cancelled, "cancelled/1→owner", "", true},
		"never opened, not wanted":    {contractAt(contract.Preparing, drawn, unwanted), events.SignatureChecked{State: events.SignatureNone}, contract.Cancelled, "cancelled/1→owner", "", true},
		"never opened":                {contractAt(contract.Preparing, drawn), events.SignatureChecked{State: events.SignatureNone}, "", "", CauseGone, true},
		"gone after all signed":       {contractAt(contract.Signed), events.SignatureChecked{State: events.SignatureNone}, "", "", "", true},
	} {
		row.f.Attempt = 1
		before := len(row.c.Notifications)
		c := after(t, row.c, row.f)
		to, cause := c.Status, ""
		if to == row.c.Status {
			to = ""
		}
		if s := About(c, AboutSignature); s != nil {
			cause = s.Cause
		}
		if to != row.to || names(c.Notifications[before:]) != row.notifications || cause != row.cause || c.Request.Settled() != row.settled {
			t.Errorf("%s: moves to %q, adds %q, trouble %q, settled %t; want %q, %q, %q, %t", name,
				to, names(c.Notifications[before:]), cause, c.Request.Settled(), row.to, row.notifications, row.cause, row.settled)
		}
	}
}

// What fails says nothing about the request: in no status, with or without a cancellation, does it end a contract.
func TestAFailureNeverMovesAContract(t *testing.T) {
	t.Parallel()
	causes := []string{"signature.unauthorized", "signature.forbidden", "signature.rejected", CauseNotFound, "signature.tls", "of.tomorrow"}
	for _, status := range contract.Statuses[1:] {
		for _, cause := range causes {
			for _, act := range []string{"open", "look", "withdraw", "fetch"} {
				for name, change := range map[string]func(*contract.Contract){"wanted": func(*contract.Contract) {}, "unwanted": unwanted} {
					from := contractAt(status, drawn, change)
					for range 3 {
						c := after(t, from, events.SignatureFailed{Attempt: 1, Act: act, Cause: cause, Ours: true})
						if c.Status != status || c.Request.State != from.Request.State || names(c.Notifications) != names(from.Notifications) {
							t.Fatalf("%s of %s (%s) in %s: %s, %+v", cause, act, name, status, c.Status, c.Request)
						}
						from = c
					}
				}
			}
		}
	}
}

func TestARefusalThatIsOverStopsUntilAPersonActs(t *testing.T) {
	t.Parallel()
	rejected := events.SignatureFailed{Attempt: 1, Act: "open", Cause: "signature.rejected", Detail: "400 phone_number", Over: true}
	c := after(t, contractAt(contract.Preparing, drawn), rejected)
	if trouble := About(c, AboutSignature); c.Request.State != contract.NeverOpened || trouble.Cause != "signature.rejected" || !trouble.Stops || NewAttempt(Retry, c) != 2 {
		t.Errorf("%+v, %+v", c.Request, c.Troubles)
	}
	if out := commandsOf(Decide(c, timeCame, noon)); out != "" {
		t.Errorf("it goes on with %s", out)
	}
	unwantedNow := after(t, contractAt(contract.Preparing, drawn, unwanted), rejected)
	if unwantedNow.Status != contract.Cancelled || unwantedNow.Troubles != nil {
		t.Errorf("refused while its owner cancels: %s, %v", unwantedNow.Status, unwantedNow.Troubles)
	}
	if open := after(t, contractAt(contract.Sent), rejected); open.Request.State != contract.Open {
		t.Error("what the service is known to hold was called never opened")
	}
}

func TestASignatureIsNeverTakenBack(t *testing.T) {
	t.Parallel()
	from := contractAt(contract.Sent, ordered, signed("ana"), func(c *contract.Contract) { c.Signers[1].State = contract.Invited })
	late := []contract.Signer{{ID: "ana", State: contract.Invited}, {ID: "ben", State: contract.Waiting}}
	c := after(t, from, events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing, Signers: late})
	if c.Signers[0].State != contract.HasSigned || c.Signers[0].SignedAt.IsZero() || c.Signers[1].State != contract.Invited {
		t.Errorf("a late answer made of the signers %+v", c.Signers)
	}
	if after(t, contractAt(contract.Sent), events.SignatureChecked{Attempt: 2, State: events.SignatureDone}).Status != contract.Sent {
		t.Error("the answer about another attempt counts")
	}
}

func TestARefusalIsNeverTakenBack(t *testing.T) {
	t.Parallel()
	from := contractAt(contract.Sent, func(c *contract.Contract) {
		c.Signers[0].State, c.Signers[1].State = contract.HasDeclined, contract.Invited
	})
	for _, state := range []contract.SignerState{contract.Waiting, contract.Invited, contract.CouldNotBeAsked} {
		late := []contract.Signer{{ID: "ana", State: state}}
		c := after(t, from, events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing, Signers: late})
		if c.Signers[0].State != contract.HasDeclined {
			t.Errorf("an answer that was late made %s of who had declined", c.Signers[0].State)
		}
	}
}

func TestTroublesEndWhenWhatTheyAreAboutSucceeds(t *testing.T) {
	t.Parallel()
	fault := events.SignatureFailed{Attempt: 1, Act: "check", Cause: "signature.unauthorized", Ours: true}
	c := after(t, contractAt(contract.Sent), fault)
	n, err := Apply(c, onRecord, fault, noon.Add(time.Minute))
	if trouble := About(n.After, AboutSignature); err != nil || !n.Again || trouble.Tries != 2 || !trouble.Since.Equal(noon) || !trouble.Last.Equal(noon.Add(time.Minute)) {
		t.Errorf("the same again: again %t, %+v, %v", n.Again, trouble, err)
	}
	if other := after(t, n.After, events.SignatureFailed{Attempt: 1, Act: "check", Cause: "signature.forbidden", Ours: true}); About(other, AboutSignature).Tries != 1 {
		t.Errorf("another cause counts from %+v", other.Troubles)
	}
	if c = after(t, n.After, events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing}); c.Troubles != nil {
		t.Errorf("after an answer: %+v", c.Troubles)
	}
}
