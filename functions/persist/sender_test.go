package persist

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sender is a broker that sends one event after the other, each again until it is taken.
type sender struct {
	fixture *fixture
	name    string
	taken   atomic.Int64
	refused atomic.Int64
	wrong   string // what was answered besides 2xx and 503
}

func (p *sender) goOn(ctx context.Context, v persistclient.View) {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for n := 0; ctx.Err() == nil && p.wrong == ""; {
		e := p.fixture.unsigned(v.ID, persistsamples.Reported())
		e.ID = p.name + strconv.Itoa(n)
		switch status := p.fixture.post(p.fixture.signed(e)); {
		case status/100 == 2:
			p.taken.Add(1)
			n++
		case status == http.StatusServiceUnavailable:
			p.refused.Add(1)
			<-pause.C
		default:
			p.wrong = fmt.Sprintf("%d to an event", status)
		}
		if status, after := p.fixture.Route(v.ID); status != http.StatusOK && (status != http.StatusServiceUnavailable || after == "") {
			p.wrong = fmt.Sprintf("%d to a question, Retry-After %q", status, after)
		}
	}
}

// takes waits until so many more were taken.
func (p *sender) takes(t *testing.T, more int64) {
	t.Helper()
	before := p.taken.Load()
	pgtest.Eventually(t, func() error {
		if now := p.taken.Load(); now < before+more {
			return fmt.Errorf("%s: %d of %d more were taken, %d refused", p.name, now-before, more, p.refused.Load())
		}
		return nil
	})
}

// post delivers an event as the broker does, which has its own mind about when to come again.
func (r *fixture) post(e events.Event) (status int) {
	q, err := http.NewRequest(http.MethodPost, r.address, nil)
	if err == nil {
		err = events.WriteRequest(context.Background(), e, q)
	}
	if err != nil {
		return 0
	}
	status, _ = replied(q)
	return status
}

// Route asks for a contract as its owner.
func (r *fixture) Route(id contract.ID) (status int, retryAfter string) {
	q, err := http.NewRequest(http.MethodGet, r.address+"/contracts/"+string(id), nil)
	if err == nil {
		err = r.manager.Authorize(q)
	}
	if err != nil {
		return 0, err.Error()
	}
	return replied(q)
}

func replied(q *http.Request) (status int, retryAfter string) {
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err.Error()
	}
	defer a.Body.Close()
	return a.StatusCode, a.Header.Get("Retry-After")
}

// is waits until the cluster is told this.
func (r *fixture) is(status int, words string) {
	r.t.Helper()
	pgtest.Eventually(r.t, func() error {
		if got, out := r.ask(r.function(access.Orchestrate), http.MethodGet, "/health/readiness", ""); got != status || !strings.Contains(out, words) {
			return fmt.Errorf("readiness says %d %q, want %d and %q", got, out, status, words)
		}
		return nil
	})
}

// judge requires that whatever was taken is on record, and once, and that nobody was told anything else than to come again.
func (p *sender) judge(t *testing.T, now *postgres.Server) {
	t.Helper()
	if p.wrong != "" || p.refused.Load() == 0 {
		t.Errorf("%s was refused %d times, and answered %q", p.name, p.refused.Load(), p.wrong)
	}
	const entries = `SELECT count(%s)::int FROM history WHERE detail->>'event' LIKE '%s%%'`
	written := on[int](t, now, fmt.Sprintf(entries, "*", p.name))
	apart := on[int](t, now, fmt.Sprintf(entries, "DISTINCT detail->>'event'", p.name))
	if taken := int(p.taken.Load()); written != apart || written < taken || written > taken+1 {
		t.Errorf("%s: %d were taken, %d written, %d of them different", p.name, taken, written, apart)
	}
}
