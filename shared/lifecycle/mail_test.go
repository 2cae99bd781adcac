package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

const toAna = "mail/invitation/1/ana"

func mailed() events.MailSent {
	return events.MailSent{Letter: contract.Invitation, Occasion: 1, Recipient: "ana"}
}

func mailFailure(cause string, ours, unclear bool) events.MailFailed {
	return events.MailFailed{Letter: contract.Invitation, Occasion: 1, Recipient: "ana", Cause: cause, Ours: ours, Unclear: unclear}
}

func TestALetterThatFailsWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	c := standingAt(contract.Sent, with(contract.Invitation, false, "ana"))
	want := firstMailWait
	for try := 1; try <= 9; try++ {
		c = after(t, c, mailFailure("mail.unauthorized", true, false))
		if l := c.Letters[0]; l.Tries != try || l.NextTry.Sub(noon) != want || !l.Outstanding() {
			t.Fatalf("try %d: %+v, want in %s", try, l, want)
		}
		want = min(2*want, lastMailWait)
	}
	for range 20 {
		c = after(t, c, mailFailure("mail.unauthorized", true, false))
	}
	if !c.Letters[0].Outstanding() || !About(c, toAna).Ours {
		t.Error("a fault of the settings gives a letter up")
	}
	if c = after(t, c, mailed()); c.Troubles != nil || c.Letters[0].SentAt.IsZero() {
		t.Errorf("once it is sent: %+v, %+v", c.Troubles, c.Letters[0])
	}
}

func TestWhatIsNoFaultOfOursIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	c := standingAt(contract.Sent, with(contract.Invitation, false, "ana"))
	for range mailTries {
		if !c.Letters[0].Outstanding() {
			t.Fatalf("given up after %d tries", c.Letters[0].Tries)
		}
		c = after(t, c, mailFailure("mail.mailbox_full", false, false))
	}
	if c.Letters[0].Outstanding() || About(c, toAna) == nil {
		t.Errorf("after %d tries: %+v", mailTries, c.Letters[0])
	}
}

func TestAnUnclearLetterIsNeverSentAgainByItself(t *testing.T) {
	t.Parallel()
	c := after(t, standingAt(contract.Sent, with(contract.Invitation, false, "ana")), mailFailure("mail.timeout", false, true))
	if said := said(Decide(c, timeCame, noon.Add(1000*time.Hour))); said != "signature.check" {
		t.Errorf("it is followed by %s", said)
	}
	if trouble := About(c, toAna); trouble == nil || trouble.Cause != CauseMailUnclear {
		t.Errorf("troubles are %+v", c.Troubles)
	}
	if later := after(t, c, mailFailure("mail.timeout", true, false)); later.Letters[0].Outstanding() {
		t.Error("a late failure makes it outstanding")
	}
	if found := after(t, c, mailed()); found.Letters[0].SentAt.IsZero() || found.Troubles != nil {
		t.Errorf("found sent: %+v, %+v", found.Letters[0], found.Troubles)
	}
}

func TestARefusedLetterIsAMatterForPeople(t *testing.T) {
	t.Parallel()
	refused := events.MailRefused{Letter: contract.Invitation, Occasion: 1, Recipient: "ana", Reason: "no such mailbox"}
	c := after(t, standingAt(contract.Sent, with(contract.Invitation, false, "ana")), refused)
	if c.Letters[0].Refused != "no such mailbox" || About(c, toAna).Cause != CauseMailRefused || About(c, toAna).Stops {
		t.Errorf("%+v, %+v", c.Letters[0], c.Troubles)
	}
	sent := standingAt(contract.Sent, with(contract.Invitation, true, "ana"))
	if n, err := Apply(sent, onRecord, refused, noon); err != nil || n.Written {
		t.Errorf("a refusal of what was sent: %+v, %v", n, err)
	}
}

func TestTheLastCopyCompletesTheContract(t *testing.T) {
	t.Parallel()
	c := standingAt(contract.Signed, withCopies, with(contract.SignedCopyLetter, false, contract.ToOwner, "ana", "ben"))
	for i, to := range []string{contract.ToOwner, "ana", "ben"} {
		if c.Status != contract.Signed {
			t.Fatalf("%s after %d copies", c.Status, i)
		}
		c = after(t, c, events.MailSent{Letter: contract.SignedCopyLetter, Occasion: 1, Recipient: to})
	}
	if c.Status != contract.Completed {
		t.Errorf("%s after the last copy", c.Status)
	}
}
