package orchestrate

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// troubled are contracts of marie's that wait for signatures, with one trouble each.
func (o *office) troubled(t *testing.T, n int, trouble contract.Trouble) (all []contract.ID) {
	t.Helper()
	trouble.Since, trouble.Last, trouble.Tries = o.clock(), o.clock(), 1
	for range n {
		id, _ := o.sent(t)
		o.change(t, id, func(v *persistclient.View) { v.Troubles = []contract.Trouble{trouble} })
		all = append(all, id)
	}
	o.ledger.wishes = nil
	return all
}

func (o *office) causes(t *testing.T, who string) (list []causeView) {
	t.Helper()
	var got struct{ Items []causeView }
	o.call(t, who, "GET", "/v1/attention", "").into(t, &got)
	return got.Items
}

var revokedKey = contract.Trouble{About: lifecycle.AboutSignature, Cause: "signature.unauthorized", Ours: true}

func TestAttentionSaysWhatItIsWhatItMeansAndWhatHelps(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.troubled(t, 2, revokedKey)
	o.troubled(t, 1, contract.Trouble{About: "mail/invitation/1/x", Cause: lifecycle.CauseMailUnclear})
	got := o.causes(t, "marie")
	if len(got) != 2 || len(o.causes(t, "max")) != 0 || len(o.causes(t, "admin")) != 2 {
		t.Fatalf("marie is shown %+v", got)
	}
	if c := got[1]; c.Contracts != 2 || !c.Ours || c.Sentence != "The signature service does not accept the API key." || c.Consequence == "" || !slices.Equal(c.Remedies, []string{"retry", "set_aside"}) {
		t.Errorf("a fault of the installation is %+v", c)
	}
	if c := got[0]; !slices.Equal(c.Remedies, []string{"set_aside"}) {
		t.Errorf("what may have gone out is %+v", c)
	}
}

func TestAllOfACauseAreTriedAgainOnceAndSayBeforeWhatIsDone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	all := o.troubled(t, 5, revokedKey)
	o.most = 3
	const path = "/v1/attention/signature.unauthorized/retry"
	var before, first, second outcomeView
	o.call(t, "marie", "POST", path+"?dry_run=true", "").into(t, &before)
	if before.Done != 3 || before.Left != 2 || !before.DryRun || !strings.HasPrefix(before.Will, "3 contracts are tried again now.") || len(o.wishes) != 0 {
		t.Errorf("before: %+v, and %d wishes were written down", before, len(o.wishes))
	}
	o.call(t, "marie", "POST", path, "", "Idempotency-Key", "k").into(t, &first)
	o.call(t, "marie", "POST", path, "", "Idempotency-Key", "k").into(t, &second)
	if first != second || first.Done != 3 || first.Left != 2 || len(o.wishes) != 3 {
		t.Errorf("first %+v, then %+v, with %d wishes written down", first, second, len(o.wishes))
	}
	for _, w := range o.wishes {
		if w.Kind != lifecycle.Retry || w.Cause != "signature.unauthorized" {
			t.Errorf("written down: %+v", w)
		}
	}
	tried := slices.IndexFunc(all, func(id contract.ID) bool { return len(o.stands(id).Troubles) == 0 })
	o.change(t, all[tried], func(v *persistclient.View) { v.Troubles = []contract.Trouble{revokedKey} }) // the key is still revoked
	o.call(t, "marie", "POST", path, "", "Idempotency-Key", "k").into(t, &second)
	if second != first || len(o.wishes) != 3 {
		t.Errorf("the same request, when one had failed again: %+v, %d wishes", second, len(o.wishes))
	}
	var rest outcomeView
	o.call(t, "marie", "POST", path, "").into(t, &rest)
	if rest.Done != 3 || rest.Left != 0 {
		t.Errorf("the next request: %+v", rest)
	}
}

func TestAllOfACauseAreSetAsideWithAReason(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	all := o.troubled(t, 2, contract.Trouble{About: lifecycle.AboutSignature, Cause: lifecycle.CauseSignedLate})
	const path = "/v1/attention/signature.signed_late/set-aside"
	for body, status := range map[string]int{"": 422, `{"reason":" "}`: 422, `{"reason":"x","about":"y"}`: 422, `{"reason":"` + strings.Repeat("x", 501) + `"}`: 422} {
		if got := o.call(t, "marie", "POST", path, body); got.status != status {
			t.Errorf("%.30s: %d, want %d", body, got.status, status)
		}
	}
	if got := o.call(t, "marie", "POST", path+"?dry_run=maybe", `{"reason":"x"}`); got.status != http.StatusUnprocessableEntity {
		t.Errorf("dry_run=maybe: %d", got.status)
	}
	var out outcomeView
	o.call(t, "admin", "POST", path, `{"reason":"agreed with the client"}`).into(t, &out)
	if out.Done != 2 || out.Left != 0 || len(o.wishes) != 2 || o.wishes[0].Reason != "agreed with the client" {
		t.Errorf("%+v, %+v", out, o.wishes)
	}
	if v := o.stands(all[0]); v.Troubles[0].SetAsideAt.IsZero() {
		t.Errorf("it is %+v", v.Troubles)
	}
	if o.call(t, "max", "POST", path, `{"reason":"x"}`).into(t, &out); out.Done != 0 {
		t.Errorf("another manager did it for %d", out.Done)
	}
}

