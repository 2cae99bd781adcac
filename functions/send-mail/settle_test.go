package sendmail

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// library is a carrier whose mail service can be asked. It must never be given a letter whose end is unclear.
type library struct {
	basket
	seen finding
	err  error
	asks map[string]string
}

func (l *library) search(_ context.Context, marks map[string]string) (finding, error) {
	l.asks = marks
	return l.seen, l.err
}

func unclearSince(d time.Duration) persistclient.Claim {
	return claimed(func(c *persistclient.Claim) { c.State, c.Since, c.For = persistclient.Unclear, d.Seconds(), 0 })
}

// What is said of a letter whose end nobody told: it is sent, or the service surely does not have it, or it stays unclear
// and is asked about after a while, if it can be.
func TestAnUnclearEndIsSettledByAskingAndNeverBySending(t *testing.T) {
	t.Parallel()
	newer, older := finding{upTo: time.Second}, finding{upTo: 100 * time.Hour}
	noSearch := fault{fate: forGood, cause: misconfigured, detail: "no Email Activity"}
	busy := fault{fate: ours, cause: unreachable, detail: "429", after: 20 * time.Minute}
	for name, c := range map[string]struct {
		since time.Duration
		seen  finding
		err   error
		found bool
		lost  bool
		next  time.Duration // of an unclear one; 0: a person is to decide
	}{
		"found":                                    {since: time.Minute, seen: finding{found: true}, found: true},
		"found after long":                         {since: 50 * time.Hour, seen: finding{found: true}, found: true},
		"not shown so soon":                        {since: 10 * time.Second, seen: newer, next: 30 * time.Second},
		"not shown after a minute":                 {since: time.Minute, seen: newer, next: time.Minute},
		"not shown just before it counts":          {since: 14 * time.Minute, seen: newer, next: time.Minute + time.Second},
		"surely not there":                         {since: 15 * time.Minute, seen: newer, lost: true},
		"nothing newer is shown":                   {since: 15 * time.Minute, seen: older, next: 15 * time.Minute},
		"nothing at all is shown":                  {since: 2 * time.Hour, seen: finding{blind: true}, next: time.Hour},
		"nothing at all until nothing can be":      {since: 72 * time.Hour, seen: finding{blind: true}},
		"there is no search":                       {since: time.Minute, err: noSearch},
		"the search is busy":                       {since: time.Minute, err: busy, next: 20 * time.Minute},
		"the search fails":                         {since: time.Hour, err: fault{fate: ours, cause: unreachable}, next: time.Hour},
		"the search fails in a way that is no way": {since: time.Minute, err: errors.New("?"), next: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, d := &library{seen: c.seen, err: c.err}, &desk{claim: unclearSince(c.since)}
			said, err := listening(t, d, service).hear(t.Context(), heardAs(invitation))
			if err != nil || len(said) != 1 || len(d.told) != 1 || d.told[0].ID != said[0].ID || len(service.mails) != 0 || d.marked != 0 {
				t.Fatalf("said %+v, told %+v, %d mails, %v", said, d.told, len(service.mails), err)
			}
			_, sent := said[0].Payload.(events.MailSent)
			f, _ := said[0].Payload.(events.MailFailed)
			lost := f.Cause == neverTaken && !f.Unclear && f.Claim == 3
			open := f.Unclear && f.Claim == 3 && f.RetryAfter == int(c.next.Seconds())
			if sent != c.found || lost != c.lost || open == (c.found || c.lost) {
				t.Errorf("said %+v", said[0].Payload)
			}
			if service.asks["contract"] != string(heardAs(invitation).Event().Subject) || service.asks["letter"] != "invitation" || service.asks["claim"] != "3" {
				t.Errorf("asked for %v", service.asks)
			}
		})
	}
}

func TestWithoutASearchAPersonDecides(t *testing.T) {
	t.Parallel()
	sink, d := &basket{}, &desk{claim: unclearSince(time.Minute)}
	said, err := listening(t, d, sink).hear(t.Context(), heardAs(invitation))
	f, _ := payload(said).(events.MailFailed)
	if err != nil || !f.Unclear || f.RetryAfter != 0 || f.Claim != 3 || len(sink.mails) != 0 {
		t.Errorf("said %+v, %v", said, err)
	}
}

func TestAFirstUnclearEndIsAskedAboutSoonWhereThatIsPossible(t *testing.T) {
	t.Parallel()
	d := &desk{claim: claimed(nil)}
	service := &library{basket: basket{err: fault{fate: unclear, cause: endUnclear}}}
	said, err := listening(t, d, service).hear(t.Context(), heardAs(invitation))
	if f, _ := payload(said).(events.MailFailed); err != nil || !f.Unclear || f.RetryAfter != 30 {
		t.Errorf("said %+v, %v", said, err)
	}
}

// The search is tried against a service that speaks as SendGrid's does.
func TestSendGridIsAskedWhetherItHasALetter(t *testing.T) {
	t.Parallel()
	carrier, _, box := stocked(t)
	m := exampleMail()
	other := exampleMail()
	other.marks = map[string]string{"contract": "c2", "letter": "signed-copy", "occasion": "1", "recipient": "s1", "claim": "1"}
	if err := carrier.carry(m, sendTimeout); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		faults mailbox.Faults
		marks  map[string]string
		want   finding
		fate   fate
		fails  bool
	}{
		"it has it":                   {marks: m.marks, want: finding{found: true}},
		"it has others":               {marks: other.marks, want: finding{}},
		"it shows nothing so new":     {faults: mailbox.Faults{SearchLag: 3_600_000}, marks: m.marks, want: finding{blind: true}},
		"it never shows anything":     {faults: mailbox.Faults{Search: mailbox.SearchBlind}, marks: m.marks, want: finding{blind: true}},
		"it was not bought":           {faults: mailbox.Faults{Search: mailbox.SearchNotBought}, marks: m.marks, fails: true, fate: forGood},
		"there is no such call":       {faults: mailbox.Faults{Search: mailbox.SearchMissing}, marks: m.marks, fails: true, fate: forGood},
		"it fails":                    {faults: mailbox.Faults{Search: mailbox.SearchFails}, marks: m.marks, fails: true},
		"it limits":                   {faults: mailbox.Faults{Search: mailbox.SearchLimited}, marks: m.marks, fails: true},
		"it says something else":      {faults: mailbox.Faults{Search: mailbox.SearchBabbles}, marks: m.marks, fails: true},
		"the key is revoked just now": {faults: mailbox.Faults{Then: mailbox.Revoked}, marks: m.marks, fails: true},
	} {
		box.Misbehave(c.faults)
		got, err := carrier.search(t.Context(), c.marks)
		var f fault
		if errors.As(err, &f) != c.fails || f.fate != c.fate || got.found != c.want.found || err == nil && got.blind != c.want.blind {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err == nil && !got.found && !got.blind && (got.upTo < 0 || got.upTo > time.Minute) {
			t.Errorf("%s: the newest is %s old", name, got.upTo)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %q quotes an address", name, err)
		}
	}
}
