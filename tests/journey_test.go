package tests

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// One contract, from draft to signed, over the addresses that people use.
func TestOneContractFromDraftToCompleted(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	ctx := within(t)
	end, err := reporter(o, 0).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(end.SignedPDF, []byte("%PDF-")) || !bytes.Contains(end.SignedPDF, []byte("ETSI.CAdES.detached")) {
		t.Error("the signed copy is no PDF with a signature in it")
	}
	assertHistory(t, end.History)
	assertNotifications(ctx, t, o, end.Contract, "zoe0@example.org")
}

// assertHistory wants the scenario in order, without a gap, and every step once.
func assertHistory(t *testing.T, history []scenario.Entry) {
	t.Helper()
	var what []string
	for i, e := range history {
		if e.Seq != i+1 {
			t.Errorf("entry %d has the number %d", i+1, e.Seq)
		}
		what = append(what, e.What)
	}
	at := -1
	for _, step := range []string{"document.generated", "signature.opened", "mail.sent", "signature.checked", "mail.sent"} {
		next := slices.Index(what[at+1:], step)
		if next < 0 {
			t.Fatalf("%s is missing after entry %d of %v", step, at+1, what)
		}
		at += next + 1
	}
}

// assertNotifications wants exactly one notification of each kind to each person.
func assertNotifications(ctx context.Context, t *testing.T, o *devstack.Stack, contract, customer string) {
	t.Helper()
	got := map[string]int{}
	for _, to := range []string{customer, o.Run.Accounts[0].Email} {
		mails, err := scenario.Mails(ctx, o.Run.Mailbox, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.CustomArgs["contract"] == contract {
				got[m.CustomArgs["kind"]+" to "+to]++
			}
		}
	}
	want := []string{"invitation to " + customer, "signed-copy to " + customer, "signed-copy to " + o.Run.Accounts[0].Email}
	for _, w := range want {
		if got[w] != 1 {
			t.Errorf("%d notifications %q, want 1", got[w], w)
		}
		delete(got, w)
	}
	if len(got) > 0 {
		t.Errorf("notifications that nobody wanted: %v", got)
	}
}
