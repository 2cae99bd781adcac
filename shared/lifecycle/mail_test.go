package lifecycle

import (
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

const toAna = "mail/invitation/1/ana"

func mailed() events.MailSent {
	return events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "ana"}
}

func mailFailure(cause string, ours, unclear bool) events.MailFailed {
	return events.MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Cause: cause, Ours: ours, Unclear: unclear}
}

func TestANotificationThatFailsWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, false, "ana"))
	want := firstMailWait
	for try := 1; try <= 9; try++ {
		c = after(t, c, mailFailure("mail.unauthorized", true, false))
		if l := c.Notifications[0]; l.Tries != try || l.NextTry.Sub(noon) != want || !l.Outstanding() {
			t.Fatalf("try %d: %+v, want in %s", try, l, want)
		}
		want = min(2*want, lastMailWait)
	}
	for range 20 {
		c = after(t, c, mailFailure("mail.unauthorized", true, false))
	}
	if !c.Notifications[0].Outstanding() || !About(c, toAna).Ours {
		t.Error("a fault of the settings gives a notification up")
	}
	if c = after(t, c, mailed()); c.Troubles != nil || c.Notifications[0].SentAt.IsZero() {
		t.Errorf("once it is sent: %+v, %+v", c.Troubles, c.Notifications[0])
	}
}

func TestWhatIsNoFaultOfOursIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, false, "ana"))
	for range mostDeferrals {
		if !c.Notifications[0].Outstanding() {
			t.Fatalf("given up after %d tries", c.Notifications[0].Tries)
		}
		c = after(t, c, mailFailure("mail.mailbox_full", false, false))
	}
	if c.Notifications[0].Outstanding() || About(c, toAna) == nil {
		t.Errorf("after %d tries: %+v", mostDeferrals, c.Notifications[0])
	}
}

func TestAnUnclearNotificationIsNeverSentAgainByItself(t *testing.T) {
	t.Parallel()
	c := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), mailFailure("mail.timeout", false, true))
	if out := commandsOf(Decide(c, timeCame, noon.Add(1000*time.Hour))); out != "signature.check" {
		t.Errorf("it is followed by %s", out)
	}
	if trouble := About(c, toAna); trouble == nil || trouble.Cause != CauseMailUnclear {
		t.Errorf("troubles are %+v", c.Troubles)
	}
	if later := after(t, c, mailFailure("mail.timeout", true, false)); later.Notifications[0].Outstanding() {
		t.Error("a late failure makes it outstanding")
	}
	if found := after(t, c, mailed()); found.Notifications[0].SentAt.IsZero() || found.Troubles != nil {
		t.Errorf("found sent: %+v, %+v", found.Notifications[0], found.Troubles)
	}
}

func TestARefusedNotificationIsAMatterForPeople(t *testing.T) {
	t.Parallel()
	refused := events.MailRefused{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Reason: "no such mailbox"}
	c := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), refused)
	if c.Notifications[0].Refused != "no such mailbox" || About(c, toAna).Cause != CauseMailRefused || About(c, toAna).Stops {
		t.Errorf("%+v, %+v", c.Notifications[0], c.Troubles)
	}
	sent := contractAt(contract.Sent, with(contract.Invitation, true, "ana"))
	if n, err := Apply(sent, onRecord, refused, noon); err != nil || n.Written {
		t.Errorf("a refusal of what was sent: %+v, %v", n, err)
	}
}

func TestTheLastCopyCompletesTheContract(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, false, contract.ToOwner, "ana", "ben"))
	for i, to := range []string{contract.ToOwner, "ana", "ben"} {
		if c.Status != contract.Signed {
			t.Fatalf("%s after %d copies", c.Status, i)
		}
		c = after(t, c, events.MailSent{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: to})
	}
	if c.Status != contract.Completed {
		t.Errorf("%s after the last copy", c.Status)
	}
}

// failure is a failure of one claim.
func (f claimed) failure() events.MailFailed {
	return events.MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Cause: "mail.x", Unclear: f.unclear, Claim: f.claim, RetryAfter: f.after}
}

type claimed struct {
	claim   int
	unclear bool
	after   int
}

// What a claim says that is over changes nothing: another may have handed the notification over since.
func TestOnlyTheLatestClaimCounts(t *testing.T) {
	t.Parallel()
	clean, open := claimed{claim: 3}, claimed{claim: 3, unclear: true}
	for name, row := range map[string]struct {
		before []claimed
		then   claimed
		news   bool
	}{
		"the first failure":               {nil, clean, true},
		"the same again":                  {[]claimed{clean}, clean, false},
		"the next one":                    {[]claimed{clean}, claimed{claim: 4}, true},
		"an earlier one":                  {[]claimed{clean}, claimed{claim: 2}, false},
		"clean, and then unclear":         {[]claimed{clean}, open, false},
		"unclear, and then known":         {[]claimed{open}, clean, true},
		"unclear, and then still unclear": {[]claimed{open}, claimed{claim: 3, unclear: true, after: 60}, true},
		"unclear, and then an earlier":    {[]claimed{open}, claimed{claim: 2}, false},
		"known, and then still unclear":   {[]claimed{open, clean}, open, false},
		"unclear, and nobody's":           {[]claimed{open}, claimed{}, false},
	} {
		c := contractAt(contract.Sent, with(contract.Invitation, false, "ana"))
		for _, f := range row.before {
			c = after(t, c, f.failure())
		}
		if n, err := Apply(c, onRecord, row.then.failure(), noon); err != nil || n.Written != row.news {
			t.Errorf("%s: %+v, %v", name, n.After.Notifications[0], err)
		}
		old := events.MailRefused{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Reason: "no", Claim: row.then.claim}
		if n, err := Apply(c, onRecord, old, noon); err != nil || n.Written != row.news {
			t.Errorf("%s, refused: %+v, %v", name, n.After.Notifications[0], err)
		}
	}
}

