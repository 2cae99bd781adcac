package sendmail

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fakeTransport is a carrier that keeps what it is given, and fails if it is told to.
type fakeTransport struct {
	err   error
	mails []transport.Mail
}

func (b *fakeTransport) Send(m transport.Mail, _ time.Duration) error {
	if b.err == nil {
		b.mails = append(b.mails, m)
	}
	return b.err
}

var invitation = events.SendMail{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"}

func eventOf(order events.SendMail) events.Verified {
	return eventstest.Verified("e1", "abcdefghijklmnopqrstuvwxyz", order)
}

func listening(t *testing.T, d *fakePersist, c transport.Transport) *sender {
	t.Helper()
	w := exampleWriter(t)
	w.persist, w.transport, w.now, w.log, w.searchAfter = d.client(t), c, time.Now, slog.New(slog.DiscardHandler), 15*time.Minute
	return w
}

// claimed is what persist answers for an invitation, changed by change.
func claimed(change func(*persistclient.Claim)) persistclient.Claim {
	c := exampleClaim(invitation, contract.Sent, "en")
	c.Claim, c.For = 3, 30
	if change != nil {
		change(&c)
	}
	return c
}

func inState(s persistclient.ClaimState) persistclient.Claim {
	return claimed(func(c *persistclient.Claim) { c.State = s })
}

// failedBecause is what is said of the third claim of the invitation.
func failedBecause(f transport.Failure, after time.Duration) events.Payload {
	return delivery{order: invitation, claim: persistclient.Claim{Claim: 3}}.failure(f, after)
}

func TestResponsesFollowFromTheClaimAndTheFailure(t *testing.T) {
	t.Parallel()
	sent := events.MailSent(invitation)
	large := transport.Failure{Class: transport.Permanent, Cause: transport.TooLarge, Detail: "too large"}
	limits := transport.Failure{Class: transport.Installation, Cause: transport.Limited, Detail: "limited", After: 5 * time.Minute}
	full := transport.Failure{Class: transport.Transient, Cause: transport.MailboxFull, Detail: "full"}
	open := transport.Failure{Class: transport.Unclear, Cause: transport.EndUnclear, Detail: "no answer"}
	cases := map[string]struct {
		status  int
		answer  any
		fate    error
		says    events.Payload // nil: nothing
		marked  int
		refusal bool
		again   time.Duration // not before; 0: at once
		fails   bool
	}{
		"yours and taken by the service": {answer: claimed(nil), says: sent, marked: 1},
		"sent before":                    {answer: inState(persistclient.Sent), says: sent},
		"over":                           {answer: inState(persistclient.Over)},
		"to wait":                        {answer: inState(persistclient.Waiting)},
		"at another":                     {answer: claimed(func(c *persistclient.Claim) { c.State, c.For = persistclient.Busy, 12 }), fails: true, again: 12 * time.Second},
		"a state that we do not know":    {answer: inState("perhaps"), fails: true},
		"not in the record":              {status: 404, answer: function.Problem{Title: "Not Found"}, fails: true, refusal: true},
		"not well formed":                {status: 422, answer: function.Problem{Title: "Unprocessable"}, fails: true, refusal: true},
		"not for us":                     {status: 403, answer: function.Problem{Title: "Forbidden"}, fails: true},
		"persist has too much to do":     {status: 429, answer: function.Problem{Title: "Too Many Requests"}, fails: true},
		"persist is down":                {status: 503, answer: function.Problem{Title: "Unavailable"}, fails: true},
		"the service will never":         {answer: claimed(nil), fate: large, says: failedBecause(large, 0), marked: 1},
		"the settings are wrong":         {answer: claimed(nil), fate: limits, says: failedBecause(limits, 5*time.Minute), marked: 1},
		"the mailbox is full":            {answer: claimed(nil), fate: full, says: failedBecause(full, 0), marked: 1},
		"nobody knows":                   {answer: claimed(nil), fate: open, says: failedBecause(open, 0), marked: 1},
		"the address is no address": {answer: claimed(func(c *persistclient.Claim) { c.Contact.Email = "zoe@example.org\r\nBcc: all@example.org" }),
			says: failedBecause(transport.NoAddress, 0)},
		"no longer to be signed": {answer: claimed(func(c *persistclient.Claim) { c.View.Status = contract.Cancelled })},
		"about to be withdrawn":  {answer: claimed(func(c *persistclient.Claim) { c.View.CancelWanted = true })},
		"signed in the meantime": {answer: claimed(func(c *persistclient.Claim) { c.View.Signers[0].State = contract.HasSigned })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, d := &fakeTransport{err: c.fate}, &fakePersist{claim: c.answer, status: c.status}
			out, err := listening(t, d, sink).handle(t.Context(), eventOf(invitation))
			if (err != nil) != c.fails || function.Refused(err) != c.refusal {
				t.Errorf("error %v; want one: %t, a refusal: %t", err, c.fails, c.refusal)
			}
			var wait function.Later
			if errors.As(err, &wait); wait.After != c.again {
				t.Errorf("to be tried again after %s, want %s", wait.After, c.again)
			}
			if taken := c.says == sent && c.marked == 1; (len(sink.mails) == 1) != taken || d.marked != c.marked {
				t.Errorf("%d mails, marked %d times, want %d", len(sink.mails), d.marked, c.marked)
			}
			if got := payload(out); got != c.says {
				t.Errorf("said %+v, want %+v", got, c.says)
			}
			if known := name == "sent before"; c.says != nil && !known != (len(d.told) == 1 && d.told[0].ID == out[0].ID && d.told[0].Payload == c.says) {
				t.Errorf("told persist %+v", d.told)
			}
		})
	}
}

