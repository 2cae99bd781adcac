package persist

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

func TestWishesAreLaidOverTheContract(t *testing.T) {
	t.Parallel()
	refused := atStatus(contract.Sent)
	refused.Letters[0].Refused, refused.Attention = "no such mailbox", "look"
	reminder := contract.Letter{Name: contract.Reminder, Occasion: 1, Recipient: "s1"}
	for name, c := range map[string]struct {
		from contract.Contract
		wish record.Wish
		want func(change) bool
		says string
	}{
		"sending it off begins an attempt": {atStatus(contract.Draft), sendWish(7),
			func(n change) bool { return n.After.Status == contract.Preparing && n.After.Request.Attempt == 1 }, "contract.preparing"},
		"a cancellation is only wanted once others have it": {atStatus(contract.Sent), record.Wish{Kind: record.Cancel, Version: 7, Cancel: true},
			func(n change) bool { return n.After.Status == contract.Sent && n.After.CancelWanted }, "contract.recorded"},
		"a draft is cancelled at once": {atStatus(contract.Draft),
			record.Wish{Kind: record.Cancel, Version: 7, Move: &contract.Move{From: contract.Draft, To: contract.Cancelled}},
			func(n change) bool { return n.Moved }, "contract.cancelled"},
		"a reminder is a letter more": {atStatus(contract.Sent), record.Wish{Kind: record.Remind, Version: 7, Letters: []contract.Letter{reminder}},
			func(n change) bool { return n.After.Letter(contract.Reminder, "s1").Outstanding() }, "contract.recorded"},
		"a retry clears attention and sends refused letters again, at once": {refused, record.Wish{Kind: record.Retry, Version: 7},
			func(n change) bool { return n.After.Attention == "" && n.After.Letters[0].Outstanding() }, "contract.due"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := fulfil(c.from, c.wish, noon)
			if err != nil || !c.want(n) || n.After.Version != 8 {
				t.Fatalf("%+v, %v", n, err)
			}
			if said := wishFact(n, c.wish.Kind).Type(); said != c.says {
				t.Errorf("said %s, want %s", said, c.says)
			}
		})
	}
}

func TestAWishForAnotherContractThanThisOneIsRefused(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]record.Wish{
		"another version":      {Kind: record.Retry, Version: 6},
		"another status":       {Kind: record.Send, Version: 7, Move: &contract.Move{From: contract.Draft, To: contract.Preparing}},
		"an attempt once more": {Kind: record.Retry, Version: 7, Attempt: &record.Attempt{Number: 1, Token: "x"}},
	} {
		_, err := fulfil(atStatus(contract.Sent), w, noon)
		var p function.Problem
		if !errors.As(err, &p) || p.Status != http.StatusConflict {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyItsOwnerWishesButAnAdministratorMayRetry(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	ctx, admin := context.Background(), r.account(auth.Administrator, "admin@example.org")
	if _, err := admin.Grant(ctx, v.ID, record.Wish{Kind: record.Cancel, Version: v.Version, Cancel: true}, record.Idempotency{}); !errors.Is(err, record.ErrDenied) {
		t.Errorf("cancel: %v", err)
	}
	if _, err := admin.Grant(ctx, v.ID, record.Wish{Kind: record.Retry, Version: v.Version}, record.Idempotency{}); err != nil {
		t.Errorf("retry: %v", err)
	}
	if types := r.broker.types(); types[len(types)-1] != "contract.due" {
		t.Errorf("said %v", types)
	}
}

func TestTheSealedMessageIsForOrchestrateAlone(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.preparing()
	if got := r.stands(v.ID).Token; got != token {
		t.Errorf("orchestrate is told %q", got)
	}
	for name, c := range map[string]*record.Client{"its owner": r.manager.Client, generateDoc: r.function(generateDoc)} {
		if got, err := c.Contract(context.Background(), v.ID); err != nil || got.Token != "" {
			t.Errorf("%s is told %q, %v", name, got.Token, err)
		}
	}
}

func TestTheSameRequestManyTimesAtOnceHasOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	once := record.Idempotency{Key: "k1", Digest: "d1"}
	made := r.together(8, func() (record.View, error) { return r.manager.Create(context.Background(), draft(), once) })
	sent := r.together(8, func() (record.View, error) {
		return r.manager.Grant(context.Background(), made.ID, sendWish(1), record.Idempotency{Key: "k2", Digest: "d2"})
	})
	if sent.Status != contract.Preparing || sent.Version != 2 {
		t.Errorf("%s, version %d", sent.Status, sent.Version)
	}
	if types := r.broker.types(); !slices.Equal(types, []string{"contract.drafted", "contract.preparing"}) {
		t.Errorf("said %v", types)
	}
	if _, err := r.manager.Create(context.Background(), draft(), record.Idempotency{Key: "k1", Digest: "other"}); !errors.Is(err, record.ErrReused) {
		t.Errorf("another request with the key: %v", err)
	}
	other := r.account(auth.Manager, "other@example.org")
	if v, err := other.Create(context.Background(), draft(), once); err != nil || v.ID == made.ID {
		t.Errorf("another person with the key: %s, %v", v.ID, err)
	}
}

// together does one thing many times at once and requires the same answer every time.
func (r *room) together(n int, do func() (record.View, error)) record.View {
	r.t.Helper()
	answers := make([]record.View, n)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], err = do(); err != nil {
				r.t.Error(err)
			}
		})
	}
	all.Wait()
	for _, a := range answers {
		if a.ID != answers[0].ID || a.Version != answers[0].Version {
			r.t.Errorf("answers differ: %s %d, %s %d", a.ID, a.Version, answers[0].ID, answers[0].Version)
		}
	}
	return answers[0]
}

func TestABrokerThatIsAwayLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.broker.down = true
	v := r.preparing()
	r.clock.pass(soon)
	if said := r.hearsTick(tick(r)); len(said) != 1 || said[0].Subject != v.ID {
		t.Errorf("said %+v", said)
	}
}

func TestABadRequestNamesItsFieldsAndWritesNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for name, c := range map[string]struct {
		body   string
		status int
		names  string
	}{
		"no JSON":            {"{", 400, "not JSON"},
		"two values":         {"{} {}", 400, "more than one"},
		"unknown field":      {`{"colour":"red"}`, 422, `"colour"`},
		"a wrong type":       {`{"title":7}`, 422, `"title"`},
		"nothing in it":      {`{}`, 422, `"people"`},
		"a bad signer":       {`{"people":[{"id":"s1","phone":"06"}]}`, 422, `"people[0].phone"`},
		"a NUL in it":        {`{"title":"a\u0000b"}`, 422, `"title"`},
		"far too much":       {`{"title":"` + strings.Repeat("x", bodyLimit) + `"}`, 413, "too large"},
		"an impossible data": {strings.Replace(validDraft(), `{"price":12}`, `{"a":"\u0000"}`, 1), 422, "not possible"},
	} {
		status, text := r.ask(r.manager.Client, http.MethodPost, "/contracts", c.body)
		if status != c.status || !strings.Contains(text, c.names) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	var n int
	if r.query(&n, `SELECT count(*) FROM contracts`); n != 0 {
		t.Errorf("%d contracts were made", n)
	}
}
