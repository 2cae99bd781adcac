package persist

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestPagesHoldEveryContractOnceNewestFirst(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	var want []contract.ID
	for i := range 7 {
		if i%2 == 0 { // pairs are made at the same moment
			r.clock.pass(time.Second)
		}
		want = append(want, r.made().ID)
	}
	var got []contract.ID
	for q := (persistclient.Query{Limit: 3}); ; {
		p, err := r.manager.Contracts(context.Background(), q)
		if err != nil || len(p.Items) > 3 {
			t.Fatalf("%d, %v", len(p.Items), err)
		}
		for i, v := range p.Items {
			if got = append(got, v.ID); i > 0 && v.CreatedAt.After(p.Items[i-1].CreatedAt) {
				t.Errorf("%s is newer than the one before it", v.ID)
			}
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListsAreSelected(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	plain, stuck, slow := r.made(), r.preparing(), r.preparing()
	r.handles(stuck.ID, events.DocumentRefused{Reason: "no glyph"})
	for range 4 {
		r.clock.pass(time.Hour)
		r.ticks(tick(r))
	}
	other := r.account(auth.Manager, "other@example.org")
	admin := r.account(auth.Administrator, "admin@example.org")
	for name, c := range map[string]struct {
		as   person
		q    persistclient.Query
		want []contract.ID
	}{
		"everything of one's own":          {r.manager, persistclient.Query{}, []contract.ID{plain.ID, stuck.ID, slow.ID}},
		"an administrator sees all":        {admin, persistclient.Query{}, []contract.ID{plain.ID, stuck.ID, slow.ID}},
		"another manager sees none":        {other, persistclient.Query{}, nil},
		"by status":                        {r.manager, persistclient.Query{Status: contract.Draft}, []contract.ID{plain.ID}},
		"refused or stuck":                 {r.manager, persistclient.Query{Attention: true}, []contract.ID{stuck.ID, slow.ID}},
		"by a word of the title":           {r.manager, persistclient.Query{Search: "SERVICES", Status: contract.Draft}, []contract.ID{plain.ID}},
		"by a signer's name":               {r.manager, persistclient.Query{Search: "zoé müll", Status: contract.Draft}, []contract.ID{plain.ID}},
		"by a signer's address":            {r.manager, persistclient.Query{Search: "ADA@", Status: contract.Draft}, []contract.ID{plain.ID}},
		"a quote is a character":           {r.manager, persistclient.Query{Search: "O'Neil", Status: contract.Draft}, []contract.ID{plain.ID}},
		"a percent sign is a character":    {r.manager, persistclient.Query{Search: "%"}, nil},
		"an underscore is a character":     {r.manager, persistclient.Query{Search: "C_ntrat"}, nil},
		"a backslash is a character":       {r.manager, persistclient.Query{Search: `\`}, nil},
		"what nobody and nothing is named": {r.manager, persistclient.Query{Search: "nobody"}, nil},
	} {
		p, err := c.as.Contracts(context.Background(), c.q)
		var got []contract.ID
		for _, v := range p.Items {
			got = append(got, v.ID)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v; %v", name, got, c.want, err)
		}
	}
}

func TestAQueryThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for _, query := range []string{"status=gone", "limit=0", "limit=101", "limit=x", "attention=perhaps", "cursor=!!", "cursor=eHg", "q=%00"} {
		if status, text := r.get(r.manager, "/contracts?"+query); status != 422 {
			t.Errorf("%s: %d %s", query, status, text)
		}
	}
}
