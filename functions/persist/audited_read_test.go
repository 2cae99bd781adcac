package persist

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// readings is who is on record as having read which part of a contract.
func (r *fixture) readings(id contract.ID) (all []string) {
	r.t.Helper()
	entries, head, err := r.history(id)
	if err != nil {
		r.t.Fatal(err)
	}
	if end, err := history.Verify(id, entries); err != nil || end != head {
		r.t.Errorf("the chain is broken: %v", err)
	}
	for _, e := range entries {
		if e.What == access.ReadEntry {
			all = append(all, e.Actor+" "+string(e.Detail))
		}
	}
	return all
}

func TestAnAdministratorsReadsAreRecorded(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	pdf := []byte("%PDF-1")
	if err := r.raw(access.Itself, `INSERT INTO files SELECT id, '`+history.Digest(pdf)+`', 6, '%PDF-1', now() FROM contracts`, nil); err != nil {
		t.Fatal(err)
	}
	ctx, admin := context.Background(), r.account(auth.Administrator, "admin@example.org")
	want := []string{`person:` + admin.Subject + ` {"part":"contract"}`, `person:` + admin.Subject + ` {"part":"history"}`, `person:` + admin.Subject + ` {"part":"document"}`}
	for range 2 { // the second time within the hour is the same look
		seen, err := admin.Contract(ctx, v.ID)
		if err != nil || len(seen.People) != 2 || seen.People[0].Phone == "" || seen.Version != v.Version+1 && seen.Version != v.Version+3 {
			t.Errorf("the whole contract: %+v, %v", seen, err)
		}
		if entries, err := admin.History(ctx, v.ID); err != nil || entries[len(entries)-1].What != access.ReadEntry {
			t.Errorf("the history without its own reading: %v", err)
		}
		if _, err := admin.File(ctx, v.ID, history.Digest(pdf)); err != nil {
			t.Error(err)
		}
	}
	if got := r.readings(v.ID); !slices.Equal(got, want) {
		t.Errorf("on record: %v", got)
	}
	if now := r.stands(v.ID); !now.DueAt.Equal(v.DueAt) || now.Status != v.Status || !now.UpdatedAt.Equal(v.UpdatedAt) {
		t.Errorf("reading changed %+v into %+v", v, now)
	}
	r.clock.pass(contracts.ReadAgainAfter + time.Second)
	if _, err := admin.Contract(ctx, v.ID); err != nil || len(r.readings(v.ID)) != 4 {
		t.Errorf("a look an hour later: %v, %v", r.readings(v.ID), err)
	}
}

func TestOwnersAndSignersReadUnrecorded(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	signing := r.account(auth.Administrator, "zoe@example.org")
	link := r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})
	for _, c := range []*persistclient.Client{r.manager.Client, signing.Client, link.Client, r.function(access.Orchestrate)} {
		if _, err := c.Contract(context.Background(), v.ID); err != nil {
			t.Error(err)
		}
	}
	if got := r.readings(v.ID); len(got) != 0 {
		t.Errorf("on record: %v", got)
	}
	admin := r.account(auth.Administrator, "admin@example.org")
	if _, err := admin.Contract(context.Background(), contract.ID(ids.New())); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a contract that is not there: %v", err)
	}
}

// TestReadingAndWritingAtOnceBothCount: neither loses its entry, and the chain holds.
func TestReadingAndWritingAtOnceBothCount(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	var all sync.WaitGroup
	for range 3 {
		admin := r.account(auth.Administrator, ids.New()+"@example.org")
		all.Go(func() {
			if _, err := admin.Contract(context.Background(), v.ID); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() { r.handles(v.ID, persistsamples.Reported()) })
	}
	all.Wait()
	if got := r.readings(v.ID); len(got) != 3 {
		t.Errorf("on record: %v", got)
	}
}

// history is a contract's whole history, for tests that look at what was written.
func (r *fixture) history(id contract.ID) ([]persistclient.Entry, string, error) {
	entries, err := r.parts.Views.History(context.Background(), access.Itself, id)
	if err != nil {
		return nil, "", err
	}
	var head string
	return entries, head, r.raw(access.Itself, `SELECT head FROM contracts WHERE id = '`+string(id)+`'`, &head)
}
