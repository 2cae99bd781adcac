package orchestrate

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAnAddressIsCorrectedByTheOwnerAndByTheOneRule(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, signer := o.sent(t)
	o.change(t, id, func(v *persistclient.View) {
		v.Signers = append(v.Signers, contract.Signer{ID: "second", State: contract.Waiting})
		v.People = append(v.People, persistclient.Person{ID: "second", FirstName: "Ben", LastName: "B", Email: "ben@client.example", Phone: "+33612345679", Locale: "fr"})
	})
	path := "/v1/contracts/" + string(id) + "/signers/" + signer
	written := len(o.wishes)
	for body, status := range map[string]int{
		`{}`: 422, `{"email":"x"}`: 422, `{"email":"a@b.example,c@d.example"}`: 422, `{"email":"BEN@client.example"}`: 422,
		`{"email":"new@client.example","phone":"+33612345678"}`: 422, ``: 422,
	} {
		if got := o.call(t, "marie", "PATCH", path, body); got.status != status {
			t.Errorf("%s: %d %s, want %d", body, got.status, got.body, status)
		}
	}
	const right = `{"email":" new@client.example "}`
	for who, status := range map[string]int{"max": 404, "ana": 403, "admin": 403} {
		if got := o.call(t, who, "PATCH", path, right); got.status != status {
			t.Errorf("%s: %d %s, want %d", who, got.status, got.body, status)
		}
	}
	if got := o.call(t, "marie", "PATCH", "/v1/contracts/"+string(id)+"/signers/nobody", right); got.status != http.StatusNotFound {
		t.Errorf("of nobody: %d", got.status)
	}
	if len(o.wishes) != written {
		t.Fatalf("%d wishes were written down", len(o.wishes)-written)
	}
	got := o.call(t, "marie", "PATCH", path, right, "Idempotency-Key", "k")
	var v contractView
	if got.into(t, &v); got.status != http.StatusOK || v.Signers[0].Email != "new@client.example" || v.Letters[len(v.Letters)-1].Occasion != 2 {
		t.Fatalf("corrected: %d %s", got.status, got.body)
	}
	for name, key := range map[string]string{"the same again": "k", "with another key": "l"} {
		if again := o.call(t, "marie", "PATCH", path, right, "Idempotency-Key", key); again.status != http.StatusOK || len(o.wishes) != written+1 {
			t.Errorf("%s: %d, %d written down", name, again.status, len(o.wishes)-written)
		}
	}
}

func TestACorrectionThatMustWaitSaysForHowLong(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id, signer := o.sent(t)
	o.writing = true
	got := o.call(t, "marie", "PATCH", "/v1/contracts/"+string(id)+"/signers/"+signer, `{"email":"new@client.example"}`)
	if p := got.problem(t); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(p.Detail, "A letter is being written.") {
		t.Errorf("%d, Retry-After %q, %s", got.status, got.header.Get("Retry-After"), got.body)
	}
}

func TestARefusedAddressIsPutRightByCorrectingIt(t *testing.T) {
	t.Parallel()
	for status, want := range map[contract.Status]string{contract.Sent: "correct_address", contract.Signed: "correct_address", contract.Declined: "send_again"} {
		c := contract.Contract{Status: status, Letters: []contract.Letter{
			{Name: contract.Invitation, Occasion: 1, Recipient: "s", Refused: "no"}, {Name: contract.SignedCopyLetter, Occasion: 1, Recipient: contract.ToOwner, Refused: "no"},
		}}
		if got := remediesOf(c, contract.Trouble{About: "mail/invitation/1/s", Cause: "mail.address_refused"}); got[0] != want {
			t.Errorf("in %s: %v", status, got)
		}
		if got := remediesOf(c, contract.Trouble{About: "mail/signed-copy/1/owner", Cause: "mail.address_refused"}); got[0] != string(lifecycle.SendAgain) {
			t.Errorf("the owner's own, in %s: %v", status, got)
		}
	}
}
