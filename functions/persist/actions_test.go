package persist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAnActionPublishesItsResult(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	draft, preparing, sent := r.made(), r.preparing(), r.sent()
	for name, c := range map[string]struct {
		from   persistclient.View
		action persistclient.Action
		want   contract.Status
		says   string
	}{
		"sending it off":         {draft, persistsamples.SendAction(draft.Version), contract.Preparing, "contract.preparing"},
		"cancelling while drawn": {preparing, persistclient.Action{Kind: lifecycle.Cancel, Version: preparing.Version}, contract.Cancelled, "contract.cancelled"},
		"cancelling once sent":   {sent, persistclient.Action{Kind: lifecycle.Cancel, Version: sent.Version}, contract.Sent, "contract.recorded"},
	} {
		v, err := r.manager.Perform(context.Background(), c.from.ID, c.action, persistclient.Idempotency{})
		if err != nil || v.Status != c.want || v.Version != c.from.Version+1 {
			t.Errorf("%s: %s, version %d, %v", name, v.Status, v.Version, err)
		}
		if out := r.broker.last(c.from.ID); out != c.says {
			t.Errorf("%s said %s, want %s", name, out, c.says)
		}
	}
	var state string
	if r.query(&state, `SELECT state FROM attempts WHERE contract = $1`, string(preparing.ID)); state != string(contract.NeverOpened) {
		t.Errorf("the attempt of what was cancelled before it was drawn is %s", state)
	}
}

func TestAnActionThatDoesNotFitTheContractIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	for name, w := range map[string]persistclient.Action{
		"another version":      {Kind: lifecycle.Retry, Version: v.Version - 1},
		"another status":       persistsamples.SendAction(v.Version),
		"an attempt once more": {Kind: lifecycle.Retry, Version: v.Version, Attempt: &persistclient.Attempt{Number: 2, Token: "x"}},
		"an unknown action":    {Kind: "complete", Version: v.Version},
	} {
		_, err := r.manager.Perform(context.Background(), v.ID, w, persistclient.Idempotency{})
		if !errors.Is(err, persistclient.ErrConflict) && !errors.Is(err, persistclient.ErrImpossible) && !errors.Is(err, persistclient.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := r.stands(v.ID); got.Version != v.Version {
		t.Errorf("version %d became %d", v.Version, got.Version)
	}
}

// A status that somebody sends along is not even read: persist derives the move itself.
func TestNobodyHandsAStatusToPersist(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	body := fmt.Sprintf(`{"kind":"send","version":%d,"attempt":{"number":1,"token":"x"},"move":{"from":"draft","to":"completed"}}`, v.Version)
	if status, text := r.ask(r.manager.Client, http.MethodPost, "/contracts/"+string(v.ID)+"/actions", body); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, text)
	}
	if got := r.stands(v.ID); got.Status != contract.Draft {
		t.Errorf("it is %s", got.Status)
	}
}

func TestOnlyTheOwnerActsButAnAdministratorMayRetry(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	ctx, admin := context.Background(), r.account(auth.Administrator, "admin@example.org")
	if _, err := admin.Perform(ctx, v.ID, persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version}, persistclient.Idempotency{}); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("cancel: %v", err)
	}
	if _, err := admin.Perform(ctx, v.ID, persistclient.Action{Kind: lifecycle.Retry, Version: v.Version}, persistclient.Idempotency{}); err != nil {
		t.Errorf("retry: %v", err)
	}
	if types := r.broker.types(); types[len(types)-1] != "contract.due" {
		t.Errorf("said %v", types)
	}
}

func TestTheSealedMessageIsForOrchestrateAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	if got := r.stands(v.ID).Token; got != persistsamples.Token {
		t.Errorf("orchestrate is told %q", got)
	}
	for name, c := range map[string]*persistclient.Client{"its owner": r.manager.Client, access.GenerateDoc: r.function(access.GenerateDoc)} {
		if got, err := c.Contract(context.Background(), v.ID); err != nil || got.Token != "" {
			t.Errorf("%s is told %q, %v", name, got.Token, err)
		}
	}
}

func TestTheSameRequestManyTimesAtOnceHasOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	once := persistclient.Idempotency{Key: "k1", Digest: "d1"}
	made := r.together(8, func() (persistclient.View, error) {
		return r.manager.Create(context.Background(), persistsamples.Draft(), once)
	})
	sent := r.together(8, func() (persistclient.View, error) {
		return r.manager.Perform(context.Background(), made.ID, persistsamples.SendAction(1), persistclient.Idempotency{Key: "k2", Digest: "d2"})
	})
	if sent.Status != contract.Preparing || sent.Version != 2 {
		t.Errorf("%s, version %d", sent.Status, sent.Version)
	}
	if types := r.broker.types(); !slices.Equal(types, []string{"contract.drafted", "contract.preparing"}) {
		t.Errorf("said %v", types)
	}
	if _, err := r.manager.Create(context.Background(), persistsamples.Draft(), persistclient.Idempotency{Key: "k1", Digest: "other"}); !errors.Is(err, persistclient.ErrReused) {
		t.Errorf("another request with the key: %v", err)
	}
	other := r.account(auth.Manager, "other@example.org")
	if v, err := other.Create(context.Background(), persistsamples.Draft(), once); err != nil || v.ID == made.ID {
		t.Errorf("another person with the key: %s, %v", v.ID, err)
	}
}

// together does one thing many times at once and requires the same answer every time.
func (r *fixture) together(n int, do func() (persistclient.View, error)) persistclient.View {
	r.t.Helper()
	answers := make([]persistclient.View, n)
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
	r := newFixture(t)
	r.broker.down = true
	v := r.preparing()
	r.broker.down = false
	r.clock.pass(soon)
	if out := r.ticks(tick(r)); len(out) != 1 || out[0].Subject != v.ID {
		t.Errorf("said %+v", out)
	}
}

func TestABadRequestNamesItsFieldsAndWritesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for name, c := range map[string]struct {
		body   string
		status int
		names  string
	}{
		"no JSON":            {"{", 400, "not one JSON value"},
		"two values":         {"{} {}", 400, "not one JSON value"},
		"unknown field":      {`{"colour":"red"}`, 422, `"colour"`},
		"a wrong type":       {`{"title":7}`, 422, `"title"`},
		"a name twice":       {`{"title":"a","title":"b"}`, 422, `"title"`},
		"a title too long":   {strings.Replace(validDraft(), "Contrat de services", strings.Repeat("x", fields.TitleLimit+1), 1), 422, `"title"`},
		"nothing in it":      {`{}`, 422, `"people"`},
		"a bad signer":       {`{"people":[{"id":"s1","phone":"06"}]}`, 422, `"people[0].phone"`},
		"a NUL in it":        {`{"title":"a\u0000b"}`, 422, `"title"`},
		"far too much":       {`{"title":"` + strings.Repeat("x", httpapi.BodyLimit) + `"}`, 413, "too large"},
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
