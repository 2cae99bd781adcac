package sendmail

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fakeSearch is a carrier whose mail service can be asked. It must never be given a notification whose end is unclear.
type fakeSearch struct {
	fakeTransport
	seen transport.SearchResult
	err  error
	asks map[string]string
}

func (l *fakeSearch) Search(_ context.Context, customArgs map[string]string) (transport.SearchResult, error) {
	l.asks = customArgs
	return l.seen, l.err
}

func unclearSince(d time.Duration) persistclient.Claim {
	return claimed(func(c *persistclient.Claim) { c.State, c.Since, c.For = persistclient.Unclear, d.Seconds(), 0 })
}

// What is said of a notification whose end nobody told: it is sent, or the service surely does not have it, or it stays unclear
// and is asked about after a while, if it can be.
func TestAnUnclearEndIsSettledByAskingAndNeverBySending(t *testing.T) {
	t.Parallel()
	newer, older := transport.SearchResult{NewestAge: time.Second}, transport.SearchResult{NewestAge: 100 * time.Hour}
	noSearch := transport.Failure{Class: transport.Permanent, Cause: transport.Misconfigured, Detail: "no Email Activity"}
	busy := transport.Failure{Class: transport.Installation, Cause: transport.Unreachable, Detail: "429", After: 20 * time.Minute}
	for name, c := range map[string]struct {
		since time.Duration
		seen  transport.SearchResult
		err   error
		found bool
		lost  bool
		next  time.Duration // of an unclear one; 0: a person is to decide
	}{
		"found":                                    {since: time.Minute, seen: transport.SearchResult{Found: true}, found: true},
		"found after long":                         {since: 50 * time.Hour, seen: transport.SearchResult{Found: true}, found: true},
		"not shown so soon":                        {since: 10 * time.Second, seen: newer, next: 30 * time.Second},
		"not shown after a minute":                 {since: time.Minute, seen: newer, next: time.Minute},
		"not shown just before it counts":          {since: 14 * time.Minute, seen: newer, next: time.Minute + time.Second},
		"surely not there":                         {since: 15 * time.Minute, seen: newer, lost: true},
		"nothing newer is shown":                   {since: 15 * time.Minute, seen: older, next: 15 * time.Minute},
		"nothing at all is shown":                  {since: 2 * time.Hour, seen: transport.SearchResult{Empty: true}, next: time.Hour},
		"nothing at all until nothing can be":      {since: 72 * time.Hour, seen: transport.SearchResult{Empty: true}},
		"there is no search":                       {since: time.Minute, err: noSearch},
		"the search is busy":                       {since: time.Minute, err: busy, next: 20 * time.Minute},
		"the search fails":                         {since: time.Hour, err: transport.Failure{Class: transport.Installation, Cause: transport.Unreachable}, next: time.Hour},
		"the search fails in a way that is no way": {since: time.Minute, err: errors.New("?"), next: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, d := &fakeSearch{seen: c.seen, err: c.err}, &fakePersist{claim: unclearSince(c.since)}
			out, err := listening(t, d, service).handle(t.Context(), eventOf(invitation))
			if err != nil || len(out) != 1 || len(d.told) != 1 || d.told[0].ID != out[0].ID || len(service.mails) != 0 || d.marked != 0 {
				t.Fatalf("said %+v, told %+v, %d mails, %v", out, d.told, len(service.mails), err)
			}
			_, sent := out[0].Payload.(events.MailSent)
			f, _ := out[0].Payload.(events.MailFailed)
			lost := f.Cause == transport.NeverTaken && !f.Unclear && f.Claim == 3
			open := f.Unclear && f.Claim == 3 && f.RetryAfter == int(c.next.Seconds())
			if sent != c.found || lost != c.lost || open == (c.found || c.lost) {
				t.Errorf("said %+v", out[0].Payload)
			}
			if service.asks["contract"] != string(eventOf(invitation).Event().Subject) || service.asks["kind"] != "invitation" || service.asks["claim"] != "3" {
				t.Errorf("asked for %v", service.asks)
			}
		})
	}
}

func TestWithoutASearchAPersonDecides(t *testing.T) {
	t.Parallel()
	sink, d := &fakeTransport{}, &fakePersist{claim: unclearSince(time.Minute)}
	out, err := listening(t, d, sink).handle(t.Context(), eventOf(invitation))
	f, _ := payload(out).(events.MailFailed)
	if err != nil || !f.Unclear || f.RetryAfter != 0 || f.Claim != 3 || len(sink.mails) != 0 {
		t.Errorf("said %+v, %v", out, err)
	}
}

func TestAFirstUnclearEndIsAskedAboutSoonWhereThatIsPossible(t *testing.T) {
	t.Parallel()
	d := &fakePersist{claim: claimed(nil)}
	service := &fakeSearch{fakeTransport: fakeTransport{err: transport.Failure{Class: transport.Unclear, Cause: transport.EndUnclear}}}
	out, err := listening(t, d, service).handle(t.Context(), eventOf(invitation))
	if f, _ := payload(out).(events.MailFailed); err != nil || !f.Unclear || f.RetryAfter != 30 {
		t.Errorf("said %+v, %v", out, err)
	}
}