// The mail service is asked about a notification for as long as its author says when; one that it turns out not to have goes out
// once more, and not twice.
func TestANotificationThatTheServiceDoesNotHaveIsSentOnceMore(t *testing.T) {
	t.Parallel()
	c := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), claimed{1, true, 60}.failure())
	if l := c.Notifications[0]; l.Outstanding() || !l.UnclearSince.Equal(noon) || l.NextTry.Sub(noon) != time.Minute {
		t.Errorf("unclear: %+v", l)
	}
	if early, late := commandsOf(Decide(c, timeCame, noon)), commandsOf(Decide(c, timeCame, noon.Add(time.Minute))); strings.Contains(early, "mail.send") || !strings.Contains(late, "mail.send") {
		t.Errorf("asked too early (%s) or not at all (%s)", early, late)
	}
	if due, _ := (Schedule{Look: time.Hour}).Due(c, 0, noon); due != time.Minute {
		t.Errorf("due in %s", due)
	}
	c = after(t, c, claimed{claim: 1}.failure())
	if l := c.Notifications[0]; !l.Outstanding() || l.Lost != 1 || l.NextTry.Sub(noon) != firstMailWait {
		t.Errorf("the service does not have it: %+v", l)
	}
	c = after(t, c, claimed{2, true, 60}.failure())
	c = after(t, c, claimed{claim: 2}.failure())
	if l := c.Notifications[0]; l.Outstanding() || IsAsked(l) || About(c, toAna).Cause != CauseMailUnclear {
		t.Errorf("lost a second time: %+v, %+v", l, c.Troubles)
	}
	again, err := Perform(c, Request{Action: SendAgain, About: toAna}, Relation{Owner: true}, noon)
	if l := again.After.Notifications[0]; err != nil || !l.Outstanding() || l.Lost != 0 || l.Claim != 2 || again.After.Troubles != nil {
		t.Errorf("a person wants it sent again: %+v, %v", l, err)
	}
}

func TestRetryAsksTheServiceAtOnceAndSendsNothingUnclear(t *testing.T) {
	t.Parallel()
	c := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), claimed{1, true, 3600}.failure())
	n, err := Perform(c, Request{Action: Retry}, Relation{Owner: true}, noon.Add(time.Second))
	if l := n.After.Notifications[0]; err != nil || l.Outstanding() || !IsAsked(l) || l.NextTry.After(noon) || About(n.After, toAna) == nil {
		t.Errorf("%+v, %v", l, err)
	}
}

// A week of wrong settings must not use up the tries that a full mailbox is given.
func TestFaultsOfOursDoNotCountForTheRecipient(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, false, "ana"))
	for range 2 * mostDeferrals {
		c = after(t, c, mailFailure("mail.unauthorized", true, false))
	}
	if c = after(t, c, mailFailure("mail.mailbox_full", false, false)); !c.Notifications[0].Outstanding() || c.Notifications[0].NextTry.Sub(noon) != firstMailWait {
		t.Errorf("%+v", c.Notifications[0])
	}
}

func TestWhoHasSignedNeedsNoInvitation(t *testing.T) {
	t.Parallel()
	c := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), claimed{1, true, 0}.failure())
	signs := events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing, Signers: []contract.Signer{{ID: "ana", State: contract.HasSigned}}}
	if c = after(t, c, signs); About(c, toAna) != nil {
		t.Errorf("%+v", c.Troubles)
	}
}

// A notification's writer dies after it was handed over, and the contract ends before anybody knows: whoever has the link is told
// all the same.
func TestLateKnownInvitationsAreFollowedByTheEnd(t *testing.T) {
	t.Parallel()
	invited := with(contract.Invitation, false, "ana", "ben")
	ended := after(t, contractAt(contract.Sent, invited), events.SignatureChecked{Attempt: 1, State: events.SignatureDeclined})
	if got := names(ended.Notifications[2:]); got != "declined/1→owner" {
		t.Fatalf("as far as is known nobody was invited, and written to are %q", got)
	}
	for name, cause := range map[string]events.Payload{"sent": mailed(), "unclear": mailFailure("mail.unclear", false, true)} {
		c := after(t, ended, cause)
		if got := names(c.Notifications[2:]); got != "declined/1→owner declined/1→ana" {
			t.Errorf("%s: written to are %q", name, got)
		}
	}
	quiet := contractAt(contract.Cancelled, invited) // cancelled before anybody outside could have seen it
	if c := after(t, quiet, mailed()); len(c.Notifications) != 2 {
		t.Errorf("nobody else was told, and written to are %q", names(c.Notifications))
	}
}

// Whoever signed without a notification that turns out not to have gone out needs it no more, and nobody is bothered with it.
func TestANotificationThatIsLostAfterTheEndIsDropped(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Completed, withCopies, with(contract.Invitation, false, "ana"))
	for _, f := range []events.MailFailed{
		{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Claim: 1, Cause: CauseMailUnclear, Unclear: true, RetryAfter: 30},
		{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", Claim: 1, Cause: "mail.never_taken"},
	} {
		n, err := Apply(c, nil, f, noon)
		if c = n.After; err != nil || len(Open(c)) > 0 {
			t.Errorf("%s: %v, open are %v", f.Cause, err, Open(c))
		}
	}
	if next, _ := (Schedule{Look: time.Minute}).Due(c, 0, noon); next != 0 {
		t.Errorf("it is looked at in %s", next)
	}
}
