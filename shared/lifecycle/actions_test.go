package lifecycle

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

func TestWhoMayDoWhatInWhichStatus(t *testing.T) {
	t.Parallel()
	owner, administrator, ana, stranger := Relation{Owner: true}, Relation{Administrator: true}, Relation{Signer: "ana"}, Relation{}
	invited := with(contract.Invitation, true, "ana", "ben") // ten days ago
	for _, row := range []struct {
		name                  string
		c                     contract.Contract
		owner, admin, signers string
	}{
		{"draft", contractAt(contract.Draft), "send cancel", "", ""},
		{"draft past its deadline", contractAt(contract.Draft, func(c *contract.Contract) { c.Deadline = noon }), "cancel", "", ""},
		{"preparing", contractAt(contract.Preparing), "cancel retry", "retry", ""},
		{"sent", contractAt(contract.Sent, invited), "remind cancel retry correct_address", "retry", "sign"},
		{"sent, a notification on its way", contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")), "cancel retry correct_address", "retry", "sign"},
		{"sent, ana has signed", contractAt(contract.Sent, invited, signed("ana")), "remind cancel retry correct_address", "retry", ""},
		{"sent, not ana's turn", contractAt(contract.Sent, ordered, func(c *contract.Contract) { slices.Reverse(c.Signers) }), "cancel retry correct_address", "retry", ""},
		{"being cancelled", contractAt(contract.Sent, invited, unwanted), "retry correct_address", "retry", ""},
		{"signed", contractAt(contract.Signed), "retry correct_address", "retry", ""},
		{"completed", contractAt(contract.Completed), "", "", ""},
		{"declined", contractAt(contract.Declined), "", "", ""},
		{"expired, stuck", contractAt(contract.Expired, stuck), "retry set_aside", "retry set_aside", ""},
		{"cancelled", contractAt(contract.Cancelled), "", "", ""},
	} {
		for who, want := range map[Relation]string{owner: row.owner, administrator: row.admin, ana: row.signers, stranger: ""} {
			if got := strings.Join(Actions(row.c, who, noon), " "); got != want {
				t.Errorf("%s, %+v: may %q, want %q", row.name, who, got, want)
			}
		}
	}
}

func perform(t *testing.T, c contract.Contract, r Request) contract.Contract {
	t.Helper()
	n, err := Perform(c, r, Relation{Owner: true}, noon)
	if err != nil {
		t.Fatalf("%s from %s: %v", r.Action, c.Status, err)
	}
	if !n.Written || n.After.Version != c.Version+1 || n.Moved != (n.After.Status != c.Status) {
		t.Errorf("%s from %s: %+v", r.Action, c.Status, n)
	}
	return n.After
}

func TestWhatAnActionMakesOfAContract(t *testing.T) {
	t.Parallel()
	if c := perform(t, contractAt(contract.Draft), Request{Action: Send, Attempt: 1}); c.Status != contract.Preparing || c.Request.Attempt != 1 || c.Request.State != contract.Opening {
		t.Errorf("send: %s, %+v", c.Status, c.Request)
	}
	if c := perform(t, contractAt(contract.Draft), Request{Action: Cancel}); c.Status != contract.Cancelled || c.Request != nil {
		t.Errorf("cancel of a draft: %s", c.Status)
	}
	if c := perform(t, contractAt(contract.Sent, with(contract.Invitation, true, "ana")), Request{Action: Remind}); names(c.Notifications) != "invitation/1→ana reminder/1→ana" {
		t.Errorf("remind: %q", names(c.Notifications))
	}
	refused := contractAt(contract.Preparing, drawn, stuck, neverOpened)
	if c := perform(t, refused, Request{Action: Retry, Attempt: 2}); c.Request.Attempt != 2 || c.Request.State != contract.Opening || c.Troubles != nil {
		t.Errorf("retry of what the service refused: %+v, %v", c.Request, c.Troubles)
	}
	if c := perform(t, contractAt(contract.Preparing, drawn), Request{Action: Retry}); c.Request.Attempt != 1 {
		t.Errorf("retry of what was not refused begins attempt %d", c.Request.Attempt)
	}
}

// An attempt that may be open at the service is settled before its contract ends, and before another attempt begins.
func TestCancelEndsAtOnceOnlyWhatNobodyOutsideCanHaveSeen(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		c    contract.Contract
		want contract.Status
	}{
		"a draft":                             {contractAt(contract.Draft), contract.Cancelled},
		"preparing, nothing drawn":            {contractAt(contract.Preparing), contract.Cancelled},
		"preparing, it may be at the service": {contractAt(contract.Preparing, drawn), contract.Preparing},
		"preparing, never opened":             {contractAt(contract.Preparing, drawn, neverOpened), contract.Cancelled},
		"sent":                                {contractAt(contract.Sent), contract.Sent},
		"sent, gone at the service":           {contractAt(contract.Sent, func(c *contract.Contract) { c.Request.State = contract.Closed }), contract.Cancelled},
	} {
		c := perform(t, row.c, Request{Action: Cancel})
		if c.Status != row.want || !c.Status.Final() && !c.CancelWanted || c.Status.Final() && !c.Request.Settled() {
			t.Errorf("%s: %s, cancel wanted %t, %+v", name, c.Status, c.CancelWanted, c.Request)
		}
	}
}

