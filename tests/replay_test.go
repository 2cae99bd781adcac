package tests

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

func signatureOf(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// A webhook is a hint, so old ones are harmless: whoever kept every message about a completed contract, or about a
// cancelled one, and sends them all again, many times and in any order, changes nothing at all. Even the same news in
// new messages, and news that would be the end of the contract, leave nothing but evidence in its history.
func TestOldWebhooksSentAgainChangeNothing(t *testing.T) {
	t.Parallel()
	var consumed recorder
	o := open(t, func(o *devstack.Options) { o.Wrap, o.ClockEvery = consumed.before, time.Second })
	ctx := within(t)
	end, err := reporter(o, 0).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	completed := consumed.settled(ctx, t, o, "signature_request.done")
	gone := cancelledOne(ctx, t, o)
	cancelled := consumed.settled(ctx, t, o, "signature_request.canceled")
	for contract, c := range map[string]struct {
		status string
		kept   []webhook
	}{end.Contract: {"completed", completed}, gone: {"cancelled", cancelled}} {
		before := stateOf(ctx, t, o, contract)
		if before.contract["status"] != c.status || len(c.kept) < 2 {
			t.Fatalf("the contract is %v, with %d webhooks", before.contract["status"], len(c.kept))
		}
		replay(ctx, t, o, slices.Repeat(c.kept, 5))
		if after := stateOf(ctx, t, o, contract); !reflect.DeepEqual(before, after) {
			t.Errorf("old webhooks changed the %s contract:\n%+v\n%+v", c.status, before, after)
		}
		newest := anew(o, c.kept)
		replay(ctx, t, o, newest)
		assertOnlyEvidence(t, before, stateOf(ctx, t, o, contract), len(newest))
	}
}

// cancelledOne plays a contract that its owner cancels while it waits for the signer, and returns its id.
func cancelledOne(ctx context.Context, t *testing.T, o *devstack.Stack) string {
	t.Helper()
	if err := reporter(o, 1).UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	token := logIn(t, o, 0)
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	text := get(t, o.Run.Page+"/api/v1/contracts?status=sent", token)
	if err := json.Unmarshal([]byte(text), &page); err != nil || len(page.Items) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	id := page.Items[0].ID
	if got := post(t, o.Run.Page+"/api/v1/contracts/"+id+"/cancel", token, `{"reason": "a mistake"}`, map[string]string{"Idempotency-Key": "k1"}); got != http.StatusAccepted {
		t.Fatalf("cancel: %d", got)
	}
	err := scenario.Await(ctx, func() bool { return stateOf(ctx, t, o, id).contract["status"] == "cancelled" })
	if err != nil {
		t.Fatal("the contract was not cancelled")
	}
	return id
}

// anew is every webhook in a message of its own, and beside it every kind of end.
func anew(o *devstack.Stack, kept []webhook) []webhook {
	var all []webhook
	for i, w := range kept {
		for j, name := range []string{"signer.done", "signature_request.done", "signature_request.declined", "signature_request.expired",
			"signature_request.canceled", "signature_request.something_new"} {
			all = append(all, w.again(o, fmt.Sprintf("x%d-%d-", i, j), name))
		}
	}
	return all
}

// replay sends webhooks, shuffled and four at once, and waits until nothing is under way. Each is proved, so each is
// taken.
func replay(ctx context.Context, t *testing.T, o *devstack.Stack, all []webhook) {
	t.Helper()
	dice := rand.New(rand.NewPCG(3, 5)) // repeatable on purpose
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var sending sync.WaitGroup
	turns := make(chan struct{}, 4)
	for _, w := range all {
		turns <- struct{}{}
		sending.Go(func() {
			defer func() { <-turns }()
			if got := w.deliver(ctx, t, o); got != http.StatusOK {
				t.Errorf("a webhook was answered %d", got)
			}
		})
	}
	sending.Wait()
	if err := scenario.Await(ctx, func() bool { return o.Broker().Pending() == 0 }); err != nil {
		t.Fatalf("%d events were never delivered", o.Broker().Pending())
	}
}

// state is everything that is known of a contract from outside.
type state struct {
	contract      map[string]any
	history       []map[string]any
	notifications int
}

func stateOf(ctx context.Context, t *testing.T, o *devstack.Stack, id string) state {
	t.Helper()
	token := logIn(t, o, 0)
	var s state
	var history struct {
		Items []map[string]any `json:"items"`
	}
	for path, into := range map[string]any{"": &s.contract, "/history": &history} {
		text := get(t, o.Run.Page+"/api/v1/contracts/"+id+path, token)
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	s.history = history.Items
	for _, to := range []string{"zoe0@example.org", "zoe1@example.org", o.Run.Accounts[0].Email} {
		mails, err := scenario.Mails(ctx, o.Run.Mailbox, to)
		if err != nil {
			t.Fatal(err)
		}
		s.notifications += len(mails)
	}
	return s
}

// assertOnlyEvidence wants n entries more, all of them reports of the service, and nothing else to have changed.
func assertOnlyEvidence(t *testing.T, before, after state, n int) {
	t.Helper()
	if len(after.history) != len(before.history)+n || !reflect.DeepEqual(after.history[:len(before.history)], before.history) {
		t.Fatalf("%d entries became %d, after %d messages", len(before.history), len(after.history), n)
	}
	for _, e := range after.history[len(before.history):] {
		if e["what"] != "signature.reported" {
			t.Errorf("the history tells of %v", e)
		}
	}
	for _, s := range []state{before, after} {
		delete(s.contract, "version") // counts entries of the history
		delete(s.contract, "updated_at")
	}
	if after.notifications != before.notifications || !reflect.DeepEqual(after.contract, before.contract) {
		t.Errorf("%d notifications, %+v\nbecame %d notifications, %+v", before.notifications, before.contract, after.notifications, after.contract)
	}
}
