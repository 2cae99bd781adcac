package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// troubled are contracts of marie's that wait for signatures, with one trouble each.
func troubled(t *testing.T, o *orchestratetest.Fixture, n int, trouble contract.Trouble) (all []contract.ID) {
	t.Helper()
	trouble.Since, trouble.Last, trouble.Tries = o.Clock(), o.Clock(), 1
	for range n {
		id, _ := o.Sent(t)
		o.Change(t, id, func(v *persistclient.View) { v.Troubles = []contract.Trouble{trouble} })
		all = append(all, id)
	}
	o.Store.Actions = nil
	return all
}

func causes(t *testing.T, o *orchestratetest.Fixture, who string) (list []api.CauseView) {
	t.Helper()
	var got struct{ Items []api.CauseView }
	o.Call(t, who, "GET", "/v1/attention", "").Into(t, &got)
	return got.Items
}

var revokedKey = contract.Trouble{About: lifecycle.AboutSignature, Cause: "signature.unauthorized", Ours: true}

func TestAttentionSaysWhatItIsWhatItMeansAndWhatHelps(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	troubled(t, o, 2, revokedKey)
	troubled(t, o, 1, contract.Trouble{About: "mail/invitation/1/x", Cause: lifecycle.CauseMailUnclear})
	got := causes(t, o, "marie")
	if len(got) != 2 || len(causes(t, o, "max")) != 0 || len(causes(t, o, "admin")) != 2 {
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
	o := orchestratetest.New(t)
	all := troubled(t, o, 5, revokedKey)
	o.Most = 3
	const path = "/v1/attention/signature.unauthorized/retry"
	var before, first, second api.BulkResult
	o.Call(t, "marie", "POST", path+"?dry_run=true", "").Into(t, &before)
	if before.Done != 3 || before.Left != 2 || !before.DryRun || !strings.HasPrefix(before.Will, "3 contracts are tried again now.") || len(o.Actions) != 0 {
		t.Errorf("before: %+v, and %d actions were written down", before, len(o.Actions))
	}
	o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "k").Into(t, &first)
	o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "k").Into(t, &second)
	if first != second || first.Done != 3 || first.Left != 2 || len(o.Actions) != 3 {
		t.Errorf("first %+v, then %+v, with %d actions written down", first, second, len(o.Actions))
	}
	for _, w := range o.Actions {
		if w.Kind != lifecycle.Retry || w.Cause != "signature.unauthorized" {
			t.Errorf("written down: %+v", w)
		}
	}
	tried := slices.IndexFunc(all, func(id contract.ID) bool { return len(o.Stored(id).Troubles) == 0 })
	o.Change(t, all[tried], func(v *persistclient.View) { v.Troubles = []contract.Trouble{revokedKey} }) // the key is still revoked
	o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "k").Into(t, &second)
	if second != first || len(o.Actions) != 3 {
		t.Errorf("the same request, when one had failed again: %+v, %d actions", second, len(o.Actions))
	}
	var rest api.BulkResult
	o.Call(t, "marie", "POST", path, "").Into(t, &rest)
	if rest.Done != 3 || rest.Left != 0 {
		t.Errorf("the next request: %+v", rest)
	}
}

func TestAllOfACauseAreSetAsideWithAReason(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	all := troubled(t, o, 2, contract.Trouble{About: lifecycle.AboutSignature, Cause: lifecycle.CauseSignedLate})
	const path = "/v1/attention/signature.signed_late/set-aside"
	for body, status := range map[string]int{"": 422, `{"reason":" "}`: 422, `{"reason":"x","about":"y"}`: 422, `{"reason":"` + strings.Repeat("x", 501) + `"}`: 422} {
		if got := o.Call(t, "marie", "POST", path, body); got.Status != status {
			t.Errorf("%.30s: %d, want %d", body, got.Status, status)
		}
	}
	if got := o.Call(t, "marie", "POST", path+"?dry_run=maybe", `{"reason":"x"}`); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("dry_run=maybe: %d", got.Status)
	}
	var out api.BulkResult
	o.Call(t, "admin", "POST", path, `{"reason":"agreed with the client"}`).Into(t, &out)
	if out.Done != 2 || out.Left != 0 || len(o.Actions) != 2 || o.Actions[0].Reason != "agreed with the client" {
		t.Errorf("%+v, %+v", out, o.Actions)
	}
	if v := o.Stored(all[0]); v.Troubles[0].SetAsideAt.IsZero() {
		t.Errorf("it is %+v", v.Troubles)
	}
	if o.Call(t, "max", "POST", path, `{"reason":"x"}`).Into(t, &out); out.Done != 0 {
		t.Errorf("another manager did it for %d", out.Done)
	}
}