func payload(out []events.Event) events.Payload {
	if len(out) != 1 {
		return nil
	}
	return out[0].Payload
}

// Nothing is handed over unless that is marked: an answer of persist that was lost is asked for again, and one that does
// not come stops the notification.
func TestNothingGoesOutThatIsNotMarked(t *testing.T) {
	t.Parallel()
	unmarked := failedBecause(transport.Failure{Class: transport.Installation, Cause: transport.Unrecorded, Detail: "persist could not be told that the notification is about to go out"}, 0)
	for name, c := range map[string]struct {
		handover []int
		mails    int
		says     events.Payload
	}{
		"marked at once":                         {nil, 1, events.MailSent(invitation)},
		"marked at the second try":               {[]int{503, 200}, 1, events.MailSent(invitation)},
		"another's by now":                       {[]int{409}, 0, nil},
		"the mail service did not take the mail": {[]int{422}, 0, unmarked},
		"persist is away":                        {[]int{503}, 0, unmarked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, d := &fakeTransport{}, &fakePersist{claim: claimed(nil), handover: c.handover}
			out, err := listening(t, d, sink).handle(t.Context(), eventOf(invitation))
			if err != nil || len(sink.mails) != c.mails || payload(out) != c.says {
				t.Errorf("%d mails, said %+v, %v", len(sink.mails), out, err)
			}
		})
	}
}

// What became of a notification is told twice, by ways that fail independently: to persist directly, and by the broker.
func TestResultsArePublishedIfPersistIsUnreachable(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string][]int{"at the third try": {503, 503, 200}, "not at all": {503}, "refused": {422}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &fakePersist{claim: claimed(nil), keep: keep}
			out, err := listening(t, d, &fakeTransport{}).handle(t.Context(), eventOf(invitation))
			if err != nil || payload(out) != events.MailSent(invitation) || (len(d.told) == 1) != (name == "at the third try") {
				t.Errorf("said %+v, told %+v, %v", out, d.told, err)
			}
		})
	}
}

// A notification is not called back because whoever asked for it went away: its end would be unclear.
func TestANotificationIsHandedOverToItsEnd(t *testing.T) {
	t.Parallel()
	d := &fakePersist{claim: claimed(nil)}
	ctx, timeLeft := context.WithCancel(t.Context())
	w := listening(t, d, leaving{timeLeft})
	if out, err := w.handle(ctx, eventOf(invitation)); err != nil || payload(out) != events.MailSent(invitation) || len(d.told) != 1 {
		t.Errorf("said %+v, told %+v, %v", out, d.told, err)
	}
}

// leaving is a carrier during whose work the one who asked goes away.
type leaving struct{ leave func() }

func (l leaving) Send(transport.Mail, time.Duration) error { l.leave(); return nil }

// Durations are counted by one clock: that it is a minute off, or a day, changes nothing.
func TestAWrongClockChangesNothing(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{40 * time.Second, -40 * time.Second, 24 * time.Hour} {
		sink, d := &fakeTransport{}, &fakePersist{claim: claimed(nil)}
		w := listening(t, d, sink)
		w.now = func() time.Time { return time.Now().Add(off) }
		if out, err := w.handle(t.Context(), eventOf(invitation)); err != nil || payload(out) != events.MailSent(invitation) || len(sink.mails) != 1 {
			t.Errorf("%s off: said %+v, %v", off, out, err)
		}
	}
}

func TestDuplicatedCommandsGetTheSameResponse(t *testing.T) {
	t.Parallel()
	w := listening(t, &fakePersist{claim: claimed(nil)}, &fakeTransport{})
	first, err1 := w.handle(t.Context(), eventOf(invitation))
	second, err2 := w.handle(t.Context(), eventOf(invitation))
	if err1 != nil || err2 != nil || first[0].ID != second[0].ID || first[0].Source != "send-mail" {
		t.Errorf("said %+v (%v), then %+v (%v)", first, err1, second, err2)
	}
}

func TestTheClaimNamesTheNotificationAndNothingElse(t *testing.T) {
	t.Parallel()
	var order contract.Notification
	var path string
	d := &fakePersist{claim: inState(persistclient.Over)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_ = json.NewDecoder(r.Body).Decode(&order)
		d.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	w := listening(t, d, &fakeTransport{})
	w.persist.Address = server.URL
	if _, err := w.handle(t.Context(), eventOf(invitation)); err != nil {
		t.Fatal(err)
	}
	want := contract.Notification{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"}
	if path != "/contracts/abcdefghijklmnopqrstuvwxyz/notifications" || order != want {
		t.Errorf("asked %s for %+v, want %+v", path, order, want)
	}
}

func TestWhatIsNoOrderIsRefused(t *testing.T) {
	t.Parallel()
	_, err := (&sender{now: time.Now}).handle(t.Context(), eventstest.Verified("t1", "", events.ClockTicked{}))
	if !function.Refused(err) {
		t.Errorf("error %v, want a refusal", err)
	}
}
