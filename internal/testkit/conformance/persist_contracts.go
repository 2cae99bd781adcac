package conformance

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (p Persist) contracts(t *testing.T) {
	owner := p.account(t, manager)
	d := draft()
	v, err := owner.Create(t.Context(), d, once)
	if err != nil || v.ID != d.ID || v.Version != 1 || v.Status != contract.Draft || v.Owner != owner.who.Subject || v.Title != d.Title || string(v.Data) != string(d.Data) {
		t.Fatalf("made %+v, %v", v, err)
	}
	if v.CreatedAt.IsZero() || v.UpdatedAt.IsZero() || !v.Deadline.Equal(d.Deadline) || len(v.Signers) != 2 || v.Signers[0] != (contract.Signer{ID: "s1", State: contract.Waiting}) {
		t.Errorf("made %+v", v)
	}
	if v.Relation != (lifecycle.Relation{Owner: true}) || v.OwnerName != "Zoé" || v.OwnerEmail != owner.email || v.OwnerLocale != "fr" || !slices.Equal(v.People, d.People) {
		t.Errorf("its owner is shown %+v", v)
	}
	if again, err := owner.Contract(t.Context(), d.ID); err != nil || again.Version != 1 || again.Title != d.Title {
		t.Errorf("read: %+v, %v", again, err)
	}
	if _, err := owner.Create(t.Context(), d, once); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("a second contract with this id: %v", err)
	}
	history, err := owner.History(t.Context(), d.ID)
	if err != nil || len(history) != 1 || history[0].Seq != 1 || history[0].What != "contract.drafted" || history[0].Actor != "person:"+owner.who.Subject {
		t.Errorf("history: %+v, %v", history, err)
	}
	for what, who := range map[string]person{"another manager": p.account(t, manager), "a customer": p.account(t, customer)} {
		if _, err := who.Contract(t.Context(), d.ID); !errors.Is(err, persistclient.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := owner.Contract(t.Context(), contract.ID(newID())); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("an unknown contract: %v", err)
	}
	made := p.raw(t, owner.Client, "POST", "/contracts", body(t, draft()))
	if made.status != http.StatusCreated || made.header.Get("Content-Type") != "application/json" || made.header.Get("ETag") != "" {
		t.Errorf("made: %d, %v", made.status, made.header)
	}
}

func (p Persist) idempotency(t *testing.T) {
	owner, other := p.account(t, manager), p.account(t, manager)
	d, key := draft(), persistclient.Idempotency{Key: newID(), Digest: "d1"}
	first, err1 := owner.Create(t.Context(), d, key)
	again, err2 := owner.Create(t.Context(), draft(), key)
	if err1 != nil || err2 != nil || again.ID != first.ID || again.Version != first.Version {
		t.Errorf("the same key: %v %v, then %v %v", first.ID, err1, again.ID, err2)
	}
	key.Digest = "d2"
	if _, err := owner.Create(t.Context(), draft(), key); !errors.Is(err, persistclient.ErrReused) {
		t.Errorf("the key with another request: %v", err)
	}
	if theirs, err := other.Create(t.Context(), draft(), key); err != nil || theirs.ID == first.ID {
		t.Errorf("another's key: %+v, %v", theirs.ID, err)
	}
	v, send := p.made(t, owner), persistclient.Idempotency{Key: newID(), Digest: "s"}
	was, err := owner.Perform(t.Context(), v.ID, sending(v), send)
	if err != nil || was.Version != 2 {
		t.Fatalf("sent: %+v, %v", was, err)
	}
	p.records(t, "orchestrate", v.ID, fault("signature.unauthorized"))
	// whoever asks again is refused by orchestrate by now, and asks only for the answer, with a version that there is not
	if kept, err := owner.Perform(t.Context(), v.ID, persistclient.Action{Kind: lifecycle.Send}, send); err != nil || kept.Version != 2 || kept.Status != contract.Preparing {
		t.Errorf("asked again: version %d, %s, %v", kept.Version, kept.Status, err)
	}
	if _, err := owner.Perform(t.Context(), v.ID, persistclient.Action{Kind: lifecycle.Send}, persistclient.Idempotency{Key: newID(), Digest: "s"}); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("with a key that is new: %v", err)
	}
	p.raw(t, owner.Client, "POST", "/contracts", body(t, draft()), func(r *http.Request) { r.Header.Set("Idempotency-Key", "k") }).
		refused(t, "a key without a digest", http.StatusUnprocessableEntity, "")
}