func TestWhatIsNoRemedyForACauseIsNotDone(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	troubled(t, o, 1, contract.Trouble{About: "mail/invitation/1/x", Cause: lifecycle.CauseMailUnclear})
	got := o.Call(t, "marie", "POST", "/v1/attention/mail.unclear/retry", "")
	if p := got.Problem(t); got.Status != http.StatusConflict || !strings.Contains(p.Detail, "set_aside") || len(o.Actions) != 0 {
		t.Errorf("a notification that may have gone out is retried: %d %s", got.Status, got.Body)
	}
	if got := o.Call(t, "marie", "POST", "/v1/attention/Mail%20x/retry", ""); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("what is no cause: %d", got.Status)
	}
}

func TestAContractsTroublesSayWhatWasTriedAndWhatHelps(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	soon := o.Clock().Add(time.Hour)
	o.Change(t, id, func(v *persistclient.View) {
		v.DueAt = soon
		v.Notifications = append(v.Notifications,
			contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: "a", Refused: "no"},
			contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: "b", NextTry: soon.Add(time.Hour)},
			contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 2, Recipient: "a", UnclearSince: testkit.Noon, NextTry: soon.Add(2 * time.Hour)},
			contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 2, Recipient: "b", UnclearSince: testkit.Noon})
		v.Troubles = []contract.Trouble{
			{About: "mail/signed-copy/1/a", Cause: "mail.address_refused", Tries: 3},
			{About: "mail/signed-copy/1/b", Cause: "mail.unauthorized", Ours: true},
			revokedKey,
			{About: "event/signature.check", Cause: lifecycle.CauseUndeliverable, SetAsideAt: testkit.Noon},
			{About: lifecycle.AboutCopies, Cause: "signature.brand_new", Stops: true},
			{About: "mail/signed-copy/2/a", Cause: "mail.unclear"},
			{About: "mail/signed-copy/2/b", Cause: "mail.unclear"},
		}
		v.DeadLetters = []string{"d1"}
	})
	var v api.ContractView
	o.Call(t, "marie", "GET", "/v1/contracts/"+string(id), "").Into(t, &v)
	want := []api.TroubleView{
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
	var theirs api.ContractView
	o.Call(t, "ana", "GET", "/v1/contracts/"+string(id), "").Into(t, &theirs)
	if len(theirs.Troubles) != 0 || len(theirs.DeadLetters) != 0 || !theirs.RemindAfter.IsZero() {
		t.Errorf("a signer is shown %+v, %v, %s", theirs.Troubles, theirs.DeadLetters, theirs.RemindAfter)
	}
}

func TestWhatChangedMeanwhileIsDecidedAnewForAllOfACause(t *testing.T) {
	t.Parallel()
	for overtakes, left := range map[int]int{0: 0, 3: 0, 4: 1} {
		o := orchestratetest.New(t)
		troubled(t, o, 1, revokedKey)
		o.Overtakes = overtakes
		var out api.BulkResult
		o.Call(t, "marie", "POST", "/v1/attention/signature.unauthorized/retry", "").Into(t, &out)
		if out.Left != left || out.Done != 1-left {
			t.Errorf("overtaken %d times: %+v", overtakes, out)
		}
	}
}
