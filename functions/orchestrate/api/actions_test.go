package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestSendingSealsAnAttempt(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Made(t).ID
	got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
	var v api.ContractView
	got.Into(t, &v)
	if got.Status != http.StatusAccepted || v.Status != contract.Preparing || got.Header.Get("ETag") != `"2"` {
		t.Errorf("send: %d, %s, ETag %s", got.Status, v.Status, got.Header.Get("ETag"))
	}
	w := o.Actions[0]
	if w.Attempt == nil || w.Attempt.Number != 1 {
		t.Fatalf("the action holds %+v", w.Attempt)
	}
	sealed, err := o.Seal.Open(w.Attempt.Token, auth.SealContext{Service: "yousign", Environment: "sandbox", Slot: "main"})
	if err != nil || sealed.Contract != id || sealed.Attempt != 1 {
		t.Errorf("the sealed message says %+v, %v", sealed, err)
	}
	if strings.Contains(string(got.Body), w.Attempt.Token) {
		t.Error("the sealed message is shown")
	}
}

func TestImpossibleActionsNameWhatIsPossible(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := string(o.Made(t).ID)
	got := o.Call(t, "marie", "POST", "/v1/contracts/"+id+"/remind", "{}")
	p := got.Problem(t)
	if got.Status != http.StatusConflict || !strings.Contains(p.Detail, "is draft") || !strings.Contains(p.Detail, "send, cancel") {
		t.Errorf("remind a draft: %d %s", got.Status, p.Detail)
	}
	if got := o.Call(t, "ana", "POST", "/v1/contracts/"+id+"/send", ""); got.Status != http.StatusForbidden {
		t.Errorf("a customer sends: %d", got.Status)
	}
	if got := o.Call(t, "admin", "POST", "/v1/contracts/"+id+"/send", ""); got.Status != http.StatusForbidden {
		t.Errorf("an administrator sends: %d", got.Status)
	}
}

func TestDuplicatedActionsHaveOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	path := "/v1/contracts/" + string(o.Made(t).ID) + "/send"
	first := o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "k")
	second := o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "k")
	if first.Status != http.StatusAccepted || second.Status != first.Status || string(first.Body) != string(second.Body) {
		t.Errorf("the answers are %d %s\nand %d %s", first.Status, first.Body, second.Status, second.Body)
	}
	if len(o.Actions) != 1 {
		t.Errorf("%d actions were written down", len(o.Actions))
	}
	if other := o.Call(t, "marie", "POST", path, "", "Idempotency-Key", "another"); other.Status != http.StatusConflict {
		t.Errorf("with another key: %d", other.Status)
	}
}

func TestAReasonIsKeptForCancellingOnly(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	path := "/v1/contracts/" + string(o.Made(t).ID)
	for body, status := range map[string]int{
		`{"reason":"` + strings.Repeat("x", 501) + `"}`: 422, `{"reason":"a\u0000"}`: 422, `{"why":"x"}`: 422, `{"reason":"x","reason":"y"}`: 422, `[`: 400,
	} {
		if got := o.Call(t, "marie", "POST", path+"/cancel", body); got.Status != status {
			t.Errorf("%.30s: %d, want %d", body, got.Status, status)
		}
	}
	if got := o.Call(t, "marie", "POST", path+"/send", `{"reason":"x"}`); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("send with a reason: %d", got.Status)
	}
	if got := o.Call(t, "marie", "POST", path+"/cancel", `{"reason":" le client a changé d'avis "}`); got.Status != http.StatusAccepted {
		t.Fatalf("cancel: %d %s", got.Status, got.Body)
	}
	if w := o.Actions[0]; w.Reason != "le client a changé d'avis" || w.Kind != lifecycle.Cancel {
		t.Errorf("written down: %+v", w)
	}
}

func TestASigningLinkIsForTheSignerWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, signer := o.Sent(t)
	path, bySigner := fmt.Sprintf("/v1/contracts/%s/signing-link", id), fmt.Sprintf("%s/%s", id, signer)
	for who, status := range map[string]int{bySigner: 200, "ana": 200, "marie": 403, "max": 404} {
		got := o.Call(t, who, "POST", path, "")
		if got.Status != status || (status == 200) != strings.Contains(string(got.Body), `"url":"https://sign.example/`) {
			t.Errorf("%s: %d %s, want %d", who, got.Status, got.Body, status)
		}
	}
	if strings.Contains(o.Log.String(), "sign.example") {
		t.Error("the link is in the log")
	}
	o.Fail(signing.Limited{After: 30e9})
	if got := o.Call(t, bySigner, "POST", path, ""); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") != "30" {
		t.Errorf("while the service is limited: %d, Retry-After %s", got.Status, got.Header.Get("Retry-After"))
	}
	o.Fail(nil)
	o.Change(t, id, func(v *persistclient.View) { v.CancelWanted = true })
	if got := o.Call(t, bySigner, "POST", path, ""); got.Status != http.StatusConflict {
		t.Errorf("while it is being cancelled: %d", got.Status)
	}
}

func TestRemindingWritesToWhoWaits(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	if got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", ""); got.Status != http.StatusConflict || !strings.Contains(string(got.Body), "the next may from") {
		t.Fatalf("remind within a day: %d %s", got.Status, got.Body)
	}
	o.Wait(25 * time.Hour)
	got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", "")
	var v api.ContractView
	if got.Into(t, &v); got.Status != http.StatusAccepted || len(v.Notifications) != 2 || v.Notifications[1].Kind != contract.Reminder {
		t.Fatalf("remind after a day: %d %s", got.Status, got.Body)
	}
	if got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/remind", ""); got.Status != http.StatusConflict {
		t.Errorf("again, while the notification is on its way: %d", got.Status)
	}
}

// TestAnActionIsDecidedAnewWhenTheContractChanged: notifications that go out meanwhile change it all the time, and whoever asked
// need not know.
func TestAnActionIsDecidedAnewWhenTheContractChanged(t *testing.T) {
	t.Parallel()
	for overtakes, status := range map[int]int{0: http.StatusAccepted, 1: http.StatusAccepted, 3: http.StatusAccepted, 4: http.StatusConflict} {
		o := orchestratetest.New(t)
		id := o.Made(t).ID
		o.Overtakes = overtakes
		got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
		if got.Status != status || len(o.Actions) != map[bool]int{true: 1}[status == http.StatusAccepted] {
			t.Errorf("overtaken %d times: %d %s, %d written down", overtakes, got.Status, got.Body, len(o.Actions))
		}
	}
}
