package orchestratetest

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Made makes a contract of marie's and returns it.
func (o *Fixture) Made(t *testing.T) api.ContractView {
	t.Helper()
	got := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t))
	if got.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", got.Status, got.Body)
	}
	var v api.ContractView
	got.Into(t, &v)
	return v
}

// Sent makes a contract that waits for ana's signature.
func (o *Fixture) Sent(t *testing.T) (contract.ID, string) {
	t.Helper()
	v := o.Made(t)
	if got := o.Call(t, "marie", "POST", "/v1/contracts/"+string(v.ID)+"/send", ""); got.Status != http.StatusAccepted {
		t.Fatalf("send: %d", got.Status)
	}
	signer := v.Signers[0].ID
	draft := o.Keep("%PDF-1.7 draft")
	o.Change(t, v.ID, func(v *persistclient.View) { v.Document = draft })
	o.Opened(t, v.ID)
	o.Change(t, v.ID, func(v *persistclient.View) { v.Notifications[0].SentAt = o.Clock() })
	return v.ID, signer
}

// Opened has the contract opened and returns what was reported.
func (o *Fixture) Opened(t *testing.T, id contract.ID) events.SignatureOpened {
	t.Helper()
	out, err := o.Handle(t, id, events.OpenSignature{Attempt: 1})
	if err != nil || len(out) != 1 {
		t.Fatalf("open: said %v, %v", out, err)
	}
	p, ok := out[0].Payload.(events.SignatureOpened)
	if !ok {
		t.Fatalf("open: said %+v", out[0].Payload)
	}
	return p
}

// Prepared makes a contract whose document is drawn.
func (o *Fixture) Prepared(t *testing.T) contract.ID {
	t.Helper()
	id := o.Made(t).ID
	o.Call(t, "marie", "POST", "/v1/contracts/"+string(id)+"/send", "")
	draft := o.Keep("%PDF-1.7 draft")
	o.Change(t, id, func(v *persistclient.View) { v.Document = draft })
	return id
}

// Stored is the contract as it is on record.
func (o *Fixture) Stored(id contract.ID) *contract.Contract {
	o.Store.Mu.Lock()
	defer o.Store.Mu.Unlock()
	c := o.Contracts[id].Contract
	return &c
}