// shown holds what each may see of a contract that waits for its signers.
func (p Persist) shown(t *testing.T) {
	owner := p.account(t, manager)
	d := draft()
	signing := p.account(t, customer)
	d.People[1].Email = strings.ToUpper(signing.email[:1]) + signing.email[1:]
	made, err := owner.Create(t.Context(), d, once)
	if err != nil {
		t.Fatal(err)
	}
	v := p.open(t, owner, made)
	p.records(t, "orchestrate", v.ID, fault("signature.unauthorized"))
	unverified := p.unverified(t, d.People[0].Email)
	if _, err := unverified.Contract(t.Context(), v.ID); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("whose address is not known to be theirs: %v", err)
	}
	type row struct {
		who                                                  *persistclient.Client
		relation                                             lifecycle.Relation
		data, token, troubles, ownersAddress                 bool
		notifications, addresses, signersAtTheService, names int
	}
	rows := map[string]row{
		"its owner":        {who: owner.Client, relation: lifecycle.Relation{Owner: true}, data: true, troubles: true, ownersAddress: true, notifications: 2, addresses: 2, signersAtTheService: 2, names: 2},
		"an administrator": {who: p.account(t, admin).Client, relation: lifecycle.Relation{Administrator: true}, data: true, troubles: true, ownersAddress: true, notifications: 2, addresses: 2, signersAtTheService: 2, names: 2},
		"a signer":         {who: signing.Client, relation: lifecycle.Relation{Signer: "s2"}, data: true, notifications: 1, addresses: 1, signersAtTheService: 1, names: 2},
		"a signer by link": {who: p.person(t, auth.Person{Subject: "s1", Role: signer, Contract: string(v.ID)}, "").Client, relation: lifecycle.Relation{Signer: "s1"}, data: true, notifications: 1, addresses: 1, signersAtTheService: 1, names: 2},
		"orchestrate":      {who: p.as(t, "orchestrate"), data: true, token: true, troubles: true, ownersAddress: true, notifications: 2, addresses: 2, signersAtTheService: 2, names: 2},
		"generate-doc":     {who: p.as(t, "generate-doc"), data: true, troubles: true, notifications: 2, signersAtTheService: 2, names: 2},
	}
	for what, r := range rows {
		got, err := r.who.Contract(t.Context(), v.ID)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		seen := row{r.who, got.Relation, len(got.Data) > 0 && string(got.Data) != "null", got.Token != "", len(got.Troubles) > 0, got.OwnerEmail != "", len(got.Notifications), 0, 0, 0}
		if got.Request != nil {
			seen.signersAtTheService = len(got.Request.Signers)
		}
		for _, one := range got.People {
			if one.Email != "" && one.Phone != "" {
				seen.addresses++
			}
			if one.LastName != "" {
				seen.names++
			}
		}
		if seen != r {
			t.Errorf("%s is shown\n%+v, not\n%+v", what, seen, r)
		}
	}
}

// open is a draft that is brought to its signers.
func (p Persist) open(t *testing.T, owner person, v persistclient.View) persistclient.View {
	t.Helper()
	if _, err := owner.Perform(t.Context(), v.ID, sending(v), once); err != nil {
		t.Fatal(err)
	}
	p.records(t, "generate-doc", v.ID, drawn(), pdf)
	p.records(t, "orchestrate", v.ID, opened(v.ID))
	return p.stored(t, v.ID)
}