func TestAnAttemptIsNumberedByTheRulesAndByNobodyElse(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Request{
		"send without a token":         {Action: Send},
		"send as a later attempt":      {Action: Send, Attempt: 2},
		"retry as an unwanted attempt": {Action: Retry, Attempt: 2},
	} {
		from := contractAt(contract.Draft)
		if r.Action == Retry {
			from = contractAt(contract.Preparing, drawn)
		}
		var no *Refusal
		if _, err := Perform(from, r, Relation{Owner: true}, noon); !errors.As(err, &no) || no.NotYours {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSetAsideAndSendAgainAreAboutOneThing(t *testing.T) {
	t.Parallel()
	unclear := contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, true, contract.ToOwner, "ana", "ben"), func(c *contract.Contract) {
		c.Notifications[2].SentAt, c.Notifications[2].UnclearSince = time.Time{}, noon
		c.Troubles = []contract.Trouble{{About: "mail/signed-copy/1/ben", Cause: CauseMailUnclear}}
	})
	aside := perform(t, unclear, Request{Action: SetAside, About: "mail/signed-copy/1/ben"})
	if aside.Status != contract.Completed || aside.Notifications[2].SetAsideAt.IsZero() || len(Open(aside)) != 0 {
		t.Errorf("set aside: %s, %+v", aside.Status, aside.Notifications[2])
	}
	again := perform(t, unclear, Request{Action: SendAgain, About: "mail/signed-copy/1/ben"})
	if !again.Notifications[2].Outstanding() || again.Troubles != nil {
		t.Errorf("send again: %+v, %v", again.Notifications[2], again.Troubles)
	}
	if retried := perform(t, unclear, Request{Action: Retry}); retried.Notifications[2].Outstanding() || len(retried.Troubles) != 1 {
		t.Error("a retry sends a notification that may have gone out")
	}
	for name, r := range map[string]Request{
		"set aside what is no trouble": {Action: SetAside, About: "document"},
		"send again what was sent":     {Action: SendAgain, About: "mail/signed-copy/1/ana"},
	} {
		if _, err := Perform(unclear, r, Relation{Owner: true}, noon); err == nil {
			t.Errorf("%s is done", name)
		}
	}
	if _, err := Perform(contractAt(contract.Preparing, stuck), Request{Action: SetAside, About: AboutSignature}, Relation{Owner: true}, noon); err == nil {
		t.Error("what cannot go on without it is set aside")
	}
}

func TestRemindersByHandArePacedByTheDay(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, true, "ana"))
	c.Notifications[0].SentAt = noon.Add(-manualInterval + time.Minute)
	no := Authorize(Remind, c, Relation{Owner: true}, noon)
	if no == nil || !strings.Contains(no.Why, "2026-06-15 12:01 UTC") || !strings.Contains(no.Why, "2026-06-14 12:01 UTC") {
		t.Errorf("within a day: %+v", no)
	}
	if no := Authorize(Remind, c, Relation{Owner: true}, noon.Add(time.Minute)); no != nil {
		t.Errorf("after a day: %s", no.Why)
	}
}

func TestRefusedActionsNameTheReason(t *testing.T) {
	t.Parallel()
	no := Authorize(Send, contractAt(contract.Signed), Relation{Owner: true}, noon)
	if no == nil || no.NotYours || !strings.Contains(no.Why, "draft") {
		t.Errorf("sending what is signed: %+v", no)
	}
	no = Authorize(Cancel, contractAt(contract.Sent), Relation{Administrator: true}, noon)
	if no == nil || !no.NotYours {
		t.Errorf("an administrator's cancel of somebody's contract: %+v", no)
	}
	if no = Authorize("burn", contractAt(contract.Draft), Relation{Owner: true}, noon); no == nil {
		t.Error("an unknown action is allowed")
	}
}
