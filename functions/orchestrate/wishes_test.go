package orchestrate

import (
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/record"
)

func TestWhoMayDoWhatInWhichStatus(t *testing.T) {
	t.Parallel()
	owner, administrator, ana, stranger := standing{Owner: true}, standing{Administrator: true}, standing{Signer: "ana"}, standing{}
	invited := with(contract.Invitation, true, "ana", "ben")
	for _, row := range []struct {
		name                  string
		c                     contract.Contract
		owner, admin, signers string
	}{
		{"draft", standingAt(contract.Draft), "send cancel", "", ""},
		{"draft past its deadline", standingAt(contract.Draft, func(c *contract.Contract) { c.Deadline = noon }), "cancel", "", ""},
		{"preparing", standingAt(contract.Preparing), "cancel retry", "retry", ""},
		{"sent", standingAt(contract.Sent, invited), "remind cancel retry", "retry", "sign"},
		{"sent, a letter on its way", standingAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")), "cancel retry", "retry", "sign"},
		{"sent, ana has signed", standingAt(contract.Sent, invited, signed("ana")), "remind cancel retry", "retry", ""},
		{"sent, not ana's turn", standingAt(contract.Sent, ordered, func(c *contract.Contract) { slices.Reverse(c.Signers) }), "cancel retry", "retry", ""},
		{"being cancelled", standingAt(contract.Sent, invited, unwanted), "retry", "retry", ""},
		{"signed", standingAt(contract.Signed), "retry", "retry", ""},
		{"completed", standingAt(contract.Completed), "", "", ""},
		{"declined", standingAt(contract.Declined), "", "", ""},
		{"expired, stuck", standingAt(contract.Expired, stuck), "retry", "retry", ""},
		{"cancelled", standingAt(contract.Cancelled), "", "", ""},
	} {
		for who, want := range map[standing]string{owner: row.owner, administrator: row.admin, ana: row.signers, stranger: ""} {
			if got := strings.Join(actions(row.c, who, noon), " "); got != want {
				t.Errorf("%s, %+v: may %q, want %q", row.name, who, got, want)
			}
		}
	}
}

func TestWhatIsWrittenDownForAWish(t *testing.T) {
	t.Parallel()
	owner := standing{Owner: true}
	granted := func(kind record.WishKind, c contract.Contract) record.Wish {
		t.Helper()
		w, no := grant(kind, c, owner, noon)
		if no != nil {
			t.Fatalf("%s from %s: %s", kind, c.Status, no.Why)
		}
		if w.Kind != kind || w.Version != c.Version {
			t.Errorf("%s is guarded by version %d, want %d", w.Kind, w.Version, c.Version)
		}
		return w
	}
	if w := granted(record.Send, standingAt(contract.Draft)); w.Move.To != contract.Preparing || w.Attempt.Number != 1 {
		t.Errorf("send: %+v", w)
	}
	if w := granted(record.Cancel, standingAt(contract.Preparing)); w.Cancel || w.Move.To != contract.Cancelled {
		t.Errorf("cancel before it is sent: %+v", w)
	}
	if w := granted(record.Cancel, standingAt(contract.Sent)); !w.Cancel || w.Move != nil {
		t.Errorf("cancel after it is sent, where the signature service has the last word: %+v", w)
	}
	if w := granted(record.Remind, standingAt(contract.Sent, with(contract.Invitation, true, "ana"))); names(w.Letters) != "reminder/1→ana" {
		t.Errorf("remind: %q", names(w.Letters))
	}
	if w := granted(record.Retry, standingAt(contract.Preparing, drawn)); w.Attempt != nil {
		t.Errorf("retry of what was not refused begins attempt %d", w.Attempt.Number)
	}
	if w := granted(record.Retry, standingAt(contract.Preparing, drawn, stuck)); w.Attempt == nil || w.Attempt.Number != 2 {
		t.Errorf("retry of what the service refused: %+v", w)
	}
}

func TestARefusedWishSaysWhy(t *testing.T) {
	t.Parallel()
	_, no := grant(record.Send, standingAt(contract.Signed), standing{Owner: true}, noon)
	if no == nil || no.NotYours || !strings.Contains(no.Why, "draft") {
		t.Errorf("sending what is signed: %+v", no)
	}
	_, no = grant(record.Cancel, standingAt(contract.Sent), standing{Administrator: true}, noon)
	if no == nil || !no.NotYours {
		t.Errorf("an administrator's cancel of somebody's contract: %+v", no)
	}
	if _, no = grant("burn", standingAt(contract.Draft), standing{Owner: true}, noon); no == nil {
		t.Error("an unknown wish is granted")
	}
}