func (p Persist) lists(t *testing.T) {
	owner := p.account(t, manager)
	if page, err := owner.Contracts(t.Context(), persistclient.Query{}); err != nil || page.Items == nil || len(page.Items) != 0 || page.Next != "" {
		t.Errorf("of nothing: %+v, %v", page, err)
	}
	var ids []contract.ID
	for range 3 {
		ids = append(ids, p.made(t, owner).ID)
	}
	waiting := p.sent(t, owner)
	p.records(t, "orchestrate", waiting.ID, fault("signature.unauthorized"))
	list := func(q persistclient.Query) (found []contract.ID, next string) {
		t.Helper()
		page, err := owner.Contracts(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Items {
			found = append(found, v.ID)
		}
		return found, page.Next
	}
	newest := []contract.ID{waiting.ID, ids[2], ids[1], ids[0]}
	if all, next := list(persistclient.Query{}); !slices.Equal(all, newest) || next != "" {
		t.Errorf("listed %v, then %q, want %v", all, next, newest)
	}
	first, next := list(persistclient.Query{Limit: 3})
	rest, end := list(persistclient.Query{Limit: 3, Cursor: next})
	if !slices.Equal(append(first, rest...), newest) || next == "" || end != "" {
		t.Errorf("in pages: %v, %v, then %q", first, rest, end)
	}
	for what, row := range map[string]struct {
		q    persistclient.Query
		want []contract.ID
	}{
		"drafts":               {persistclient.Query{Status: contract.Draft}, newest[1:]},
		"what needs attention": {persistclient.Query{Attention: true}, newest[:1]},
		"a cause":              {persistclient.Query{Cause: "signature.unauthorized"}, newest[:1]},
		"another cause":        {persistclient.Query{Cause: "mail.unclear"}, nil},
		"a title":              {persistclient.Query{Search: "SERVICES"}, newest},
		"a name":               {persistclient.Query{Search: "zoé mül"}, newest},
		"nothing like it":      {persistclient.Query{Search: "100%"}, nil},
	} {
		if got, _ := list(row.q); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", what, got, row.want)
		}
	}
	page, err := p.account(t, admin).Contracts(t.Context(), persistclient.Query{Cause: "signature.unauthorized", Limit: 100})
	at := slices.IndexFunc(page.Items, func(v persistclient.View) bool { return v.ID == waiting.ID })
	if err != nil || at < 0 || string(page.Items[at].Data) != "null" && page.Items[at].Data != nil || page.Items[at].People[0].Email != "" || len(page.Items[at].Troubles) != 1 {
		t.Errorf("an administrator is listed %+v, %v", page.Items, err)
	}
}

func (p Persist) actions(t *testing.T) {
	owner, root := p.account(t, manager), p.account(t, admin)
	v := p.made(t, owner)
	if _, err := owner.Perform(t.Context(), v.ID, persistclient.Action{Kind: lifecycle.Send, Version: 7}, once); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("of another version: %v", err)
	}
	if _, err := owner.Perform(t.Context(), v.ID, persistclient.Action{Kind: lifecycle.Remind, Version: 1}, once); !errors.Is(err, persistclient.ErrImpossible) {
		t.Errorf("remind a draft: %v", err)
	}
	if _, err := root.Perform(t.Context(), v.ID, sending(v), once); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("an administrator sends: %v", err)
	}
	if _, err := p.account(t, manager).Perform(t.Context(), v.ID, sending(v), once); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("another manager sends: %v", err)
	}
	sent, err := owner.Perform(t.Context(), v.ID, sending(v), once)
	if err != nil || sent.Version != 2 || sent.Status != contract.Preparing || sent.Request == nil || sent.Request.Attempt != 1 || sent.Token != "" || sent.DueAt.Before(time.Now()) {
		t.Errorf("sent: %+v, %v", sent, err)
	}
	if s := p.stored(t, v.ID); s.Token != sealed(v.ID) || s.Version != 2 {
		t.Errorf("on record is version %d with %q", s.Version, s.Token)
	}
	cancelled, err := owner.Perform(t.Context(), v.ID, persistclient.Action{Kind: lifecycle.Cancel, Version: 2, Reason: "no"}, once)
	if err != nil || cancelled.Status != contract.Cancelled || cancelled.Version != 3 { // nothing was begun at the service
		t.Errorf("cancelled: %+v, %v", cancelled, err)
	}
	history, err := owner.History(t.Context(), v.ID)
	if err != nil || len(history) != 3 || history[1].What != "action.send" || history[2].What != "action.cancel" || history[2].PreviousHash != history[1].Hash {
		t.Errorf("history: %+v, %v", history, err)
	}
}

func (p Persist) corrections(t *testing.T) {
	owner := p.account(t, manager)
	v := p.sent(t, owner)
	correct := persistclient.Action{Kind: lifecycle.CorrectAddress, Version: v.Version, Signer: "s1", Email: "new-" + newID() + "@example.org"}
	got, err := owner.Perform(t.Context(), v.ID, correct, once)
	if err != nil || got.PersonOf("s1").Email != correct.Email || got.Version != v.Version+1 {
		t.Fatalf("corrected: %+v, %v", got, err)
	}
	if s := p.stored(t, v.ID); s.PersonOf("s1").Email != correct.Email {
		t.Errorf("on record is %s", s.PersonOf("s1").Email)
	}
	other := p.sent(t, owner)
	p.Mail(t, other.ID, other.Notifications[0]) // which is at the mail service
	correct.Version = p.stored(t, other.ID).Version
	var later persistclient.TryLater
	if _, err := owner.Perform(t.Context(), other.ID, correct, once); !errors.As(err, &later) || later.After <= 0 || later.Why == "" {
		t.Errorf("while a notification is being written: %v", err)
	}
}