func TestWhatIsNoRemedyForACauseIsNotDone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.troubled(t, 1, contract.Trouble{About: "mail/invitation/1/x", Cause: lifecycle.CauseMailUnclear})
	got := o.call(t, "marie", "POST", "/v1/attention/mail.unclear/retry", "")
	if p := got.problem(t); got.status != http.StatusConflict || !strings.Contains(p.Detail, "set_aside") || len(o.wishes) != 0 {
		t.Errorf("a letter that may have gone out is retried: %d %s", got.status, got.body)
	}
	if got := o.call(t, "marie", "POST", "/v1/attention/Mail%20x/retry", ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("what is no cause: %d", got.status)
	}
}

func TestAContractsTroublesSayWhatWasTriedAndWhatHelps(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	soon := o.clock().Add(time.Hour)
	o.change(t, id, func(v *persistclient.View) {
		v.DueAt = soon
		v.Letters = append(v.Letters,
			contract.Letter{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: "a", Refused: "no"},
			contract.Letter{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: "b", NextTry: soon.Add(time.Hour)},
			contract.Letter{Name: contract.SignedCopyLetter, Occasion: 2, Recipient: "a", UnclearSince: noon, NextTry: soon.Add(2 * time.Hour)},
			contract.Letter{Name: contract.SignedCopyLetter, Occasion: 2, Recipient: "b", UnclearSince: noon})
		v.Troubles = []contract.Trouble{
			{About: "mail/signed-copy/1/a", Cause: "mail.address_refused", Tries: 3},
			{About: "mail/signed-copy/1/b", Cause: "mail.unauthorized", Ours: true},
			revokedKey,
			{About: "event/signature.check", Cause: lifecycle.CauseUndeliverable, SetAsideAt: noon},
			{About: lifecycle.AboutCopies, Cause: "signature.brand_new", Stops: true},
			{About: "mail/signed-copy/2/a", Cause: "mail.unclear"},
			{About: "mail/signed-copy/2/b", Cause: "mail.unclear"},
		}
		v.DeadLetters = []string{"d1"}
	})
	var v contractView
	o.call(t, "marie", "GET", "/v1/contracts/"+string(id), "").into(t, &v)
	want := []troubleView{
		{Cause: "mail.address_refused", Remedies: []string{"correct_address", "send_again", "set_aside"}},
		{Cause: "mail.unauthorized", Remedies: []string{"retry", "set_aside"}, NextTry: soon.Add(time.Hour)},
		{Cause: "signature.unauthorized", Remedies: []string{"retry", "set_aside"}, NextTry: soon},
		{Cause: lifecycle.CauseUndeliverable, Remedies: []string{}},
		{Cause: "signature.brand_new", Remedies: []string{"retry", "cancel"}},
		{Cause: "mail.unclear", Remedies: []string{"send_again", "set_aside"}, NextTry: soon.Add(2 * time.Hour)}, // the mail service is asked
		{Cause: "mail.unclear", Remedies: []string{"send_again", "set_aside"}},
	}
	for i, w := range want {
		got := v.Troubles[i]
		if got.Cause != w.Cause || !slices.Equal(got.Remedies, w.Remedies) || !got.NextTry.Equal(w.NextTry) || got.Sentence == "" || got.Consequence == "" {
			t.Errorf("%s: %+v", w.Cause, got)
		}
	}
	if !slices.Equal(v.DeadLetters, []string{"d1"}) || v.RemindedAt.IsZero() || !v.RemindAfter.Equal(v.RemindedAt.Add(24*time.Hour)) {
		t.Errorf("dead letters %v, reminded %s, next %s", v.DeadLetters, v.RemindedAt, v.RemindAfter)
	}
	var theirs contractView
	o.call(t, "ana", "GET", "/v1/contracts/"+string(id), "").into(t, &theirs)
	if len(theirs.Troubles) != 0 || len(theirs.DeadLetters) != 0 || !theirs.RemindAfter.IsZero() {
		t.Errorf("a signer is shown %+v, %v, %s", theirs.Troubles, theirs.DeadLetters, theirs.RemindAfter)
	}
}
