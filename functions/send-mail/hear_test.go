package sendmail

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/authors"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// basket is a carrier that keeps what it is given, and fails if it is told to.
type basket struct {
	err   error
	mails []mail
}

func (b *basket) carry(m mail, _ time.Duration) error {
	if b.err == nil {
		b.mails = append(b.mails, m)
	}
	return b.err
}

// myself is send-mail with a key of its own.
func myself(t *testing.T) auth.Author {
	t.Helper()
	mine := auth.PrivateKeys{auth.NewPrivateKey(Manifest.Name, authors.Seed(Manifest.Name))}
	self, err := auth.NewAuthor(function.Boot{Name: Manifest.Name}, mine, authors.Keys())
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// persist answers every claim with this status and body.
func persist(t *testing.T, status int, body any) *record.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { function.WriteJSON(w, status, body) }))
	t.Cleanup(server.Close)
	return &record.Client{Address: server.URL, HTTP: server.Client(), Self: myself(t), Now: time.Now}
}

var invitation = events.SendMail{Letter: contract.Invitation, Occasion: 1, Recipient: "s1"}

func heardAs(asked events.SendMail) events.Verified {
	return authors.Said("e1", "abcdefghijklmnopqrstuvwxyz", asked)
}

func listening(t *testing.T, client *record.Client, c carrier) *writer {
	t.Helper()
	w := exampleWriter(t)
	w.record, w.carrier, w.now, w.log = client, c, func() time.Time { return noon }, slog.New(slog.DiscardHandler)
	return w
}

// claimed is what persist answers for an invitation, changed by change.
func claimed(change func(*record.Claim)) record.Claim {
	c := exampleClaim(invitation, contract.Sent, "en")
	c.Until = noon.Add(time.Minute)
	if change != nil {
		change(&c)
	}
	return c
}

func TestWhatIsSaidOfALetterFollowsFromItsClaimAndItsFate(t *testing.T) {
	t.Parallel()
	sent := events.MailSent(invitation)
	refusedBecause := func(reason string) events.Payload { return refused(invitation, reason) }
	later := fault{cause: limited, after: 5 * time.Minute}
	cases := map[string]struct {
		status  int
		answer  any
		fate    error
		says    events.Payload // nil: nothing
		mails   int
		refusal bool
		again   time.Duration // not before; 0: at once
		fails   bool
	}{
		"yours and taken by the service": {answer: claimed(nil), says: sent, mails: 1},
		"written before":                 {answer: claimed(func(c *record.Claim) { c.State = record.Finished }), says: sent},
		"refused before": {answer: claimed(func(c *record.Claim) {
			c.State = record.Finished
			c.View.Letters = []contract.Letter{{Name: contract.Invitation, Occasion: 1, Recipient: "s1", Refused: "no such box"}}
		}), says: refusedBecause("no such box")},
		"being written by another":    {answer: claimed(func(c *record.Claim) { c.State = record.Taken }), fails: true},
		"a state that we do not know": {answer: claimed(func(c *record.Claim) { c.State = "perhaps" }), fails: true},
		"not in the record":           {status: 404, answer: function.Problem{Title: "Not Found"}, fails: true, refusal: true},
		"not well formed":             {status: 422, answer: function.Problem{Title: "Unprocessable"}, fails: true, refusal: true},
		"not for us":                  {status: 403, answer: function.Problem{Title: "Forbidden"}, fails: true},
		"persist has too much to do":  {status: 429, answer: function.Problem{Title: "Too Many Requests"}, fails: true},
		"persist is down":             {status: 503, answer: function.Problem{Title: "Unavailable"}, fails: true},
		"the service will never":      {answer: claimed(nil), fate: fault{fate: forGood, cause: tooLarge, detail: "too large"}, says: refusedBecause("too large")},
		"the service fails":           {answer: claimed(nil), fate: errors.New("500"), fails: true, again: time.Minute},
		"the service wants to wait":   {answer: claimed(nil), fate: later, fails: true, again: 5 * time.Minute},
		"the address is no address": {answer: claimed(func(c *record.Claim) { c.Contact.Email = "zoe@example.org\r\nBcc: all@example.org" }),
			says: refusedBecause("the recipient's e-mail address is not one that mail can be sent to")},
		"no longer to be signed": {answer: claimed(func(c *record.Claim) { c.View.Status = contract.Cancelled })},
		"about to be withdrawn":  {answer: claimed(func(c *record.Claim) { c.View.CancelWanted = true })},
		"signed in the meantime": {answer: claimed(func(c *record.Claim) { c.View.Signers[0].State = contract.HasSigned })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.status == 0 {
				c.status = http.StatusOK
			}
			sink := &basket{err: c.fate}
			said, err := listening(t, persist(t, c.status, c.answer), sink).hear(t.Context(), heardAs(invitation))
			if (err != nil) != c.fails || function.Refused(err) != c.refusal {
				t.Errorf("error %v; want one: %t, a refusal: %t", err, c.fails, c.refusal)
			}
			var wait function.Later
			if errors.As(err, &wait); wait.After != c.again {
				t.Errorf("to be tried again after %s, want %s", wait.After, c.again)
			}
			if len(sink.mails) != c.mails {
				t.Errorf("%d mails, want %d", len(sink.mails), c.mails)
			}
			if got := payload(said); got != c.says {
				t.Errorf("said %+v, want %+v", got, c.says)
			}
		})
	}
}

func payload(said []events.Event) events.Payload {
	if len(said) != 1 {
		return nil
	}
	return said[0].Payload
}

func TestTheSameOrderHeardTwiceSaysTheSameTwice(t *testing.T) {
	t.Parallel()
	w := listening(t, persist(t, http.StatusOK, claimed(nil)), &basket{})
	first, err1 := w.hear(t.Context(), heardAs(invitation))
	second, err2 := w.hear(t.Context(), heardAs(invitation))
	if err1 != nil || err2 != nil || first[0].ID != second[0].ID || first[0].Source != "send-mail" {
		t.Errorf("said %+v (%v), then %+v (%v)", first, err1, second, err2)
	}
}

func TestTheClaimNamesTheLetterAndNothingElse(t *testing.T) {
	t.Parallel()
	var path string
	var asked contract.Letter
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_ = json.NewDecoder(r.Body).Decode(&asked)
		function.WriteJSON(w, http.StatusOK, claimed(nil))
	}))
	t.Cleanup(server.Close)
	client := &record.Client{Address: server.URL, HTTP: server.Client(), Self: myself(t), Now: time.Now}
	if _, err := listening(t, client, &basket{}).hear(t.Context(), heardAs(invitation)); err != nil {
		t.Fatal(err)
	}
	want := contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: "s1"}
	if path != "/contracts/abcdefghijklmnopqrstuvwxyz/letters" || asked != want {
		t.Errorf("asked %s for %+v, want %+v", path, asked, want)
	}
}

func TestWhatIsNoOrderIsRefused(t *testing.T) {
	t.Parallel()
	_, err := (&writer{}).hear(t.Context(), authors.Said("t1", "", events.ClockTicked{}))
	if !function.Refused(err) {
		t.Errorf("error %v, want a refusal", err)
	}
}
