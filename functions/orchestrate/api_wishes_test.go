package orchestrate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestSendingSealsAnAttempt(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.made(t).ID
	got := o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
	var v contractView
	got.into(t, &v)
	if got.status != http.StatusAccepted || v.Status != contract.Preparing || got.header.Get("ETag") != `"2"` {
		t.Errorf("send: %d, %s, ETag %s", got.status, v.Status, got.header.Get("ETag"))
	}
	w := o.wishes[0]
	if w.Attempt == nil || w.Attempt.Number != 1 {
		t.Fatalf("the wish holds %+v", w.Attempt)
	}
	sealed, err := o.seal.Open(w.Attempt.Token, auth.SealContext{Service: "yousign", Environment: "sandbox", Slot: "main"})
	if err != nil || sealed.Contract != id || sealed.Attempt != 1 {
		t.Errorf("the sealed message says %+v, %v", sealed, err)
	}
	if strings.Contains(string(got.body), w.Attempt.Token) {
		t.Error("the sealed message is shown")
	}
}

func TestAnImpossibleWishSaysWhatIsPossible(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := string(o.made(t).ID)
	got := o.call(t, "marie", "POST", "/v1/contracts/"+id+"/remind", "{}")
	p := got.problem(t)
	if got.status != http.StatusConflict || !strings.Contains(p.Detail, "is draft") || !strings.Contains(p.Detail, "send, cancel") {
		t.Errorf("remind a draft: %d %s", got.status, p.Detail)
	}
	if got := o.call(t, "ana", "POST", "/v1/contracts/"+id+"/send", ""); got.status != http.StatusForbidden {
		t.Errorf("a customer sends: %d", got.status)
	}
	if got := o.call(t, "admin", "POST", "/v1/contracts/"+id+"/send", ""); got.status != http.StatusForbidden {
		t.Errorf("an administrator sends: %d", got.status)
	}
}

func TestTheSameWishTwiceHasOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/v1/contracts/" + string(o.made(t).ID) + "/send"
	first := o.call(t, "marie", "POST", path, "", "Idempotency-Key", "k")
	second := o.call(t, "marie", "POST", path, "", "Idempotency-Key", "k")
	if first.status != http.StatusAccepted || second.status != first.status || string(first.body) != string(second.body) {
		t.Errorf("the answers are %d %s\nand %d %s", first.status, first.body, second.status, second.body)
	}
	if len(o.wishes) != 1 {
		t.Errorf("%d wishes were written down", len(o.wishes))
	}
	if other := o.call(t, "marie", "POST", path, "", "Idempotency-Key", "another"); other.status != http.StatusConflict {
		t.Errorf("with another key: %d", other.status)
	}
}

func TestAReasonIsKeptForCancellingOnly(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/v1/contracts/" + string(o.made(t).ID)
	for body, status := range map[string]int{
		`{"reason":"` + strings.Repeat("x", 501) + `"}`: 422, `{"reason":"a\u0000"}`: 422, `{"why":"x"}`: 422, `{"reason":"x","reason":"y"}`: 422, `[`: 400,
	} {
		if got := o.call(t, "marie", "POST", path+"/cancel", body); got.status != status {
			t.Errorf("%.30s: %d, want %d", body, got.status, status)
		}
	}
	if got := o.call(t, "marie", "POST", path+"/send", `{"reason":"x"}`); got.status != http.StatusUnprocessableEntity {
		t.Errorf("send with a reason: %d", got.status)
	}
	if got := o.call(t, "marie", "POST", path+"/cancel", `{"reason":" le client a changé d'avis "}`); got.status != http.StatusAccepted {
		t.Fatalf("cancel: %d %s", got.status, got.body)
	}
	if w := o.wishes[0]; w.Reason != "le client a changé d'avis" || w.Kind != lifecycle.Cancel {
		t.Errorf("written down: %+v", w)
	}
}

// sent makes a contract that waits for ana's signature.
func (o *office) sent(t *testing.T) (contract.ID, string) {
	t.Helper()
	v := o.made(t)
	if got := o.call(t, "marie", "POST", "/v1/contracts/"+string(v.ID)+"/send", ""); got.status != http.StatusAccepted {
		t.Fatalf("send: %d", got.status)
	}
	signer := v.Signers[0].ID
	draft := o.keep("%PDF-1.7 draft")
	o.change(t, v.ID, func(v *persistclient.View) { v.Document = draft })
	o.opening(t, v.ID)
	o.change(t, v.ID, func(v *persistclient.View) { v.Letters[0].SentAt = o.clock() })
	return v.ID, signer
}

func TestASigningLinkIsForTheSignerWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, signer := o.sent(t)
	path, bySigner := fmt.Sprintf("/v1/contracts/%s/signing-link", id), fmt.Sprintf("%s/%s", id, signer)
	for who, status := range map[string]int{bySigner: 200, "ana": 200, "marie": 403, "max": 404} {
		got := o.call(t, who, "POST", path, "")
		if got.status != status || (status == 200) != strings.Contains(string(got.body), `"url":"https://sign.example/`) {
			t.Errorf("%s: %d %s, want %d", who, got.status, got.body, status)
		}
	}
	if strings.Contains(o.log.String(), "sign.example") {
		t.Error("the link is in the log")
	}
	o.fails(signing.Limited{After: 30e9})
	if got := o.call(t, bySigner, "POST", path, ""); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "30" {
		t.Errorf("while the service is limited: %d, Retry-After %s", got.status, got.header.Get("Retry-After"))
	}
	o.fails(nil)
	o.change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
	if got := o.call(t, bySigner, "POST", path, ""); got.status != http.StatusConflict {
		t.Errorf("while it is being cancelled: %d", got.status)
	}
}

func TestRemindingWritesToWhoWaits(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, _ := o.sent(t)
	if got := o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", ""); got.status != http.StatusConflict || !strings.Contains(string(got.body), "the next may from") {
		t.Fatalf("remind within a day: %d %s", got.status, got.body)
	}
	o.wait(25 * time.Hour)
	got := o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", "")
	var v contractView
	if got.into(t, &v); got.status != http.StatusAccepted || len(v.Letters) != 2 || v.Letters[1].Name != contract.Reminder {
		t.Fatalf("remind after a day: %d %s", got.status, got.body)
	}
	if got := o.call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", ""); got.status != http.StatusConflict {
		t.Errorf("again, while the letter is on its way: %d", got.status)
	}
}
