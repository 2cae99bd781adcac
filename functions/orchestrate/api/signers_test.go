package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAnAddressIsCorrectedByTheOwnerAndByTheOneRule(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, signer := o.Sent(t)
	o.Change(t, id, func(v *persistclient.View) {
		v.Signers = append(v.Signers, contract.Signer{ID: "second", State: contract.Waiting})
		v.People = append(v.People, persistclient.Person{ID: "second", FirstName: "Ben", LastName: "B", Email: "ben@client.example", Phone: "+33612345679", Locale: "fr"})
	})
	path := "/v1/contracts/" + string(id) + "/signers/" + signer
	written := len(o.Actions)
	for body, status := range map[string]int{
		`{}`: 422, `{"email":"x"}`: 422, `{"email":"a@b.example,c@d.example"}`: 422, `{"email":"BEN@client.example"}`: 422,
		`{"email":"new@client.example","phone":"+33612345678"}`: 422, ``: 422,
	} {
		if got := o.Call(t, "marie", "PATCH", path, body); got.Status != status {
			t.Errorf("%s: %d %s, want %d", body, got.Status, got.Body, status)
		}
	}
	const right = `{"email":" new@client.example "}`
	for who, status := range map[string]int{"max": 404, "ana": 403, "admin": 403} {
		if got := o.Call(t, who, "PATCH", path, right); got.Status != status {
			t.Errorf("%s: %d %s, want %d", who, got.Status, got.Body, status)
		}
	}
	if got := o.Call(t, "marie", "PATCH", "/v1/contracts/"+string(id)+"/signers/nobody", right); got.Status != http.StatusNotFound {
		t.Errorf("of nobody: %d", got.Status)
	}
	if len(o.Actions) != written {
		t.Fatalf("%d actions were written down", len(o.Actions)-written)
	}
	got := o.Call(t, "marie", "PATCH", path, right, "Idempotency-Key", "k")
	var v api.ContractView
	if got.Into(t, &v); got.Status != http.StatusOK || v.Signers[0].Email != "new@client.example" || v.Notifications[len(v.Notifications)-1].Sequence != 2 {
		t.Fatalf("corrected: %d %s", got.Status, got.Body)
	}
	for name, key := range map[string]string{"the same again": "k", "with another key": "l"} {
		if again := o.Call(t, "marie", "PATCH", path, right, "Idempotency-Key", key); again.Status != http.StatusOK || len(o.Actions) != written+1 {
			t.Errorf("%s: %d, %d written down", name, again.Status, len(o.Actions)-written)
		}
	}
}

func TestACorrectionThatMustWaitSaysForHowLong(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, signer := o.Sent(t)
	o.Writing = true
	got := o.Call(t, "marie", "PATCH", "/v1/contracts/"+string(id)+"/signers/"+signer, `{"email":"new@client.example"}`)
	if p := got.Problem(t); got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" || !strings.Contains(p.Detail, "A notification is being written.") {
		t.Errorf("%d, Retry-After %q, %s", got.Status, got.Header.Get("Retry-After"), got.Body)
	}
}
